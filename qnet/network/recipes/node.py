"""What a node does for a flow that follows a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from qnet.errors import InvalidArgument
from qnet.network.end import Claim
from qnet.network.messages import Discarded, Heralded, Joined, Purified, Restart, Swapped
from qnet.network.plan import Plan
from qnet.network.port import Belief, Port
from qnet.network.recipes.joining import Joining
from qnet.network.recipes.lane import Half, Lane
from qnet.network.recipes.messages import GivenUp, Made, Read, Renew
from qnet.network.recipes.moving import Mover
from qnet.network.recipes.purifying import Purifying
from qnet.network.recipes.tree import Tree, Vertex
from qnet.network.station import Station
from qnet.network.world import Slot
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
        plan: Plan,
        tree: Tree,
        position: int,
        *,
        ports: Mapping[tuple[int, int], Port],
        stream: Stream,
        shared: Callable[[int], float],
        hand_over: Callable[[RecipeNode, Claim], None] | None = None,
        forfeit: Callable[[RecipeNode, Claim], None] | None = None,
    ) -> None:
        self.station = station
        self.plan = plan
        self.flow = -1
        self.tree = tree
        self.position = position
        self.stream = stream
        self.shared = shared
        self.is_source = position == 0
        self._hand_over = hand_over
        self._forfeit = forfeit
        self._measurement_time = ticks(station.device.measurement_s)
        self._lanes = {port: self._lane(port, *place) for place, port in ports.items()}
        self._wraps: dict[int, list[Lane]] = {}
        for lane in self._lanes.values():
            if lane.wraps_at is not None:
                self._wraps.setdefault(lane.wraps_at, []).append(lane)
        self._halves: dict[tuple[int, int], Half] = {}
        """By (vertex, pair)."""
        self._at_work = {vertex.number: made for vertex in tree.vertices if (made := self._worker(vertex)) is not None}
        """By vertex: those whose parts come together here."""
        stores = hand_over is None and station.device.move_in is not None
        self._mover = Mover(self) if stores else None
        self._active = False
        self._lost_at = -1

    def _lane(self, port: Port, span: int, copy: int) -> Lane:
        leaves = self.tree.lanes[span, copy]
        whole = self.tree.wraps((span, copy)) if self.plan.pipelined else None
        alone = len(leaves) == 1
        wraps_at = None if whole is None or alone else whole.number
        return Lane(port, span, leaves, repeats=whole is not None and alone, wraps_at=wraps_at)

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
        self._active = True
        for lane in self._lanes.values():
            self.open(lane)

    def stop(self) -> None:
        """Emit no more when a memory is next free."""
        self._active = False

    def reset(self) -> None:
        """Forget everything; the flow empties ports and records."""
        self._active = False
        self._halves.clear()
        for lane in self._lanes.values():
            lane.reset()
        for at_work in self._at_work.values():
            at_work.reset()
        if self._mover is not None:
            self._mover.reset()

    def held(self) -> Iterator[Slot]:
        """Give the records of halves measured early."""
        return (half.record for half in self._halves.values() if half.record is not None)

    def restarted(self) -> None:
        """Give each leaf its turn again: the pair is delivered."""
        for lane in self._lanes.values():
            if not lane.repeats and lane.wraps_at is None:
                lane.done = 0
                self.open(lane)

    def heralded(self, port: Port, message: Heralded) -> None:
        """Take a half for the leaf whose turn it is."""
        lane = self._lanes[port]
        leaf = lane.leaves[lane.done]
        herald = port.heralds[message.herald]
        half = Half(lane, leaf, message.pair, label=herald.label, ready=self.station.now, born=message.emitted)
        half.record, port.early = port.early, None
        lane.open, lane.held = False, True
        if self.station.device.move_in is None:
            port.release_interface()
        if message.emitted < lane.fresh.get(leaf, 0):
            (self._drop_for_good if message.emitted < lane.lost_before else self.drop)(half)
            self.vacate(lane)
            return
        lane.done += 1
        if half.record is not None:
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
                if (half := self._halves.get((message.vertex, message.pair))) is not None:
                    self.drop(half)
            case Renew():
                self._renew(message)

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Have all made again of which the node's memories have lost a part; or drop a pair lost before its herald."""
        if pair is not None:
            lane = self._lanes[port]
            lane.open = False
            self._drop_for_good(Half(lane, lane.leaves[0], pair, label=0, ready=self.station.now, born=0))
        elif self._lost_at < self.station.now and any(lane.open or lane.held for lane in self._lanes.values()):
            self._lost_at = self.station.now  # all memories are lost together
            self.station.note("lost")
            for half in [half for half in self._halves.values() if half.record is None]:
                self._drop_for_good(half)
            self._tell_to_renew(self.tree.root, (self.position,), fault=True)

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
        self.station.send(self.plan.nodes[position], message, self.plan.flow)  # type: ignore[arg-type]

    def holds(self, half: Half) -> bool:
        """Tell whether a half is still there, and not in the middle of an operation."""
        return self._halves.get((half.vertex, half.pair)) is half

    def complete(self, half: Half) -> None:
        """Go on with a half of what was completed: swap it, purify it, deliver it, or wait to be told."""
        vertex = self.tree[half.vertex]
        self._halves[half.vertex, half.pair] = half
        if half.record is None and self._is_measured(vertex):
            half.record = self.station.world.freeze(half.lane.port.slot)
            self._measured(half, self.station.now + self._measurement_time)
        for lane in self._wraps.get(vertex.number, ()):
            lane.done = 0
            self.open(lane)
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
        self._halves.pop((half.vertex, half.pair), None)
        parent = self.tree[half.vertex].parent
        if parent in self._at_work:
            self._at_work[parent].remove(half)
        self.station.world.discard(half.slot)
        if half.record is None:
            half.lane.port.belief = None
            self.vacate(half.lane)

    def vacate(self, lane: Lane, *, at: int = 0) -> None:
        """Free a memory from a tick on, and emit again if there is a turn to take."""
        lane.free_from = max(lane.free_from, at)
        lane.held = False
        if lane.repeats:
            lane.done = 0
        self.open(lane)

    def open(self, lane: Lane) -> None:
        """Emit, as soon as the memory is free, if a leaf has its turn."""
        if lane.held or lane.moving or lane.open:
            return
        wait = lane.free_from - self.station.now
        if wait > 0:
            self.after(wait, Phase.SWAPS, lambda: self.open(lane))
            return
        lane.port.release_interface()
        if self._active and lane.done < len(lane.leaves):
            lane.open = True
            lane.port.open()

    def goes_on(self, vertex: Vertex) -> bool:
        """Tell whether the memories below a vertex fill again without being told."""
        return self.plan.pipelined and not self.tree.shares(vertex)

    def lose(self, vertex: Vertex, parts: Mapping[int, Half]) -> None:
        """Give up all that a vertex works on, and see that it is made again; `parts` are those that were complete.

        Where memories go on by themselves, what is complete is told to its ends alone: the nodes within work on the
        next pair already.
        """
        if not self.goes_on(vertex):
            self.renew(self.tree.renewed_with(vertex, pipelined=self.plan.pipelined), vertex)
            for half in parts.values():
                if self.holds(half):  # the other end tells all to renew: it is told soon
                    self.drop(half)
            return
        for part in vertex.parts:
            half = parts.get(part)
            if half is None:
                self.renew(self.tree[part], vertex)
                continue
            if isinstance(vertex.recipe, Swap):
                first, last = self.tree[part].ends
                self.tell(first + last - self.position, GivenUp(self.flow, part, half.pair))
            if self.holds(half):
                self.drop(half)

    def renew(self, below: Vertex, decider: Vertex) -> None:
        """Have all below a vertex made again, as one that decides; of two deciders one says so to the others.

        What one node says passes along the route at the speed of light, so that whatever a node makes after it was
        told reaches another after that one was told: all agree on what is given up. Two ends of one span need not be
        told, since both know.
        """
        first, last = below.ends
        origins = decider.deciders if last == first + 1 else decider.deciders[:1]
        if self.position in origins:
            self._tell_to_renew(below, origins)

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
        half.ready = message.moment + max(self.plan.delay(vertex.recipe.node, end) for end in vertex.ends)
        if half.record is None:
            half.lane.port.belief = None
        self.complete(half)

    def _is_measured(self, vertex: Vertex) -> bool:
        """Tell whether an end measures at once: measuring does not wait for what others do, unless they purify."""
        return self._hand_over is not None and not self.plan.keep and not self.tree.is_purified_later(vertex.number)

    def _measured(self, half: Half, tick: int) -> None:
        half.measured_at = tick
        half.lane.port.belief = None
        self.vacate(half.lane, at=tick)

    def _deliver(self, half: Half) -> None:
        if not self.holds(half):
            return
        assert self._hand_over is not None
        del self._halves[half.vertex, half.pair]
        kept = half.record is None
        if kept:
            half.record = self.station.world.freeze(half.lane.port.slot)
        self.station.note("deliver", half.pair)
        self._hand_over(self, self._claim(half))
        if kept:
            half.lane.port.belief = None
            self.vacate(half.lane)
        if not (self.plan.pipelined and self.tree.repeats):
            self.restarted()
            if self.is_source:
                for position in range(1, self.plan.hops):
                    self.tell(position, Restart(self.flow))

    def _claim(self, half: Half) -> Claim:
        """Say what this end has: its own first pair, and by which pair the other end knows it."""
        mine, other = (half.pair, half.last) if self.is_source else (half.last, half.pair)
        claim = Claim(half.lane.port, mine, half.born, half.record)
        claim.frontier, claim.frame = other, half.label
        return claim

    def _drop_for_good(self, half: Half) -> None:
        """Give up a half after a fault: the other end may deliver what it has before it hears."""
        if self._forfeit is not None:
            self._forfeit(self, self._claim(half))
        self.drop(half)

    def _tell_to_renew(self, below: Vertex, origins: tuple[int, ...], *, fault: bool = False) -> None:
        message = Renew(self.flow, below.number, self.station.now, origins, fault)
        first, last = below.ends
        for position in range(first, last + 1):
            if position not in origins:
                self.tell(position, message)
        self._renew(message)

    def _renew(self, message: Renew) -> None:
        """Give up all that is held below a vertex, and give its leaves their turns again."""
        vertex = self.tree[message.vertex]
        touched = [lane for lane in self._lanes.values() if any(leaf in vertex for leaf in lane.leaves)]
        for lane in touched:
            self._turn_back(lane, vertex, message)
        give_up = self._drop_for_good if message.fault else self.drop
        done = self.tree.root.number  # what is to be delivered is beyond all that may happen below it
        for half in [half for half in self._halves.values() if half.vertex in vertex and half.vertex != done]:
            give_up(half)
        for number, at_work in self._at_work.items():
            if number in vertex:
                at_work.cancel(give_up)
        for lane in touched:
            self.open(lane)

    def _turn_back(self, lane: Lane, vertex: Vertex, message: Renew) -> None:
        """Turn back to the first leaf below a vertex; pairs emitted before both ends are told are of no use."""
        told = message.moment + max(
            min(self.plan.delay(origin, end) for origin in message.origins) for end in (lane.span, lane.span + 1)
        )
        turns = [turn for turn, leaf in enumerate(lane.leaves) if leaf in vertex]
        lane.done = min(lane.done, turns[0])
        for turn in turns:
            leaf = lane.leaves[turn]
            lane.fresh[leaf] = max(told + message.fault, lane.fresh.get(leaf, 0))
        if message.fault:
            lane.lost_before = max(told + 1, lane.lost_before)
