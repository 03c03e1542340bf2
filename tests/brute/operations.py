"""What nodes do, written out on the full register: prepare, wait, swap, measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .devices import Device, Fault
from .registers import CNOT, H, Matrix, X, Z, apply, kron, qubits_of

Record = tuple[int, int]
"""(phase bit, parity bit) of a Bell-state measurement."""


def bell_pair(device: Device) -> Matrix:
    """Two fresh qubits, H on the left one, CNOT from left to right: Phi+ if all were perfect."""
    rho = kron(device.fresh(), device.fresh())
    return device.gate(device.gate(rho, H, [0]), CNOT, [0, 1])


def bell_measure(rho: Matrix, control: int, target: int, device: Device) -> dict[Record, Matrix]:
    """CNOT, H on the control, read both: the unnormalised rest of the register, by record.

    The control tells the phase (Phi+ or Phi-), the target the parity (Phi or Psi).
    """
    rho = device.gate(device.gate(rho, CNOT, [control, target]), H, [control])
    shifted = target - 1 if target > control else target
    branches = {
        (phase, parity): rest
        for phase, without_control in enumerate(device.read(rho, control))
        for parity, rest in enumerate(device.read(without_control, shifted, parity=True))
    }
    if device.fault is Fault.FRAME_BIT_FLIPPED:
        return {(1 - phase, parity): rest for (phase, parity), rest in branches.items()}
    return branches


def swap(pair_ab: Matrix, pair_bc: Matrix, device: Device) -> dict[Record, tuple[float, Matrix]]:
    """Join A-B1 and B2-C by a Bell measurement on B1 (control) and B2: (probability, unnormalised A-C) by record."""
    branches = bell_measure(kron(pair_ab, pair_bc), 1, 2, device)
    return {record: (np.trace(rho).real, rho) for record, rho in branches.items()}


def correct(rho: Matrix, record: Record) -> Matrix:
    """Undo the frame of a record on the last qubit: Z if the phase bit is 1, X if the parity bit is."""
    phase, parity = record
    pauli = np.linalg.matrix_power(Z, phase) @ np.linalg.matrix_power(X, parity)
    return apply(rho, [pauli], [qubits_of(rho) - 1])


def corrected_average(branches: dict[Record, tuple[float, Matrix]]) -> Matrix:
    """The state of A-C if C corrects by the record and then forgets it."""
    return sum(correct(rho, record) for record, (_, rho) in branches.items())


def measure(rho: Matrix, qubit: int, theta: float, device: Device) -> list[Matrix]:
    """Measure along the Bloch vector at angle `theta` from Z towards X: the unnormalised rest, by recorded bit.

    A rotation of -theta about Y turns that vector into Z; it is a gate with noise of its own, and not made at 0.
    """
    if theta == 0:
        return device.read(rho, qubit)
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    rotation = np.array([[c, s], [-s, c]], dtype=complex)
    return device.read(device.gate(rho, rotation, [qubit]), qubit)


def correlations(rho: Matrix, theta_a: float, theta_b: float, device: Device) -> np.ndarray:
    """The 2 x 2 table of P(a, b) of a pair measured at two angles."""
    by_a = measure(rho, 0, theta_a, device)
    return np.array([[rest.item().real for rest in measure(left, 0, theta_b, device)] for left in by_a])


def chain(
    links: Sequence[Matrix], ages_s: Sequence[tuple[float, float]], device: Device, records: Sequence[Record]
) -> tuple[float, Matrix]:
    """All links as one register: age both halves of each, swap at every inner node, keep the branch of `records`.

    Gives the probability of the records and the unnormalised state of the two ends, not corrected.
    """
    rho = kron(*links)
    for qubit, age_s in enumerate(age for ages in ages_s for age in ages):
        rho = device.wait(rho, qubit, age_s)
    for record in records:
        rho = bell_measure(rho, 1, 2, device)[record]  # what was measured has left the register
    return np.trace(rho).real, rho
