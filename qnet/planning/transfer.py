"""The mean state of a chain whose links come at independent times and are swapped as soon as possible.

Going along the chain we keep, for each time at which the last link in line may have come, the mean state from the
source to that link's far side. At the next node either its qubit waited for the next link's, or the other way round;
both are sums over times with exponential weights. Exact in the times, for any memories and swaps (Kamin, Shchukin,
Schmidt, van Loock, Phys. Rev. Research 5, 023086 (2023), arXiv 2203.10318, for dephasing).

Ends that keep their qubits wait until delivery, the latest of all times. So the same is done for all links having come
by a given time, for times at equal steps of probability, each step taken at its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qnet.planning.ageing import SIGNS, Ageing
from qnet.planning.law import Law, common
from qnet.planning.plan import Chain, Plan
from qnet.planning.steps import joined, swap_matrices
from qnet.quantum.pauli import Tensor

__all__ = ["Arrival", "delivered_state"]

_POINTS_KEPT = 384
"""Times of a law where ends keep their qubits: the work is that many times the steps of probability."""
_STEPS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrival:
    """When a link's pair is there, in which state, and how much later both ends of the chain know of it at most."""

    law: Law
    frames: tuple[float, ...]
    told_s: float

    @property
    def times(self) -> Law:
        """The law without the states, which cost time to put on other lattices."""
        values = np.zeros_like(self.law.values)
        values[0, 0] = self.law.weights
        return Law(values, self.law.step_s, self.law.origin_s, self.law.slot_s)


def delivered_state(plan: Plan, arrivals: Sequence[Arrival], points: int, *, steps: int = _STEPS) -> Tensor:
    """Give the mean Pauli tensor at delivery, shape (4, 4).

    Args:
        plan: the chain, and whether its ends keep their qubits.
        arrivals: of its links, in order.
        points: how many times a law may have.
        steps: of probability, where ends keep their qubits; as many as there are times, or more, are exact.
    """
    chain = plan.chain
    frames = [arrival.frames for arrival in arrivals]
    ends = _ends(plan, arrivals)
    if ends.is_trivial:
        laws = common([arrival.law for arrival in arrivals], points)
        total = _transferred(chain, [law.values for law in laws], frames, laws[0].step_s).sum(axis=-1)
    else:
        few = _POINTS_KEPT if steps == _STEPS else points
        laws = common([arrival.law for arrival in arrivals], few)
        told = [arrival.told_s for arrival in arrivals]
        pairs, signs = _by_delivery(laws, told, ends, steps)
        total = _transferred(chain, pairs, frames, laws[0].step_s).sum(axis=-1) @ signs
    tensor: Tensor = total / total[0, 0]
    return tensor


def _ends(plan: Plan, arrivals: Sequence[Arrival]) -> Ageing:
    """Give how the two ends age, between which there are swaps whose outcomes are all alike."""
    chain = plan.chain
    if not plan.keep:
        return Ageing()
    source = None if "source" in chain.links[0].measured else chain.devices[0].memory.generator
    target = None if "target" in chain.links[-1].measured else chain.devices[-1].memory.generator
    return Ageing(source, target, (0.25,) * 4 if chain.hops > 1 else arrivals[0].frames)


def _by_delivery(laws: Sequence[Law], told_s: Sequence[float], ends: Ageing, steps: int) -> tuple[list[Tensor], Tensor]:
    """Give the links' states, shape (4, 4, times of delivery, times), cut at each of two times per step; and signs.

    With G(d) what all links having told by d make of it, a step from d to d' counts as G(d') - G(d), both with ends
    that wait until the mean time of the step.
    """
    size, step_s = laws[0].weights.size, laws[0].step_s
    times = laws[0].origin_s + step_s * np.arange(size)
    known = [times + told for told in told_s]
    every = np.unique(np.concatenate(known).round(15))
    until = np.prod([_cumulative(law.weights, at, every) for law, at in zip(laws, known, strict=True)], axis=0)
    edges = _edges(until, steps)
    chance = np.diff(until, prepend=0.0)
    middle = [
        (every[a + 1 : b + 1] @ chance[a + 1 : b + 1]) / (until[b] - (until[a] if a >= 0 else 0.0)) for a, b in edges
    ]
    cuts = np.array([cut for a, b in edges for cut in (every[b], every[a] if a >= 0 else -np.inf)])
    ends_at = np.repeat(np.array(middle), 2)
    pairs = []
    for number, (law, at) in enumerate(zip(laws, known, strict=True)):
        kept = law.values[:, :, None, :] * (at <= cuts[:, None] + 1e-15)
        waits = np.clip(ends_at[:, None] - times, 0.0, None)
        nothing = np.zeros_like(waits)
        source_s = waits if number == 0 else nothing
        target_s = waits if number == len(laws) - 1 else nothing
        pairs.append(ends.aged_each(kept, source_s, target_s) if number in (0, len(laws) - 1) else kept)
    return pairs, np.tile([1.0, -1.0], len(edges))


def _cumulative(weights: Tensor, at: Tensor, every: Tensor) -> Tensor:
    below = np.concatenate([[0.0], np.cumsum(weights)])
    found: Tensor = below[np.searchsorted(at, every + 1e-15, side="right")]
    return found


def _edges(until: Tensor, steps: int) -> list[tuple[int, int]]:
    """Give steps of about equal probability as (index before it, last index)."""
    wanted = until[-1] * np.arange(1, steps + 1) / steps
    last = np.unique(np.minimum(np.searchsorted(until, wanted - 1e-12), until.size - 1))
    if steps >= until.size:
        last = np.flatnonzero(np.diff(until, prepend=0.0) > 0.0)
    starts = [-1, *last[:-1].tolist()]
    return [(a, b) for a, b in zip(starts, last.tolist(), strict=True) if until[b] > (until[a] if a >= 0 else 0.0)]


def _transferred(chain: Chain, pairs: Sequence[Tensor], frames: Sequence[tuple[float, ...]], step_s: float) -> Tensor:
    """Swap link after link to the first; shapes (4, 4, ..., times), the times those of the last link in line."""
    whole = pairs[0]
    for node in range(1, chain.hops):
        swap, generator = chain.devices[node].swap, chain.devices[node].memory.generator
        assert swap is not None
        matrices, right = swap_matrices(swap), pairs[node]
        there = whole + Ageing(target=generator).gathered(whole, step_s, None)
        # where the left pair comes after the right one, the wait stands between swap and right pair: M K exp(G t) R
        seen = sum(w * s[:, None] * generator * s for w, s in zip(frames[node], SIGNS, strict=True))
        later = _times(matrices, whole)[..., ::-1]
        waits = Ageing(target=np.ascontiguousarray(np.asarray(seen).T))
        whole = joined(_times(matrices, there), right) + joined(waits.gathered(later, step_s, None)[..., ::-1], right)
    return whole


def _times(matrices: Tensor, values: Tensor) -> Tensor:
    """Multiply each row of the states by its matrix, transposed."""
    product: Tensor = np.matmul(matrices, values.reshape(4, 4, -1)).reshape(values.shape)
    return product
