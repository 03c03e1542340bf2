"""What can be said of a state: fidelities, error rates, Bell violations and measures of entanglement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.quantum.pauli import PAULIS, Tensor, density_matrix, pauli_tensor

if TYPE_CHECKING:
    from qnet.quantum.states import State

__all__ = ["BELL_NAMES", "BELL_TENSORS", "Measures", "unit_vector"]

BELL_NAMES = ("Phi+", "Phi-", "Psi+", "Psi-")
"""Bell states in the order of their label 2x + z, the Pauli X^x Z^z that separates them from Phi+."""

BELL_TENSORS: Tensor = np.array(
    [np.diag(d) for d in ((1, 1, -1, 1), (1, -1, 1, 1), (1, 1, 1, -1), (1, -1, -1, -1))], float
)
BELL_TENSORS.setflags(write=False)

_SPIN_FLIP = np.kron(PAULIS[2], PAULIS[2])
_NORM = 1e-9


class Measures:
    """The measures of a `State`, which reads them off its Pauli tensor. All are dimensionless."""

    tensor: Tensor

    def fidelity(self, target: int | State | Sequence[complex] | NDArray[Any] = 0) -> float:
        """Give ``<t|rho|t>`` with a pure target (not its square root).

        Args:
            target: the label of a Bell state (0 Phi+, 1 Phi-, 2 Psi+, 3 Psi-), a statevector of ``2**n`` amplitudes,
                or a pure `State`.

        Raises:
            InvalidArgument: the target has another number of qubits, or is not pure.
        """
        if isinstance(target, (int, np.integer)):
            return float(np.sum(self._pair * BELL_TENSORS[target]) / 4.0)
        pure = target.tensor if isinstance(target, Measures) else pauli_tensor(_projector(target))
        if pure.shape != self.tensor.shape:
            raise InvalidArgument.of("target", f"have {self.tensor.ndim} qubits", pure.ndim)
        purity = float(np.sum(pure**2)) / 2**pure.ndim
        if not abs(purity - 1.0) < _NORM:
            raise InvalidArgument.of("target", "be pure; its purity", purity)
        return float(np.sum(self.tensor * pure) / 2**pure.ndim)

    def bell_weights(self) -> tuple[float, float, float, float]:
        """Give the fidelities to Phi+, Phi-, Psi+, Psi-."""
        a, b, c, d = (self.fidelity(label) for label in range(4))
        return a, b, c, d

    def nearest_bell(self) -> int:
        """Give the label of the Bell state of largest fidelity (the first of equals)."""
        weights = self.bell_weights()
        return weights.index(max(weights))

    def purity(self) -> float:
        """Give ``Tr(rho**2) = sum(T**2) / 2**n``."""
        return float(np.sum(self.tensor**2) / 2**self.tensor.ndim)

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

    def chsh(self, angles_a: tuple[float, float], angles_b: tuple[float, float]) -> float:
        """Give ``E(a, b) + E(a, b') + E(a', b) - E(a', b')`` at settings (a, a') and (b, b').

        Angles as in `correlation` (Clauser, Horne, Shimony, Holt, PRL 23, 880, 1969).

        >>> from qnet.quantum import State
        >>> round(State.bell().chsh((0.0, math.pi / 2), (math.pi / 4, -math.pi / 4)), 12) == round(8**0.5, 12)
        True
        """
        (a, other_a), (b, other_b) = angles_a, angles_b
        e = self.correlation
        return e(a, b) + e(a, other_b) + e(other_a, b) - e(other_a, other_b)

    def chsh_max(self) -> float:
        """Give the largest CHSH value over all settings, ``2 sqrt(m1 + m2)`` (Horodecki et al., PLA 200, 340, 1995)."""
        singular = np.linalg.svd(self._pair[1:, 1:], compute_uv=False)
        return float(2.0 * np.sqrt(singular[0] ** 2 + singular[1] ** 2))

    def concurrence(self) -> float:
        """Give ``max(0, l1 - l2 - l3 - l4)``, l the singular values of ``sqrt(rho)^T YY sqrt(rho)``; two qubits only.

        Source: Wootters, PRL 80, 2245 (1998).
        """
        values, vectors = np.linalg.eigh(density_matrix(self._pair))
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        singular = np.linalg.svd(root.T @ _SPIN_FLIP @ root, compute_uv=False)
        return max(0.0, float(2.0 * singular[0] - singular.sum()))

    def entanglement_of_formation(self) -> float:
        """Give ``h((1 + sqrt(1 - C**2)) / 2)`` in ebits, C the concurrence (Wootters, PRL 80, 2245, 1998)."""
        share = (1.0 + math.sqrt(max(0.0, 1.0 - self.concurrence() ** 2))) / 2.0
        return _entropy(np.array([share, 1.0 - share]))

    def negativity(self, qubits: Sequence[int] = (0,)) -> float:
        """Give the sum of ``|negative eigenvalues|`` of the partial transpose over `qubits`.

        Any number of qubits; zero for a separable cut, 1/2 for a Bell pair (Vidal and Werner, PRA 65, 032314, 2002).
        """
        if len(set(qubits)) != len(qubits) or any(qubit not in range(self.tensor.ndim) for qubit in qubits):
            raise InvalidArgument.of("qubits", f"be different ones of the state's {self.tensor.ndim}", qubits)
        transposed = np.array(self.tensor)
        for qubit in qubits:
            transposed[(slice(None),) * qubit + (2,)] *= -1.0
        values = np.linalg.eigvalsh(density_matrix(transposed))
        return float(-values[values < 0.0].sum())

    def log_negativity(self, qubits: Sequence[int] = (0,)) -> float:
        """Give ``log2(2 N + 1)`` in ebits, N the negativity (Vidal and Werner, PRA 65, 032314, 2002)."""
        return math.log2(2.0 * self.negativity(qubits) + 1.0)

    def entropy(self) -> float:
        """Give the von Neumann entropy ``-Tr rho log2 rho`` in bits."""
        return _entropy(np.linalg.eigvalsh(density_matrix(self.tensor)))

    def hashing_bound(self) -> float:
        """Give ``max(0, S(A) - S(AB), S(B) - S(AB))``: ebits that one-way distillation can reach from many copies.

        For a Bell-diagonal pair ``1 - H(weights)`` (Bennett et al., PRA 54, 3824, 1996; Devetak and Winter, Proc. R.
        Soc. A 461, 207, 2005).
        """
        pair = self._pair
        halves = [_entropy(np.linalg.eigvalsh(density_matrix(half))) for half in (pair[:, 0], pair[0])]
        return max(0.0, max(halves) - self.entropy())

    def teleportation_fidelity(self, label: int = 0) -> float:
        """Give the mean fidelity of teleporting all pure qubits through the pair, ``(2 F + 1) / 3``.

        The corrections are those of the Bell state of a label (Horodecki et al., PRA 60, 1888, 1999).
        """
        return (2.0 * self.fidelity(label) + 1.0) / 3.0

    @property
    def _pair(self) -> Tensor:
        if self.tensor.ndim != 2:
            raise InvalidArgument.of("state", "have two qubits for this measure", self.tensor.ndim)
        return self.tensor


def unit_vector(vector: Any) -> NDArray[np.complex128]:
    """Check that something is a statevector of ``2**n`` amplitudes and norm 1."""
    amplitudes = np.asarray(vector, dtype=np.complex128)
    size = amplitudes.size
    if amplitudes.ndim != 1 or size < 2 or size & (size - 1):
        raise InvalidArgument.of("vector", "have 2**n amplitudes", amplitudes.shape)
    norm = float(np.linalg.norm(amplitudes))
    if not abs(norm - 1.0) < _NORM:
        raise InvalidArgument.of("vector", "have norm 1", norm)
    return amplitudes


def _projector(vector: Any) -> NDArray[np.complex128]:
    amplitudes = unit_vector(vector)
    return np.outer(amplitudes, amplitudes.conj())


def _entropy(probabilities: NDArray[np.floating[Any]]) -> float:
    positive = probabilities[probabilities > 0.0]
    return float(-np.sum(positive * np.log2(positive)))
