"""Ageing of a pair whose qubits wait in memories: exponentials, in the bases in which both generators are diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from qnet.link import Device
from qnet.quantum.measures import BELL_TENSORS
from qnet.quantum.pauli import Tensor

__all__ = ["CERTAIN", "EVEN", "SIGNS", "Ageing", "of_pair"]

CERTAIN = (1.0, 0.0, 0.0, 0.0)
"""The frames of a pair that is known to be near Phi+."""
EVEN = (0.25, 0.25, 0.25, 0.25)
"""Those of a pair that was swapped."""
_NO_WAITING = np.zeros((4, 4))
SIGNS: Tensor = np.array([BELL_TENSORS[label].diagonal() * BELL_TENSORS[0].diagonal() for label in range(4)])
"""What the Pauli of a Bell label does to the Pauli vector of the qubit it acts on, by label."""


@dataclass(frozen=True, eq=False)
class Ageing:
    """How a pair ages whose frame is one of the four labels, each with a probability.

    States are kept as those of Phi+; the qubits themselves wait as they are. What waiting does to the state in its
    frame is ``S A S``, S the Pauli of the frame on the source's qubit; the mean over frames is again a semigroup if the
    frame is certain, if it is any of the four alike, and if both labels relax alike.

    Args:
        source: generator of the memory of the qubit nearer to the source, in 1/s; None if that qubit is measured.
        target: of the other one.
        frames: the probability of each label.
    """

    source: Tensor | None = None
    target: Tensor | None = None
    frames: tuple[float, ...] = CERTAIN
    _bases: tuple[Tensor, Tensor, Tensor, Tensor] = field(init=False)
    _ends: tuple[Tensor, Tensor] = field(init=False)
    _rates: Tensor = field(init=False)

    def __post_init__(self) -> None:
        left = _spectrum(self.source, self.frames)
        right = _spectrum(self.target, CERTAIN)
        object.__setattr__(self, "_bases", (left[1], left[2], right[1], right[2]))
        object.__setattr__(self, "_ends", (left[0], right[0]))
        object.__setattr__(self, "_rates", left[0][:, None] + right[0][None, :])

    @property
    def is_trivial(self) -> bool:
        """Whether nothing ever happens."""
        return not bool(self._rates.any())

    @property
    def slowest_s(self) -> float:
        """The longest time constant of its decays, in seconds; 0 without any."""
        rates = np.abs(np.real(self._rates))
        return float(1.0 / rates[rates > 0.0].min()) if rates.any() else 0.0

    def aged(self, values: Tensor, source_s: float, target_s: float | None = None) -> Tensor:
        """Give pairs, shape (4, 4, ...), after their qubits waited for so many seconds (alike, if one is given)."""
        other_s = source_s if target_s is None else target_s
        if self.is_trivial or not (source_s or other_s):
            return values
        base, inverse, other_base, other_inverse = self._bases
        left = (base * np.exp(-self._ends[0] * source_s)) @ inverse
        right = (other_base * np.exp(-self._ends[1] * other_s)) @ other_inverse
        return _on_both(left, values, right)

    def gathered(self, values: Tensor, step_s: float, window: tuple[int, float] | None) -> Tensor:
        """Give, for each time, all pairs that came before it, aged to it: at most `window` steps before it.

        Args:
            values: shape (4, 4, ..., times).
            step_s: distance of the times, in seconds.
            window: how many steps a pair may wait, and the share of the next one that counts; None without limit.
        """
        if self.is_trivial and window is None:
            return np.asarray(np.cumsum(values, axis=-1) - values)
        own = self._diagonal(values)
        decay = np.exp(-self._rates * step_s).reshape((4, 4) + (1,) * (values.ndim - 2))
        summed = _summed(own, decay)
        gathered = summed - own
        if window is not None:
            whole, share = window
            gathered -= (1.0 - share) * decay ** (whole + 1) * _delayed(summed, whole + 1)
            if share:
                gathered -= share * decay ** (whole + 2) * _delayed(summed, whole + 2)
        return self._plain(gathered)

    def aged_one(self, state: Tensor, wait_s: float) -> Tensor:
        """Give one pair, shape (4, 4), after both its qubits waited; quicker than `aged`."""
        if self.is_trivial or not wait_s:
            return state
        base, inverse, other_base, other_inverse = self._bases
        left = (base * np.exp(-self._ends[0] * wait_s)).dot(inverse)
        right = (other_base * np.exp(-self._ends[1] * wait_s)).dot(other_inverse)
        aged: Tensor = left.dot(state).dot(right.T).real
        return aged

    def aged_each(self, values: Tensor, source_s: Tensor, target_s: Tensor) -> Tensor:
        """Give pairs, shape (4, 4, ...), after waits of their own, shapes (...)."""
        if self.is_trivial:
            return values
        left, right = (
            np.multiply.outer(rates, waits) for rates, waits in zip(self._ends, (source_s, target_s), strict=True)
        )
        decays = np.exp(-left)[:, None] * np.exp(-right)[None]
        return self._plain(self._diagonal(values) * decays)

    def integrated(self, values: Tensor, until_s: Tensor, step_s: float) -> Tensor:
        """Give the mean state at a random time from the states if it has passed by some times, aged until those.

        Args:
            values: shape (4, 4, times).
            until_s: shape (times,), rising, in seconds; the random time has passed by the last.
            step_s: distance of the values that the random time may have, in seconds.
        """
        own = self._diagonal(values)
        gaps = np.diff(until_s)
        decays = np.multiply.outer(self._rates, gaps)
        # what comes between two of the times comes evenly, at each of the values in turn
        spread = (np.expm1(np.minimum(decays, 50.0)) - decays) / np.where(decays == 0.0, 1.0, decays)
        spread *= np.clip(1.0 - step_s / gaps, 0.0, 1.0)
        fresh = own[..., 1:] - np.exp(-decays) * own[..., :-1]
        parts = -np.expm1(-decays) * own[..., :-1] + spread * fresh
        return self._plain((own[..., -1] + parts.sum(axis=-1))[..., None])[..., 0]

    def after_random(self, tensor: Tensor, weights: Tensor, times_s: Tensor) -> Tensor:
        """Give a state, shape (4, 4), after a wait that is each of some times with a probability."""
        decays = np.exp(-self._rates[..., None] * times_s) @ weights
        return self._plain((self._diagonal(tensor[..., None])[..., 0] * decays)[..., None])[..., 0]

    def _diagonal(self, values: Tensor) -> Tensor:
        if self.is_trivial:
            return values
        _, inverse, _, other_inverse = self._bases
        return _on_both(inverse, values, other_inverse, real=False)

    def _plain(self, values: Tensor) -> Tensor:
        if self.is_trivial:
            return values
        base, _, other_base, _ = self._bases
        return _on_both(base, values, other_base)


def of_pair(
    devices: Sequence[Device],
    ends: tuple[int, int],
    frozen: tuple[bool, bool],
    frames: tuple[float, ...],
    measured: frozenset[str] = frozenset(),
) -> Ageing:
    """Give how a pair between two nodes of a chain ages.

    Args:
        devices: of all nodes.
        ends: the positions that the pair joins.
        frozen: whether the source of the whole chain, and its target, have measured their qubits.
        frames: the probability of each label.
        measured: which qubits of the pair were measured at emission ("source", "target").
    """
    source = (frozen[0] and ends[0] == 0) or "source" in measured
    target = (frozen[1] and ends[1] == len(devices) - 1) or "target" in measured
    first, last = (devices[end].memory.generator for end in ends)
    return Ageing(None if source else first, None if target else last, frames)


def _on_both(left: Tensor, values: Tensor, right: Tensor, *, real: bool = True) -> Tensor:
    """Multiply the first two axes by a matrix each."""
    rest = values.shape[2:]
    half = left.dot(values.reshape(4, -1)).reshape(4, 4, -1)
    whole = np.matmul(right, half).reshape(4, 4, *rest)
    return np.asarray(whole.real if real else whole)


def _summed(values: Tensor, decay: Tensor) -> Tensor:
    """Give ``sum over k <= n of decay^(n - k) values[k]`` along the last axis, by doubling."""
    summed = values.copy()
    reach = 1
    while reach < values.shape[-1] and float(np.abs(decay).max()) > 0.0:
        summed[..., reach:] = summed[..., reach:] + decay * summed[..., :-reach]
        decay, reach = decay * decay, 2 * reach
    return summed


def _delayed(values: Tensor, by: int) -> Tensor:
    delayed = np.zeros_like(values)
    if by < values.shape[-1]:
        delayed[..., by:] = values[..., : values.shape[-1] - by]
    return delayed


def _spectrum(generator: Tensor | None, frames: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
    return _spectrum_of((_NO_WAITING if generator is None else generator).tobytes(), frames)


@lru_cache(maxsize=256)
def _spectrum_of(content: bytes, frames: tuple[float, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Give rates, basis and its inverse of a generator, averaged over frames."""
    plain = np.frombuffer(content).reshape(4, 4)
    generator = sum(w * s[:, None] * plain * s for w, s in zip(frames, SIGNS, strict=True))
    values, base = np.linalg.eig(generator)
    if np.iscomplexobj(values) and not np.abs(np.imag(values)).max() > 0.0:
        values, base = values.real, base.real
    return -values, base, np.linalg.inv(base)
