"""The waiting time and the mean state of what a recipe makes: one recursion over its vertices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.ageing import CERTAIN, EVEN, Ageing, of_pair
from qnet.planning.law import Law, common, generated, meet, renewed
from qnet.planning.phases import Phase, Phases, reading_s
from qnet.planning.plan import Chain, renumbered
from qnet.planning.recipe import Generate, Purify, Recipe, Swap, leaves
from qnet.planning.steps import corrections, heralded, on_devices, purifying, swapping
from qnet.planning.times import either, summed, within
from qnet.quantum import Noise, Purification
from qnet.quantum.pauli import Tensor

__all__ = ["Made", "Maker"]

_Attempt = Callable[["Start", Phase], tuple[Law, Law, Law]]
"""From when the nodes begin, and what part of a slot has passed then, to (success, refusal, end by the cut-off)."""
Start = tuple[float, ...]
"""By position, in seconds: when a node hears that it is to begin."""


@dataclass(frozen=True, eq=False)
class Made:
    """What a vertex makes.

    Args:
        law: of the moment of its last operation, with the state then; its total is 1.
        known_s: how much later each of its two ends knows of it, in seconds.
        frames: how likely each Bell label is.
        ageing: what waiting does to it.
        chance: that an attempt at it succeeds.
    """

    law: Law
    known_s: tuple[float, float]
    frames: tuple[float, ...]
    ageing: Ageing
    chance: float = 1.0

    def after(self, wait_s: float) -> Law:
        """Give the law some time later, its qubits having waited."""
        return self.law.mapped(lambda values: self.ageing.aged(values, wait_s)).later(wait_s)

    def ready(self) -> Law:
        """Give the law of the moment in which both ends know."""
        return self.after(max(self.known_s))


class Maker:
    """Follows a recipe on a chain.

    Args:
        chain: what the recipe works with.
        keep: whether the ends store their qubits, where no purification makes them.
        tail: the probability of long times that may be left out.
        points: how many times a law has at most.
    """

    def __init__(self, chain: Chain, *, keep: bool, tail: float, points: int) -> None:
        self._chain = chain
        self._keep = keep
        self._tail = tail
        self._points = points
        self._phases = Phases(chain)
        self._known: dict[object, Made] = {}

    def make(self, recipe: Recipe, start: Start, phase_s: Phase = 0.0) -> Made:
        """Give what a recipe makes.

        Args:
            recipe: of the whole chain.
            start: when each node begins, in seconds.
            phase_s: what part of a slot has passed at time 0; None if that is not known.
        """
        return self._make(recipe, start, phase_s, (not self._keep, not self._keep))

    def _make(self, recipe: Recipe, start: Start, phase_s: Phase, frozen: tuple[bool, bool]) -> Made:
        first, last = recipe.ends
        key = renumbered(recipe), start[first : last + 1], phase_s, frozen
        if key not in self._known:
            match recipe:
                case Generate():
                    made = self._generate(recipe, start, phase_s, frozen)
                case Swap():
                    made = self._swap(recipe, start, phase_s, frozen)
                case Purify():
                    made = self._purify(recipe, start, phase_s, frozen)
            self._known[key] = made
        return self._known[key]

    def _generate(self, leaf: Generate, start: Start, phase_s: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, span = self._chain, leaf.span
        link = chain.links[span]
        tensor, frames = heralded(link, chain.devices[span], chain.devices[span + 1])
        law = generated(link.success_probability, link.cycle_s, tensor, tail=self._tail, points=self._points)
        begin_s = self._phases.slot_s(max(start[span], start[span + 1]), phase_s, link.cycle_s)
        return Made(
            law.later(begin_s), (0.0, 0.0), frames, of_pair(chain.devices, leaf.ends, frozen, frames, link.measured)
        )

    def _swap(self, swap: Swap, start: Start, phase_s: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, node = self._chain, swap.node
        device = chain.devices[node]
        ageing = of_pair(chain.devices, swap.ends, frozen, EVEN)

        def attempt(begin: Start, phase_s: Phase) -> tuple[Law, Law, Law]:
            parts = [self._make(part, begin, phase_s, frozen) for part in swap.parts]
            waits = parts[0].known_s[1], parts[1].known_s[0]
            laws = [part.after(wait_s) for part, wait_s in zip(parts, waits, strict=True)]
            laws = common(laws, self._points)
            made, refused, ended = meet(laws, [part.ageing for part in parts], swapping(device), cutoff_s=swap.cutoff_s)
            made = made.mapped(lambda values: ageing.aged(values, device.swap_s)).later(device.swap_s)
            return made, refused.later(device.swap_s), ended

        again = tuple(chain.delay_s(node, other) for other in range(chain.hops + 1))
        law, chance = self._until_made(attempt, swap, (start, phase_s), again)
        return Made(law, self._phases.known_s(swap), EVEN, ageing, chance)

    def _until_made(
        self, attempt: _Attempt, vertex: Swap | Purify, start: tuple[Start, Phase], again: Start
    ) -> tuple[Law, float]:
        """Give the law of the first attempt that succeeds, and the chance of an attempt."""
        made, refused, ended = attempt(*start)
        if refused.total + ended.total <= self._tail * 1e-3:
            return made.scaled(1.0 / made.total), 1.0
        if not made.total > 1e-12:
            raise InvalidArgument.of("cutoff_s", "leave an attempt a chance", made.total)
        # refusals and cut-offs may leave different parts of a slot; we take that of the more frequent one for both
        likelier = self._phases.made(vertex) if refused.total > ended.total else self._phases.ended(vertex)
        first = made, either(refused, ended, self._points)
        made, refused, ended = attempt(again, likelier)
        law = renewed(first, (made, either(refused, ended, self._points)), tail=self._tail, points=self._points)
        return law, made.total / (made.total + refused.total + ended.total)

    def _purify(self, purify: Purify, start: Start, phase_s: Phase, frozen: tuple[bool, bool]) -> Made:
        chain, (first, last) = self._chain, purify.ends
        source, target = chain.devices[first], chain.devices[last]
        noisy = on_devices(purify.purification, source, target)
        stored = of_pair(chain.devices, purify.ends, (False, False), CERTAIN)
        # both begin when both know of all pairs, and decide when both know both records; while the circuit runs its
        # own noise acts, and waiting only after it
        busy_s, read_s = reading_s(chain, purify)
        told_s = busy_s + read_s

        def attempt(begin: Start, phase_s: Phase) -> tuple[Law, Law, Law]:
            parts = self._parts(purify, begin, phase_s)
            combine = self._in_turn if _share_lanes(purify) else self._at_once
            made, refused, ended = combine(purify, parts, noisy)
            made = made.mapped(lambda values: stored.aged(values, read_s))
            return made.later(told_s), refused.later(told_s), ended

        again = tuple(min(chain.delay_s(first, other), chain.delay_s(last, other)) for other in range(chain.hops + 1))
        law, chance = self._until_made(attempt, purify, (start, phase_s), again)
        return Made(law, (0.0, 0.0), CERTAIN, of_pair(chain.devices, purify.ends, frozen, CERTAIN), chance)

    def _parts(self, purify: Purify, begin: Start, phase_s: Phase) -> list[Made]:
        """Give the pairs to be purified; those made in turn begin when the one before is there."""
        stored = (False, False)
        if not _share_lanes(purify):
            return [self._make(part, begin, phase_s, stored) for part in purify.pairs]
        at_once = (0.0,) * (self._chain.hops + 1)
        first = self._make(purify.pairs[0], begin, phase_s, stored)
        ready = [self._phases.ready(part) for part in purify.pairs]
        rest = zip(purify.pairs[1:], ready, strict=False)
        return [first, *(self._make(part, at_once, before_s, stored) for part, before_s in rest)]

    def _at_once(self, purify: Purify, parts: Sequence[Made], noisy: Purification) -> tuple[Law, Law, Law]:
        """Purify pairs that were made beside each other."""
        noise = self._chain.devices[purify.ends[0]].noise
        laws = [part.ready().mapped(_turned(noise, part.frames)) for part in parts]
        laws = common(laws, self._points)
        return meet(laws, [part.ageing for part in parts], purifying(noisy), cutoff_s=purify.cutoff_s)

    def _in_turn(self, purify: Purify, parts: Sequence[Made], noisy: Purification) -> tuple[Law, Law, Law]:
        """Purify pairs that were made one after the other; each waits for those after it, in its mean state."""
        noise = self._chain.devices[purify.ends[0]].noise
        rests: list[Law | None] = [None]
        for part in reversed(parts[1:]):
            rests.insert(0, summed(part.ready(), rests[0], self._points))
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
        whole = summed(first, in_time, self._points)
        made = whole.mapped(lambda values: kept[..., None] * values[0, 0])
        refused = whole.scaled(1.0 - float(kept[0, 0]))
        lost = 1.0 - in_time.total
        cutoff_s = purify.cutoff_s if lost > 0.0 and not math.isinf(purify.cutoff_s) else 0.0
        return made, refused, first.later(cutoff_s).scaled(max(lost, 0.0) if cutoff_s else 0.0)


def _turned(noise: Noise, frames: Sequence[float]) -> Callable[[Tensor], Tensor]:
    """Give what the gates do that turn a pair into Phi+ before it is purified."""
    gates = corrections(noise, frames)
    return lambda values: np.einsum("ij,jkn->ikn", gates, values)


def _share_lanes(purify: Purify) -> bool:
    """Tell whether its pairs are made on the same memories, so that they are made in turn."""
    lanes = [{(leaf.span, leaf.copy) for leaf in leaves(part)} for part in purify.pairs]
    return any(one & other for k, one in enumerate(lanes) for other in lanes[:k])
