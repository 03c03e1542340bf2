"""The reception: takes requests at their sources, and sees that the controller hears of them and they of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

import simpy

from qnet.network.accounts import Accounts
from qnet.network.connection import Connection
from qnet.network.control import Answered, Asked, Ended, Granted, Halted, Owed
from qnet.network.controller import Controller, Scheduling
from qnet.network.demand import Below, Demand
from qnet.network.messages import FaultReport
from qnet.network.offers import Offer
from qnet.network.planner import Planner
from qnet.network.policies import Policy
from qnet.network.requests import Request
from qnet.network.rescue import Rescued
from qnet.network.station import Station
from qnet.network.terms import Terms
from qnet.network.traffic import Traffic
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    import networkx as nx

    from qnet.network.flows import Flows
    from qnet.network.route import Route
    from qnet.network.topology import Network

__all__ = ["Reception"]


class Reception:
    """Keeps the requests of a simulation, the demands they make, and the connections that serve them.

    Attributes:
        requests: all that were made so far, in order.
        unfinished: how many requests that will end by themselves have not.
        endless: how many others are open for a rate: they want pairs as long as the run goes on.
    """

    def __init__(
        self,
        network: Network,
        flows: Flows,
        *,
        place: str | None,
        scheduling: Scheduling,
        policy: Policy,
        accounts: Accounts,
        below: Below,
        quantum: int | None,
        max_span_km: float | None,
    ) -> None:
        self.requests: list[Request] = []
        self.unfinished = self.endless = 0
        self._network = network
        self._flows = flows
        self._clock = flows.plant.clock
        self._post = flows.plant.post
        self._max_span_km = max_span_km
        self._place = place
        self._scheduling: Scheduling = scheduling
        self._policy, self._accounts, self._below = policy, accounts, below
        self._quantum = quantum
        self._demands: dict[tuple[str, str, bool, Route | None, bool], Demand] = {}
        self._connections: dict[tuple[Route, str, Route | None, bool], Connection] = {}

    def submit(
        self,
        terms: Terms,
        *,
        via: Route | None = None,
        keep_pairs: bool = False,
        on_end: Callable[[Request], None] | None = None,
    ) -> Request:
        """Ask the controller to serve a request, at the source, now; over any route, or over one alone."""
        request = Request(
            terms,
            len(self.requests),
            asked=self._clock.now,
            via=via,
            keep_pairs=keep_pairs,
            on_accept=self._accepted,
            on_end=partial(self._ended, then=on_end),
        )
        self.requests.append(request)
        self.unfinished += request.ends_by_itself
        self.endless += _is_endless(request)
        if terms.is_due:
            wait = max(0, ticks(terms.deadline_s) - self._clock.now)
            self._clock.call(wait, Phase.REQUESTS, lambda _: self._expire(request))
        if self._clock.now == 0:
            self.controller.asked(request)
        else:
            self._post.tell(terms.source, self.place, Asked(request.number))
        return request

    def add_traffic(self, traffic: Traffic, *, until_s: float) -> list[Request]:
        """Let requests come by themselves up to a simulated time; the list fills as they do."""
        coming: list[Request] = []
        chance = self._flows.plant.chance
        for terms in traffic.requests(self._network, until_s=until_s, seed=chance.seed, replica=chance.replica):
            self.unfinished += 1
            self._clock.call(ticks(terms.start_s), Phase.REQUESTS, partial(self._come, terms, coming))
        return coming

    @property
    def place(self) -> str:
        """The node where the controller stands."""
        if self._place is None:
            self._place = _middle(self._network.graph())
        return self._place

    @cached_property
    def controller(self) -> Controller:
        """What the controller does."""
        return Controller(
            self._clock,
            self._post,
            self,
            self.place,
            scheduling=self._scheduling,
            policy=self._policy,
            accounts=self._accounts,
            quantum=self._quantum,
        )

    @cached_property
    def planner(self) -> Planner:
        """What the controller knows of routes and plans."""
        return Planner(self._network, self._flows, max_span_km=self._max_span_km)

    @property
    def connections(self) -> list[Connection]:
        """All connections made so far."""
        return list(self._connections.values())

    def introduce(self, station: Station) -> None:
        """Let a node understand what the controller tells it, and the controller's what others do."""
        # a grant or a halt says when to act; the connection acts at that tick for all its nodes
        station.agents[Granted] = station.agents[Halted] = lambda _: None
        station.agents[Answered] = self._answered
        station.agents[Rescued] = partial(self._rescued, station.name)
        if station.name == self.place:
            station.agents[Asked] = lambda message: self.controller.asked(self.requests[message.request])
            station.agents[Ended] = lambda message: self.controller.ended(self.requests[message.request])
            station.agents[Owed] = lambda message: self.controller.owed(self.requests[message.request], message.pairs)
            station.agents[FaultReport] = lambda message: self.controller.fault(message)

    def ran_out(self, request: Request) -> None:
        """Let a source that knows its reservation to be over tell the controller of the pairs that have not come."""
        if request.open:
            owed = Owed(request.number, request.wanted - request.delivered)
            self._post.tell(request.terms.source, self.place, owed)

    def connection(self, offer: Offer, request: Request) -> Connection:
        """Give the connection that carries out a plan for the requests between two nodes."""
        key = (offer.route, offer.plan.digest, request.via, request.stays)
        if key not in self._connections:
            demand = self._demand(request)
            holds = request.terms.holds
            connection = Connection(
                self._flows,
                offer,
                demand,
                len(self._connections),
                keep=holds,
                stays=request.stays,
                rescues=holds and self._below == "purify",
            )
            self._connections[key] = connection
            demand.connections.append(connection)
            _ = connection.flow, connection.rescue  # made now, so that what cannot work is refused when it is asked for
        return self._connections[key]

    def _demand(self, request: Request) -> Demand:
        terms = request.terms
        key = (terms.source, terms.target, terms.holds, request.via, request.stays)
        if key not in self._demands:
            self._demands[key] = Demand(self._policy, self._accounts, self._below)
        return self._demands[key]

    def _answered(self, message: Answered) -> None:
        self.requests[message.request].answer(message.answer, self._clock.now)

    def _rescued(self, node: str, message: Rescued) -> None:
        rescue = self.connections[message.connection].rescue
        assert rescue is not None
        rescue.told(node, message)

    def _come(self, terms: Terms, coming: list[Request], _: simpy.Event) -> None:
        self.unfinished -= 1
        coming.append(self.submit(terms))

    def _accepted(self, request: Request) -> None:
        """Let an accepted request take part in the demand of its ends."""
        self._demand(request).add(request)

    def _expire(self, request: Request) -> None:
        """End a request at its deadline, and say how far it came."""
        reason = f"the deadline of {request.terms.deadline_s:g} s came first"
        if request.plan is not None:
            reason += f"; it had its links for {self.controller.link_time_s(request):.3g} s"
            ended_s = request.earlier_plans[-1][2] if request.paused else math.inf
            if request.plan.ends_s < request.terms.deadline_s:
                reason += f", reserved up to {min(ended_s, request.plan.ends_s):.4g} s at last"
        if request.paused:
            reason += f", and none of late: {request.paused}"
        request.end("expired", reason)

    def _ended(self, request: Request, then: Callable[[Request], None] | None) -> None:
        """See that the ends stop, and that the controller hears of it."""
        terms = request.terms
        request.ended = self._clock.now
        self.unfinished -= request.ends_by_itself
        self.endless -= _is_endless(request)
        self._demand(request).remove(request)
        if request.status not in ("refused", "failed"):  # which the controller said
            if self._clock.now == 0 or request.status == "expired":  # the controller has a clock, too
                self.controller.ended(request)
            else:
                self._post.tell(terms.source, self.place, Ended(request.number))
        if then is not None:
            then(request)


def _is_endless(request: Request) -> bool:
    return request.terms.rate_hz is not None and not request.ends_by_itself


def _middle(graph: nx.Graph) -> str:
    """Give a node near the middle of a network: half way along a longest shortest path, as two sweeps find it."""
    import networkx as nx

    start = next(iter(graph))
    for _ in range(2):
        lengths, paths = nx.single_source_dijkstra(graph, start, weight="length_km")
        start = max(lengths, key=lengths.__getitem__)
    path: list[str] = paths[start]
    return min(path, key=lambda node: abs(2.0 * lengths[node] - lengths[start]))
