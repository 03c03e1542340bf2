"""Circuits that decide on what they read, step by step on the full register, history by history.

A program is a list of steps: ("gate", name, qubits), ("reset", qubit), ("delay", qubit, seconds),
("measure", qubit, bit), ("if", bit, value, steps, other steps). Nothing is put off: a measurement projects at once,
its bit is misread at once, and what follows sees the misread bit.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

from .devices import Device, Fault
from .registers import CNOT, H, Matrix, X, Z, apply, kron, partial_trace, project, qubits_of

Bits = tuple[int, ...]
GATES = {"h": H, "x": X, "z": Z, "cx": CNOT}


class ProgramFault(enum.Enum):
    """The mistakes that only a circuit with decisions or delays can show."""

    TRUTH_STEERS = "what follows sees the true bit"
    DELAY_IS_FREE = "no relaxation during a delay"


def run(
    program: Sequence[Any], rho: Matrix, bits: int, device: Device, fault: ProgramFault | None = None
) -> dict[Bits, Matrix]:
    """Unnormalised registers by recorded bits, all of which are 0 at first."""
    nothing = (0,) * bits
    histories = [(nothing, nothing, rho)]  # recorded, true, register
    for step in program:
        histories = _joined([after for history in histories for after in _step(step, history, device, fault)])
    done: dict[Bits, Matrix] = {}
    for recorded, _, register in histories:
        done[recorded] = done.get(recorded, 0) + register
    return done


def _step(step: Any, history: Any, device: Device, fault: ProgramFault | None) -> list[Any]:
    recorded, true, rho = history
    match step:
        case ("gate", name, qubits):
            return [(recorded, true, device.gate(rho, GATES[name], qubits))]
        case ("reset", qubit):
            return [(recorded, true, reset(rho, qubit, device))]
        case ("delay", qubit, time_s):
            waited = rho if fault is ProgramFault.DELAY_IS_FREE else device.wait(rho, qubit, time_s)
            return [(recorded, true, waited)]
        case ("measure", qubit, bit):
            return [
                (_with(recorded, bit, read), _with(true, bit, value), chance * project(rho, qubit, value))
                for value in (0, 1)
                for read, chance in enumerate(_readings(qubit, value, device))
            ]
        case ("if", bit, value, then, otherwise):
            seen = true if fault is ProgramFault.TRUTH_STEERS else recorded
            histories = [history]
            for inner in then if seen[bit] == value else otherwise:
                histories = [after for each in histories for after in _step(inner, each, device, fault)]
            return histories
    raise AssertionError(step)


def _joined(histories: list[Any]) -> list[Any]:
    """Add up histories whose bits, recorded and true, are the same now: they go on alike."""
    sums: dict[tuple[Bits, Bits], Matrix] = {}
    for recorded, true, rho in histories:
        sums[recorded, true] = sums.get((recorded, true), 0) + rho
    return [(recorded, true, rho) for (recorded, true), rho in sums.items()]


def reset(rho: Matrix, qubit: int, device: Device) -> Matrix:
    """Set one qubit of the register to |0> as well as the device can."""
    lower = [np.array([[1, 0], [0, 0]], dtype=complex), np.array([[0, 1], [0, 0]], dtype=complex)]
    return device._disturb(apply(rho, lower, [qubit]), [qubit], device.fresh_lambda, device.fresh_s)


def _readings(qubit: int, value: int, device: Device) -> tuple[float, float]:
    """Probabilities of reading 0 and 1; qubit 1 has the readout of the parity."""
    e0, e1 = device.parity_readout if qubit == 1 and device.parity_readout is not None else device.readout
    if device.fault is Fault.READOUT_EXCHANGED:
        e0, e1 = e1, e0
    return (1 - e0, e0) if value == 0 else (e1, 1 - e1)


def _with(bits: Bits, place: int, value: int) -> Bits:
    return (*bits[:place], value, *bits[place + 1 :])


def last_qubit(rho: Matrix) -> Matrix:
    """What is left of the register when all others have been thrown away."""
    return partial_trace(rho, range(qubits_of(rho) - 1))


def teleportation() -> list[Any]:
    """Qubit 0 over the pair of 1 and 2: bit 0 holds the phase, bit 1 the parity."""
    return [
        ("gate", "cx", (0, 1)),
        ("gate", "h", (0,)),
        ("measure", 0, 0),
        ("measure", 1, 1),
        ("if", 1, 1, [("gate", "x", (2,))], []),
        ("if", 0, 1, [("gate", "z", (2,))], []),
    ]


def with_fresh(rho: Matrix, qubits: int) -> Matrix:
    """Add qubits in |0> on the right."""
    return kron(rho, *[np.diag([1, 0]).astype(complex)] * qubits)
