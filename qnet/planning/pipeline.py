"""Swapping as soon as possible in a pipeline: when links are there, counted from the delivery before.

Link k starts again when both its memories are free: after the swaps at its two nodes, or, at an end that keeps its
qubit, after delivery. So with H the times of heralds of one pair, link k starts on the next at the latest of H over
itself and its neighbours, and delivery D is the latest of all, each with its delays. We take the times from D to the
starts to be independent from link to link (a mean field) and find their laws by iteration. Neighbours wait for the same
swaps, which this counts as if each had swaps of its own: rates come out low, by less than 1 % up to 4 links, by 3 % at
8 and by 8 % at 16, as measured against the recursion itself. One and two links with ends that keep are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.law import Law, common
from qnet.planning.plan import Plan
from qnet.planning.transfer import Arrival
from qnet.quantum.pauli import Tensor

__all__ = ["in_pipeline"]

_ROUNDS = 8
"""A start forgets the round before the last, so that this many are enough."""
_MOST = 1 << 20
"""Times that a lattice may have."""


@dataclass(frozen=True)
class _Lags:
    """Delays in seconds after the heralds of a link: until a link may start again, and until both ends know."""

    free_s: tuple[dict[int, float], ...]
    """By link: its neighbours (itself, too) and how long after their heralds it may start."""
    told_s: tuple[float, ...]
    after_s: float
    """From a delivery to the slot in which ends that keep begin."""


def in_pipeline(plan: Plan, made: Sequence[Arrival], points: int) -> tuple[float, list[Arrival]]:
    """Give the mean time between deliveries, in seconds, and when links are there, counted from the delivery before.

    Args:
        plan: whose ends keep their qubits or not.
        made: for each link, when it is there if it starts at time 0.
        points: how many times a law may have.
    """
    lags = _lags(plan, made)
    laws = common([arrival.times for arrival in made], points)
    latest_s = 3.0 * max(lags.told_s) + max(law.origin_s for law in laws)
    lattice = _Lattice(laws[0].step_s, laws[0].weights.size + math.ceil(latest_s / laws[0].step_s) + 4)
    if lattice.size > _MOST:
        rule = "not last so much longer than attempts that no lattice of times holds both"
        raise InvalidArgument.of("purification", rule, latest_s)
    durations = [lattice.placed(law) for law in laws]
    starts = [lattice.at(0.0)] * len(laws)
    for _ in range(_ROUNDS):
        there = [lattice.sum(start, duration) for start, duration in zip(starts, durations, strict=True)]
        starts = [_start(lattice, there, lags, link, plan) for link in range(len(laws))]
    told = [lattice.later(one, lag) for one, lag in zip(there, lags.told_s, strict=True)]
    mean_s = lattice.mean_s(lattice.latest(told))
    states = [arrival.law.mean_tensor[..., None] * one for arrival, one in zip(made, there, strict=True)]
    slot_s = laws[0].slot_s if _on_slots(lags, laws[0].slot_s) else 0.0
    arrivals = [
        replace(arrival, law=Law(values, lattice.step_s, -lattice.step_s * lattice.half, slot_s))
        for arrival, values in zip(made, states, strict=True)
    ]
    return mean_s, arrivals


def _start(lattice: _Lattice, there: Sequence[Tensor], lags: _Lags, link: int, plan: Plan) -> Tensor:
    """Give the law of a link's next start, counted from delivery (before it is negative)."""
    if plan.keep and link in (0, len(there) - 1):
        return lattice.at(lags.after_s)
    near = lags.free_s[link]
    free = lattice.latest([lattice.later(there[other], lag) for other, lag in near.items()])
    soonest = max(lags.told_s[other] for other in near) - max(near.values())
    far = [lattice.later(there[k], lags.told_s[k]) for k in range(len(there)) if k not in near]
    wait = lattice.at(soonest)
    if far:
        wait = lattice.latest([wait, lattice.sum(lattice.latest(far), free[::-1])])
    return wait[::-1]


