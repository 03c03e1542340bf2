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
from qnet.planning.phases import reading_s
from qnet.planning.plan import Plan, recipe_content
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
        return self.ageing.aged_one(self.state, min(wait_s, _FOR_EVER_S))


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
        self._known: dict[object, _Worst] = {}

    def at(self, recipe: Recipe, frozen: tuple[bool, bool]) -> _Worst:
        key = frozen, recipe_content(recipe, copies=False)
        if key not in self._known:
            match recipe:
                case Generate():
                    self._known[key] = self._generate(recipe, frozen)
                case Swap():
                    self._known[key] = self._swap(recipe, frozen)
                case Purify():
                    self._known[key] = self._purify(recipe, frozen)
        return self._known[key]

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
            SIGNS[record][:, None] * one.dot(matrix).dot(other)
            for wait in _waits(swap.cutoff_s, left.ageing, right.ageing)
            for mine, others in ((wait, 0.0), (0.0, wait))
            for one in [left.after(left.known_s[1] + mine)]
            for other in [right.after(right.known_s[0] + others)]
            for record, matrix in enumerate(matrices)
        ]
        known_s = chain.delay_s(node, swap.ends[0]), chain.delay_s(node, swap.ends[1])
        return _Worst(ageing.aged_one(_worst_of(results), device.swap_s), known_s, EVEN, ageing)

    def _purify(self, purify: Purify, frozen: tuple[bool, bool]) -> _Worst:
        chain, (first, last) = self._chain, purify.ends
        source, target = chain.devices[first], chain.devices[last]
        noisy = on_devices(purify.purification, source, target)
        parts = [self.at(part, (False, False)) for part in purify.pairs]
        maps = record_maps(noisy)
        results = [
            joint(states)
            for wait in _waits(purify.cutoff_s, *(part.ageing for part in parts))
            for newest in range(len(parts))
            for states in [[_turned(source.noise, part, wait * (k != newest)) for k, part in enumerate(parts)]]
            for joint in maps
        ]
        _, read_s = reading_s(chain, purify)
        stored = of_pair(chain.devices, purify.ends, (False, False), CERTAIN)
        state = stored.aged_one(_worst_of(results), read_s)
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
    each = np.array([result for result in results if result[0, 0] > _POSSIBLE])
    fidelities = (each.reshape(-1, 16) @ BELL_TENSORS[0].reshape(16)) / each[:, 0, 0]
    worst: Tensor = each[int(np.argmin(fidelities))]
    worst /= worst[0, 0]
    return worst


def _fidelity(state: Tensor) -> float:
    return float(np.sum(state * BELL_TENSORS[0]) / 4.0)
