"""Imperfect devices from plain numbers, and five faults that may be planted in them.

Depolarising: rho -> (1 - l) rho + l I/d on the gate's own qubits, after the gate; then these qubits relax for the
gate's duration. Relaxation: the Lindblad equation with the jumps |0><1|, |1><0| and Z, integrated to a Choi matrix
(Breuer and Petruccione 2002, section 3.4).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from .registers import ID, Matrix, Z, apply, kron, partial_trace, project, replace_by_mixed


class Fault(enum.Enum):
    """The mistakes a simulator of this kind is most likely to make."""

    DEPOLARISING_AS_INFIDELITY = "lambda taken for the average gate infidelity lambda (d - 1) / d"
    READOUT_EXCHANGED = "P(1|0) taken for P(0|1)"
    QUBIT_ORDER = "gates read little-endian"
    MISSING_GATE_NOISE = "no noise on the controlled NOT"
    FRAME_BIT_FLIPPED = "phase bit of a Bell measurement reported inverted"


@dataclass(frozen=True, kw_only=True)
class Device:
    """What the qubits of one node suffer; times in seconds, readout = (P(read 1|true 0), P(read 0|true 1))."""

    one_qubit_lambda: float = 0.0
    two_qubit_lambda: float = 0.0
    fresh_lambda: float = 0.0
    one_qubit_s: float = 0.0
    two_qubit_s: float = 0.0
    fresh_s: float = 0.0
    readout: tuple[float, float] = (0.0, 0.0)
    parity_readout: tuple[float, float] | None = None  # of the second qubit of a Bell measurement, if it differs
    t1_s: float = np.inf
    t2_s: float = np.inf
    excited_population: float = 0.0
    fault: Fault | None = None

    def fresh(self) -> Matrix:
        """One qubit, set to |0> as well as the device can."""
        return self._disturb(np.diag([1, 0]).astype(complex), [0], self.fresh_lambda, self.fresh_s)

    def gate(self, rho: Matrix, unitary: Matrix, qubits: Sequence[int]) -> Matrix:
        """Apply a gate on `qubits`, the first of which is its leftmost factor, and then its noise."""
        if self.fault is Fault.QUBIT_ORDER:
            qubits = qubits[::-1]
        rho = apply(rho, [unitary], qubits)
        if len(qubits) == 1:
            return self._disturb(rho, qubits, self.one_qubit_lambda, self.one_qubit_s)
        if self.fault is Fault.MISSING_GATE_NOISE:
            return rho
        return self._disturb(rho, qubits, self.two_qubit_lambda, self.two_qubit_s)

    def _disturb(self, rho: Matrix, qubits: Sequence[int], strength: float, duration_s: float) -> Matrix:
        if self.fault is Fault.DEPOLARISING_AS_INFIDELITY:
            d = 2 ** len(qubits)
            strength = strength * d / (d - 1)
        rho = (1 - strength) * rho + strength * replace_by_mixed(rho, qubits)
        for qubit in qubits:
            rho = self.wait(rho, qubit, duration_s)
        return rho

    def wait(self, rho: Matrix, qubit: int, time_s: float) -> Matrix:
        """Let one qubit relax."""
        return apply(rho, relaxation_kraus(time_s, self.t1_s, self.t2_s, self.excited_population), [qubit])

    def read(self, rho: Matrix, qubit: int, *, parity: bool = False) -> list[Matrix]:
        """Measure `qubit` in the Z basis: the unnormalised rest of the register, by recorded bit."""
        e0, e1 = self.readout if self.parity_readout is None or not parity else self.parity_readout
        if self.fault is Fault.READOUT_EXCHANGED:
            e0, e1 = e1, e0
        true = [partial_trace(project(rho, qubit, bit), [qubit]) for bit in (0, 1)]
        return [(1 - e0) * true[0] + e1 * true[1], e0 * true[0] + (1 - e1) * true[1]]


@cache
def relaxation_kraus(time_s: float, t1_s: float, t2_s: float, excited: float = 0.0) -> tuple[Matrix, ...]:
    """Kraus operators of the time `time_s`: the eigenvectors of the Choi matrix, J = sum |i><j| x E(|i><j|)."""
    return kraus_of_choi(relaxation_choi(time_s, t1_s, t2_s, excited))


def relaxation_choi(time_s: float, t1_s: float, t2_s: float, excited: float = 0.0) -> Matrix:
    dephasing = 1 / t2_s - 1 / (2 * t1_s)  # of the coherence, beyond what the jumps do
    if dephasing < -1e-12 / t2_s:
        raise ValueError("T2 exceeds 2 T1")
    lower, raise_ = np.array([[0, 1], [0, 0]], dtype=complex), np.array([[0, 0], [1, 0]], dtype=complex)
    jumps = [((1 - excited) / t1_s, lower), (excited / t1_s, raise_), (max(dephasing, 0.0) / 2, Z)]
    evolution = exponential(time_s * liouvillian(jumps))
    choi = np.zeros((4, 4), dtype=complex)
    for unit in np.eye(4, dtype=complex).reshape(4, 2, 2):  # |i><j|, one by one
        choi += kron(unit, (evolution @ unit.reshape(4)).reshape(2, 2))
    return choi


def liouvillian(jumps: Sequence[tuple[float, Matrix]]) -> Matrix:
    """D[rho] = sum r (L rho L^d - {L^d L, rho}/2) on row-major vec(rho), for which vec(A rho B) = A x B^T vec(rho)."""
    total = np.zeros((4, 4), dtype=complex)
    for rate, jump in jumps:
        number = jump.conj().T @ jump
        total += rate * (kron(jump, jump.conj()) - (kron(number, ID) + kron(ID, number.T)) / 2)
    return total


def exponential(matrix: Matrix) -> Matrix:
    """Scale down by 2^s, sum the series, square s times."""
    squarings = max(0, int(np.ceil(np.log2(max(np.abs(matrix).sum(), 1e-300)))) + 3)
    term = total = np.eye(len(matrix), dtype=complex)
    for k in range(1, 18):
        term = term @ matrix / (2**squarings * k)
        total = total + term
    return np.linalg.matrix_power(total, 2**squarings)


def kraus_of_choi(choi: Matrix) -> tuple[Matrix, ...]:
    weights, vectors = np.linalg.eigh(choi)
    if weights.min() < -1e-12:
        raise ValueError(f"not completely positive: Choi eigenvalue {weights.min():.3g}")
    pairs = zip(weights, vectors.T, strict=True)
    return tuple(np.sqrt(w) * v.reshape(2, 2).T for w, v in pairs if w > 1e-16)
