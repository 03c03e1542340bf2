"""What a node does for a flow that follows a recipe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from qnet.errors import InvalidArgument
from qnet.network.end import Claim
from qnet.network.flow import Plan
from qnet.network.messages import Discarded, Heralded, Purified, Restart, Swapped
from qnet.network.recipes.joining import Joining
from qnet.network.recipes.lane import Half, Lane
from qnet.network.recipes.messages import GivenUp, Made, Read, Renew
from qnet.network.recipes.purifying import Purifying
from qnet.network.recipes.tree import Tree, Vertex
from qnet.network.station import Belief, Port, Station
from qnet.planning.recipe import Purify, Swap
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["RecipeNode"]


class RecipeNode:
    """A node of a route, end or repeater: makes its share of what the recipe says.

    It acts on its own clock and on messages that have reached it. Who swaps knows that both parts are there; who
    purifies begins when both ends know of all pairs. What is lost, by a failed swap, by a purification that rejects or
    by a cut-off, is told to all who hold a part of it, at the speed of light; whatever a node makes after it was told
    reaches nobody before the news does.

    Args:
        ports: its side of each memory pair that the recipe uses, by (span, copy).
        stream: of its records.
        shared: a number, uniform on [0, 1), for a pair: the same at both ends.
        hand_over: takes what is delivered; ends have it.
        swap_probability: chance that a swap succeeds; one that fails is known to have failed, and loses both pairs.
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
        swap_probability: float = 1.0,
    ) -> None:
        self.station = station
        self.plan = plan
        self.tree = tree
        self.position = position
        self.stream = stream
        self.shared = shared
        self.swap_probability = swap_probability
        self.is_source = position == 0
        self._hand_over = hand_over
        self._measurement_time = ticks(station.device.measurement_s)
        self._lanes = {port: self._lane(port, *place) for place, port in ports.items()}
        self._halves: dict[tuple[int, int], Half] = {}
        """By (vertex, pair)."""
        self._at_work: dict[int, Joining | Purifying] = {}
        """By vertex: those whose parts come together here."""
        for vertex in tree.vertices:
            if isinstance(vertex.recipe, Swap) and vertex.recipe.node == position:
                self._at_work[vertex.number] = Joining(self, vertex)
            elif isinstance(vertex.recipe, Purify) and position in vertex.ends:
                if station.device.move_in is not None:
                    rule = "swap only, where a node has storage: purification works on the memories that emit"
                    raise InvalidArgument.of("recipe", rule, station.name)
                self._at_work[vertex.number] = Purifying(self, vertex)
        self._renewed: dict[int, Renew] = {}
        """The last renewal of each vertex."""
        self._move_time = ticks(station.device.move_s)
        self._moving: Half | None = None
        self._to_move: deque[Half] = deque()
        self._active = False

    def _lane(self, port: Port, span: int, copy: int) -> Lane:
        leaves = self.tree.lanes[span, copy]
        whole = self.tree.wraps((span, copy)) if self.plan.pipelined else None
        alone = len(leaves) == 1
        wraps_at = None if whole is None or alone else whole.number
        return Lane(port, span, leaves, repeats=whole is not None and alone, wraps_at=wraps_at)

    def start(self) -> None:
        """Begin to emit, or go on after `stop`."""
        self._active = True
        for lane in self._lanes.values():
            self.open(lane)

    def stop(self) -> None:
        """Emit no more when a memory is next free."""
        self._active = False

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
        herald = self.station.heralds[message.link][message.herald]
        half = Half(lane, leaf, message.pair, label=herald.label, ready=self.station.now, born=message.emitted)
        half.record, port.early = port.early, None
        lane.open, lane.held = False, True
        if self.station.device.move_in is None:
            port.release_interface()
        if message.emitted < lane.fresh.get(leaf, 0):
            self.station.world.discard(half.slot)
            self.vacate(lane)
            return
        lane.done += 1
        if half.record is not None:
            self._free_early(half, self.station.now)
        else:
            port.belief = Belief(message.pair, message.emitted, herald)
        if self._hand_over is None and self.station.device.move_in is not None:
            self.after(0, Phase.CUTOFFS, lambda: self._move(half))
        self.complete(half)

    def told(self, message: Made | Read | GivenUp | Renew) -> None:
        """Handle what another node of the recipe says."""
        match message:
            case Made():
                self._take(message)
            case Read():
                at_work = self._at_work[message.vertex]
                assert isinstance(at_work, Purifying)
                at_work.told(message)
            case GivenUp():
                half = self._halves.get((message.vertex, message.pair))
                if half is not None:
                    self.drop(half)
            case Renew():
                if not self._is_overtaken(message):
                    self._renew(message)

    def swapped(self, message: Swapped) -> None:
        """Ignore: it is for repeaters without a recipe."""

    def discarded(self, port: Port, message: Discarded) -> None:
        """Ignore: it is for repeaters without a recipe."""

    def purified(self, port: Port, message: Purified) -> None:
        """Ignore: it is for links that purify by themselves."""

    def complete(self, half: Half) -> None:
        """Go on with a half of what was completed: swap it, purify it, deliver it, or wait to be told."""
        vertex = self.tree[half.vertex]
        self._halves[half.vertex, half.pair] = half
        if half.record is None and self._is_measured(vertex):
            half.record = self.station.world.freeze(half.lane.port.slot)
            self._free_early(half, self.station.now + self._measurement_time)
        for lane in self._lanes.values():
            if lane.wraps_at == vertex.number:
                lane.done = 0
                self.open(lane)
        if vertex.parent is None:
            wait = max(half.ready, half.measured_at) - self.station.now
            self.after(wait, Phase.REQUESTS, lambda: self._deliver(half))
        elif (at_work := self._at_work.get(vertex.parent)) is not None:
            at_work.add(half)

    def after(self, delay: int, phase: Phase, act: Callable[[], None]) -> None:
        """Do something later."""
        self.station.after(delay, phase, act)

    def tell(self, position: int, message: Made | Read | GivenUp | Renew | Restart) -> None:
        """Send a message to the node at a position."""
        self.station.send(self.plan.nodes[position], message, self.plan.flow)  # type: ignore[arg-type]

    def forget(self, half: Half) -> None:
        """Hold a half no longer."""
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

    def lose(self, vertex: Vertex, parts: Mapping[int, Half]) -> None:
        """Give up all that a vertex works on, and see that it is made again; `parts` are those that were complete.

        Where memories go on by themselves, what is complete is told to its ends alone: the nodes within work on the
        next pair already.
        """
        if not self.goes_on(vertex):
            self.renew(vertex)
            return
        for part in vertex.parts:
            half = parts.get(part)
            if half is None:
                self.renew(vertex, self.tree[part])
                continue
            if isinstance(vertex.recipe, Swap):
                first, last = self.tree[part].ends
                self.tell(first + last - self.position, GivenUp(self.plan.flow, part, half.pair))
            if (part, half.pair) in self._halves:
                self.drop(half)

    def goes_on(self, vertex: Vertex) -> bool:
        """Tell whether the memories below a vertex fill again without being told."""
        return self.plan.pipelined and not self.tree.shares(vertex)

    def renew(self, decider: Vertex, below: Vertex | None = None) -> None:
        """Have all below a vertex made again; by default, all that is lost with what the decider made."""
        if below is None:
            below = self.tree.renewed_with(decider, pipelined=self.plan.pipelined)
        message = Renew(self.plan.flow, below.number, self.station.now, decider.origins)
        first, last = below.ends
        for position in range(first, last + 1):
            nearest = min(decider.origins, key=lambda origin: self.plan.delay(origin, position))
            if nearest == self.position != position:
                self.tell(position, message)
        self._renew(message)

    # -- its own

    def _take(self, message: Made) -> None:
        vertex = self.tree[message.vertex]
        left, right = vertex.parts
        key = (left, message.left) if self.position == vertex.ends[0] else (right, message.right)
        half = self._halves.pop(key, None)
        if half is None:  # given up meanwhile; whoever gave it up has told all
            return
        assert isinstance(vertex.recipe, Swap)
        half.vertex, half.pair, half.label = vertex.number, message.left, message.label
        half.ready = message.moment + max(self.plan.delay(vertex.recipe.node, end) for end in vertex.ends)
        if half.record is None:
            half.lane.port.belief = None
        self.complete(half)

    def _is_measured(self, vertex: Vertex) -> bool:
        at_end = self._hand_over is not None
        return at_end and not self.plan.keep and not self.tree.is_purified_later(vertex.number)

    def _free_early(self, half: Half, tick: int) -> None:
        half.measured_at = tick
        half.lane.port.belief = None
        self.vacate(half.lane, at=tick)

    def _deliver(self, half: Half) -> None:
        if self._halves.pop((half.vertex, half.pair), None) is None:
            return
        assert self._hand_over is not None
        kept = half.record is None
        if kept:
            half.record = self.station.world.freeze(half.lane.port.slot)
        self.station.note("deliver", half.pair)
        claim = Claim(half.pair, half.born, half.record)
        claim.frame = half.label
        self._hand_over(self, claim)
        if kept:
            half.lane.port.belief = None
            self.vacate(half.lane)
        if not (self.plan.pipelined and self.tree.repeats):
            self.restarted()
            if self.is_source:
                for position in range(1, self.plan.hops):
                    self.tell(position, Restart(self.plan.flow))

    def _move(self, half: Half) -> None:
        """Move a fresh half to storage, one at a time; it stays exposed, and its interface taken, until that is done."""
        if self._halves.get((half.vertex, half.pair)) is not half:
            return
        if self._moving is not None:
            self._to_move.append(half)
            return
        self._moving, half.lane.moving = half, True
        self.after(self._move_time, Phase.SWAPS, lambda: self._moved(half))

    def _moved(self, half: Half) -> None:
        device, lane = self.station.device, half.lane
        self._moving, lane.moving = None, False
        if self._halves.get((half.vertex, half.pair)) is half:
            assert device.move_in is not None
            assert device.storage is not None
            self.station.world.transform(device.move_in, half.slot)
            half.slot.waiting = device.storage
            lane.port.release_interface()
        else:
            self.open(lane)
        for at_work in self._at_work.values():
            at_work.proceed()
        while self._to_move and self._moving is None:
            self._move(self._to_move.popleft())

    def _told_at(self, renewal: Renew, position: int) -> int:
        """Give the tick at which a renewal reaches a position."""
        return renewal.moment + min(self.plan.delay(origin, position) for origin in renewal.origins)

    def _is_overtaken(self, message: Renew) -> bool:
        """Tell whether a renewal is about what a wider one, which its origin had not heard of, has given up already."""
        origin = min(message.origins, key=lambda origin: self.plan.delay(origin, self.position))
        wider = [self._renewed[vertex.number] for vertex in self.tree.above(message.vertex) if vertex.number in self._renewed]
        return any(self._told_at(renewal, origin) > message.moment for renewal in wider)

    def _renew(self, message: Renew) -> None:
        """Give up all that is held below a vertex, and give its leaves their turns again."""
        vertex = self.tree[message.vertex]
        self._renewed[message.vertex] = message
        for lane in self._lanes.values():
            told = max(self._told_at(message, end) for end in (lane.span, lane.span + 1))
            renewed = [turn for turn, leaf in enumerate(lane.leaves) if leaf in vertex]
            lane.fresh.update((lane.leaves[turn], told) for turn in renewed)
            lane.done = min([lane.done, *renewed[:1]])
        for half in [half for half in self._halves.values() if half.vertex in vertex]:
            self.drop(half)
        for number, at_work in self._at_work.items():
            if number in vertex:
                at_work.cancel()
        for lane in self._lanes.values():
            self.open(lane)
