"""When a pair will be there, and in what state: a law on a lattice of times, and the recursions that combine laws.

A law gives, for each time of a lattice, the unnormalised mean Pauli tensor of the pair given that it is complete then;
the ``[0, 0]`` entry is the probability. With links of one cycle and times that are multiples of it the lattice is that
of the attempts, and all of this is exact; else times are shared out between neighbouring points, so that means stay.

Source: Brand, Coopmans, Elkouss, IEEE JSAC 38, 619 (2020), arXiv 1912.07688; Li, Coopmans, Elkouss, IEEE Trans. Quantum
Eng. 2, 1 (2021), arXiv 2012.02687; here for full density matrices, unequal links and any memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qnet.planning.ageing import Ageing
from qnet.quantum.pauli import Tensor

__all__ = ["Joint", "Law", "ahead", "common", "generated", "meet", "renewed", "window_of"]

Joint = Callable[[Sequence[Tensor]], Tensor]
"""What an operation makes of several pairs: from tensors of shape (4, 4, times) to one; linear in each."""
_COMMENSURATE = 1e-9


@dataclass(frozen=True, eq=False)
class Law:
    """The law of a pair's time of completion, with its mean state at each time.

    Args:
        values: shape (4, 4, times), the Pauli tensor times the probability of each time.
        step_s: distance of the times, in seconds.
        origin_s: the first of them.
        slot_s: what times of completion differ by multiples of, in seconds; 0 if by anything.
    """

    values: Tensor
    step_s: float
    origin_s: float = 0.0
    slot_s: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether completion happens at the times of the lattice only, and not somewhere between them."""
        return abs(self.step_s - self.slot_s) <= _COMMENSURATE * self.step_s

    @property
    def weights(self) -> Tensor:
        """The probability of each time."""
        weights: Tensor = self.values[0, 0]
        return weights

    @property
    def total(self) -> float:
        """The probability of all times together."""
        return float(self.weights.sum())

    @property
    def mean_s(self) -> float:
        """Mean time in seconds, given that there is one."""
        weights = self.weights
        return self.origin_s + self.step_s * float(weights @ np.arange(weights.size)) / self.total

    @property
    def horizon_s(self) -> float:
        """From the first to the last time, in seconds."""
        return self.step_s * (int(self.values.shape[-1]) - 1)

    @property
    def mean_tensor(self) -> Tensor:
        """The mean state over all times, normalised."""
        mean: Tensor = self.values.sum(axis=-1) / self.total
        return mean

    def later(self, delay_s: float) -> Law:
        """Give the law of the same pair some time later, without ageing it."""
        return replace(self, origin_s=self.origin_s + delay_s)

    def scaled(self, factor: float) -> Law:
        """Give the law with all probabilities multiplied."""
        return replace(self, values=self.values * factor)

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Law:
        """Give the law with every tensor changed by a function of shape-(4, 4, times) tensors."""
        return replace(self, values=change(self.values))

    def on(self, origin_s: float, step_s: float, points: int) -> Law:
        """Give the law on another lattice; a time between two points is shared out so that its mean stays."""
        shift = (self.origin_s - origin_s) / step_s
        if abs(step_s - self.step_s) <= _COMMENSURATE * step_s and abs(shift - round(shift)) < 1e-6:
            return self._moved(origin_s, round(shift), points)
        places = shift + np.arange(self.values.shape[-1]) * (self.step_s / step_s)
        index = np.floor(places + 1e-9).astype(int)
        beyond = np.clip(places - index, 0.0, 1.0)
        index = np.minimum(index, points - 2)
        flat = self.values.reshape(16, -1)
        values = np.zeros((16, points))
        firsts = np.flatnonzero(np.diff(index, prepend=-1))  # the index rises, so that equal ones stand together
        values[:, index[firsts]] += np.add.reduceat(flat * (1.0 - beyond), firsts, axis=1)
        values[:, index[firsts] + 1] += np.add.reduceat(flat * beyond, firsts, axis=1)
        return Law(values.reshape(4, 4, points), step_s, origin_s, self.slot_s)

    def _moved(self, origin_s: float, by: int, points: int) -> Law:
        kept = self.values[..., : max(0, points - by)]
        values = np.zeros((4, 4, points))
        values[..., by : by + kept.shape[-1]] = kept
        return Law(values, self.step_s, origin_s, self.slot_s)


