"""States of a few qubits, exact, in the Pauli basis."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.quantum.pauli import Tensor, density_matrix, pauli_tensor

__all__ = ["BELL_NAMES", "BELL_TENSORS", "State"]

BELL_NAMES = ("Phi+", "Phi-", "Psi+", "Psi-")
"""Bell states in the order of their label 2x + z, the Pauli X^x Z^z that separates them from Phi+."""

BELL_TENSORS: Tensor = np.array(
    [np.diag(d) for d in ((1, 1, -1, 1), (1, -1, 1, 1), (1, 1, 1, -1), (1, -1, -1, -1))], float
)
BELL_TENSORS.setflags(write=False)

_POSITIVITY = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class State:
    """A density matrix of n qubits, held as its real Pauli tensor; nothing is truncated to a special form.

    Args:
        tensor: ``T[i1..in] = Tr(rho P_i1 x .. x P_in)``, shape ``(4,) * n``, dimensionless; ``T[0..0]`` is the trace.

    Raises:
        InvalidArgument: the tensor is no normalised, positive state.

    >>> State.werner(0.95).fidelity()
    0.95
    """

    tensor: Tensor

    def __post_init__(self) -> None:
        tensor = np.array(self.tensor, dtype=np.float64)
        if tensor.ndim == 0 or set(tensor.shape) != {4}:
            raise InvalidArgument.of("tensor", "have shape (4,) * n", tensor.shape)
        trace = float(tensor.flat[0])
        if not abs(trace - 1.0) < _POSITIVITY:
            raise InvalidArgument.of("state", "have trace 1", trace)
        lowest = float(np.linalg.eigvalsh(density_matrix(tensor))[0])
        if not lowest > -_POSITIVITY:
            raise InvalidArgument.of("state", "be positive; its lowest eigenvalue", lowest)
        tensor.setflags(write=False)
        object.__setattr__(self, "tensor", tensor)

    @classmethod
    def from_density_matrix(cls, rho: Any) -> State:
        """Take a ``2**n x 2**n`` density matrix, big-endian (the first qubit is the left factor)."""
        matrix = np.asarray(rho, dtype=np.complex128)
        side = matrix.shape[0]
        if matrix.ndim != 2 or matrix.shape != (side, side) or side < 2 or side & (side - 1):
            raise InvalidArgument.of("rho", "be a square matrix of side 2**n", matrix.shape)
        if not np.allclose(matrix, matrix.conj().T, atol=_POSITIVITY):
            raise InvalidArgument.of(
                "rho", "be Hermitian; its largest deviation", np.abs(matrix - matrix.conj().T).max()
            )
        return cls(pauli_tensor(matrix))

    @classmethod
    def bell(cls, label: int = 0) -> State:
        """Give the Bell state of a label: 0 Phi+, 1 Phi-, 2 Psi+, 3 Psi-."""
        if label not in range(4):
            raise InvalidArgument.of("label", "be 0, 1, 2 or 3", label)
        return cls(BELL_TENSORS[label])

    @classmethod
    def bell_diagonal(cls, weights: Sequence[float]) -> State:
        """Mix the Bell states in the order Phi+, Phi-, Psi+, Psi- with weights that add to one."""
        if len(weights) != 4:
            raise InvalidArgument.of("weights", "be four numbers", weights)
        return cls(np.tensordot(np.asarray(weights, dtype=np.float64), BELL_TENSORS, axes=1))

    @classmethod
    def werner(cls, fidelity: float) -> State:
        """Give ``w |Phi+><Phi+| + (1 - w) I / 4`` with ``F = (1 + 3 w) / 4`` (Werner, PRA 40, 4277, 1989)."""
        check("fidelity", fidelity, Probability)
        return cls.bell_diagonal([fidelity] + [(1.0 - fidelity) / 3.0] * 3)

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return self.tensor.ndim

    def density_matrix(self) -> NDArray[np.complex128]:
        """Give the density matrix, big-endian, shape ``(2**n, 2**n)``."""
        return density_matrix(self.tensor)

    def fidelity(self, label: int = 0) -> float:
        """Give ``<B|rho|B>`` with the Bell state of a label (not its square root); two qubits only."""
        return float(np.sum(self._pair * BELL_TENSORS[label]) / 4.0)

    def bell_weights(self) -> tuple[float, float, float, float]:
        """Give the fidelities to Phi+, Phi-, Psi+, Psi-."""
        a, b, c, d = (self.fidelity(label) for label in range(4))
        return a, b, c, d

    def purity(self) -> float:
        """Give ``Tr(rho**2) = sum(T**2) / 2**n``."""
        return float(np.sum(self.tensor**2) / 2**self.qubits)

    def qber(self, basis: str, label: int = 0) -> float:
        """Give the error rate in basis "x", "y" or "z", relative to the Bell state of a label."""
        if basis not in ("x", "y", "z"):
            raise InvalidArgument.of("basis", "be 'x', 'y' or 'z'", basis)
        axis = "ixyz".index(basis)
        return float((1.0 - self._pair[axis, axis] * BELL_TENSORS[label, axis, axis]) / 2.0)

    def correlation(self, angle_a: float, angle_b: float) -> float:
        """Give ``E(a, b)`` of the observables ``cos(t) Z + sin(t) X``; angles on the Bloch sphere, in radians."""
        a = np.array([0.0, np.sin(angle_a), 0.0, np.cos(angle_a)])
        b = np.array([0.0, np.sin(angle_b), 0.0, np.cos(angle_b)])
        return float(a @ self._pair @ b)

    def chsh_max(self) -> float:
        """Give the largest CHSH value over all settings, ``2 sqrt(m1 + m2)`` (Horodecki et al., PLA 200, 340, 1995)."""
        singular = np.linalg.svd(self._pair[1:, 1:], compute_uv=False)
        return float(2.0 * np.sqrt(singular[0] ** 2 + singular[1] ** 2))

    @property
    def _pair(self) -> Tensor:
        if self.qubits != 2:
            raise InvalidArgument.of("state", "have two qubits for this measure", self.qubits)
        return self.tensor

    @cached_property
    def digest(self) -> str:
        """A hash of the content; equality of states is equality of digests."""
        return hashlib.blake2b(self.tensor.tobytes(), digest_size=16).hexdigest()

    def __repr__(self) -> str:
        if self.qubits != 2:
            return f"State({self.qubits} qubits, purity {self.purity():.4f})"
        weights = ", ".join(f"{n} {w:.4f}" for n, w in zip(BELL_NAMES, self.bell_weights(), strict=True))
        return f"State({weights})"