def _lags(plan: Plan, made: Sequence[Arrival]) -> _Lags:
    chain = plan.chain
    free: list[dict[int, float]] = []
    for link in range(chain.hops):
        own = 0.0
        near = {}
        for node, other in ((link, link - 1), (link + 1, link + 1)):
            if 0 < node < chain.hops:
                near[other] = chain.devices[node].swap_s
                own = max(own, near[other])
            elif not plan.keep:
                own = max(own, chain.devices[node].measurement_s)
        near[link] = own
        free.append({other: _next_slot(lag, chain.cycle_s, chain.links[link].cycle_s) for other, lag in near.items()})
    told = tuple(arrival.told_s for arrival in made)
    after_s = max(_next_slot(max(told), chain.cycle_s, chain.links[0].cycle_s) - max(told), 0.0)
    return _Lags(tuple(free), told, after_s)


def _next_slot(lag_s: float, common_s: float | None, cycle_s: float) -> float:
    """Give when the slot begins after a lag from the end of another slot; half a slot later if slots differ."""
    return lag_s + cycle_s / 2.0 if common_s is None else math.ceil(lag_s / common_s - 1e-6) * common_s


def _on_slots(lags: _Lags, slot_s: float) -> bool:
    if not slot_s:
        return False
    all_s = [lag for near in lags.free_s for lag in near.values()] + list(lags.told_s)
    return all(abs(lag / slot_s - round(lag / slot_s)) < 1e-6 for lag in all_s)


@dataclass(frozen=True)
class _Lattice:
    """Laws of times from before 0 to after it, as arrays of weights whose middle one is that of time 0."""

    step_s: float
    half: int

    @property
    def size(self) -> int:
        """Number of times."""
        return 2 * self.half + 1

    def at(self, time_s: float) -> Tensor:
        """Give a time that is certain."""
        weights = np.zeros(self.size)
        weights[self.half] = 1.0
        return self.later(weights, time_s)

    def placed(self, law: Law) -> Tensor:
        """Put a law here."""
        start = -self.half * self.step_s
        return law.on(start, self.step_s, self.size).weights

    def later(self, weights: Tensor, lag_s: float) -> Tensor:
        """Give the law some time later; parts of a step are shared out."""
        steps = lag_s / self.step_s
        whole = math.floor(steps + 1e-9)
        share = min(max(steps - whole, 0.0), 1.0)
        return (1.0 - share) * _shifted(weights, whole) + share * _shifted(weights, whole + 1)

    def sum(self, one: Tensor, other: Tensor) -> Tensor:
        """Give the law of the sum of two independent times; what leaves the lattice stays at its ends."""
        length = 2 ** math.ceil(math.log2(2 * self.size))
        whole = np.fft.irfft(np.fft.rfft(one, length) * np.fft.rfft(other, length), length)[: 2 * self.size - 1]
        kept: Tensor = np.clip(whole[self.half : self.half + self.size], 0.0, None)
        kept[0] += max(whole[: self.half].sum(), 0.0)
        kept[-1] += max(whole[self.half + self.size :].sum(), 0.0)
        kept /= kept.sum()
        return kept

    def latest(self, laws: Sequence[Tensor]) -> Tensor:
        """Give the law of the latest of independent times."""
        until = np.prod([np.cumsum(law) for law in laws], axis=0)
        return np.diff(until, prepend=0.0)

    def mean_s(self, weights: Tensor) -> float:
        """Give the mean time in seconds."""
        return self.step_s * float(weights @ (np.arange(self.size) - self.half))


def _shifted(weights: Tensor, by: int) -> Tensor:
    shifted = np.zeros_like(weights)
    if by >= 0:
        shifted[by:] = weights[: weights.size - by]
    else:
        shifted[:by] = weights[-by:]
    return shifted