def generated(probability: float, cycle_s: float, tensor: Tensor, *, tail: float, points: int) -> Law:
    """Give the law of a link that tries once a cycle: geometric on cycle_s, 2 cycle_s, ..., always in one state.

    Args:
        probability: of an attempt.
        cycle_s: of an attempt, in seconds.
        tensor: the state at the herald, shape (4, 4).
        tail: the probability that may be left out beyond the last time.
        points: how many times at most; a lattice that would need more gets coarser.

    >>> round(generated(0.1, 1e-3, np.eye(4), tail=1e-12, points=4096).mean_s, 9)
    0.01
    """
    slots = 1 if probability >= 1.0 else math.ceil(math.log(tail) / math.log1p(-probability))
    width = max(1, math.ceil(slots / points))
    edges = np.arange(0, slots + width, width)
    survival = (1.0 - probability) ** edges
    weights = survival[:-1] - survival[1:] if width > 1 else probability * survival[:-1]
    if width > 1:  # the mean of the times that a point stands for, so that means stay
        inside = _mean_attempt(probability, width)
        law = Law(tensor[..., None] * weights, width * cycle_s, inside * cycle_s, cycle_s)
    else:
        law = Law(tensor[..., None] * weights, cycle_s, cycle_s, cycle_s)
    return law.scaled(1.0 / law.total)


def _mean_attempt(probability: float, width: int) -> float:
    """Mean number of the first success among `width` attempts, given that there is one."""
    left = (1.0 - probability) ** width
    return 1.0 / probability - width * left / (1.0 - left)


def common(laws: Sequence[Law], points: int) -> list[Law]:
    """Put laws on one lattice: their own if it is the same, else one of at most so many points that holds them all."""
    origin = min(law.origin_s for law in laws)
    end = max(law.origin_s + law.horizon_s for law in laws)
    step = min(law.step_s for law in laws)
    needed = math.ceil((end - origin) / step - 1e-6) + 1
    if needed > points:
        step, needed = (end - origin) / (points - 2), points
    slot = _shared_slot(laws)
    return [replace(law.on(origin, step, needed + 1), slot_s=slot) for law in laws]


def _shared_slot(laws: Sequence[Law]) -> float:
    """Give what all times differ by multiples of; 0 without such a thing."""
    slot, origin = laws[0].slot_s, laws[0].origin_s
    for law in laws[1:]:
        if not slot or abs(law.slot_s - slot) > _COMMENSURATE * slot:
            return 0.0
        shift = (law.origin_s - origin) / slot
        if abs(shift - round(shift)) > 1e-6:
            return 0.0
    return slot


def meet(
    laws: Sequence[Law], ageings: Sequence[Ageing], joint: Joint, *, cutoff_s: float = math.inf
) -> tuple[Law, Law, Law]:
    """Give what becomes of pairs that wait for each other: (what they make, its refusals, their end by the cut-off).

    The first law is that of what `joint` makes of them when the last is there, each aged until then. The others have
    only times: `joint` made nothing of them; the first was there, and `cutoff_s` later not yet all of them. All laws
    must be on one lattice.

    With C the pairs that came within the cut-off, aged to now, and W those of them that came before now, the pairs
    complete now are ``C1 x C2 x .. - W1 x W2 x ..``.
    """
    step = laws[0].step_s
    window = window_of(cutoff_s, laws[0])
    here, before = [], []
    for law, ageing in zip(laws, ageings, strict=True):
        waiting = ageing.gathered(law.values, step, window)
        before.append(waiting)
        here.append(waiting + law.values)
    made = replace(laws[0], values=joint(here) - joint(before))
    complete = np.prod([each[0, 0] for each in here], axis=0) - np.prod([each[0, 0] for each in before], axis=0)
    refused = np.zeros_like(made.values)
    refused[0, 0] = np.clip(complete - made.weights, 0.0, None)
    return made, replace(laws[0], values=refused), _ended(laws, cutoff_s, window)


