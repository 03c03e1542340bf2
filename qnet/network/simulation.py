"""A network in motion: one clock, one seed, stations that exchange messages, and the sessions that use them."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import count, pairwise
from operator import index
from typing import Any, Literal

import simpy

from qnet.errors import InvalidArgument
from qnet.hardware import QkdHardware, qkd_hardware
from qnet.link import Link, link_of
from qnet.network.accounts import Accounts
from qnet.network.audit import Audit, audit
from qnet.network.controller import Scheduling
from qnet.network.demand import Below
from qnet.network.faults import Faults
from qnet.network.flow import Flow
from qnet.network.interrupt import Interrupt, deferred_interrupt
from qnet.network.lane import Lane
from qnet.network.messages import PHASES, Message
from qnet.network.offers import Offer
from qnet.network.options import (
    DEFAULT_QKD,
    DEFAULT_REPEATER,
    check_nodes,
    check_options,
    check_switches,
    resolved_device,
)
from qnet.network.pair import Pair
from qnet.network.plan import Plan
from qnet.network.policies import Policy, weighted_fair_share
from qnet.network.reception import Reception
from qnet.network.recipes import recipe_flow
from qnet.network.report import Report
from qnet.network.requests import Request, Terms
from qnet.network.route import Route
from qnet.network.service import Service
from qnet.network.session import Session
from qnet.network.station import Behaviour, Observer, Station
from qnet.network.topology import Network
from qnet.network.traffic import Traffic
from qnet.network.world import World
from qnet.planning import Recipe
from qnet.quantum import Compiled, Engine, Purification
from qnet.rng import Purpose, Stream
from qnet.time import Clock, Phase, seconds, ticks

__all__ = ["DEFAULT_QKD", "DEFAULT_REPEATER", "Simulation"]

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
        clocking: "free" (each link on its own grid, swaps at once) or "rounds" (all links of a route on the grid of
            the slowest, swaps at the end of a slot when all its heralds are there).
        cutoff_s: greatest age of a half that a repeater stores; older ones are given up. A round of purification that
            has begun is finished first.
        cutoff_of: age counts from the emission of the "half", or of the oldest part of its "pair" (see `Plan`).
        failed_swap: where swaps may fail, what one destroys besides its own two pairs: of swaps made in the same tick
            the whole "connected" run, or, in the order "sequential" from the source on, none that comes later.
        memories: pairs of memories on each link.
        purification: done once on every elementary link before its pair may be swapped, measured or kept; under each
            device's noise, unless it was given noise of its own. The pairs it takes are made one after the other.
        recipe: how the pairs of a route's links become one (see `qnet.planning`), or a function that gives it for a
            number of links, such as `qnet.planning.nested`; None swaps as soon as possible.
        scheduling: "shared" (links change hands turn by turn) or "reserved" (each request has its links reserved ahead
            of time, and is refused if they are not free in time).
        policy: who comes first, of requests that want the same links or the same pair (`qnet.network.policies`).
        weights: of tenants, for a policy that shares fairly; 1 where none is given.
        quantum_s: seconds for which a request has shared links before others may have a turn; about fifty pairs' time
            by default.
        below: what becomes of a pair that is too bad for the request first in line: one that asks for less gets it
            ("lower"), or no one ("drop").
        controller: the node that decides; by default one near the middle of the network.
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
        clocking: Literal["free", "rounds"] = "free",
        cutoff_s: float | None = None,
        cutoff_of: Literal["half", "pair"] = "half",
        failed_swap: Literal["connected", "sequential"] = "connected",
        memories: int = 1,
        purification: Purification | None = None,
        recipe: Recipe | Callable[[int], Recipe] | None = None,
        scheduling: Scheduling = "shared",
        policy: Policy = weighted_fair_share,
        weights: Mapping[str, float] | None = None,
        quantum_s: float | None = None,
        below: Below = "lower",
        controller: str | None = None,
        max_span_km: float | None = None,
        behaviours: Mapping[str, Behaviour] | None = None,
        observer: Observer | None = None,
        replica: int = 0,
    ) -> None:
        check_switches(
            classical_delay=classical_delay,
            restart=restart,
            clocking=clocking,
            cutoff_of=cutoff_of,
            failed_swap=failed_swap,
            scheduling=scheduling,
            below=below,
        )
        check_options(seed=seed, cutoff_s=cutoff_s, purification=purification, memories=memories, quantum_s=quantum_s)
        check_nodes([*(behaviours or {}), *([controller] if controller else [])], network)
        if not callable(policy):
            raise InvalidArgument.of("policy", "be a function, such as those of qnet.network.policies", policy)
        self.network = network
        self.seed = index(seed)
        self.replica = replica
        self.engine = engine if engine is not None else Compiled()
        self.restart = restart
        self.clocking = clocking
        self.cutoff_s = math.inf if cutoff_s is None else cutoff_s
        self.cutoff_of = cutoff_of
        self.failed_swap = failed_swap
        self.memories = memories
        self.purification = purification
        self.searches = purification is None and recipe is None and cutoff_s is None and memories == 1
        """Whether plans are searched for requests that ask for a fidelity; not where the options say how."""
        self.clock = Clock()
        self.world = World(self.clock, self.engine)
        self.stations: dict[str, Station] = {}
        self.delays: dict[tuple[int, str, str], int] = {}
        """Ticks that a message takes along the route of a flow, by (flow, sender, receiver)."""
        self._zero_delay = classical_delay == "zero"
        self.max_span_km = max_span_km
        self._recipe = recipe
        self._behaviours = dict(behaviours or {})
        self._observer = observer
        self._links: dict[tuple[frozenset[str], float, object], Link] = {}
        self._lanes: dict[tuple[frozenset[str], int], Lane] = {}
        self._streams: dict[tuple[Purpose, str], int] = {}
        self._routes, self._activations, self._takings = count(), count(), count()
        self._fibre = network.graph()
        self._distances: dict[str, dict[str, float]] = {}
        self.faults = Faults(self)
        self._services: dict[tuple[Route, bool], Service] = {}
        self._sessions: list[Session] = []
        self._accounts = Accounts(weights)
        self.reception = Reception(
            self,
            place=controller,
            scheduling=scheduling,
            policy=policy,
            accounts=self._accounts,
            below=below,
            quantum=None if quantum_s is None else ticks(quantum_s),
        )
        self.hardware, self._device = resolved_device(network)

    @property
    def now(self) -> float:
        """The simulated time in seconds."""
        return seconds(self.clock.now)

    @property
    def longest_operation(self) -> int:
        """Ticks that a swap and a move to storage take at most."""
        return ticks(self._device.swap_s) + ticks(self._device.move_s)

    def request(
        self,
        source: str,
        target: str,
        *,
        pairs: float = math.inf,
        rate_hz: float | None = None,
        min_fidelity: float = 0.0,
        mean_fidelity: float = 0.0,
        start_s: float = 0.0,
        deadline_s: float = math.inf,
        priority: float = 0.0,
        tenant: str = "",
        keep: bool = False,
        measure: Literal["at_herald", "at_delivery"] = "at_herald",
    ) -> Request:
        """Ask for pairs between two nodes without a protocol; the request counts what it gets.

        The arguments are those of `qnet.network.requests.Terms`; give `pairs` or `rate_hz`. What is asked before the
        run is answered at once; later the question travels to the controller and the answer back.
        """
        if math.isinf(pairs) and rate_hz is None and math.isinf(deadline_s):
            raise InvalidArgument.of("pairs", "be finite, where there is neither rate_hz nor deadline_s", pairs)
        check_nodes((source, target), self.network)
        terms = Terms(
            source=source,
            target=target,
            pairs=pairs,
            rate_hz=rate_hz,
            min_fidelity=min_fidelity,
            mean_fidelity=mean_fidelity,
            start_s=start_s,
            deadline_s=deadline_s,
            priority=priority,
            tenant=tenant,
            keep=keep,
            measure=measure,
        )
        return self.reception.submit(terms)

    def add_traffic(self, traffic: Traffic, *, until_s: float) -> list[Request]:
        """Let requests come by themselves up to a simulated time; the list fills as they do."""
        return self.reception.add_traffic(traffic, until_s=until_s)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests made so far, in order."""
        return tuple(self.reception.requests)

    def report(self) -> Report:
        """Sum up what became of all requests so far, and of their tenants."""
        return Report.of(self.requests, simulated_s=self.now, weights=self._accounts.weights)

    @property
    def controller(self) -> str:
        """The node that decides; others tell it of requests and faults."""
        return self.reception.place

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
        service = self.service(source, target) if route is None else self._service(route, fixed=True)
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
        for request in self.requests:
            request.end("closed", reason)
        now = self.clock.now
        while self._sessions and self.clock.peek() <= now:
            self.clock.step()

    def recipe(self, route: Route) -> Recipe | None:
        """Give the recipe that the options say for a route."""
        return self._recipe(route.hops) if callable(self._recipe) else self._recipe

    def flow(self, offer: Offer, *, keep: bool, deliver: Callable[[Pair], None]) -> Flow:
        """Make the flow that carries out the plan of an offer."""
        route, plan = offer.route, offer.plan
        orders = self.plan(
            route,
            keep=keep,
            purification=plan.link_purification,
            cutoff_s=plan.cutoff_s,
            pipelined=plan.restart == "pipelined",
        )
        if plan.recipe is not None:
            return recipe_flow(self, route, orders, plan.recipe, deliver=deliver)
        return Flow(self, route, orders, self.memories, deliver=deliver)

    def service(self, source: str | None = None, target: str | None = None) -> Service:
        """Give what a session may use on the shortest route between two nodes."""
        return self._service(self.network.route(source, target, max_span_km=self.max_span_km))

    def _service(self, route: Route, *, fixed: bool = False) -> Service:
        if (route, fixed) not in self._services:
            number = self.new_route_number()
            self.set_delays(route, number)  # and stations: sessions may talk before any of them asks for pairs
            for name in route.nodes:
                self.station(name)
            self._services[route, fixed] = Service(self, route, number, fixed=fixed)
        return self._services[route, fixed]

    def send(self, sender: str, receiver: str, message: Message, route: int) -> None:
        """Let a message arrive after its delay on the route of a flow. This is the only way from node to node."""
        delay = self.delays[route, sender, receiver]
        self.clock.call(delay, PHASES[type(message)], self.stations[receiver].receive, message)

    def tell(self, sender: str, receiver: str, message: Any) -> None:
        """Let a message that belongs to no flow arrive after the shortest way over the network's fibre."""
        phase = PHASES.get(type(message), Phase.ARRIVALS)
        self.clock.call(self.distance(sender, receiver), phase, self.station(receiver).receive, message)

    def note(self, node: str, kind: str, *details: Any) -> None:
        """Tell the observer what happened somewhere; see `Station.note`, for what a node does."""
        if self._observer is not None:
            self._observer(self.clock.now, node, kind, details)

    @property
    def observed(self) -> bool:
        """Whether there is an observer: what costs time to find out is found out for it alone."""
        return self._observer is not None

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
            self.reception.introduce(self.stations[name])
        return self.stations[name]

    def link(self, route: Route, span: int) -> Link:
        """Give the link on a span: its own, or what the network's hardware makes of its length."""
        if self.clocking == "free":
            return self._link(route, span)
        cycle_s = max(self._link(route, other).cycle_s for other in range(route.hops))
        link = self._link(route, span)
        key = (frozenset(route.nodes[span : span + 2]), cycle_s, link)
        if key not in self._links:
            self._links[key] = link if link.cycle_s == cycle_s else replace(link, cycle_s=cycle_s)
        return self._links[key]

    def lane(self, ends: tuple[str, str], link: Link, index: int) -> Lane:
        """Give a pair of memories of the link between two nodes; it is made when it is first asked for."""
        key = (frozenset(ends), index)
        if key not in self._lanes:
            lane = Lane(self, link, (min(ends), max(ends)), index, len(self._lanes))
            self._lanes[key] = lane
            self.faults.meet(lane)
        if self._lanes[key].link is not link:
            raise InvalidArgument.of("route", "have the same link on a span as all other routes over it", ends)
        return self._lanes[key]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes made so far."""
        return list(self._lanes.values())

    def stream(self, purpose: Purpose, identity: str) -> Stream:
        """Give a random stream of its own to whoever asks; later ones of the same name are numbered."""
        number = self._streams.get((purpose, identity), 0)
        self._streams[purpose, identity] = number + 1
        return Stream(self.seed, purpose, identity + (f"#{number}" if number else ""), self.replica)

    def new_route_number(self) -> int:
        """Give a number for `set_delays` and `plan`."""
        return next(self._routes)

    def new_flow_number(self) -> int:
        """Give a number to an activation of a flow; no other one gets it."""
        return next(self._activations)

    def new_lane_number(self) -> int:
        """Give a number to a lane that is taken; it never gets it again."""
        return next(self._takings)

    def plan(self, route: Route, number: int | None = None, *, keep: bool, **changes: Any) -> Plan:
        """Make the plan of a flow by the options of the simulation, and set the delays of its route.

        Args:
            route: where.
            number: of `new_route_number`; by default a new one.
            keep: whether the ends keep their halves.
            changes: fields of `Plan` other than the simulation says; `cutoff_s` instead of `cutoff`, in seconds.
        """
        number = self.new_route_number() if number is None else number
        offsets = self.set_delays(route, number)
        cutoff_s = changes.pop("cutoff_s", self.cutoff_s)
        cutoff = None if math.isinf(cutoff_s) else ticks(cutoff_s)
        cycle = max(ticks(self.link(route, span).cycle_s) for span in range(route.hops))
        options = {
            "pipelined": self.restart == "pipelined",
            "cutoff_of": self.cutoff_of,
            "failed_swap": self.failed_swap,
            "rounds": self.clocking == "rounds",
            "purification": self.purification,
            "memory_of_discards": route.hops * max(cutoff or 0, cycle) + 2 * offsets[-1] + self.longest_operation,
        }
        return Plan(flow=number, nodes=route.nodes, offsets=offsets, keep=keep, cutoff=cutoff, **{**options, **changes})

    def fail_link(self, a: str, b: str, from_s: float, to_s: float = math.inf) -> None:
        """Let the link between two nodes be down for a time, in seconds; see `Faults.fail_link`."""
        self.faults.fail_link(a, b, from_s, to_s)

    def lose_memories(self, node: str, at_s: float) -> None:
        """Let a node lose what its memories hold, at a time in seconds; see `Faults.lose_memories`."""
        self.faults.lose_memories(node, at_s)

    def audit(self) -> Audit:
        """Assert that nothing leaks, between two events; give what is alive."""
        return audit(self)

    def _link(self, route: Route, span: int) -> Link:
        own, length_km = route.links[span], route.lengths_km[span]
        key = (frozenset(route.nodes[span : span + 2]), length_km, own)
        if key not in self._links:
            self._links[key] = self._make_link(own, length_km)
        return self._links[key]

    def _make_link(self, own: object, length_km: float) -> Link:
        if isinstance(own, Link):
            return own
        if own is not None:
            raise InvalidArgument.of("link", "be a qnet.Link", own)
        if self.hardware is None:
            rule = "be RepeaterHardware where a span has no link of its own"
            raise InvalidArgument.of("hardware", rule, type(self._device))
        return link_of(self.hardware, length_km)

    @cached_property
    def qkd(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        hardware: Any = self.network.qkd
        return qkd_hardware(DEFAULT_QKD if hardware is None else hardware)

    def delays_s(self, route: Route) -> tuple[float, ...]:
        """Give the classical delay of each span of a route, in seconds."""
        return tuple(0.0 if self._zero_delay else self.propagation_s(span) for span in route.spans())

    def propagation_s(self, route: Route) -> float:
        """Give the time a signal takes along a route, in seconds."""
        if self.hardware is None:
            return route.total_km / _FIBRE_KM_PER_S
        return self.hardware.fibre.delay_s(route.total_km)

    def distance(self, a: str, b: str) -> int:
        """Give the ticks that a message takes between two nodes over the shortest fibre."""
        if a not in self._distances:
            import networkx as nx

            self._distances[a] = dict(nx.single_source_dijkstra_path_length(self._fibre, a, weight="length_km"))
        return 0 if self._zero_delay else ticks(self._distances[a][b] / _FIBRE_KM_PER_S)

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
        for (a, b), length_km in zip(pairwise(route.nodes), route.lengths_km, strict=True):
            if not self._fibre.has_edge(a, b):  # at least one of the two is a station inserted on the way
                self._fibre.add_edge(a, b, length_km=length_km)
                self._distances.clear()
        return tuple(offsets)

    def _run(self, horizon: float, budget: float, interrupt: Interrupt) -> str:
        clock = self.clock
        while not self._finished(horizon):
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
                    return "done" if self._finished(horizon) else "exhausted"
                if horizon > clock.now:
                    clock.run(until=horizon)
                return "time"
        return "done"

    def _finished(self, horizon: float) -> bool:
        if self.reception.endless and math.isfinite(horizon):
            return False
        return not self.reception.unfinished and all(session.stopped_by is not None for session in self._sessions)


def _serve(
    protocol: Callable[[Session], Generator[simpy.Event, Any, None]], session: Session
) -> Generator[simpy.Event, Any, None]:
    """Let a protocol run to its end; what it asked for is no longer wanted then."""
    yield from protocol(session)
    session.close("finished")


def _name_of(protocol: Any) -> str:
    """Name a protocol, looking through `functools.partial`."""
    return str(getattr(getattr(protocol, "func", protocol), "__name__", "protocol"))
