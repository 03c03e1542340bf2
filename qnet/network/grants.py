"""Links that connections have, or are about to have: given and taken back in time for all their nodes to know."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.network.accounts import Accounts
from qnet.network.control import Granted, Halted
from qnet.network.post import Post
from qnet.time import Clock, Phase

if TYPE_CHECKING:
    from qnet.network.connection import Connection

__all__ = ["Grant", "Grants"]


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


class Grants:
    """Gives links and takes them back, from the place of the controller.

    Args:
        clock: of the simulation.
        post: carries messages.
        place: the node where the controller stands.
        accounts: what tenants have had.

    Attributes:
        held: by connection.
        on_freed: called when links are free again.
    """

    def __init__(self, clock: Clock, post: Post, place: str, accounts: Accounts) -> None:
        self.held: dict[Connection, Grant] = {}
        self.on_freed: Callable[[], None] = lambda: None
        self._clock = clock
        self._post = post
        self._place = place
        self._accounts = accounts

    def give(self, connection: Connection, start: int, tenant: str) -> None:
        """Give links from a tick on, and tell the nodes."""
        self.held[connection] = Grant(connection, start, tenant)
        self.tell(connection, Granted(connection.number, start))
        self.at(start, connection.begin)

    def begin(self, connection: Connection, tenant: str, until: float) -> Grant:
        """Give links now, of which the nodes were told before."""
        grant = self.held[connection] = Grant(connection, self._clock.now, tenant, until)
        connection.begin()
        return grant

    def halt(self, grant: Grant) -> int:
        """Take links back as soon as all nodes can know; give the tick at which they begin no more pairs."""
        connection = grant.connection
        stop = int(min(max(grant.since, self._clock.now + self.lead(connection)), grant.until))
        if not grant.halted:
            self.tell(connection, Halted(connection.number, stop))
            self.stop(grant, stop)
        return stop

    def stop(self, grant: Grant, stop: int) -> None:
        """Let no more pairs begin from a tick on; the links are free when what is under way has ended."""
        grant.halted = True
        self.at(stop, grant.connection.stop)
        self.at(stop + grant.connection.drain, lambda: self._freed(grant))

    def charge(self) -> None:
        """Charge all tenants for what they have had so far."""
        for grant in self.held.values():
            self._charge(grant)

    def tell(self, connection: Connection, message: Granted | Halted) -> None:
        """Tell all nodes of a route; before the run they know."""
        if not self.before_the_run:
            for node in connection.route.nodes:
                self._post.tell(self._place, node, message)

    def lead(self, connection: Connection) -> int:
        """Give the ticks that it takes to tell all nodes of a route."""
        if self.before_the_run:
            return 0
        return max(self._post.distance(self._place, node) for node in connection.route.nodes)

    @property
    def before_the_run(self) -> bool:
        """Whether the run has not begun: what is arranged then is known to all."""
        return self._clock.now == 0

    def at(self, tick: int, act: Callable[[], None]) -> None:
        """Act at a tick, or now if that has passed."""
        self._clock.call(max(0, tick - self._clock.now), Phase.REQUESTS, lambda _: act())

    def _freed(self, grant: Grant) -> None:
        grant.connection.end()
        del self.held[grant.connection]
        self._charge(grant)
        self.on_freed()

    def _charge(self, grant: Grant) -> None:
        elapsed = max(0, self._clock.now - grant.charged)
        self._accounts.add_links(grant.tenant, elapsed * len(grant.connection.lanes))
        grant.charged += elapsed
