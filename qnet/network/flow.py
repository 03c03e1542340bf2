"""A flow: a course put on lanes. It wires what its nodes do, and takes the pairs that its two ends hand over."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument
from qnet.link import Link
from qnet.network.course import Course
from qnet.network.end import Claim, Deliverer, End
from qnet.network.entangled import Slot
from qnet.network.kept import Kept
from qnet.network.lane import Lane, herald_delay
from qnet.network.matching import Match
from qnet.network.pair import Pair
from qnet.network.port import Port
from qnet.network.purifier import Purifier, SharedChoice, on_device, purified_state
from qnet.network.repeater import Repeater
from qnet.network.route import Route
from qnet.network.station import Role
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Purpose

if TYPE_CHECKING:
    from qnet.network.plant import Plant

__all__ = ["Flow", "MakeRole"]

_DIGITS = 6
"""Of fidelities that observers are told: so many are the same on every machine, and with every engine."""

MakeRole = Callable[["Flow", int, Sequence[Port], Sequence[Port]], Role]
"""Makes what a node does, from (flow, position on the route, ports to its left, ports to its right)."""


class Flow:
    """A course on lanes: built once, then active and reset as often as a controller wants.

    Attributes:
        course: what its nodes go by.
        lanes: its lanes, by span.
        roles: what each node does, by position.
        number: of the activation; below zero while the flow has no lanes.
        deliver: called with each pair that both ends have handed over; where pairs stay, who does not want one must
            release it. It must not reset the flow at once: let an
            event of the clock do that.

    Args:
        lanes: how many lanes of each span (the first ones), or which ones, by span.
        make_role: makes what each node does; an `End`, a `Repeater`, each behind a `Purifier` if the course purifies.
        match: which left half a repeater swaps with which right half; the oldest with the oldest by default.
    """

    def __init__(
        self,
        plant: Plant,
        route: Route,
        course: Course,
        lanes: int | Sequence[Sequence[int]] = 1,
        *,
        deliver: Callable[[Pair], None],
        make_role: MakeRole | None = None,
        match: Match | None = None,
    ) -> None:
        self.course = course
        self.route = route
        self.number = -1
        self.deliver = deliver
        self._plant = plant
        self._match = match
        self._halves: dict[int, tuple[Deliverer, Claim]] = {}
        """By first pair: what one end has handed over while the other has not."""
        self._forfeited: set[int] = set()
        """Pairs that an end lost when it had done its part; what the other end hands over is no pair."""
        self._delivered = 0
        indices = [range(lanes)] * route.hops if isinstance(lanes, int) else lanes
        links = plant.links.along(route)
        _check(course, links, indices, turns=make_role is None)
        if course.cutoff is not None or any(plant.station(node).device.swaps_fail for node in course.nodes):
            plant.world.lossy = True
        self._register_heralds(links)
        self.lanes = tuple(
            tuple(plant.lane(ends, link, index) for index in own)
            for ends, link, own in zip(pairwise(course.nodes), links, indices, strict=True)
        )
        self.roles = [(make_role or _role)(self, at, *self._sides(at)) for at in range(len(course.nodes))]
        self._uses: list[tuple[Port, Role, tuple[HeraldedState, ...]]] = [
            use
            for span, lanes in enumerate(self.lanes)
            for lane in lanes
            for use in self._use(lane, span, links[span], purify=make_role is None)
        ]

    @property
    def plant(self) -> Plant:
        """Where it runs."""
        return self._plant

    @property
    def active(self) -> bool:
        """Whether it has its lanes."""
        return self.number >= 0

    @property
    def taken(self) -> list[Lane]:
        """Those of its lanes that some other flow has."""
        return [lane for lane in self._all_lanes() if lane.flow not in (None, self)]

    @property
    def delivered(self) -> int:
        """Number of pairs delivered, in all activations."""
        return self._delivered

    def activate(self) -> None:
        """Take the lanes, which must be free, and begin: repeaters first, then the ends."""
        assert not self.active, f"{self} is active"
        assert not self.taken, f"{self.taken} are in use"
        plant, nodes = self._plant, self.course.nodes
        self.number = next(plant.flow_numbers)
        plant.note(nodes[0], "activate", self.number, nodes, self.route.lengths_km)
        for source, lanes in zip(nodes, self.lanes, strict=False):
            for lane in lanes:
                lane.take(self, source, next(plant.lane_numbers))
        for port, role, heralds in self._uses:
            role.flow = self.number
            port.heralds = heralds
            port.station.ports[port.lane] = (port, role)
        for name, role in zip(nodes, self.roles, strict=True):
            role.flow = self.number
            plant.stations[name].roles[self.number] = role
        for role in self.roles[1:-1]:
            role.start()
        self.start()

    def start(self) -> None:
        """Let the ends emit, or go on after `stop`."""
        self.roles[0].start()
        self.roles[-1].start()

    def stop(self) -> None:
        """Begin no new pairs; what is under way may still be delivered."""
        for role in self.roles:
            role.stop()

    def reset(self) -> None:
        """Drop everything of the flow at all its nodes, in this tick, and leave its lanes to others.

        Messages that are still under way find nobody. A controller does this at a tick that all nodes agreed on.
        """
        if not self.active:
            return
        self._plant.note(self.course.nodes[0], "reset", self.number)
        self._leave_queues()
        for _, claim in self._halves.values():
            _give_up(claim)
        self._halves.clear()
        for slot in self.held():
            if slot.state is not None:
                self._plant.world.discard(slot)
        self._forfeited.clear()
        for name, role in zip(self.course.nodes, self.roles, strict=True):
            role.reset()
            del self._plant.stations[name].roles[self.number]
        for port, role, _ in self._uses:
            if isinstance(role, Purifier):
                role.reset()
            port.close()
            del port.station.ports[port.lane]
        for lane in self._all_lanes():
            lane.release()
        self.number = -1

    def held(self) -> Iterator[Slot]:
        """Give all slots that hold, or may hold, a qubit of the flow."""
        for port, role, _ in self._uses:
            if not port.kept:
                yield port.slot
            if port.early is not None:
                yield port.early
            if isinstance(role, Purifier):
                yield from role.held()
        for role in self.roles:
            yield from role.held()
        yield from (claim.slot for _, claim in self._halves.values())

    def hand_over(self, end: Deliverer, claim: Claim) -> None:
        """Take what one end delivers; when both have, there is a pair."""
        if claim.frontier in self._forfeited:
            self._forfeited.remove(claim.frontier)
            _give_up(claim)
            return
        key = claim.pair if end.is_source else claim.frontier
        if key not in self._halves:
            self._halves[key] = (end, claim)
            return
        _, other = self._halves.pop(key)
        first, last = (claim, other) if end.is_source else (other, claim)
        kept = Kept(self._plant, first, last) if self.course.stays else None
        tensor, modelled = self._plant.world.collect(first.slot, last.slot) if kept is None else kept.state()
        now = self._plant.clock.now
        pair = Pair(self._delivered, claim.frame, tensor, modelled, now, (first.born, last.born), kept)
        self._delivered += 1
        self.note_delivery(pair, (first.pair, last.pair))
        self.deliver(pair)

    def note_delivery(self, pair: Pair, names: tuple[int, int]) -> None:
        """Tell the observer of a pair, by what its two ends call it."""
        if self._plant.observed:
            truth = (round(pair.fidelity(), _DIGITS), round(pair.believed_fidelity(), _DIGITS))
            self._plant.note(self.course.nodes[0], "delivered", *names, pair.label, *truth)

    def forfeit(self, end: Deliverer, claim: Claim) -> None:
        """Learn that an end has lost a half that the other may still hand over."""
        _, other = self._halves.pop(claim.pair if end.is_source else claim.frontier, (None, None))
        if other is None:
            self._forfeited.add(claim.pair)
        else:
            _give_up(other)

    def _all_lanes(self) -> Iterator[Lane]:
        return (lane for lanes in self.lanes for lane in lanes)

    def _sides(self, position: int) -> tuple[list[Port], list[Port]]:
        node, spans = self.course.nodes[position], self.lanes
        left = spans[position - 1] if position > 0 else ()
        right = spans[position] if position < self.course.hops else ()
        return [lane.port(node) for lane in left], [lane.port(node) for lane in right]

    def _use(
        self, lane: Lane, span: int, link: Link, *, purify: bool
    ) -> Iterator[tuple[Port, Role, tuple[HeraldedState, ...]]]:
        """Say who works with the two ports of a lane, and what a success is known to give."""
        plant, course = self._plant, self.course
        ports = [lane.port(node) for node in course.nodes[span : span + 2]]
        if course.purification is None or not purify:
            yield from ((port, role, link.heralds) for port, role in zip(ports, self.roles[span:], strict=False))
            return
        chooser = plant.chance.stream(Purpose.POLICY, lane.name)
        choice = SharedChoice(chooser, [chance for chance, *_ in course.purification.alternatives])
        for side, port in enumerate(ports):
            purification = on_device(course.purification, port.station.device.noise)
            if link.measured or port.station.device.move_in is not None:
                rule = "have memories at both ends of a link, without storage"
                raise InvalidArgument.of("purification", rule, port.station.name)
            stream = plant.chance.numbered(Purpose.RECORD, f"{port.station.name}|purify|{lane.name}")
            front = Purifier(
                port.station, self.roles[span + side], purification,
                is_source=side == 0, route=course.number, stream=stream, choice=choice,
            )  # fmt: skip
            yield port, front, (*link.heralds, purified_state(purification, link.heralds))

    def _register_heralds(self, links: Sequence[Link]) -> None:
        post, number = self._plant.post, self.course.number
        for (a, b), link in zip(pairwise(self.course.nodes), links, strict=True):
            for node in (a, b):
                post.delays[number, f"{a}|{b}", node] = herald_delay(link)

    def _leave_queues(self) -> None:
        ports = {port for port, *_ in self._uses}
        for name in self.course.nodes:
            station = self._plant.stations[name]
            station.queue = deque(port for port in station.queue if port not in ports)

    def __repr__(self) -> str:
        return f"Flow({self.route}, {self._delivered} pairs delivered{', active' if self.active else ''})"


def _role(flow: Flow, position: int, lefts: Sequence[Port], rights: Sequence[Port]) -> Role:
    """Make an end, or a repeater that swaps as soon as possible."""
    course, plant = flow.course, flow.plant
    station = plant.station(course.nodes[position])
    kept = 0 if course.cutoff is not None else 4 * sum(map(len, flow.lanes))
    if not lefts or not rights:
        return End(station, lefts or rights, course, flow.hand_over, flow.forfeit, kept=kept)
    stream = plant.chance.numbered(Purpose.RECORD, "|".join((station.name, course.nodes[0], course.nodes[-1])))
    return Repeater(station, lefts, rights, course, position, stream, match=flow._match, kept=kept)


def _give_up(claim: Claim) -> None:
    """Drop a half that one end has handed over."""
    if claim.record is None:
        claim.port.free()
    else:
        claim.port.station.world.discard(claim.record)


def _check(course: Course, links: Sequence[Link], indices: Sequence[Sequence[int]], *, turns: bool) -> None:
    for span, link in enumerate(links):
        if ("source" in link.measured and span > 0) or ("target" in link.measured and span < len(links) - 1):
            rule = f"name ends of the route, not a repeater (span {span} of {'-'.join(course.nodes)})"
            raise InvalidArgument.of("measured", rule, sorted(link.measured))
    if len(indices) != course.hops or not all(indices) or any(len(set(own)) < len(own) for own in indices):
        raise InvalidArgument.of("lanes", f"be at least one, each once, for each of {course.hops} spans", list(indices))
    if turns and not course.pipelined and any(len(own) > 1 for own in indices):
        raise InvalidArgument.of("restart", "be 'pipelined' where a link has several memories", "per-pair")
