"""Between density matrices and the Pauli basis.

The Pauli tensor of n qubits is ``T[i1, ..., in] = Tr(rho P_i1 x ... x P_in)``, real, shape ``(4,) * n``, index order
I, X, Y, Z, axis k = the k-th qubit. Density matrices here are big-endian, the k-th qubit being the k-th factor of the
tensor product. (Qiskit is little-endian; only the module `qnet.quantum.aer` has to know.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PAULIS", "Tensor", "density_matrix", "pauli_tensor"]

Tensor = NDArray[np.float64]

PAULIS: NDArray[np.complex128] = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=np.complex128
)
PAULIS.setflags(write=False)


def pauli_tensor(rho: NDArray[np.complex128]) -> Tensor:
    """Expand a ``2**n x 2**n`` matrix in Pauli operators, giving the real tensor of shape ``(4,) * n``.

    >>> pauli_tensor(np.diag([1.0, 0.0]).astype(complex))
    array([1., 0., 0., 1.])
    """
    n = rho.shape[0].bit_length() - 1
    tensor = rho.reshape((2,) * (2 * n))
    for done in range(n):
        # axes now: n - done row bits, n - done column bits, `done` Pauli indices
        tensor = np.tensordot(tensor, PAULIS, axes=([0, n - done], [2, 1]))
    return np.ascontiguousarray(tensor.real)


def density_matrix(tensor: Tensor) -> NDArray[np.complex128]:
    """Invert `pauli_tensor`: ``rho = 2**-n sum T[i1..in] P_i1 x ... x P_in``.

    >>> density_matrix(np.array([1.0, 0.0, 0.0, 1.0])).real
    array([[1., 0.],
           [0., 0.]])
    """
    n = tensor.ndim
    rho = tensor.astype(np.complex128)
    for _ in range(n):
        rho = np.tensordot(rho, PAULIS, axes=([0], [0]))
    rows_and_columns = rho.transpose([2 * k for k in range(n)] + [2 * k + 1 for k in range(n)])
    matrix: NDArray[np.complex128] = rows_and_columns.reshape(2**n, 2**n) / 2**n
    return matrix
