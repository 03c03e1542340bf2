"""A small quantum processor: the noise and the duration of its operations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qnet.fields import Probability
from qnet.hardware.memory import Memory
from qnet.hardware.parts import Duration, check_parts, error_root, flag_outside

__all__ = ["Processor", "Storage"]


@dataclass(frozen=True, kw_only=True)
class Processor:
    """Describe the operations of a node on its qubits.

    A depolarising number lambda means rho -> (1 - lambda) rho + lambda I/d on the d levels the operation acts on, as
    Qiskit's ``depolarizing_error``; the average fidelity is 1 - lambda (d-1)/d, the process fidelity
    1 - lambda (d^2-1)/d^2. All durations are in seconds.

    Args:
        one_qubit_gate_depolarising: lambda of a one-qubit gate.
        one_qubit_gate_s: its duration.
        two_qubit_gate_depolarising: lambda of a two-qubit gate.
        two_qubit_gate_s: its duration.
        initialisation_depolarising: lambda that follows the preparation of |0>.
        initialisation_s: its duration.
        readout_error_0: probability that |0> is read as 1.
        readout_error_1: probability that |1> is read as 0.
        measurement_s: duration of a measurement.

    >>> ideal = Processor(one_qubit_gate_depolarising=0, one_qubit_gate_s=0, two_qubit_gate_depolarising=0,
    ...     two_qubit_gate_s=0, initialisation_depolarising=0, initialisation_s=0, readout_error_0=0,
    ...     readout_error_1=0, measurement_s=0)
    >>> ideal.readout_error_0
    0
    """

    one_qubit_gate_depolarising: Probability
    one_qubit_gate_s: Duration
    two_qubit_gate_depolarising: Probability
    two_qubit_gate_s: Duration
    initialisation_depolarising: Probability
    initialisation_s: Duration
    readout_error_0: Probability
    readout_error_1: Probability
    measurement_s: Duration

    def __post_init__(self) -> None:
        check_parts(self)
        _flag_durations(self)

    def improved(self, k: float) -> Processor:
        """Give a processor with k times fewer Pauli errors lambda (d^2-1)/d^2 and readout errors; durations stay."""
        return replace(self, **_fewer_errors(self, k))


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Describe a second kind of memory to which a fresh qubit moves, and what the move costs.

    The electron of a colour centre moves its state to a nuclear spin: initialise the spin, then gates between the two
    and rotations. Depolarising numbers mean what they mean in `Processor`; durations are in seconds.

    Args:
        memory: the memory that the qubit moves to.
        initialisation_depolarising: lambda of preparing it.
        initialisation_s: the duration of that.
        gate_depolarising: lambda of the two-qubit gate between the communication qubit and this memory.
        gate_s: its duration.
        rotation_depolarising: lambda of a one-qubit rotation of this memory.
        rotation_s: its duration.

    >>> Storage(memory=Memory(t2_s=1.0), initialisation_depolarising=0.02, initialisation_s=300e-6,
    ...     gate_depolarising=0.06, gate_s=500e-6, rotation_depolarising=0.002, rotation_s=20e-6).memory.t2_s
    1.0
    """

    memory: Memory
    initialisation_depolarising: Probability
    initialisation_s: Duration
    gate_depolarising: Probability
    gate_s: Duration
    rotation_depolarising: Probability
    rotation_s: Duration

    def __post_init__(self) -> None:
        check_parts(self)
        _flag_durations(self)

    def improved(self, k: float) -> Storage:
        """Give a storage with k times fewer Pauli errors in its gates and a memory k times better; durations stay."""
        return replace(self, memory=self.memory.improved(k), **_fewer_errors(self, k))


_LEVELS = {
    "one_qubit_gate_depolarising": 2,
    "two_qubit_gate_depolarising": 4,
    "initialisation_depolarising": 2,
    "gate_depolarising": 4,
    "rotation_depolarising": 2,
}


def _fewer_errors(operations: Processor | Storage, k: float) -> dict[str, Any]:
    better: dict[str, float] = {}
    for name, number in vars(operations).items():
        if name in _LEVELS:
            pauli = 1 - 1 / _LEVELS[name] ** 2
            # A gate cannot do worse than to depolarise completely; only k < 1 gets there.
            better[name] = min(error_root(number * pauli, k) / pauli, 1.0)
        elif name.startswith("readout_error"):
            better[name] = error_root(number, k)
    return better


def _flag_durations(operations: Processor | Storage) -> None:
    for name, number in vars(operations).items():
        if name.endswith("_s"):
            flag_outside(name, number, 0.0, 10.0, "a duration is in seconds, 500e-6 for 500 us")
