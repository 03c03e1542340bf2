"""What a node does for a flow that follows a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from qnet.errors import InvalidArgument
from qnet.network.course import Course
from qnet.network.end import Claim, Deliverer
from qnet.network.entangled import Slot
from qnet.network.messages import Discarded, Heralded, Joined, Purified, Restart, Swapped
from qnet.network.port import Belief, Port
from qnet.network.recipes.joining import Joining
from qnet.network.recipes.lane import Half
from qnet.network.recipes.losses import Losses
from qnet.network.recipes.memories import Memories
from qnet.network.recipes.messages import GivenUp, Made, Read, Renew
from qnet.network.recipes.moving import Mover
from qnet.network.recipes.purifying import Purifying
from qnet.network.recipes.tree import Tree, Vertex
from qnet.network.station import Station
from qnet.planning.recipe import Purify, Swap
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["RecipeNode"]


class RecipeNode:
    """A node of a route, end or repeater: does its share of what the recipe says.

    It acts on its own clock and on messages that have reached it. Who swaps knows that both parts are there; who
    purifies begins when both ends know of all pairs. What is lost, by a failed swap, by a purification that rejects or
    by a cut-off, is told to all who hold a part of it.

    Args:
        ports: its side of each memory pair that the recipe uses, by (span, copy).
        stream: of its records.
        shared: a number, uniform on [0, 1), for a pair: the same at both ends.
        hand_over: takes what is delivered; ends have it.
        forfeit: is told of a half that an end has lost, and that the other may still deliver.
    """

    def __init__(
        self,
        station: Station,
        course: Course,
        tree: Tree,
        position: int,
        *,
        ports: Mapping[tuple[int, int], Port],
        stream: Stream,
        shared: Callable[[int], float],
        hand_over: Callable[[Deliverer, Claim], None] | None = None,
        forfeit: Callable[[Deliverer, Claim], None] | None = None,
    ) -> None:
        self.station = station
        self.course = course
        self.flow = -1
        self.tree = tree
        self.position = position
        self.stream = stream
        self.shared = shared
        self.is_source = position == 0
        self._hand_over = hand_over
        self._forfeit = forfeit
        self._measurement_time = ticks(station.device.measurement_s)
        self.memories = Memories(station, course, tree, ports)
        self.losses = Losses(self)
        self._halves: dict[tuple[int, int], Half] = {}
        """By (vertex, pair)."""
        self._at_work = {vertex.number: made for vertex in tree.vertices if (made := self._worker(vertex)) is not None}
        """By vertex: those whose parts come together here."""
        stores = hand_over is None and station.device.move_in is not None
        self._mover = Mover(self) if stores else None
        self._lost_at = -1

    def _worker(self, vertex: Vertex) -> Joining | Purifying | None:
        match vertex.recipe:
            case Swap(node=node) if node == self.position:
                return Joining(self, vertex)
            case Purify() if self.position in vertex.ends:
                if self.station.device.move_in is not None:
                    rule = "swap only, where a node has storage: purification works on the memories that emit"
                    raise InvalidArgument.of("recipe", rule, self.station.name)
                return Purifying(self, vertex)
        return None

    # what its station tells it

    def start(self) -> None:
        """Begin to emit, or go on after `stop`."""
        self.memories.flow, self.memories.active = self.flow, True
        self.memories.open_all()

    def stop(self) -> None:
        """Emit no more when a memory is next free, as an end; others go on, as what they store is of use later."""
        self.memories.active = self._hand_over is None

    def reset(self) -> None:
        """Forget everything; the flow empties ports and records."""
        self.memories.reset()
        self._halves.clear()
        for at_work in self._at_work.values():
            at_work.reset()
        if self._mover is not None:
            self._mover.reset()

    def held(self) -> Iterator[Slot]:
        """Give the records of halves measured early."""
        return (half.record for half in self._halves.values() if half.record is not None)

    def restarted(self) -> None:
        """Give each leaf its turn again: the pair is delivered."""
        self.memories.begin_anew()

    def heralded(self, port: Port, message: Heralded) -> None:
        """Take a half for the leaf whose turn it is."""
        lane = self.memories[port]
        leaf = lane.leaves[lane.done]
        herald = port.heralds[message.herald]
        half = Half(lane, leaf, message.pair, label=herald.label, ready=self.station.now, born=message.emitted)
        half.record, port.early = port.early, None
        lane.open, lane.held = False, True
        if self.station.device.move_in is None:
            port.release_interface()
        if message.emitted < lane.fresh.get(leaf, 0):
            (self.drop_for_good if message.emitted < lane.lost_before else self.drop)(half)
            self.memories.vacate(lane)
            return
        lane.done += 1
        if half.record is not None:
            self.station.note("measure", half.pair, half.born)
            self._measured(half, self.station.now)
        else:
            port.belief = Belief(message.pair, message.emitted, herald)
        if self._mover is not None:
            mover = self._mover
            self.after(0, Phase.CUTOFFS, lambda: mover.take(half))
        self.complete(half)

    def told(self, message: Made | Read | GivenUp | Renew) -> None:
        """Handle what another node of the recipe says."""
        match message:
            case Made():
                self._take(message)
            case Read():
                self._at_work[message.vertex].told(message)
            case GivenUp():
                if (given_up := self._halves.get((message.vertex, message.pair))) is not None:
                    self.drop(given_up)
            case Renew():
                self.losses.renew(message)

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Have all made again of which the node's memories have lost a part; or drop a pair lost before its herald."""
        if pair is not None:
            lane = self.memories[port]
            lane.open = False
            self.drop_for_good(Half(lane, lane.leaves[0], pair, label=0, ready=self.station.now, born=0))
        elif self._lost_at < self.station.now and any(lane.open or lane.held for lane in self.memories):
            self._lost_at = self.station.now  # all memories are lost together
            self.station.note("lost")
            for half in [half for half in self._halves.values() if half.record is None]:
                self.drop_for_good(half)
            self.losses.fail()

    def joined(self, port: Port, message: Joined) -> None:
        """Ignore: it is for repeaters without a recipe."""

    def swapped(self, message: Swapped) -> None:
        """Ignore: it is for repeaters without a recipe."""

    def discarded(self, port: Port, message: Discarded) -> None:
        """Ignore: it is for repeaters without a recipe."""

    def purified(self, port: Port, message: Purified) -> None:
        """Ignore: it is for links that purify by themselves."""

    # what its parts use

    def after(self, delay: int, phase: Phase, act: Callable[[], None]) -> None:
        """Do something later."""
        self.station.after(delay, phase, act, self.flow)

    def tell(self, position: int, message: Made | Read | GivenUp | Renew | Restart) -> None:
        """Send a message to the node at a position."""
        self.station.send(self.course.nodes[position], message, self.course.number)  # type: ignore[arg-type]

    def holds(self, half: Half) -> bool:
        """Tell whether a half is still there, and not in the middle of an operation."""
        return self._halves.get((half.vertex, half.pair)) is half

    def complete(self, half: Half) -> None:
        """Go on with a half of what was completed: swap it, purify it, deliver it, or wait to be told."""
        vertex = self.tree[half.vertex]
        self._halves[half.vertex, half.pair] = half
        if half.record is None and self._is_measured(vertex):
            half.record = self.station.world.freeze(half.lane.port.slot)
            self.station.note("measure", half.pair, self.station.now)
            self._measured(half, self.station.now + self._measurement_time)
        self.memories.wrap(vertex)
        if vertex.parent is None:
            wait = max(half.ready, half.measured_at) - self.station.now
            self.after(wait, Phase.REQUESTS, lambda: self._deliver(half))
        elif vertex.parent in self._at_work:
            self._at_work[vertex.parent].add(half)

    def proceed(self) -> None:
        """Look again at what had to wait for a qubit that moved."""
        for at_work in self._at_work.values():
            at_work.proceed()

    def forget(self, half: Half) -> None:
        """Hold a half no longer: it goes into an operation."""
        self._halves.pop((half.vertex, half.pair), None)
        half.lane.port.belief = None

    def drop(self, half: Half) -> None:
        """Give up a half."""
        self.station.note("drop", half.pair)
        self._halves.pop((half.vertex, half.pair), None)
        parent = self.tree[half.vertex].parent
        if parent in self._at_work:
            self._at_work[parent].remove(half)
        self.station.world.discard(half.slot)
        if half.record is None:
            half.lane.port.belief = None
            self.memories.vacate(half.lane)

    def drop_for_good(self, half: Half) -> None:
        """Give up a half after a fault: the other end may deliver what it has before it hears."""
        self.station.note("lost", half.pair)
        if self._forfeit is not None:
            self._forfeit(self, self._claim(half))
        self.drop(half)

    def give_up_below(self, vertex: Vertex, give_up: Callable[[Half], None]) -> None:
        """Give up all that is held of what a vertex works on; what is to be delivered is beyond all that happens."""
        done = self.tree.root.number
        for half in [half for half in self._halves.values() if half.vertex in vertex and half.vertex != done]:
            give_up(half)
        for number, at_work in self._at_work.items():
            if number in vertex:
                at_work.cancel(give_up)

    # its own

    def _take(self, message: Made) -> None:
        """Learn what a half has become a half of."""
        vertex = self.tree[message.vertex]
        left, right = vertex.parts
        key = (left, message.left) if self.position == vertex.ends[0] else (right, message.right)
        half = self._halves.pop(key, None)
        if half is None:  # given up meanwhile: whoever gave it up has told all
            return
        assert isinstance(vertex.recipe, Swap)
        half.vertex, half.pair, half.last, half.label = vertex.number, message.left, message.last, message.label
        half.ready = message.moment + max(self.course.delay(vertex.recipe.node, end) for end in vertex.ends)
        if half.record is None:
            half.lane.port.belief = None
        self.complete(half)

    def _is_measured(self, vertex: Vertex) -> bool:
        """Tell whether an end measures at once: measuring does not wait for what others do, unless they purify."""
        return self._hand_over is not None and not self.course.keep and not self.tree.is_purified_later(vertex.number)

    def _measured(self, half: Half, tick: int) -> None:
        half.measured_at = tick
        half.lane.port.belief = None
        self.memories.vacate(half.lane, at=tick)

    def _deliver(self, half: Half) -> None:
        if not self.holds(half):
            return
        assert self._hand_over is not None
        del self._halves[half.vertex, half.pair]
        waits = half.record is None
        if waits:
            half.record = half.lane.port.let_go(stays=self.course.stays)
        self.station.note("deliver", half.pair, *(("kept",) if half.record is None else ()))
        self._hand_over(self, self._claim(half))
        if waits:
            self.memories.vacate(half.lane)
        if not (self.course.pipelined and self.tree.repeats):
            self.restarted()
            if self.is_source:
                for position in range(1, self.course.hops):
                    self.tell(position, Restart(self.flow))

    def _claim(self, half: Half) -> Claim:
        """Say what this end has: its own first pair, and by which pair the other end knows it."""
        mine, other = (half.pair, half.last) if self.is_source else (half.last, half.pair)
        claim = Claim(half.lane.port, mine, half.born, half.record)
        claim.frontier, claim.frame = other, half.label
        return claim
