"""Density matrices of whole registers, big-endian: qubit 0 is the leftmost factor of every Kronecker product.

Nothing here knows qnet. A register of n qubits is a complex matrix of shape (2**n, 2**n); a measured or traced-out
qubit leaves it, and those to its right move up by one. Textbook: Nielsen and Chuang (2000), sections 2.2 and 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

ID = np.eye(2, dtype=complex)
X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1]).astype(complex)
H = (X + Z) / np.sqrt(2)
CNOT = np.kron(np.diag([1, 0]), ID) + np.kron(np.diag([0, 1]), X)
"""Control is the left factor."""

BELL_LABELS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""(x, z) of Phi+, Phi-, Psi+, Psi-: the order of every list of Bell weights."""


def kron(*factors: Matrix) -> Matrix:
    return reduce(np.kron, factors)


def qubits_of(rho: Matrix) -> int:
    return int(rho.shape[0]).bit_length() - 1


def bell_vector(x: int, z: int) -> Matrix:
    """(X^x Z^z on the right qubit) of (|00> + |11>)/sqrt2, up to a sign."""
    phi_plus = np.array([1, 0, 0, 1], dtype=complex) / np.sqrt(2)
    return kron(ID, np.linalg.matrix_power(X, x) @ np.linalg.matrix_power(Z, z)) @ phi_plus


def bell_state(x: int = 0, z: int = 0) -> Matrix:
    vector = bell_vector(x, z)
    return np.outer(vector, vector.conj())


def bell_diagonal(weights: Sequence[float]) -> Matrix:
    return sum(p * bell_state(*label) for p, label in zip(weights, BELL_LABELS, strict=True))


def werner(fidelity: float) -> Matrix:
    return bell_diagonal([fidelity, *[(1 - fidelity) / 3] * 3])


def bell_weights(rho: Matrix) -> NDArray[np.float64]:
    """The diagonal of a two-qubit state in the Bell basis."""
    return np.array([(bell_vector(*label).conj() @ rho @ bell_vector(*label)).real for label in BELL_LABELS])


def apply(rho: Matrix, kraus: Sequence[Matrix], qubits: Sequence[int]) -> Matrix:
    """Sum over k of K rho K^dagger, each K acting on `qubits`, the first of which is its leftmost factor."""
    return sum(_left(_left(rho, k, qubits).conj().T, k, qubits).conj().T for k in kraus)


def _left(matrix: Matrix, operator: Matrix, qubits: Sequence[int]) -> Matrix:
    """`operator` on `qubits` times `matrix`."""
    n, k = qubits_of(matrix), len(qubits)
    rows = matrix.reshape((2,) * n + (-1,))
    product = np.tensordot(operator.reshape((2,) * 2 * k), rows, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(product, range(k), qubits).reshape(matrix.shape)


def permute(rho: Matrix, order: Sequence[int]) -> Matrix:
    """Reorder the qubits: the k-th of the result is the `order[k]`-th of `rho`."""
    n = qubits_of(rho)
    return rho.reshape((2,) * 2 * n).transpose([*order, *(n + q for q in order)]).reshape(rho.shape)


def partial_trace(rho: Matrix, qubits: Sequence[int]) -> Matrix:
    """Trace out `qubits`; the others keep their order."""
    kept = [q for q in range(qubits_of(rho)) if q not in qubits]
    d, traced = 2 ** len(kept), 2 ** len(qubits)
    blocks = permute(rho, [*kept, *qubits]).reshape(d, traced, d, traced)
    return np.einsum("iaja->ij", blocks)


def project(rho: Matrix, qubit: int, bit: int) -> Matrix:
    """The unnormalised register after `qubit` was found in |bit>; the qubit stays."""
    return apply(rho, [np.diag([1 - bit, bit]).astype(complex)], [qubit])


def replace_by_mixed(rho: Matrix, qubits: Sequence[int]) -> Matrix:
    """I/d on `qubits`, times what is left of the register without them."""
    rest = [q for q in range(qubits_of(rho)) if q not in qubits]
    d = 2 ** len(qubits)
    product = kron(np.eye(d) / d, partial_trace(rho, qubits))
    return permute(product, np.argsort([*qubits, *rest]).tolist())
