"""The memories of a node that follows a recipe: whose turn each is at, and when it emits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qnet.network.course import Course
from qnet.network.port import Port
from qnet.network.recipes.lane import Lane
from qnet.network.recipes.messages import Renew
from qnet.network.recipes.tree import Tree, Vertex
from qnet.network.station import Station
from qnet.time import Phase

__all__ = ["Memories"]


class Memories:
    """Lets each memory emit for its leaves, in turn.

    Attributes:
        active: whether to emit at all.
        flow: number of the flow's activation.
    """

    def __init__(self, station: Station, course: Course, tree: Tree, ports: Mapping[tuple[int, int], Port]) -> None:
        self.active = False
        self.flow = -1
        self._station = station
        self._course = course
        self._tree = tree
        self._lanes = {port: self._lane(port, *place) for place, port in ports.items()}

    def __getitem__(self, port: Port) -> Lane:
        return self._lanes[port]

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def reset(self) -> None:
        """Forget everything."""
        self.active = False
        for lane in self:
            lane.reset()

    def open_all(self) -> None:
        """Emit on all that are free and have a turn to take."""
        for lane in self:
            self.open(lane)

    def open(self, lane: Lane) -> None:
        """Emit, as soon as the memory is free, if a leaf has its turn."""
        if lane.held or lane.moving or lane.open:
            return
        wait = lane.free_from - self._station.now
        if wait > 0:
            self._station.after(wait, Phase.SWAPS, lambda: self.open(lane), self.flow)
            return
        lane.port.release_interface()
        if self.active and lane.done < len(lane.leaves):
            lane.open = True
            lane.port.open()

    def open_in_turn(self, lanes: Sequence[Lane]) -> None:
        """Emit anew on all; one that does already makes way for an earlier one that waits for its optical interface."""
        for place, lane in enumerate(lanes):
            if lane.port.emitting and any(before.port in self._station.queue for before in lanes[:place]):
                lane.port.close()
                lane.open = False
            self.open(lane)

    def vacate(self, lane: Lane, *, at: int = 0) -> None:
        """Free a memory from a tick on, and emit again if there is a turn to take."""
        lane.free_from = max(lane.free_from, at)
        lane.held = False
        if lane.repeats:
            lane.done = 0
        self.open(lane)

    def begin_anew(self) -> None:
        """Give each leaf its turn again, where turns do not begin anew by themselves."""
        for lane in self:
            if not lane.repeats and lane.wraps_at is None:
                lane.done = 0
                self.open(lane)

    def wrap(self, vertex: Vertex) -> None:
        """Begin the turns anew that a vertex ends."""
        for lane in self:
            if lane.wraps_at == vertex.number:
                lane.done = 0
                self.open(lane)

    def turn_back(self, vertex: Vertex, message: Renew) -> list[Lane]:
        """Turn back to the first leaf below a vertex; give the memories concerned, which are yet to be emptied.

        Pairs emitted before both ends of a span are told are of no use: one of them would give it up.
        """
        concerned = [lane for lane in self if any(leaf in vertex for leaf in lane.leaves)]
        for lane in concerned:
            told = max(self._told_at(message, end) for end in (lane.span, lane.span + 1)) + message.fault
            turns = [turn for turn, leaf in enumerate(lane.leaves) if leaf in vertex]
            lane.done = min(lane.done, turns[0])
            for turn in turns:
                leaf = lane.leaves[turn]
                lane.fresh[leaf] = max(told, lane.fresh.get(leaf, 0))
            if message.fault:
                lane.lost_before = max(told, lane.lost_before)
        return concerned

    def _told_at(self, message: Renew, position: int) -> int:
        return message.moment + min(self._course.delay(origin, position) for origin in message.origins)

    def _lane(self, port: Port, span: int, copy: int) -> Lane:
        leaves = self._tree.lanes[span, copy]
        whole = self._tree.wraps((span, copy)) if self._course.pipelined else None
        alone = len(leaves) == 1
        wraps_at = None if whole is None or alone else whole.number
        return Lane(port, span, leaves, repeats=whole is not None and alone, wraps_at=wraps_at)
