"""The waiting time and the mean state of what a recipe makes: one recursion over its vertices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.ageing import CERTAIN, EVEN, Ageing, of_pair
from qnet.planning.law import Law, common, generated, meet, renewed
from qnet.planning.order import first_in_vain, last_in_time
from qnet.planning.phases import MOST, START, Phase, Phases, later, mixed, reading_s, settled, slot_of, visits, wait_s
from qnet.planning.plan import Chain, renumbered
from qnet.planning.recipe import Generate, Purify, Recipe, Swap, leaves
from qnet.planning.steps import corrections, heralded, on_devices, purifying, swapping
from qnet.planning.times import blended, summed, within
from qnet.quantum import Noise, Purification
from qnet.quantum.pauli import Tensor

__all__ = ["Made", "Maker"]

Start = tuple[float, ...]
"""By position, in seconds: when a node hears that it is to begin."""
_Try = Callable[[Start, Phase], "_Tried"]


@dataclass(frozen=True, eq=False)
class Made:
    """What a vertex makes.

    Args:
        law: of the moment of its last operation, with the state then; its total is 1.
        known_s: how much later each of its two ends knows of it, in seconds.
        frames: how likely each Bell label is.
        ageing: what waiting does to it.
        phases: what part of a slot has passed at its last operation.
        chance: that an attempt at it succeeds.
    """

    law: Law
    known_s: tuple[float, float]
    frames: tuple[float, ...]
    ageing: Ageing
    phases: Phases
    chance: float = 1.0

    def after(self, wait_s: float) -> Law:
        """Give the law some time later, its qubits having waited."""
        return self.law.mapped(lambda values: self.ageing.aged(values, wait_s)).later(wait_s)

    def ready(self) -> Law:
        """Give the law of the moment in which both ends know."""
        return self.after(max(self.known_s))

    def ready_phases(self) -> Phases:
        """Give what part of a slot has passed then."""
        return later(self.phases, max(self.known_s))


class _Tried(NamedTuple):
    """What becomes of one attempt; the laws add up to 1."""

    made: Law
    refused: Law
    ended: Law
    """By the cut-off."""
    phases: Phases
    """Where something is made."""
    failed: Phases
    """Where not; they add up to the chance of that."""

    def failure(self, points: int) -> Law:
        return blended([(1.0, self.refused), (1.0, self.ended)], points)


class Maker:
    """Follows a recipe on a chain.

    Args:
        chain: what the recipe works with.
        keep: whether the ends store their qubits, where no purification makes them.
        tail: the probability of long times that may be left out.
        points: how many times a law has at most.
        phases: how many parts of a slot are told apart at most.
    """

    def __init__(self, chain: Chain, *, keep: bool, tail: float, points: int, phases: int = MOST) -> None:
        self._chain = chain
        self._keep = keep
        self.tail = tail
        self.points = points
        self.phases = phases
        self._known: dict[object, Made] = {}
        self._tried: dict[object, _Tried] = {}

    def make(self, recipe: Recipe, start: Start, phase: Phase = START) -> Made:
        """Give what a recipe makes.

        Args:
            recipe: of the whole chain.
            start: when each node begins, in seconds.
            phase: what part of a slot has passed at time 0.
        """
        return self._make(recipe, start, phase, (not self._keep, not self._keep))

    def _make(self, recipe: Recipe, start: Start, phase: Phase, frozen: tuple[bool, bool]) -> Made:
        first, last = recipe.ends
        key = renumbered(recipe), start[first : last + 1], phase, frozen
        if key not in self._known:
            match recipe:
                case Generate():
                    made = self._generate(recipe, start, phase, frozen)
                case Swap():
                    made = self._swap(recipe, start, phase, frozen)
                case Purify():
                    made = self._purify(recipe, start, phase, frozen)
            self._known[key] = made
        return self._known[key]

    def _generate(self, leaf: Generate, start: Start, phase: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, span = self._chain, leaf.span
        link = chain.links[span]
        tensor, frames = heralded(link, chain.devices[span], chain.devices[span + 1])
        law = generated(link.success_probability, link.cycle_s, tensor, tail=self.tail, points=self.points)
        begin_s = wait_s(max(start[span], start[span + 1]), phase, slot_of(link))
        ageing = of_pair(chain.devices, leaf.ends, frozen, frames, link.measured)
        return Made(law.later(begin_s), (0.0, 0.0), frames, ageing, {Phase(slot_of(link)): 1.0})

    def _swap(self, swap: Swap, start: Start, phase: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, node = self._chain, swap.node
        device = chain.devices[node]
        ageing = of_pair(chain.devices, swap.ends, frozen, EVEN)

        def attempt(begin: Start, phase: Phase) -> _Tried:
            parts = [self._make(part, begin, phase, frozen) for part in swap.parts]
            waits = parts[0].known_s[1], parts[1].known_s[0]
            laws = common([part.after(wait_s) for part, wait_s in zip(parts, waits, strict=True)], self.points)
            made, refused, ended = meet(laws, [part.ageing for part in parts], swapping(device), cutoff_s=swap.cutoff_s)
            made = made.mapped(lambda values: ageing.aged(values, device.swap_s)).later(device.swap_s)
            there = [later(part.phases, wait_s) for part, wait_s in zip(parts, waits, strict=True)]
            return _tried((made, refused.later(device.swap_s), ended), laws, there, swap.cutoff_s, device.swap_s)

        again = tuple(chain.delay_s(node, other) for other in range(chain.hops + 1))
        known_s = chain.delay_s(node, swap.ends[0]), chain.delay_s(node, swap.ends[1])
        law, phases, chance = self._until_made(attempt, (renumbered(swap), frozen), start, phase, again)
        return Made(law, known_s, EVEN, ageing, phases, chance)

    def _until_made(
        self, attempt: _Try, vertex: object, start: Start, phase: Phase, again: Start
    ) -> tuple[Law, Phases, float]:
        """Give the law of the first attempt that succeeds, its phases, and the chance of an attempt."""
        first, points = attempt(start, phase), self.points
        if first.refused.total + first.ended.total <= self.tail * 1e-3:
            return first.made.scaled(1.0 / first.made.total), first.phases, 1.0

        def once_more(phase: Phase) -> _Tried:
            if (vertex, phase) not in self._tried:
                self._tried[vertex, phase] = attempt(again, phase)
            return self._tried[vertex, phase]

        known, weights, matrix = settled(first.failed, lambda phase: once_more(phase).failed, self.phases)
        often = visits(weights, matrix)
        tried = [(share, once_more(phase)) for share, phase in zip(often / often.sum(), known, strict=True)]
        made = blended([(share, one.made) for share, one in tried], points)
        if not made.total > 1e-12:
            raise InvalidArgument.of("cutoff_s", "leave an attempt a chance", made.total)
        failed = blended([(share, one.failure(points)) for share, one in tried], points)
        law = renewed((first.made, first.failure(points)), (made, failed), tail=self.tail, points=points)
        later_on = mixed([(share * one.made.total / made.total, one.phases) for share, one in tried])
        at_once = first.made.total / (first.made.total + first.refused.total + first.ended.total)
        phases = mixed([(at_once, first.phases), (1.0 - at_once, later_on)])
        return law, phases, made.total / (made.total + failed.total)

    def _purify(self, purify: Purify, start: Start, phase: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, (first, last) = self._chain, purify.ends
        source, target = chain.devices[first], chain.devices[last]
        noisy = on_devices(purify.purification, source, target)
        stored = of_pair(chain.devices, purify.ends, (False, False), CERTAIN)
        # both begin when both know of all pairs, and decide when both know both records; while the circuit runs its
        # own noise acts, and waiting only after it
        busy_s, read_s = reading_s(chain, purify)
        told_s = busy_s + read_s

        def attempt(begin: Start, phase: Phase) -> _Tried:
            parts = self._parts(purify, begin, phase)
            combine = self._in_turn if _share_lanes(purify) else self._at_once
            tried = combine(purify, parts, noisy, told_s)
            made = tried.made.mapped(lambda values: stored.aged(values, read_s))
            return tried._replace(made=made.later(told_s), refused=tried.refused.later(told_s))

        again = tuple(min(chain.delay_s(first, other), chain.delay_s(last, other)) for other in range(chain.hops + 1))
        law, phases, chance = self._until_made(attempt, (renumbered(purify), ()), start, phase, again)
        ageing = of_pair(chain.devices, purify.ends, frozen, CERTAIN)
        return Made(law, (0.0, 0.0), CERTAIN, ageing, phases, chance)

    def _parts(self, purify: Purify, begin: Start, phase: Phase) -> list[Made]:
        """Give the pairs to be purified; those made in turn begin when the one before is there."""
        stored = (False, False)
        if not _share_lanes(purify):
            return [self._make(part, begin, phase, stored) for part in purify.pairs]
        at_once = (0.0,) * (self._chain.hops + 1)
        parts = [self._make(purify.pairs[0], begin, phase, stored)]
        for part in purify.pairs[1:]:
            ready = parts[-1].ready_phases()
            parts.append(self._make(part, at_once, max(ready, key=ready.__getitem__), stored))
        return parts

    def _at_once(self, purify: Purify, parts: Sequence[Made], noisy: Purification, told_s: float) -> _Tried:
        """Purify pairs that were made beside each other."""
        noise = self._chain.devices[purify.ends[0]].noise
        laws = common([part.ready().mapped(_turned(noise, part.frames)) for part in parts], self.points)
        met = meet(laws, [part.ageing for part in parts], purifying(noisy), cutoff_s=purify.cutoff_s)
        return _tried(met, laws, [part.ready_phases() for part in parts], purify.cutoff_s, told_s)

    def _in_turn(self, purify: Purify, parts: Sequence[Made], noisy: Purification, told_s: float) -> _Tried:
        """Purify pairs that were made one after the other; each waits for those after it, in its mean state."""
        noise = self._chain.devices[purify.ends[0]].noise
        rests: list[Law | None] = [None]
        for part in reversed(parts[1:]):
            rests.insert(0, summed(part.ready(), rests[0], self.points))
        rest = rests[0]
        assert rest is not None
        in_time = within(rest, purify.cutoff_s)
        rests[0] = in_time
        tensors = []
        for part, after in zip(parts, rests, strict=True):
            tensor = part.ready().mean_tensor
            if after is not None:
                times: Tensor = after.origin_s + after.step_s * np.arange(after.weights.size, dtype=np.float64)
                tensor = part.ageing.after_random(tensor, after.weights / after.total, times)
            tensors.append(_turned(noise, part.frames)(tensor[..., None]))
        kept = purifying(noisy)(tensors)[..., 0]
        first = parts[0].ready()
        whole = summed(first, in_time, self.points)
        made = whole.mapped(lambda values: kept[..., None] * values[0, 0])
        refused = whole.scaled(1.0 - float(kept[0, 0]))
        limit_s = 0.0 if math.isinf(purify.cutoff_s) else purify.cutoff_s
        lost = max(1.0 - in_time.total, 0.0) if limit_s else 0.0
        ended = first.later(limit_s).scaled(lost)
        phases = later(parts[-1].ready_phases(), told_s)
        failed = [(refused.total, phases), (lost, later(parts[0].ready_phases(), limit_s))]
        return _Tried(made, refused, ended, phases, mixed(failed))


def _tried(
    met: tuple[Law, Law, Law], laws: Sequence[Law], there: Sequence[Phases], cutoff_s: float, busy_s: float
) -> _Tried:
    """Say what part of a slot has passed when pairs have met that came with some phases, or have waited in vain.

    Args:
        met: (what they make, its refusals, their end by the cut-off).
        laws: of the pairs.
        there: their phases.
        cutoff_s: how long the first waits for the last.
        busy_s: what is done with them takes so long.
    """
    made, refused, ended = met
    last = mixed([(share, later(at, busy_s)) for share, at in zip(last_in_time(laws, cutoff_s), there, strict=True)])
    failed = [(refused.total, last)]
    if ended.total > 0.0:
        first = zip(first_in_vain(laws, cutoff_s), there, strict=True)
        failed += [(ended.total * share, later(at, cutoff_s)) for share, at in first]
    return _Tried(made, refused, ended, last, mixed(failed))


def _turned(noise: Noise, frames: Sequence[float]) -> Callable[[Tensor], Tensor]:
    """Give what the gates do that turn a pair into Phi+ before it is purified."""
    gates = corrections(noise, frames)
    return lambda values: np.einsum("ij,jkn->ikn", gates, values)


def _share_lanes(purify: Purify) -> bool:
    """Tell whether its pairs are made on the same memories, so that they are made in turn."""
    lanes = [{(leaf.span, leaf.copy) for leaf in leaves(part)} for part in purify.pairs]
    return any(one & other for k, one in enumerate(lanes) for other in lanes[:k])
