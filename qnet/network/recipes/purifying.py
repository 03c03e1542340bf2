"""A purification of a recipe, at one of the two nodes that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.network.purifier import on_device
from qnet.network.recipes.lane import Half
from qnet.network.recipes.messages import Read
from qnet.network.recipes.tree import Vertex
from qnet.planning.recipe import Purify
from qnet.quantum import Operation
from qnet.quantum.corrections import corrected
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    from qnet.network.recipes.node import RecipeNode

__all__ = ["Purifying"]


class Purifying:
    """Works on the halves of several pairs; keeps what is left if both ends' records are accepted.

    Both ends know when both know of each pair. They begin in the tick in which both know of all, decide in the tick in
    which both know both records, and give up in the same tick too; the first end tells the nodes between them.
    """

    def __init__(self, node: RecipeNode, vertex: Vertex) -> None:
        assert isinstance(vertex.recipe, Purify)
        self._node = node
        self._vertex = vertex
        self._is_first = node.position == vertex.ends[0]
        self._other = vertex.ends[1] if self._is_first else vertex.ends[0]
        self._purification = on_device(vertex.recipe.purification, node.station.device.noise)
        self._busy = ticks(self._purification.duration_s)
        self._time = self._busy + ticks(node.station.device.measurement_s)
        self._chances = [chance for chance, *_ in self._purification.alternatives]
        self._operations: dict[tuple[int, ...], Operation] = {}
        self._parts: dict[int, Half] = {}
        self._kept: Half | None = None
        """The half that is left, from the circuit on until both records are known."""
        self._read: Read | None = None
        self._told: Read | None = None

    def add(self, half: Half) -> None:
        """Take a part that is complete."""
        part, now = half.vertex, self._node.station.now
        self._parts[part] = half
        if self._vertex.cutoff is not None:
            wait = half.ready + self._vertex.cutoff - now
            self._node.after(wait, Phase.CUTOFFS, lambda: self._cut_off(part, half))
        if len(self._parts) == len(self._vertex.parts):
            halves = dict(self._parts)
            wait = max(half.ready for half in halves.values()) - now
            self._node.after(wait, Phase.SWAPS, lambda: self._begin(halves))

    def proceed(self) -> None:
        """Do nothing: where qubits move to storage, nothing is purified."""

    def remove(self, half: Half) -> None:
        """Learn that a part is given up."""
        if self._parts.get(half.vertex) is half:
            del self._parts[half.vertex]

    def cancel(self, give_up: Callable[[Half], None]) -> None:
        """Give up what the circuit has left."""
        if self._kept is not None:
            half, self._kept = self._kept, None
            give_up(half)

    def reset(self) -> None:
        """Forget everything."""
        self._parts.clear()
        self._kept = self._read = self._told = None

    def told(self, message: Read) -> None:
        """Hear what the other end read."""
        self._told = message
        self._compare()

    def _begin(self, halves: dict[int, Half]) -> None:
        if self._parts != halves:
            return
        node, station = self._node, self._node.station
        kept, *used = (self._parts.pop(part) for part in self._vertex.parts)
        for half in (kept, *used):
            node.forget(half)
        station.note("purifying", kept.pair, *(half.pair for half in used))
        slots = [half.slot for half in (kept, *used)]
        operation = self._operation(kept.pair, [half.label for half in (kept, *used)])
        record, kept.lane.port.slot = station.world.purify(operation, slots, node.stream, self._busy)
        kept.lane.free_from = station.now + self._time
        self._kept, self._read = kept, None
        for half in used:
            node.memories.vacate(half.lane, at=station.now + self._time)
        read = Read(node.flow, self._vertex.number, kept.pair, record, station.now + self._time)
        if self._time:
            node.after(self._time, Phase.SWAPS, lambda: self._announce(kept, read))
        else:
            self._announce(kept, read)

    def _announce(self, kept: Half, read: Read) -> None:
        if self._kept is kept:
            self._read = read
            self._node.station.note("purify", read.pair, read.record)
            self._node.tell(self._other, read)
            self._compare()

    def _compare(self) -> None:
        """Decide in the tick in which both ends know both records."""
        kept, mine, theirs = self._kept, self._read, self._told
        if kept is None or mine is None or theirs is None or theirs.pair != mine.pair:
            return
        self._told = None
        delay = self._node.course.delay(*self._vertex.ends)
        wait = max(mine.moment, theirs.moment) + delay - self._node.station.now
        records = (mine.record, theirs.record) if self._is_first else (theirs.record, mine.record)
        accepted = bool(self._purification.accepted[records])
        self._node.after(wait, Phase.SWAPS, lambda: self._decide(kept, accepted))

    def _decide(self, kept: Half, accepted: bool) -> None:
        if self._kept is not kept:
            return
        if accepted:
            self._node.station.note("accepted", kept.pair)
            self._kept = None
            kept.vertex, kept.label, kept.ready = self._vertex.number, 0, self._node.station.now
            self._node.complete(kept)
            return
        self._node.station.note("rejected", kept.pair)
        self.cancel(self._node.drop)
        self._node.losses.redo(self._vertex)

    def _cut_off(self, part: int, half: Half) -> None:
        if self._parts.get(part) is half:
            self._node.station.note("cut-off", half.pair)
            self._node.losses.lose(self._vertex, dict(self._parts))

    def _operation(self, pair: int, labels: list[int]) -> Operation:
        """Give this end's circuit for pairs with these labels; the first end corrects, both choose alike."""
        key = (self._choice(pair), *(labels if self._is_first else ()))
        if key not in self._operations:
            _, first, second = self._purification.alternatives[key[0]]
            self._operations[key] = corrected(first, labels) if self._is_first else second
        return self._operations[key]

    def _choice(self, pair: int) -> int:
        """Choose an alternative by the randomness that both ends share."""
        left = self._node.shared(pair) if len(self._chances) > 1 else 0.0
        for choice, chance in enumerate(self._chances):
            left -= chance
            if left < 0.0:
                return choice
        return len(self._chances) - 1
