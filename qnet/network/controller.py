"""The controller: a node that decides which request is served over which links, and when.

It stands at a place, hears of requests and faults as late as the fibre allows, and tells nodes of its decisions early
enough for all of them to act at the same tick. What is asked for at time zero is arranged before the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from qnet.network.accounts import Accounts
from qnet.network.allocation import Held, Wanted, allocate
from qnet.network.calendar import Calendar
from qnet.network.control import Answered, Granted, Halted
from qnet.network.demand import view
from qnet.network.messages import FaultReport
from qnet.network.offers import Offer, Refusal
from qnet.network.policies import Policy, RequestView, first_in_line
from qnet.network.requests import Request
from qnet.time import Clock, Phase, seconds, ticks

if TYPE_CHECKING:
    from qnet.network.connection import Connection
    from qnet.network.post import Post
    from qnet.network.reception import Reception

__all__ = ["Controller", "Scheduling"]

Scheduling = Literal["shared", "reserved"]
"""Links change hands turn by turn, or are reserved ahead of time for each request."""

_TURN = 50
"""Pairs that a turn lasts for, on average, so that little of it is lost when links change hands."""


class Grant:
    """A connection that has its links, or is about to."""

    __slots__ = ("charged", "connection", "halted", "since", "tenant", "until")

    def __init__(self, connection: Connection, since: int, tenant: str, until: float = math.inf) -> None:
        self.connection = connection
        self.since = since
        self.until = until
        self.charged = since
        """The tick up to which its tenant's account has been charged."""
        self.tenant = tenant
        self.halted = False


