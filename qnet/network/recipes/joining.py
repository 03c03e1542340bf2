"""A swap of a recipe, at the node that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.network.recipes.lane import Half
from qnet.network.recipes.messages import Made, Read
from qnet.network.recipes.tree import Vertex
from qnet.network.station import FAILED
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    from qnet.network.recipes.node import RecipeNode

__all__ = ["Joining"]


class Joining:
    """Swaps as soon as both parts are known to be complete; gives up if one waits too long for the other."""

    def __init__(self, node: RecipeNode, vertex: Vertex) -> None:
        self._node = node
        self._vertex = vertex
        self._swap_time = ticks(node.station.device.swap_s)
        self._parts: dict[int, Half] = {}
        self._swapping: Made | None = None

    def add(self, half: Half) -> None:
        """Take a part that is complete."""
        part = half.vertex
        self._parts[part] = half
        if len(self._parts) == len(self._vertex.parts):
            self.proceed()
        elif self._vertex.cutoff is not None:
            self._node.after(self._vertex.cutoff, Phase.CUTOFFS, lambda: self._cut_off(part, half))

    def proceed(self) -> None:
        """Swap in this tick if nothing is missing."""
        self._node.after(0, Phase.SWAPS, self._swap)

    def remove(self, half: Half) -> None:
        """Learn that a part is given up."""
        if self._parts.get(half.vertex) is half:
            del self._parts[half.vertex]

    def reset(self) -> None:
        """Forget everything."""
        self._parts.clear()
        self._swapping = None

    def cancel(self, give_up: Callable[[Half], None]) -> None:
        """Tell nobody of a swap that is under way: what it joins is given up."""
        self._swapping = None

    def told(self, message: Read) -> None:
        """Ignore: records of purifications are for those who purify."""

    def _swap(self) -> None:
        if len(self._parts) < 2 or any(half.lane.moving for half in self._parts.values()):
            return
        node, station = self._node, self._node.station
        left, right = (self._parts.pop(part) for part in self._vertex.parts)
        record = station.swap(left.slot, right.slot, node.stream)
        message = Made(
            node.flow,
            self._vertex.number,
            left.pair,
            right.pair,
            right.last,
            left.label ^ right.label ^ (0 if record == FAILED else record),
            station.now + self._swap_time,
            record,
            left.born,
            right.born,
        )
        for half in (left, right):
            node.forget(half)
        station.note("swap-failed" if record == FAILED else "swap", message.left, message.right)
        self._swapping = message
        if self._swap_time:
            node.after(self._swap_time, Phase.SWAPS, lambda: self._announce(message, (left, right)))
        else:
            self._announce(message, (left, right))

    def _announce(self, message: Made, parts: tuple[Half, Half]) -> None:
        """Tell both ends of the new pair, or those who hold what is lost."""
        told, self._swapping = self._swapping is message, None
        if told and message.record == FAILED:
            self._node.losses.lose(self._vertex, {half.vertex: half for half in parts})
        elif told:
            for end in self._vertex.ends:
                self._node.tell(end, message)
        for half in parts:
            self._node.memories.vacate(half.lane)

    def _cut_off(self, part: int, half: Half) -> None:
        if self._parts.get(part) is half and len(self._parts) == 1:
            self._node.station.note("cut-off", half.pair)
            self._node.losses.lose(self._vertex, dict(self._parts))
