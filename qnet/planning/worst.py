"""The worst pair that a plan can deliver: every wait as long as its cut-off allows, every record the worst.

A threshold binds each pair, given all that its ends know of it: how long its parts waited, and what was read. At every
vertex we take the wait and the record that leave the least fidelity, and go on with that. Tried are waits of the whole
cut-off and of some parts of it, since relaxation may make a long one harmless. Where worse parts make worse pairs, as
in all usual protocols, no pair is below the result but for waits that lie between those tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qnet.planning.ageing import CERTAIN, EVEN, SIGNS, Ageing, of_pair
from qnet.planning.plan import Plan
from qnet.planning.recipe import Generate, Purify, Recipe, Swap, sequential
from qnet.planning.steps import corrections, heralds, on_devices, record_maps
from qnet.quantum import Noise
from qnet.quantum.measures import BELL_TENSORS
from qnet.quantum.pauli import Tensor

__all__ = ["worst_fidelity"]

_FOR_EVER_S = 1e12
_PARTS = (1.0, 0.5, 0.25, 0.125)
_POSSIBLE = 1e-12


@dataclass(frozen=True, eq=False)
class _Worst:
    """The worst state at a vertex's last operation, when its ends know, its frames, and how it ages from then on."""

    state: Tensor
    known_s: tuple[float, float]
    frames: tuple[float, ...]
    ageing: Ageing

    def after(self, wait_s: float) -> Tensor:
        waited: Tensor = self.ageing.aged(self.state[..., None], min(wait_s, _FOR_EVER_S))[..., 0]
        return waited


def worst_fidelity(plan: Plan, recipe: Recipe | None = None) -> float:
    """Give the least fidelity that a delivered pair can have.

    Args:
        plan: how pairs are made.
        recipe: what it comes to, if it says nothing of recipes; by default, swaps without limit.
    """
    whole = recipe or plan.recipe or _unlimited(plan)
    held = (not plan.keep, not plan.keep)
    worst = _Recursion(plan).at(whole, held)
    return _fidelity(worst.after(max(worst.known_s)))


def _unlimited(plan: Plan) -> Recipe:
    """Give a recipe in which each qubit of a repeater may wait for ever; any order is as bad."""
    order = sequential(plan.chain.hops)
    return order if plan.link_purification is None else _with_purified_links(order, plan)


def _with_purified_links(recipe: Recipe, plan: Plan) -> Recipe:
    assert plan.link_purification is not None
    match recipe:
        case Swap():
            left, right = (_with_purified_links(part, plan) for part in recipe.parts)
            return Swap(left=left, right=right, cutoff_s=recipe.cutoff_s)
        case _:
            return Purify(pairs=(recipe,) * plan.link_purification.pairs, purification=plan.link_purification)


class _Recursion:
    """Goes down a recipe; `frozen` says which ends measure as soon as they may."""

    def __init__(self, plan: Plan) -> None:
        self._chain = plan.chain

    def at(self, recipe: Recipe, frozen: tuple[bool, bool]) -> _Worst:
        match recipe:
            case Generate():
                return self._generate(recipe, frozen)
            case Swap():
                return self._swap(recipe, frozen)
            case Purify():
                return self._purify(recipe, frozen)

    def _generate(self, leaf: Generate, frozen: tuple[bool, bool]) -> _Worst:
        chain, span = self._chain, leaf.span
        link = chain.links[span]
        states = [(state, label) for _, state, label in heralds(link, *chain.devices[span : span + 2])]
        state, label = min(states, key=lambda one: _fidelity(one[0]))
        frames = tuple(float(label == other) for other in range(4))
        return _Worst(state, (0.0, 0.0), frames, of_pair(chain.devices, leaf.ends, frozen, frames, link.measured))

    def _swap(self, swap: Swap, frozen: tuple[bool, bool]) -> _Worst:
        chain, node = self._chain, swap.node
        device = chain.devices[node]
        assert device.swap is not None
        left, right = (self.at(part, frozen) for part in swap.parts)
        ageing = of_pair(chain.devices, swap.ends, frozen, EVEN)
        matrices = device.swap.instrument.tensor[:4]
        results = [
            ageing.aged((SIGNS[record][:, None] * (one @ matrix @ other))[..., None], device.swap_s)[..., 0]
            for wait in _waits(swap.cutoff_s, left.ageing, right.ageing)
            for mine, others in ((wait, 0.0), (0.0, wait))
            for one in [left.after(left.known_s[1] + mine)]
            for other in [right.after(right.known_s[0] + others)]
            for record, matrix in enumerate(matrices)
        ]
        known_s = chain.delay_s(node, swap.ends[0]), chain.delay_s(node, swap.ends[1])
        return _Worst(_worst_of(results), known_s, EVEN, ageing)

    def _purify(self, purify: Purify, frozen: tuple[bool, bool]) -> _Worst:
        chain, (first, last) = self._chain, purify.ends
        source, target = chain.devices[first], chain.devices[last]
        noisy = on_devices(purify.purification, source, target)
        parts = [self.at(part, (False, False)) for part in purify.pairs]
        maps = record_maps(noisy)
        results = [
            joint([_turned(source.noise, part, wait if k != newest else 0.0) for k, part in enumerate(parts)])
            for wait in _waits(purify.cutoff_s, *(part.ageing for part in parts))
            for newest in range(len(parts))
            for joint in maps
        ]
        read_s = max(source.measurement_s, target.measurement_s) + chain.delay_s(first, last)
        stored = of_pair(chain.devices, purify.ends, (False, False), CERTAIN)
        state = stored.aged(_worst_of(results)[..., None], read_s)[..., 0]
        return _Worst(state, (0.0, 0.0), CERTAIN, of_pair(chain.devices, purify.ends, frozen, CERTAIN))


def _waits(cutoff_s: float, *ageings: Ageing) -> list[float]:
    """Give waits to try: parts of the cut-off; without one, multiples of the memories' own times."""
    if all(ageing.is_trivial for ageing in ageings):
        return [0.0]
    if math.isfinite(cutoff_s):
        return [part * cutoff_s for part in _PARTS]
    slowest_s = max(ageing.slowest_s for ageing in ageings)
    return [_FOR_EVER_S, *(slowest_s * factor for factor in (3.0, 1.0, 0.3, 0.1))]


def _turned(noise: Noise, part: _Worst, wait_s: float) -> Tensor:
    turned: Tensor = corrections(noise, part.frames) @ part.after(max(part.known_s) + wait_s)
    return turned


def _worst_of(results: Iterable[Tensor]) -> Tensor:
    """Give the possible result of least fidelity, normalised."""
    possible = [result / result[0, 0] for result in results if result[0, 0] > _POSSIBLE]
    return min(possible, key=_fidelity)


def _fidelity(state: Tensor) -> float:
    return float(np.sum(state * BELL_TENSORS[0]) / 4.0)
