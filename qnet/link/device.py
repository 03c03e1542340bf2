"""A device: the operations and memories of one node, as the simulator needs them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check_fields
from qnet.hardware import Memory, Processor, RepeaterHardware, Storage
from qnet.quantum import (
    NO_WAITING,
    NOISELESS,
    GateNoise,
    Noise,
    Operation,
    Readout,
    Waiting,
    bell_measurement,
    measurement,
    move,
)

__all__ = ["Device", "device_of", "waiting_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Device:
    """What one node can do, and what that costs.

    Args:
        memory: how a qubit waits that has just emitted.
        swap: the Bell-state measurement (two qubits in, none out, four records: the Bell labels; a fifth if it may
            fail, as that of linear optics).
        swap_s: its duration in seconds.
        swap_success_probability: of a swap, whatever is measured; one that fails loses both qubits.
        noise: of the gates and readouts with which the node measures an end's qubit, or purifies.
        measurement_s: how long that takes.
        storage: how a qubit waits after `move_in`; None if it stays where it is.
        move_in: the operation (one qubit in, one out) that moves a fresh qubit to storage; the errors of its gates
            only, since the qubit waits as `memory` says until the move is over.
        move_s: its duration.
        optical_interfaces: how many qubits of the node can try at once; with one, links are loaded one by one.
        attempts_to_dephase: how many attempts of the node's other qubits bring the coherence of one that waits, in
            storage if there is one, to 1/e.

    >>> Device(optical_interfaces=1).swap.records
    4
    """

    memory: Waiting = NO_WAITING
    swap: Operation | None = None
    swap_s: NonNegative = 0.0
    swap_success_probability: Probability = 1.0
    noise: Noise = NOISELESS
    measurement_s: NonNegative = 0.0
    storage: Waiting | None = None
    move_in: Operation | None = None
    move_s: NonNegative = 0.0
    optical_interfaces: int = 2
    attempts_to_dephase: Positive = math.inf
    _measurements: dict[float | Literal["y"], Operation] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.optical_interfaces < 1:
            raise InvalidArgument.of("optical_interfaces", "be at least 1", self.optical_interfaces)
        if (self.storage is None) != (self.move_in is None):
            raise InvalidArgument.of("move_in", "be given exactly if there is a storage", self.move_in)
        swap = self.swap if self.swap is not None else bell_measurement()
        if (len(swap.inputs), len(swap.outputs)) != (2, 0) or swap.records not in (4, 5):
            raise InvalidArgument.of("swap", "take two qubits in, give none out and have four records, or five", swap)
        object.__setattr__(self, "swap", swap)

    @property
    def swaps_fail(self) -> bool:
        """Whether a swap may fail."""
        assert self.swap is not None
        return self.swap_success_probability < 1.0 or self.swap.records == 5

    def measurement(self, angle: float | Literal["y"]) -> Operation:
        """Give the measurement of ``cos(angle) Z + sin(angle) X`` (radians), or of Y, with this device's noise."""
        if angle not in self._measurements:
            self._measurements[angle] = measurement(angle, self.noise)
        return self._measurements[angle]


def device_of(hardware: RepeaterHardware) -> Device:
    """Translate hardware to a device.

    While a gate lasts, its qubits suffer T1 and T2 of the emitting memory, and so does a qubit that moves to storage
    until it is there; a Bell-state measurement is a two-qubit gate, a one-qubit gate and one measurement after the
    other, the two readouts in parallel.
    """
    processor, memory, storage = hardware.processor, hardware.memory, hardware.storage
    noise = _gate_noise(processor, memory)
    swap = bell_measurement(noise)
    moving = None if storage is None else move(_move_noise(processor, storage))
    return Device(
        memory=waiting_of(memory),
        swap=swap,
        swap_s=swap.duration_s + processor.measurement_s,
        noise=noise,
        measurement_s=processor.one_qubit_gate_s + processor.measurement_s,
        storage=None if storage is None else waiting_of(storage.memory),
        move_in=moving,
        move_s=0.0 if moving is None else moving.duration_s,
        optical_interfaces=hardware.optical_interfaces,
        attempts_to_dephase=(memory if storage is None else storage.memory).attempts_to_dephase,
    )


def _gate_noise(processor: Processor, memory: Memory) -> Noise:
    return Noise.from_numbers(
        one_qubit_depolarising=processor.one_qubit_gate_depolarising,
        one_qubit_gate_s=processor.one_qubit_gate_s,
        two_qubit_depolarising=processor.two_qubit_gate_depolarising,
        two_qubit_gate_s=processor.two_qubit_gate_s,
        initialisation_depolarising=processor.initialisation_depolarising,
        initialisation_s=processor.initialisation_s,
        readout=Readout(error_0=processor.readout_error_0, error_1=processor.readout_error_1),
        t1_s=memory.t1_s,
        t2_s=memory.t2_s,
        excited_population=memory.excited_population,
    )


def _move_noise(processor: Processor, storage: Storage) -> Noise:
    """Give the noise of moving to storage; T1 and T2 act by the time it takes, as on any qubit that waits."""
    numbers = Noise.from_numbers(
        one_qubit_depolarising=processor.one_qubit_gate_depolarising,
        one_qubit_gate_s=processor.one_qubit_gate_s,
        two_qubit_depolarising=storage.gate_depolarising,
        two_qubit_gate_s=storage.gate_s,
        initialisation_depolarising=storage.initialisation_depolarising,
        initialisation_s=storage.initialisation_s,
    )
    rotation = GateNoise(depolarising=storage.rotation_depolarising, duration_s=storage.rotation_s)
    return Noise(gates={**numbers.gates, "u": rotation})


def waiting_of(memory: Memory) -> Waiting:
    """Translate a memory's T1, T2 and equilibrium to what it does to a qubit in time.

    >>> waiting_of(Memory(t2_s=0.5)).relaxation_times()[1]
    0.5
    """
    return Waiting.from_t1_t2(t1_s=memory.t1_s, t2_s=memory.t2_s, excited_population=memory.excited_population)
