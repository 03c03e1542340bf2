"""A network in motion: one clock, one seed, stations that exchange messages, and the sessions that use them."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import cached_property
from operator import index
from typing import Any, Literal

import simpy

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Positive, check
from qnet.hardware import QkdHardware, RepeaterHardware, qkd_hardware, repeater_hardware
from qnet.link import Device, Link, device_of, link_of
from qnet.network.interrupt import Interrupt, deferred_interrupt
from qnet.network.messages import PHASES, Message
from qnet.network.route import Route
from qnet.network.service import Service
from qnet.network.session import Request, Session
from qnet.network.station import Behaviour, Observer, Station
from qnet.network.topology import Network
from qnet.network.world import World
from qnet.quantum import Compiled, Engine, Purification
from qnet.rng import Purpose, Stream
from qnet.time import Clock, seconds, ticks

__all__ = ["DEFAULT_QKD", "DEFAULT_REPEATER", "Simulation"]

DEFAULT_REPEATER = "rb-atom-projected"
DEFAULT_QKD = "decoy-bb84-1ghz"
_FIBRE_KM_PER_S = 2e5


class Simulation:
    """Simulates a network; made by `Network.simulate`.

    Args:
        network: nodes, fibre and hardware.
        seed: of all chance in the run; same seed, same run.
        engine: applies quantum operations; `Compiled()` by default.
        classical_delay: "fibre" (messages travel as fast as light in fibre) or "zero".
        restart: "pipelined" (a link starts anew as its memories free up) or "per-pair" (the chain starts anew after
            each delivery).
        cutoff_s: greatest age, from emission, of a half that a repeater stores; older ones are given up. A round of
            purification that has begun is finished first.
        purification: done once on every elementary link before its pair may be swapped, measured or kept; under each
            device's noise, unless it was given noise of its own. The pairs it takes are made one after the other.
        behaviours: dishonest nodes, by name.
        observer: called with (tick, node, kind, details) at every classical action.
        replica: number of an independent repetition under the same seed.
    """

    def __init__(
        self,
        network: Network,
        *,
        seed: int = 0,
        engine: Engine | None = None,
        classical_delay: Literal["fibre", "zero"] = "fibre",
        restart: Literal["pipelined", "per-pair"] = "pipelined",
        cutoff_s: float | None = None,
        purification: Purification | None = None,
        max_span_km: float | None = None,
        behaviours: Mapping[str, Behaviour] | None = None,
        observer: Observer | None = None,
        replica: int = 0,
    ) -> None:
        _check_switches(classical_delay=classical_delay, restart=restart)
        if cutoff_s is not None:
            check("cutoff_s", cutoff_s, Positive)
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise InvalidArgument.of("seed", "be a whole number", seed)
        if purification is not None and not isinstance(purification, Purification):
            raise InvalidArgument.of("purification", "be a qnet.Purification", purification)
        _check_nodes(behaviours or {}, network)
        self.network = network
        self.seed = index(seed)
        self.replica = replica
        self.engine = engine if engine is not None else Compiled()
        self.restart = restart
        self.purification = purification
        self.cutoff = None if cutoff_s is None or math.isinf(cutoff_s) else ticks(cutoff_s)
        self.clock = Clock()
        self.world = World(self.clock, self.engine)
        self.stations: dict[str, Station] = {}
        self.delays: dict[tuple[int, str, str], int] = {}
        """Ticks that a message takes along the route of a flow, by (flow, sender, receiver)."""
        self._zero_delay = classical_delay == "zero"
        self._max_span_km = max_span_km
        self._behaviours = dict(behaviours or {})
        self._observer = observer
        self._links: dict[frozenset[str], int] = {}
        self._spans: dict[tuple[Route, int], Link] = {}
        self._services: dict[tuple[str, ...], Service] = {}
        self._sessions: list[Session] = []
        self.hardware, self._device = _resolve(network)

    @property
    def now(self) -> float:
        """The simulated time in seconds."""
        return seconds(self.clock.now)

    @property
    def longest_operation(self) -> int:
        """Ticks that a swap and a move to storage take at most."""
        return ticks(self._device.swap_s) + ticks(self._device.move_s)

    def request(
        self, source: str, target: str, *, pairs: float, keep: bool = False, min_fidelity: float = 0.0
    ) -> Request:
        """Ask for pairs between two nodes without a protocol; the request counts what it gets."""
        service = self.service(source, target)
        return service.request(pairs=pairs, keep=keep, min_fidelity=min_fidelity, keep_pairs=False)

    def start(
        self,
        protocol: Callable[[Session], Generator[simpy.Event, Any, None]],
        source: str | None = None,
        target: str | None = None,
        *,
        route: Route | None = None,
        name: str = "",
    ) -> Session:
        """Set a protocol (a generator function of a session) to work between two nodes, or on a given route.

        Without nodes it runs between the network's own ends. Its random numbers depend on its name and ends alone, so
        that another protocol beside it moves none of them.
        """
        service = self.service(source, target) if route is None else self._service(route)
        number = len(self._sessions)
        if not name:
            alike = [s for s in self._sessions if s.name.startswith(_name_of(protocol)) and s.route is service.route]
            name = f"{_name_of(protocol)}-{len(alike)}"
        chance = Stream(self.seed, Purpose.MEASUREMENT, "|".join((name, *service.ends)), self.replica)
        session = Session(number, name, service, self.clock, chance)
        self._sessions.append(session)
        self.clock.process(_serve(protocol, session))
        return session

    def run(self, *, until_s: float | None = None, max_events: int | None = None) -> str:
        """Run until all requests and sessions are done, a simulated time, or a number of events; say which ended it.

        Ctrl-C ends the run too, with "interrupted"; what was counted so far is kept.
        """
        horizon = math.inf if until_s is None else ticks(until_s)
        with deferred_interrupt() as interrupt:
            ended = self._run(horizon, math.inf if max_events is None else max_events, interrupt)
        if ended == "interrupted":
            self.close(ended)
        return ended

    def close(self, reason: str) -> None:
        """End all sessions that are still open, and let their protocols finish."""
        for session in self._sessions:
            session.close(reason)
        now = self.clock.now
        while self._sessions and self.clock.peek() <= now:
            self.clock.step()

    def service(self, source: str | None = None, target: str | None = None) -> Service:
        """Give the service of the shortest route between two nodes; its links belong to it alone."""
        return self._service(self.network.route(source, target, max_span_km=self._max_span_km))

    def _service(self, route: Route) -> Service:
        if route.nodes not in self._services:
            number = len(self._services)
            self.set_delays(route, number)  # and stations: sessions may talk before any of them asks for pairs
            for name in route.nodes:
                self.station(name)
            self._services[route.nodes] = Service(self, route, number)
        return self._services[route.nodes]

    def send(self, sender: str, receiver: str, message: Message, flow: int) -> None:
        """Let a message arrive after its delay on the route of a flow. This is the only way from node to node."""
        delay = self.delays[flow, sender, receiver]
        self.clock.call(delay, PHASES[type(message)], self.stations[receiver].receive, message)

    def station(self, name: str) -> Station:
        """Give a node, by name."""
        if name not in self.stations:
            self.stations[name] = Station(
                name,
                self._device,
                clock=self.clock,
                world=self.world,
                send=self.send,
                behaviour=self._behaviours.get(name),
                observer=self._observer,
            )
        return self.stations[name]

    def link(self, route: Route, span: int) -> Link:
        """Give the link on a span: its own, or what the network's hardware makes of its length."""
        if (route, span) not in self._spans:
            self._spans[route, span] = self._make_link(route, span)
        return self._spans[route, span]

    def _make_link(self, route: Route, span: int) -> Link:
        own = route.links[span]
        if isinstance(own, Link):
            return own
        if own is not None:
            raise InvalidArgument.of("link", "be a qnet.Link", own)
        if self.hardware is None:
            rule = "be RepeaterHardware where a span has no link of its own"
            raise InvalidArgument.of("hardware", rule, type(self._device))
        return link_of(self.hardware, route.lengths_km[span])

    @cached_property
    def qkd(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        hardware: Any = self.network.qkd
        return qkd_hardware(DEFAULT_QKD if hardware is None else hardware)

    def propagation_s(self, route: Route) -> float:
        """Give the time a signal takes along a route, in seconds."""
        if self.hardware is None:
            return route.total_km / _FIBRE_KM_PER_S
        return self.hardware.fibre.delay_s(route.total_km)

    def claim_link(self, source: str, target: str) -> int:
        """Number a link, once; two routes cannot share one yet."""
        key = frozenset((source, target))
        if key in self._links:
            raise InvalidArgument.of("route", "not share a link with another route of the simulation", (source, target))
        self._links[key] = len(self._links)
        return self._links[key]

    def set_delays(self, route: Route, flow: int) -> tuple[int, ...]:
        """Set the classical delays between the nodes of a route; give each node's offset from the first, in ticks."""
        offsets = [0]
        for span in route.spans():
            offsets.append(offsets[-1] + (0 if self._zero_delay else ticks(self.propagation_s(span))))
        for a, at in zip(route.nodes, offsets, strict=True):
            for b, there in ((route.nodes[0], 0), (route.nodes[-1], offsets[-1])):
                self.delays[flow, a, b] = self.delays[flow, b, a] = abs(at - there)
        for a, b, start, stop in zip(route.nodes, route.nodes[1:], offsets, offsets[1:], strict=False):
            self.delays[flow, a, b] = self.delays[flow, b, a] = stop - start
        return tuple(offsets)

    def _run(self, horizon: float, budget: float, interrupt: Interrupt) -> str:
        clock = self.clock
        while not self._finished():
            if interrupt.pressed:
                return "interrupted"
            if budget <= 0:
                return "events"
            # many steps between two looks at what is finished, so that looking costs nothing
            stride = min(64, budget)
            done = clock.advance(horizon, stride)
            budget -= done
            if done < stride:
                if clock.peek() == math.inf:
                    return "done" if self._finished() else "exhausted"
                if horizon > clock.now:
                    clock.run(until=horizon)
                return "time"
        return "done"

    def _finished(self) -> bool:
        return not any(service.busy for service in self._services.values()) and all(
            session.stopped_by is not None for session in self._sessions
        )


def _serve(
    protocol: Callable[[Session], Generator[simpy.Event, Any, None]], session: Session
) -> Generator[simpy.Event, Any, None]:
    """Let a protocol run to its end; what it asked for is no longer wanted then."""
    yield from protocol(session)
    session.close("finished")


_SWITCHES = {"classical_delay": ("fibre", "zero"), "restart": ("pipelined", "per-pair")}


def _check_switches(**switches: str) -> None:
    for name, value in switches.items():
        if value not in _SWITCHES[name]:
            raise InvalidArgument.of(name, f"be one of {_SWITCHES[name]}", value)


def _check_nodes(names: Iterable[str], network: Network) -> None:
    for name in names:
        if name not in network.nodes and "~" not in name:  # a tilde names a station that is yet to be inserted
            raise UnknownName.of("node", name, network.nodes)


def _name_of(protocol: Any) -> str:
    """Name a protocol, looking through `functools.partial`."""
    return str(getattr(getattr(protocol, "func", protocol), "__name__", "protocol"))


def _resolve(network: Network) -> tuple[RepeaterHardware | None, Device]:
    hardware: Any = network.repeater
    if isinstance(hardware, Device):
        return None, hardware
    if hardware is None and network.edges and all(edge.link is not None for edge in network.edges):
        return None, Device()
    resolved = repeater_hardware(DEFAULT_REPEATER if hardware is None else hardware)
    return resolved, device_of(resolved)
