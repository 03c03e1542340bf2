"""Cut-offs as long as a request allows: the longer they are, the faster and the worse are the pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from qnet.planning.plan import Plan
from qnet.planning.recipe import Generate, Recipe, Swap

__all__ = ["Excess", "limited"]

Excess = Callable[[Plan], float]
"""By how much a plan is better than it must be; negative where it is worse."""
_GROWTHS = (1.0, 2.0)
_PRECISION = 1.002
_FOR_EVER = 1e9
"""Cycles; longer cut-offs are none."""


def limited(free: Plan, excess: Excess) -> Iterator[tuple[Plan, float]]:
    """Give a plan with the longest cut-offs for which it is good enough, and its excess; with the shortest if none is.

    They are alike at all vertices, or double from level to level.
    """
    spare = excess(free)
    if free.recipe is None or isinstance(free.recipe, Generate) or spare >= 0.0:
        yield free, spare
        return
    for growth in _GROWTHS if _height(free.recipe) > 1 else _GROWTHS[:1]:
        yield _longest(free, growth, excess)


def _longest(free: Plan, growth: float, excess: Excess) -> tuple[Plan, float]:
    """Find the longest cut-off, in steps of four and then between two of them."""

    def tried(cutoff_s: float) -> tuple[float, float, Plan]:
        assert free.recipe is not None
        plan = replace(free, recipe=_with_cutoffs(free.recipe, cutoff_s, growth)[0])
        return cutoff_s, excess(plan), plan

    shortest_s = max(link.cycle_s for link in free.chain.links)
    low = tried(shortest_s)
    if low[1] < 0.0:
        return low[2], low[1]
    while (high := tried(4.0 * low[0]))[1] >= 0.0:
        low = high
        if low[0] > _FOR_EVER * shortest_s:
            return low[2], low[1]
    while high[0] > _PRECISION * low[0]:
        guess_s = _crossing(low, high)
        for cutoff_s in (guess_s / _PRECISION**0.4, guess_s * _PRECISION**0.4, math.sqrt(low[0] * high[0])):
            # the line's crossing is soon a good guess; where it is not, halves do
            if low[0] < cutoff_s < high[0] and high[0] > _PRECISION * low[0]:
                middle = tried(cutoff_s)
                low, high = (middle, high) if middle[1] >= 0.0 else (low, middle)
    return low[2], low[1]


def _crossing(low: tuple[float, float, Plan], high: tuple[float, float, Plan]) -> float:
    """Give where the line between two points crosses nothing."""
    return low[0] + (high[0] - low[0]) * low[1] / (low[1] - high[1])


def _with_cutoffs(recipe: Recipe, cutoff_s: float, growth: float) -> tuple[Recipe, int]:
    """Set cut-offs, at the lowest vertices as given; give the recipe and its height."""
    if isinstance(recipe, Generate):
        return recipe, 0
    done = [_with_cutoffs(part, cutoff_s, growth) for part in recipe.parts]
    height = 1 + max(level for _, level in done)
    limit_s = cutoff_s * growth ** (height - 1)
    if isinstance(recipe, Swap):
        return replace(recipe, left=done[0][0], right=done[1][0], cutoff_s=limit_s), height
    return replace(recipe, pairs=tuple(part for part, _ in done), cutoff_s=limit_s), height


def _height(recipe: Recipe) -> int:
    return 0 if isinstance(recipe, Generate) else 1 + max(map(_height, recipe.parts))
