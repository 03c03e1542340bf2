"""The mean state of a chain whose links come at independent times and are swapped as soon as possible.

Going along the chain we keep, for each time at which the last link in line may have come, the mean state from the
source to that link's far side. At the next node either its qubit waited for the next link's, or the other way round;
both are sums over times with exponential weights. Exact in the times, for any memories and swaps (Kamin, Shchukin,
Schmidt, van Loock, Phys. Rev. Research 5, 023086 (2023), arXiv 2203.10318, for dephasing).

Ends that keep their qubits wait until delivery D, the latest of all times. Let G(d) be the state if all links have told
by d, and nothing if not, with ends that wait until d. An entry that decays at a rate r is, integrated by parts,
``G(inf) + integral of r G(d) dd``, for which some tens of d are enough, where there are more times than that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qnet.planning.ageing import SIGNS, Ageing
from qnet.planning.law import Law, common
from qnet.planning.phases import Phases
from qnet.planning.plan import Chain, Plan
from qnet.planning.steps import joined, swap_matrices
from qnet.quantum.pauli import Tensor

__all__ = ["Arrival", "delivered_state"]

_POINTS_KEPT = 512
"""Times of a law where ends keep their qubits: the work is that many times the nodes of the integral."""
_NODES = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrival:
    """When a link's pair is there, in which state, and how much later both ends of the chain know of it at most.

    `phases` says what part of a slot has passed when it is there.
    """

    law: Law
    frames: tuple[float, ...]
    told_s: float
    phases: Phases

    @property
    def times(self) -> Law:
        """The law without the states, which cost time to put on other lattices."""
        values = np.zeros_like(self.law.values)
        values[0, 0] = self.law.weights
        return Law(values, self.law.step_s, self.law.origin_s, self.law.slot_s)


def delivered_state(plan: Plan, arrivals: Sequence[Arrival], points: int, *, nodes: int = _NODES) -> Tensor:
    """Give the mean Pauli tensor at delivery, shape (4, 4).

    Args:
        plan: the chain, and whether its ends keep their qubits.
        arrivals: of its links, in order.
        points: how many times a law may have.
        nodes: of the integral over the time of delivery, where ends keep their qubits; exact if there are no more
            times than that.
    """
    chain = plan.chain
    frames = [arrival.frames for arrival in arrivals]
    ends = _ends(plan, arrivals)
    if ends.is_trivial:
        laws = common([arrival.law for arrival in arrivals], points)
        total = _transferred(chain, [law.values for law in laws], frames, laws[0].step_s).sum(axis=-1)
    else:
        laws = common([arrival.law for arrival in arrivals], min(points, max(_POINTS_KEPT, nodes)))
        told = [arrival.told_s for arrival in arrivals]
        until_s, step_s = _nodes(laws, told, nodes), laws[0].step_s
        pairs = _by(until_s, laws, told, ends)
        total = ends.integrated(_transferred(chain, pairs, frames, step_s).sum(axis=-1), until_s, step_s)
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


def _nodes(laws: Sequence[Law], told_s: Sequence[float], nodes: int) -> Tensor:
    """Give times of delivery: all there are, or some that lie close where delivery is likely."""
    size, step_s = laws[0].weights.size, laws[0].step_s
    size_all = size + math.ceil((max(told_s) - min(told_s)) / step_s)
    times = laws[0].origin_s + min(told_s) + step_s * np.arange(size_all)
    until = np.ones(size_all)
    for law, told in zip(laws, told_s, strict=True):
        below = np.concatenate([[0.0], np.cumsum(law.weights)])
        places = np.floor((times - told - law.origin_s) / step_s + 1e-6).astype(int) + 1
        until = np.multiply(until, below[np.clip(places, 0, size)])
    first = int(np.searchsorted(until, 1e-6 * until[-1]))
    if times.size - first <= nodes:
        return np.asarray(times[first:], dtype=np.float64)
    likely = np.searchsorted(until, until[-1] * np.linspace(1e-3, 0.999, nodes // 2))
    evenly = np.linspace(first, times.size - 1, nodes - nodes // 2).astype(int)
    return np.asarray(times[np.unique(np.concatenate([likely, evenly]))], dtype=np.float64)


def _by(until_s: Tensor, laws: Sequence[Law], told_s: Sequence[float], ends: Ageing) -> list[Tensor]:
    """Give the links' states, shape (4, 4, nodes, times), if they have told by each node, the ends aged until then."""
    times = laws[0].origin_s + laws[0].step_s * np.arange(laws[0].weights.size)
    waits_s = np.clip(until_s[:, None] - times, 0.0, None)
    pairs = []
    for number, (law, told) in enumerate(zip(laws, told_s, strict=True)):
        told_by = times + told <= until_s[:, None] + 1e-6 * law.step_s
        pair = law.values[:, :, None, :] * told_by
        if number in (0, len(laws) - 1):
            at_source, at_target = number == 0, number == len(laws) - 1
            pair = ends.aged_each(pair, waits_s * at_source, waits_s * at_target)
        pairs.append(pair)
    return pairs


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
