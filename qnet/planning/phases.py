"""What part of a slot has passed when something happens: attempts begin with slots, so that it decides who waits.

Heralds come at the ends of slots. Where the links below a vertex have slots of one length, everything that happens
there comes a fixed while after the end of a slot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qnet.planning.plan import Chain
from qnet.planning.recipe import Generate, Purify, Recipe, Swap
from qnet.planning.steps import on_devices

__all__ = ["Phase", "Phases", "reading_s"]

Phase = float | None
"""Seconds since the last slot began; None where that differs from time to time, or from link to link."""


class Phases:
    """The phases of what a recipe does on a chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def made(self, recipe: Recipe) -> Phase:
        """Give the phase of a vertex's last operation."""
        match recipe:
            case Generate():
                return 0.0
            case Swap():
                return self.later(recipe, self._begun(recipe), self._chain.devices[recipe.node].swap_s)
            case Purify():
                return self.later(recipe, self._begun(recipe), sum(reading_s(self._chain, recipe)))

    def ready(self, recipe: Recipe) -> Phase:
        """Give the phase of the moment in which both ends know of what a vertex has made."""
        return self.later(recipe, self.made(recipe), max(self.known_s(recipe)))

    def ended(self, recipe: Swap | Purify) -> Phase:
        """Give the phase of the moment in which a vertex gives up what waited too long."""
        return None if math.isinf(recipe.cutoff_s) else self.later(recipe, self._begun(recipe), recipe.cutoff_s)

    def known_s(self, recipe: Recipe) -> tuple[float, float]:
        """Give how much later than its last operation each end of a vertex knows of it, in seconds."""
        if not isinstance(recipe, Swap):
            return 0.0, 0.0
        first, last = recipe.ends
        return self._chain.delay_s(recipe.node, first), self._chain.delay_s(recipe.node, last)

    def later(self, recipe: Recipe, phase_s: Phase, wait_s: float) -> Phase:
        """Give the phase some seconds later, for the links below a vertex."""
        cycle_s = self._chain.cycle_between(*recipe.ends)
        if phase_s is None or cycle_s is None:
            return None
        phase_s = (phase_s + wait_s) % cycle_s
        return 0.0 if cycle_s - phase_s < 1e-6 * cycle_s else phase_s

    def slot_s(self, start_s: float, phase_s: Phase, cycle_s: float) -> float:
        """Give when a link's next slot begins, by the phase of time 0; half a slot later where none is known."""
        if phase_s is None:
            return start_s + cycle_s / 2.0
        return math.ceil((start_s + phase_s) / cycle_s - 1e-6) * cycle_s - phase_s

    def _begun(self, recipe: Swap | Purify) -> Phase:
        if isinstance(recipe, Purify):
            return self.common(recipe, [self.ready(part) for part in recipe.parts])
        waits_s = self.known_s(recipe.left)[1], self.known_s(recipe.right)[0]
        phases = [self.later(part, self.made(part), wait_s) for part, wait_s in zip(recipe.parts, waits_s, strict=True)]
        return self.common(recipe, phases)

    def common(self, recipe: Recipe, phases: Sequence[Phase]) -> Phase:
        """Give the phase that all have, for the links below a vertex; None if they differ."""
        known = [phase for phase in phases if phase is not None]
        cycle_s = self._chain.cycle_between(*recipe.ends)
        if cycle_s is None or len(known) < len(phases):
            return None
        return known[0] if max(known) - min(known) < 1e-6 * cycle_s else None


def reading_s(chain: Chain, purify: Purify) -> tuple[float, float]:
    """Give how long a purification's circuit takes, and how long it is from there until both ends know both records."""
    first, last = purify.ends
    source, target = chain.devices[first], chain.devices[last]
    busy_s = on_devices(purify.purification, source, target).duration_s
    return busy_s, max(source.measurement_s, target.measurement_s) + chain.delay_s(first, last)
