"""The service of one route: sets its nodes and links to work, and hands delivered pairs to those who asked."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import simpy

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.link import Link, Loader
from qnet.link.pulses import PulseLink
from qnet.network.end import Claim, End
from qnet.network.flow import Plan
from qnet.network.messages import Heralded, Message
from qnet.network.pair import Pair
from qnet.network.purifier import Purifier, on_device, purified_state
from qnet.network.repeater import Repeater
from qnet.network.route import Route
from qnet.network.session import Request
from qnet.network.station import Port, Role, Station
from qnet.network.world import Entangled, Slot
from qnet.quantum import NO_WAITING, Engine, Half, Operation
from qnet.rng import Purpose, Stream
from qnet.time import ticks

if TYPE_CHECKING:
    import numpy as np

    from qnet.hardware import QkdHardware, RepeaterHardware
    from qnet.network.simulation import Simulation

__all__ = ["Service"]

_ID_STEP = 1 << 20


class Service:
    """Serves requests between the two ends of a route, in turn."""

    def __init__(self, simulation: Simulation, route: Route, number: int) -> None:
        self.route = route
        self._simulation = simulation
        self._number = number
        self._requests: deque[Request] = deque()
        self._ends: tuple[End, End] | None = None
        self._keep = False
        self._halves: dict[int, tuple[End, Claim]] = {}
        """By first pair: what one end has handed over while the other has not."""
        self._delivered = 0
        self._pulses: Stream | None = None
        self._pulsing: int | None = None
        """The session that has the QKD system of the route."""

    @property
    def engine(self) -> Engine:
        """The engine that applies operations."""
        return self._simulation.engine

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the two ends."""
        return self.route.nodes[0], self.route.nodes[-1]

    def request(self, *, pairs: float, keep: bool, min_fidelity: float, keep_pairs: bool) -> Request:
        """Take a request and see that the network works on it; see `Session.request`."""
        check("min_fidelity", min_fidelity, Probability)
        if not pairs >= 1 or (math.isfinite(pairs) and pairs != int(pairs)):
            raise InvalidArgument.of("pairs", "be a whole number from 1 on", pairs)
        if self._ends is not None and keep != self._keep:
            raise InvalidArgument.of("keep", f"be {self._keep}, as for the other requests on this route", keep)
        if self._ends is None:
            self._keep = keep
            self._set_up()
        request = Request(wanted=pairs, min_fidelity=min_fidelity, keep_pairs=keep_pairs)
        self._requests.append(request)
        self.update()
        return request

    def update(self) -> None:
        """Forget requests that have all they asked for; start or stop the ends, as there are others or not."""
        if self._ends is None:
            return
        self._requests = deque(request for request in self._requests if not request.satisfied)
        for end in self._ends:
            if self._requests:
                end.start()
            else:
                end.stop()

    @property
    def propagation_s(self) -> float:
        """Time a signal takes from end to end, in seconds."""
        return self._simulation.propagation_s(self.route)

    @property
    def attempts_hz(self) -> float:
        """Attempts per second on the slowest link."""
        return min(self._simulation.link(self.route, span).attempts_hz for span in range(self.route.hops))

    @property
    def untrusted_stations(self) -> int:
        """Repeaters and midpoint stations."""
        midpoints = sum(self._simulation.link(self.route, span).stations for span in range(self.route.hops))
        return self.route.hops - 1 + midpoints

    @property
    def repeater_hardware(self) -> RepeaterHardware | None:
        """The hardware of nodes and links, unless they were given by their numbers."""
        return self._simulation.hardware

    @property
    def qkd_hardware(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        return self._simulation.qkd

    def pulse_link(self, session: int) -> PulseLink:
        """Give the QKD system that sends pulses over the bare fibre from end to end; it serves one session alone."""
        if self._pulsing is None:
            self._pulsing = session
        if self._pulsing != session:
            raise InvalidArgument.of("session", f"be the only one to send pulses on {self.route}", session)
        qkd = self.qkd_hardware
        return PulseLink(
            clock_hz=qkd.clock_hz,
            transmission=qkd.fibre.transmission(self.route.total_km),
            receiver_efficiency=qkd.receiver_efficiency,
            dark_count_probability=qkd.dark_count_probability,
            misalignment=qkd.misalignment,
            dead_time_s=qkd.dead_time_s,
        )

    def pulse_generator(self) -> np.random.Generator:
        """Give the random stream of the pulses on this route."""
        if self._pulses is None:
            name = "|".join(self.ends)
            self._pulses = Stream(self._simulation.seed, Purpose.DEVICE, name, self._simulation.replica)
        return self._pulses.generator

    @property
    def busy(self) -> bool:
        """Whether anyone still waits for pairs."""
        return any(not request.satisfied and math.isfinite(request.wanted) for request in self._requests)

    def measurements(self, source_setting: float, target_setting: float) -> tuple[Operation, Operation]:
        """Give the measurements of the two ends' devices at their settings, in degrees."""
        source, target = (self._simulation.stations[name].device for name in self.ends)
        return source.measurement(math.radians(source_setting)), target.measurement(math.radians(target_setting))

    def send(self, sender: str, receiver: str, message: Message) -> None:
        """Send a message between nodes of the route."""
        self._simulation.send(sender, receiver, message, self._number)

    def mailbox(self, node: str, session: int) -> simpy.Store:
        """Give where a session's application data arrives at a node."""
        boxes = self._simulation.stations[node].mailboxes
        return boxes.setdefault(session, simpy.Store(self._simulation.clock))

    def wait(self, duration_s: float) -> simpy.Event:
        """Give an event after a time in seconds."""
        return self._simulation.clock.timeout(ticks(duration_s))

    def _set_up(self) -> None:
        simulation, route = self._simulation, self.route
        links = [simulation.link(route, span) for span in range(route.hops)]
        self._check_measured(links)
        offsets = simulation.set_delays(route, self._number)
        cutoff, cycle = simulation.cutoff or 0, max(ticks(link.cycle_s) for link in links)
        plan = Plan(
            flow=self._number,
            nodes=route.nodes,
            offsets=offsets,
            keep=self._keep,
            pipelined=simulation.restart == "pipelined",
            cutoff=simulation.cutoff,
            memory_of_discards=route.hops * max(cutoff, cycle) + 2 * offsets[-1] + simulation.longest_operation,
        )
        stations = [simulation.station(name) for name in route.nodes]
        ports = [self._wire(span, links[span], stations[span], stations[span + 1]) for span in range(route.hops)]
        self._ends = (
            End(stations[0], ports[0][0], plan, self._hand_over),
            End(stations[-1], ports[-1][1], plan, self._hand_over),
        )
        roles: list[Role] = [self._ends[0]]
        for position in range(1, route.hops):
            identity = "|".join((route.nodes[position], *self.ends))
            stream = Stream(simulation.seed, Purpose.RECORD, identity, simulation.replica)
            left, right = ports[position - 1][1], ports[position][0]
            roles.append(Repeater(stations[position], left, right, plan, position, stream))
        roles.append(self._ends[1])
        for station, role in zip(stations, roles, strict=True):
            station.roles[plan.flow] = role
        for position, (out, into) in enumerate(ports):
            for port, role in ((out, roles[position]), (into, roles[position + 1])):
                port.station.ports[port.link] = (port, self._in_front_of(role, port, port is out, links[position]))
        for role in roles[1:-1]:
            role.start()

    def _in_front_of(self, role: Role, port: Port, is_source: bool, link: Link) -> Role:
        """Put a purifier in front of a role, if links purify."""
        simulation, station = self._simulation, port.station
        if simulation.purification is None:
            return role
        purification = on_device(simulation.purification, station.device.noise)
        if link.measured or station.device.move_in is not None:
            raise InvalidArgument.of(
                "purification", "have memories at both ends of a link, without storage", station.name
            )
        station.heralds[port.link] = (*link.heralds, purified_state(purification, link.heralds))
        name = "|".join(sorted((station.name, port.neighbour)))
        seed, replica = simulation.seed, simulation.replica
        return Purifier(
            station,
            role,
            purification,
            is_source=is_source,
            flow=self._number,
            stream=Stream(seed, Purpose.RECORD, f"{station.name}|purify|{name}", replica),
            chooser=Stream(seed, Purpose.POLICY, name, replica),
        )

    def _check_measured(self, links: Sequence[Link]) -> None:
        for span, link in enumerate(links):
            if ("source" in link.measured and span > 0) or ("target" in link.measured and span < len(links) - 1):
                rule = f"name ends of the route, not a repeater (span {span} of {self.route})"
                raise InvalidArgument.of("measured", rule, sorted(link.measured))

    def _wire(self, span: int, link: Link, source: Station, target: Station) -> tuple[Port, Port]:
        """Set up a link: its two ports, the process that loads them, and what a click means."""
        simulation = self._simulation
        number = simulation.claim_link(source.name, target.name)
        midpoint = f"{source.name}|{target.name}"
        stream = Stream(
            simulation.seed, Purpose.GENERATION, "|".join(sorted((source.name, target.name))), simulation.replica
        )
        eve = Stream(simulation.seed, Purpose.DEVICE, f"tap|{midpoint}", simulation.replica)
        ports = Port(source, number, target.name), Port(target, number, source.name)
        for station in (source, target):
            station.heralds[number] = link.heralds
        herald_delay = max(1, ticks(link.cycle_s)) - ticks(link.click_s)
        for station in (source, target):
            simulation.delays[self._number, midpoint, station.name] = herald_delay
        sides = [(port, side in link.measured) for port, side in zip(ports, ("source", "target"), strict=True)]
        pair = number  # ids are never reused: they count up from the link's number in steps no other link takes

        def on_click(emitted: int, heralded: int, herald: int) -> None:
            nonlocal pair
            pair += _ID_STEP
            slots = [self._slot(port, measured) for port, measured in sides]
            tensor = link.heralds[herald].state.tensor
            state = Entangled(tensor, slots, (emitted, emitted))
            if link.taps:
                state.modelled = tensor
                for tap in link.taps:
                    probabilities, result = self.engine.branches(tap, (Half(state.tensor, 1, NO_WAITING, 0.0),))
                    state.tensor = result(eve.choose(probabilities))
            message = Heralded(number, pair, herald, emitted)
            simulation.send(midpoint, source.name, message, self._number)
            simulation.send(midpoint, target.name, message, self._number)

        loader = Loader(simulation.clock, link, ports, stream, on_click)
        for port in ports:
            port.loader = loader
        return ports

    @staticmethod
    def _slot(port: Port, measured: bool) -> Slot:
        if measured:
            port.early = Slot(NO_WAITING)
            return port.early
        assert port.slot.state is None
        return port.slot

    def _hand_over(self, end: End, claim: Claim) -> None:
        """Take what one end delivers; when both have, the pair goes to the next request in turn."""
        key = claim.pair if end.is_source else claim.frontier
        if key not in self._halves:
            self._halves[key] = (end, claim)
            return
        _, other = self._halves.pop(key)
        first, last = (claim, other) if end.is_source else (other, claim)
        assert first.record is not None
        assert last.record is not None
        tensor, modelled = self._simulation.world.collect(first.record, last.record)
        now = self._simulation.clock.now
        pair = Pair(self._delivered, claim.frame, tensor, modelled, now, (first.born, last.born))
        self._delivered += 1
        self._give(pair)

    def _give(self, pair: Pair) -> None:
        for _ in range(len(self._requests)):
            request = self._requests[0]
            self._requests.rotate(-1)
            if not request.satisfied and request.offer(pair):
                break
        if all(request.satisfied for request in self._requests):
            self.update()

    def __repr__(self) -> str:
        return f"Service({self.route}, {self._delivered} pairs delivered)"
