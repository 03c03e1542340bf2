"""Waiting in a memory: a one-parameter semigroup ``exp(G t)`` on the Pauli vector of one qubit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check
from qnet.quantum.pauli import PAULIS, Tensor

__all__ = ["NO_WAITING", "Waiting"]

_POSITIVITY = 1e-9
_MATRICES = 4096
"""How many durations a memory remembers the matrix of; half a megabyte."""


@dataclass(frozen=True, eq=False, repr=False)
class Waiting:
    """What a memory does to a qubit in time: the generator G of ``T(t) = exp(G t) T(0)``.

    Args:
        generator: real, shape (4, 4), in 1/s, rows and columns I, X, Y, Z; its first row is zero (trace is kept).

    Raises:
        InvalidArgument: the generator is not conditionally completely positive, so that waiting would not be a
            physical map at some time.

    Source: Lindblad, Commun. Math. Phys. 48, 119 (1976); Gorini, Kossakowski, Sudarshan, J. Math. Phys. 17, 821 (1976).

    >>> float(Waiting.from_t1_t2(t2_s=1.0).matrix(1.0)[1, 1]) == math.exp(-1.0)
    True
    """

    generator: Tensor
    _closed: bool = field(init=False)
    _rates: tuple[float, float, float] = field(init=False)
    _equilibrium: float = field(init=False)
    _matrices: dict[float, Tensor] = field(init=False, default_factory=dict)
    is_trivial: bool = field(init=False)
    """Whether nothing ever happens."""

    def __post_init__(self) -> None:
        generator = np.array(self.generator, dtype=np.float64)
        if generator.shape != (4, 4) or not np.isfinite(generator).all():
            raise InvalidArgument.of("generator", "be a finite matrix of shape (4, 4)", generator.tolist())
        lowest = _lowest_rate(generator)
        if np.abs(generator[0]).max() > 0 or lowest < -_POSITIVITY * max(1.0, np.abs(generator).max()):
            raise InvalidArgument.of(
                "generator", "keep the trace and be conditionally completely positive; its lowest rate", lowest
            )
        generator.setflags(write=False)
        object.__setattr__(self, "generator", generator)
        rates = -np.diagonal(generator)
        shift = generator[3, 0] / rates[3] if rates[3] > 0 else 0.0
        plain = np.diag(-rates)
        plain[3, 0] = generator[3, 0]
        object.__setattr__(self, "_closed", bool(np.array_equal(plain, generator)))
        object.__setattr__(self, "_rates", (float(rates[1]), float(rates[2]), float(rates[3])))
        object.__setattr__(self, "_equilibrium", float(shift))
        object.__setattr__(self, "is_trivial", not generator.any())

    @classmethod
    def from_t1_t2(cls, *, t1_s: float = math.inf, t2_s: float = math.inf, excited_population: float = 0.0) -> Waiting:
        """Give relaxation with T1 towards a thermal population and loss of coherence with T2, both in seconds.

        Raises InvalidArgument for T2 > 2 T1. Source: Nielsen and Chuang, section 8.3; coherence falls as exp(-t/T2).
        """
        check("t1_s", t1_s, Positive)
        check("t2_s", t2_s, Positive)
        check("excited_population", excited_population, Probability)
        if t2_s > 2.0 * t1_s:
            raise InvalidArgument.of("t2_s", f"be at most 2 * t1_s = {2.0 * t1_s}", t2_s)
        generator = np.diag([0.0, -1.0 / t2_s, -1.0 / t2_s, -1.0 / t1_s])
        generator[3, 0] = (1.0 - 2.0 * excited_population) / t1_s
        return cls(generator)

    @classmethod
    def from_pauli_rates(cls, x_hz: float, y_hz: float, z_hz: float) -> Waiting:
        """Give the semigroup in which X, Y and Z errors strike at given rates (1/s)."""
        for name, rate in (("x_hz", x_hz), ("y_hz", y_hz), ("z_hz", z_hz)):
            check(name, rate, NonNegative)
        return cls(np.diag([0.0, -2.0 * (y_hz + z_hz), -2.0 * (x_hz + z_hz), -2.0 * (x_hz + y_hz)]))

    @classmethod
    def depolarising(cls, time_s: float) -> Waiting:
        """Give a memory whose Werner parameter falls as ``exp(-t / time_s)`` for each stored qubit."""
        check("time_s", time_s, Positive)
        return cls(np.diag([0.0] + [-1.0 / time_s] * 3))

    def matrix(self, duration_s: float) -> Tensor:
        """Give ``exp(G t)``, shape (4, 4), read-only: the Pauli transfer matrix of waiting for `duration_s` seconds."""
        # links on a grid of slots make qubits wait for the same few durations again and again
        known = self._matrices
        matrix = known.get(duration_s)
        if matrix is None:
            if len(known) >= _MATRICES:
                known.clear()
            known[duration_s] = matrix = self._matrix(duration_s)
            matrix.setflags(write=False)
        return matrix

    def _matrix(self, duration_s: float) -> Tensor:
        if not self._closed:
            from scipy.linalg import expm

            return np.asarray(expm(self.generator * duration_s), dtype=np.float64)
        x, y, z = self._rates
        matrix = _IDENTITY.copy()
        matrix[1, 1] = math.exp(-x * duration_s)
        matrix[2, 2] = matrix[1, 1] if x == y else math.exp(-y * duration_s)
        if z:
            matrix[3, 3] = decay = math.exp(-z * duration_s)
            matrix[3, 0] = self._equilibrium * (1.0 - decay)
        return matrix

    def apply(self, rows: Tensor, durations_s: Tensor, *, out: Tensor) -> None:
        """Age a qubit of many states, each for its own time, into `out`.

        Args:
            rows: shape ``(4, ..., items)``: the qubit's Pauli axis first, the items last. `out` is of the same shape.
            durations_s: shape ``(items,)``, in seconds.
        """
        if not self._closed:
            times, place = np.unique(durations_s, return_inverse=True)
            matrices = np.stack([self.matrix(float(time)) for time in times], axis=-1)
            np.einsum("ijn,j...n->i...n", matrices[..., place], rows, out=out)
            return
        x, y, z = self._rates
        factor = np.exp(-x * durations_s)
        out[0] = rows[0]
        np.multiply(rows[1], factor, out=out[1])
        np.multiply(rows[2], factor if x == y else np.exp(-y * durations_s), out=out[2])
        decay = factor if x == z else np.exp(-z * durations_s)
        np.multiply(rows[3], decay, out=out[3])
        if self._equilibrium:
            out[3] += self._equilibrium * (1.0 - decay) * rows[0]

    def relaxation_times(self) -> tuple[float, float, float] | None:
        """Give (T1 in s, T2 in s, excited population) where this is thermal relaxation, else None."""
        x, y, z = self._rates
        if not self._closed or x != y:
            return None
        t1_s = 1.0 / z if z else math.inf
        return t1_s, 1.0 / x if x else math.inf, (1.0 - self._equilibrium) / 2.0

    def __repr__(self) -> str:
        times = self.relaxation_times()
        if times is None:
            return f"Waiting({self.generator.tolist()})"
        t1_s, t2_s, population = times
        warm = f", excited population {population:g}" if population and math.isfinite(t1_s) else ""
        return f"Waiting(T1 {t1_s:g} s, T2 {t2_s:g} s{warm})"


def _lowest_rate(generator: Tensor) -> float:
    """Give the lowest eigenvalue of the generator's Choi matrix on the complement of the maximally entangled state."""
    choi = np.zeros((4, 4), dtype=np.complex128)
    for out, into in np.ndindex(4, 4):
        choi += generator[out, into] * np.kron(PAULIS[into].T, PAULIS[out]) / 4.0
    omega = np.eye(2).reshape(4) / math.sqrt(2.0)
    complement = np.eye(4) - np.outer(omega, omega)
    return float(np.linalg.eigvalsh(complement @ choi @ complement)[0])


_IDENTITY = np.eye(4)
NO_WAITING = Waiting(np.zeros((4, 4)))
"""A perfect memory."""
