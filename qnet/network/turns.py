"""Shared links: they change hands turn by turn, in the order of a policy (statistical multiplexing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnet.network.accounts import Accounts
from qnet.network.allocation import Held, Wanted, allocate
from qnet.network.demand import view
from qnet.network.grants import Grant, Grants
from qnet.network.offers import Offer
from qnet.network.policies import Policy, RequestView, first_in_line
from qnet.network.register import Register
from qnet.network.requests import Request
from qnet.time import Clock

if TYPE_CHECKING:
    from qnet.network.connection import Connection

__all__ = ["Turns"]

_TURN = 50
"""Pairs that a turn lasts for, on average, so that little of it is lost when links change hands."""


class Turns:
    """Decides whose turn it is.

    Args:
        clock: of the simulation.
        register: which requests are open.
        grants: gives links and takes them back.
        policy: who comes first.
        accounts: what tenants have had.
        quantum: ticks for which a connection has its links before others may have a turn; None for about fifty pairs.
    """

    def __init__(
        self,
        clock: Clock,
        register: Register,
        grants: Grants,
        *,
        policy: Policy,
        accounts: Accounts,
        quantum: int | None,
    ) -> None:
        self._clock = clock
        self._register = register
        self._grants = grants
        self._policy = policy
        self._accounts = accounts
        self._quantum = quantum
        self._reconsidering: set[int] = set()
        """Ticks at which links will be shared out anew."""
        grants.on_freed = lambda: self._reconsider_at(clock.now)

    def serve(self, request: Request, offers: list[Offer]) -> Offer:
        """Let a request wait for its turns with the best of its plans; give that."""
        self._register.add(request, offers[0])
        self._reconsider_at(max(self._clock.now, request.starts))
        return offers[0]

    def ended(self, request: Request, connection: Connection) -> None:
        """Take links back that nobody wants any more."""
        grant = self._grants.held.get(connection)
        if grant is not None and not self._first(connection):
            self._grants.halt(grant)

    def sooner(self, request: Request, offer: Offer) -> bool:
        """Say whether an offer is better for a request than what serves it now."""
        serving = self._register.offer(request)
        return serving is not None and offer.is_faster_than(serving)

    def _reconsider(self) -> None:
        """Share out the links that are free, and end turns for those who come before (see `allocate`)."""
        grants = self._grants
        grants.charge()  # before shares are compared: what was held so far counts, too
        waiting = [connection for connection in self._register.open if connection not in grants.held]
        wanted = [
            Wanted(connection, connection.lanes, view, self._until(connection))
            for connection in waiting
            if (view := self._first(connection))
        ]
        if not wanted:
            return
        held = [
            Held(connection, connection.lanes, self._first(connection), self._had_its_turn(grant), self._ends(grant))
            for connection, grant in grants.held.items()
        ]
        given, halts = allocate(wanted, held, self._policy)
        for connection in halts:
            grants.halt(grants.held[connection])
        for want in wanted:
            if want.flow in given:
                request = self._register.open[want.flow][want.view.number]
                grants.give(want.flow, self._clock.now + grants.lead(want.flow), request.terms.tenant)
        if len(given) < len(wanted):
            ends = [self._ends(grant) for grant in grants.held.values() if not grant.halted]
            if ends:  # else all are about to be free, and that is seen to then
                self._reconsider_at(min(ends))

    def _reconsider_at(self, tick: int) -> None:
        if tick in self._reconsidering:
            return

        def act() -> None:
            self._reconsidering.discard(tick)
            self._reconsider()

        self._reconsidering.add(tick)
        self._grants.at(tick, act)

    def _first(self, connection: Connection) -> RequestView | None:
        """Give what is known of the request that comes first of those a connection serves now; None without any."""
        views = [
            view(request, self._accounts.link_share(request.terms.tenant), delivered=0)  # nobody tells it of pairs
            for request in self._register.open.get(connection, {}).values()
            if request.starts <= self._clock.now
        ]
        return first_in_line(views, self._policy) if views else None

    def _had_its_turn(self, grant: Grant) -> bool:
        return not grant.halted and self._clock.now >= grant.since + self._turn(grant.connection)

    def _ends(self, grant: Grant) -> int:
        """Give when a turn ends next; one that nobody cut short goes on for another."""
        if grant.halted:
            return self._clock.now
        end = grant.since + self._turn(grant.connection)
        return end if end > self._clock.now else self._clock.now + self._turn(grant.connection)

    def _until(self, connection: Connection) -> int:
        """Give when a turn would end that is given now."""
        return self._clock.now + self._grants.lead(connection) + self._turn(connection)

    def _turn(self, connection: Connection) -> int:
        return _TURN * connection.typical if self._quantum is None else self._quantum