class Controller:
    """Answers requests, gives links to connections and takes them back.

    Args:
        clock: of the simulation.
        post: carries what it says.
        reception: has the planner and the connections.
        place: the node where it stands.
        scheduling: "shared" or "reserved".
        policy: who comes first.
        accounts: what tenants have had.
        quantum: ticks for which a connection has its links before others may have a turn; None for about fifty pairs.
    """

    def __init__(
        self,
        clock: Clock,
        post: Post,
        reception: Reception,
        place: str,
        *,
        scheduling: Scheduling,
        policy: Policy,
        accounts: Accounts,
        quantum: int | None,
    ) -> None:
        self.place = place
        self._reception = reception
        self._clock = clock
        self._post = post
        self._scheduling = scheduling
        self._policy = policy
        self._accounts = accounts
        self._quantum = quantum
        self._calendar = Calendar()
        self._down: set[frozenset[str]] = set()
        self._connections: dict[int, Connection] = {}
        """By number of a request that is accepted and, as far as is known here, still open."""
        self._open: dict[Connection, dict[int, Request]] = {}
        """The same, the other way round."""
        self._windows: dict[int, Offer] = {}
        """By number of a request: what is reserved for it."""
        self._grants: dict[Connection, Grant] = {}
        self._reconsidering: set[int] = set()
        """Ticks at which links will be shared out anew."""

    def asked(self, request: Request) -> None:
        """Decide on a request, and tell its source."""
        if self._clock.now >= request.due:
            return  # which its source knows
        reserved = self._scheduling == "reserved"
        planner = self._reception.planner
        offers = planner.offers(request.terms, frozenset(self._down), request.via, every_route=reserved)
        if isinstance(offers, Refusal):
            self._answer(request, offers)
        elif reserved:
            self._reserve(request, offers)
        else:
            self._accept(request, offers[0])
            self._reconsider_at(max(self._clock.now, request.starts))

    def ended(self, request: Request) -> None:
        """Hear that a request wants no more pairs; who has no other gives its links back."""
        connection = self._connections.pop(request.number, None)
        if connection is None:
            return
        del self._open[connection][request.number]
        self._windows.pop(request.number, None)
        grant = self._grants.get(connection)
        free = self._clock.now
        if grant is not None and self._was_the_last(request, connection):
            free = self._halt(grant) + connection.drain + 1
        self._calendar.release(request.number, free)

    def _was_the_last(self, request: Request, connection: Connection) -> bool:
        return connection.only is request or (connection.only is None and not self._first(connection))

    def fault(self, message: FaultReport) -> None:
        """Hear of a fault from a node that noticed it."""
        if message.neighbour is None:
            return
        if message.kind == "link-down":
            self.link_failed(message.node, message.neighbour)
        else:
            self.link_repaired(message.node, message.neighbour)

    def link_failed(self, a: str, b: str) -> None:
        """Hear that a link makes no pairs; look for other ways for those who were served over it."""
        edge = frozenset((a, b))
        if edge in self._down:
            return
        self._down.add(edge)
        for connection, requests in list(self._open.items()):
            if edge in connection.edges:
                for request in list(requests.values()):
                    self.ended(request)
                    self.asked(request)

    def link_repaired(self, a: str, b: str) -> None:
        """Hear that a link works again."""
        self._down.discard(frozenset((a, b)))

    # -- answers

    def _accept(self, request: Request, offer: Offer) -> Connection:
        connection = self._reception.connection(offer, request)
        self._connections[request.number] = connection
        self._open.setdefault(connection, {})[request.number] = request
        self._answer(request, offer)
        return connection

    def _answer(self, request: Request, answer: Offer | Refusal) -> None:
        if self._before_the_run:
            request.answer(answer)
        else:
            self._post.tell(self.place, request.terms.source, Answered(request.number, answer))

    # -- reserved links

    def _reserve(self, request: Request, offers: list[Offer]) -> None:
        """Book the links of the offer that is done first; refuse what cannot be done in time."""
        best = min((self._window(request, offer) for offer in offers), key=lambda offer: offer.ends_s)
        endless = math.isinf(request.terms.wanted)
        if best.ends_s > request.terms.deadline_s or (math.isinf(best.starts_s) and endless):
            until = f"{request.terms.deadline_s:g} s" if request.terms.is_due else "for ever"
            reason = f"its links are not free for long enough until {until}"
            self._answer(request, Refusal(reason=reason, best=best if math.isfinite(best.starts_s) else None))
            return
        connection = self._accept(request, best)
        self._windows[request.number] = best
        start = ticks(best.starts_s)
        stop = math.inf if math.isinf(best.ends_s) else ticks(best.ends_s)
        self._calendar.forget(self._clock.now)
        self._calendar.reserve(connection.lanes, start, stop + connection.drain + 1, request.number)
        self._tell(connection, Granted(connection.number, start))
        self._at(start, lambda: self._open_window(request, connection, best, stop))
        if math.isfinite(stop):
            self._tell(connection, Halted(connection.number, int(stop)))
            self._at(int(stop), lambda: self._close_window(request, connection))

    def _window(self, request: Request, offer: Offer) -> Offer:
        """Give an offer with the earliest time for which its links can be had for as long as it takes."""
        connection = self._reception.connection(offer, request)
        duration_s = offer.time_for(request.terms.wanted)
        length = math.inf if math.isinf(duration_s) else ticks(duration_s) + connection.drain + 1
        not_before = max(self._clock.now + self._lead(connection), request.starts)
        start = self._calendar.earliest(connection.lanes, length, not_before)
        if math.isinf(start):
            return offer.within(math.inf, math.inf)
        return offer.within(seconds(int(start)), seconds(int(start)) + duration_s)

    def _open_window(self, request: Request, connection: Connection, offer: Offer, stop: float) -> None:
        if self._windows.get(request.number) is offer:  # else it has ended, or has another since a fault
            self._grants[connection] = Grant(connection, self._clock.now, request.terms.tenant, stop)
            connection.only = request
            connection.begin()

    def _close_window(self, request: Request, connection: Connection) -> None:
        grant = self._grants.get(connection)
        if grant is not None and connection.only is request and not grant.halted:
            self._stop(grant, self._clock.now)  # which its nodes were told with the reservation

    # -- shared links

    def _reconsider(self) -> None:
        """Share out the links that are free, and end turns for those who come before (see `allocate`)."""
        now = self._clock.now
        for grant in self._grants.values():  # before shares are compared: what was held so far counts, too
            self._charge(grant)
        waiting = [connection for connection in self._open if connection not in self._grants]
        wanted = [
            Wanted(connection, connection.lanes, view) for connection in waiting if (view := self._first(connection))
        ]
        if not wanted or self._scheduling == "reserved":
            return
        held = [
            Held(connection, connection.lanes, self._first(connection), self._had_its_turn(grant))
            for connection, grant in self._grants.items()
        ]
        grants, halts = allocate(wanted, held, self._policy)
        for connection in halts:
            self._halt(self._grants[connection])
        for want in wanted:
            if want.flow in grants:
                request = self._open[want.flow][want.view.number]
                self._grant(want.flow, now + self._lead(want.flow), request)
        if len(grants) < len(wanted):
            ends = [self._end_of_turn(grant) for grant in self._grants.values() if not grant.halted]
            if ends:  # else all are about to be free, and that is seen to then
                self._reconsider_at(min(ends))

    def _reconsider_at(self, tick: int) -> None:
        if tick in self._reconsidering or (tick == self._clock.now and self._scheduling == "reserved"):
            return

        def act() -> None:
            self._reconsidering.discard(tick)
            self._reconsider()

        self._reconsidering.add(tick)
        self._at(tick, act)

    def _first(self, connection: Connection) -> RequestView | None:
        """Give what is known of the request that comes first of those a connection serves now; None without any."""
        now = self._clock.now
        views = [
            view(request, self._accounts.link_share(request.terms.tenant), delivered=0)  # nobody tells it of pairs
            for request in self._open.get(connection, {}).values()
            if request.starts <= now
        ]
        return first_in_line(views, self._policy) if views else None

    def _had_its_turn(self, grant: Grant) -> bool:
        return not grant.halted and self._clock.now >= grant.since + self._turn(grant.connection)

    def _end_of_turn(self, grant: Grant) -> int:
        """Give when a turn ends next; one that nobody cut short goes on for another."""
        end = grant.since + self._turn(grant.connection)
        return end if end > self._clock.now else self._clock.now + self._turn(grant.connection)

    def _turn(self, connection: Connection) -> int:
        return _TURN * connection.typical if self._quantum is None else self._quantum

    # -- links given and taken

    def _grant(self, connection: Connection, start: int, request: Request) -> None:
        self._grants[connection] = Grant(connection, start, request.terms.tenant)
        self._tell(connection, Granted(connection.number, start))
        self._at(start, connection.begin)

    def _halt(self, grant: Grant) -> int:
        """Take links back as soon as all nodes can know; give the tick at which they begin no more pairs."""
        connection = grant.connection
        stop = int(min(max(grant.since, self._clock.now + self._lead(connection)), grant.until))
        if not grant.halted:
            self._tell(connection, Halted(connection.number, stop))
            self._stop(grant, stop)
        return stop

    def _stop(self, grant: Grant, stop: int) -> None:
        grant.halted = True
        self._at(stop, grant.connection.stop)
        self._at(stop + grant.connection.drain, lambda: self._freed(grant))

    def _freed(self, grant: Grant) -> None:
        connection = grant.connection
        connection.end()
        del self._grants[connection]
        self._charge(grant)
        self._reconsider_at(self._clock.now)

    def _charge(self, grant: Grant) -> None:
        elapsed = max(0, self._clock.now - grant.charged)
        self._accounts.add_links(grant.tenant, elapsed * len(grant.connection.lanes))
        grant.charged += elapsed

    def _tell(self, connection: Connection, message: Granted | Halted) -> None:
        if not self._before_the_run:
            for node in connection.route.nodes:
                self._post.tell(self.place, node, message)

    def _lead(self, connection: Connection) -> int:
        """Give the ticks that it takes to tell all nodes of a route."""
        if self._before_the_run:
            return 0
        return max(self._post.distance(self.place, node) for node in connection.route.nodes)

    @property
    def _before_the_run(self) -> bool:
        return self._clock.now == 0

    def _at(self, tick: int, act: Callable[[], None]) -> None:
        self._clock.call(max(0, tick - self._clock.now), Phase.REQUESTS, lambda _: act())
