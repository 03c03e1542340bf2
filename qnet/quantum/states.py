"""States of a few qubits, exact, in the Pauli basis."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Probability, check
from qnet.quantum.measures import BELL_NAMES, BELL_TENSORS, Measures, unit_vector
from qnet.quantum.pauli import Tensor, density_matrix, pauli_tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BELL_NAMES", "BELL_TENSORS", "State"]

_POSITIVITY = 1e-9
_MOST_QUBITS = 8


@dataclass(frozen=True, eq=False, repr=False)
class State(Measures):
    """A density matrix of n qubits, held as its real Pauli tensor; nothing is truncated to a special form.

    What can be said of it is in `Measures`.

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
    def from_vector(cls, vector: Any) -> State:
        """Take a pure state as its ``2**n`` amplitudes, big-endian; their norm must be 1."""
        amplitudes = unit_vector(vector)
        return cls(pauli_tensor(np.outer(amplitudes, amplitudes.conj())))

    @classmethod
    def from_qiskit(cls, state: Any) -> State:
        """Take a Qiskit `DensityMatrix` or `Statevector` of qubits: the k-th qubit here is Qiskit's qubit k.

        >>> from qiskit.quantum_info import Statevector
        >>> State.from_qiskit(Statevector.from_label("01")).tensor[3, 0]  # Qiskit writes qubit 0 last
        np.float64(-1.0)
        """
        from qiskit.quantum_info import DensityMatrix

        return cls.from_density_matrix(DensityMatrix(state).reverse_qargs().data)

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

    @classmethod
    def ghz(cls, qubits: int) -> State:
        """Give ``(|0..0> + |1..1>) / sqrt(2)`` of 1 to 8 qubits (Greenberger, Horne, Zeilinger 1989)."""
        _check_qubits(qubits)
        vector = np.zeros(2**qubits)
        vector[[0, -1]] = math.sqrt(0.5)
        return cls.from_vector(vector)

    @classmethod
    def graph(cls, edges: Iterable[tuple[int, int]], qubits: int | None = None) -> State:
        """Give the graph state: ``|+>`` on every vertex and a controlled Z on every edge.

        Args:
            edges: pairs of different vertices, numbered from 0; ``networkx_graph.edges`` will do.
            qubits: number of vertices, 1 to 8; by default just enough for the edges.

        Source: Hein, Eisert, Briegel, PRA 69, 062311 (2004).
        """
        pairs = list(edges)
        count = 1 + max((vertex for edge in pairs for vertex in edge), default=0) if qubits is None else qubits
        _check_qubits(count)
        vector = np.full((2,) * count, 2.0 ** (-count / 2))
        for edge in pairs:
            if len(set(edge)) != 2 or any(vertex not in range(count) for vertex in edge):
                raise InvalidArgument.of("edges", f"join two different vertices of {count}", edge)
            vector[tuple(1 if vertex in edge else slice(None) for vertex in range(count))] *= -1.0
        return cls.from_vector(vector.reshape(-1))

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return self.tensor.ndim

    def density_matrix(self) -> NDArray[np.complex128]:
        """Give the density matrix, big-endian, shape ``(2**n, 2**n)``."""
        return density_matrix(self.tensor)

    def to_qiskit(self) -> Any:
        """Give the state as a Qiskit `DensityMatrix`: Qiskit's qubit k is the k-th qubit here."""
        from qiskit.quantum_info import DensityMatrix

        return DensityMatrix(self.density_matrix()).reverse_qargs()

    def draw(self, output: str = "bell") -> Figure:
        """Draw the state; nothing is shown or saved.

        Args:
            output: "bell" for the weights of the four Bell states as one bar (two qubits), "city" for the density
                matrix as towers, real and imaginary part.
        """
        from qnet.quantum.pictures import bell_bar, city

        if output not in ("bell", "city"):
            raise UnknownName.of("drawing", output, ("bell", "city"))
        return bell_bar(self) if output == "bell" else city(self)

    @cached_property
    def digest(self) -> str:
        """A hash of the content; equality of states is equality of digests."""
        return hashlib.blake2b(self.tensor.tobytes(), digest_size=16).hexdigest()

    def __repr__(self) -> str:
        if self.qubits != 2:
            return f"State({self.qubits} qubits, purity {self.purity():.4f})"
        weights = ", ".join(f"{n} {w:.4f}" for n, w in zip(BELL_NAMES, self.bell_weights(), strict=True))
        return f"State({weights})"


def _check_qubits(qubits: int) -> None:
    if qubits not in range(1, _MOST_QUBITS + 1):
        raise InvalidArgument.of("qubits", f"be 1 to {_MOST_QUBITS}", qubits)