def window_of(cutoff_s: float, law: Law) -> tuple[int, float] | None:
    """Give how many steps a pair may wait, and the share of the next one that counts; None without limit."""
    if math.isinf(cutoff_s):
        return None
    if law.exact:
        return math.floor(cutoff_s / law.step_s + 1e-6), 0.0
    # pairs that share a point come within half a step of each other; slots add half of one at the edge
    reach = cutoff_s if not law.slot_s else (math.floor(cutoff_s / law.slot_s + 1e-6) + 0.5) * law.slot_s
    steps = max(reach / law.step_s - 0.5, 0.0)
    return math.floor(steps), steps - math.floor(steps)


def _ended(laws: Sequence[Law], cutoff_s: float, window: tuple[int, float] | None) -> Law:
    first = laws[0]
    if window is None:
        return replace(first, values=np.zeros_like(first.values))
    within, within_later = np.ones(first.values.shape[-1]), np.ones(first.values.shape[-1])
    left, left_later = within.copy(), within.copy()
    for law in laws:
        now = law.weights
        after = ahead(now, window)
        from_now = np.cumsum(now[::-1])[::-1]
        within, within_later = within * (now + after), within_later * after
        left, left_later = left * from_now, left_later * (from_now - now)
    weights = np.clip((left - left_later) - (within - within_later), 0.0, None)
    values = np.zeros_like(first.values)
    values[0, 0] = weights
    return replace(first, values=values, origin_s=first.origin_s + cutoff_s)


def ahead(weights: Tensor, window: tuple[int, float]) -> Tensor:
    """Give the probability of the next times within the window, for each time."""
    whole, share = window
    size = weights.size
    below = np.concatenate([[0.0], np.cumsum(weights)])
    index = np.arange(size)
    after: Tensor = below[np.minimum(index + 1 + whole, size)] - below[index + 1]
    if share:
        after += share * (below[np.minimum(index + 2 + whole, size)] - below[np.minimum(index + 1 + whole, size)])
    return after


def renewed(first: tuple[Law, Law], again: tuple[Law, Law], *, tail: float, points: int) -> Law:
    """Try until it works: the law of the first attempt's success, or of a failure and as many others as it takes.

    Args:
        first: (success, failure) of the first attempt; each law's total is the probability.
        again: those of every further one, its times counted from the failure before.
        tail: the probability that may be left out beyond the last time.
        points: how many times at most.

    In generating functions ``S1 + F1 S2 / (1 - F2)``, on a circle inside the unit one so that nothing wraps around.
    """
    if first[1].total <= tail * 1e-3:
        return first[0].scaled(1.0 / first[0].total)
    chance = again[0].total
    mean = math.fsum(law.total * law.mean_s for law in again if law.total > 0.0) / chance
    longest = max(law.origin_s + law.horizon_s for law in (*first, *again))
    end = longest + mean * math.log(1.0 / tail)
    step = min(law.step_s for law in (*first, *again))
    size = math.ceil(end / step) + 2
    if size > points:
        step, size = end / (points - 2), points
    slot = _shared_slot([replace(first[0], origin_s=0.0), *first, *again])
    laws = [law.on(0.0, step, size) for law in (*first, *again)]
    length = 2 ** math.ceil(math.log2(2 * size))
    damped = 1e-6 ** (np.arange(size) / length)
    s1, s2 = (np.fft.rfft(laws[k].values * damped, length) for k in (0, 2))
    f1, f2 = (np.fft.rfft(laws[k].weights * damped, length) for k in (1, 3))
    total = np.fft.irfft(s1 + f1 * s2 / (1.0 - f2), length)[..., :size] / damped
    law = Law(total, step, 0.0, slot)
    return law.scaled(1.0 / law.total)
