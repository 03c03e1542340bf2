"""Demand: the open requests from one node to another, among which their pairs are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from qnet.network.accounts import Accounts
from qnet.network.pair import Pair
from qnet.network.policies import Policy, RequestView, first_in_line
from qnet.network.requests import Request
from qnet.time import seconds

if TYPE_CHECKING:
    from qnet.network.connection import Connection

__all__ = ["Below", "Demand", "view"]

Below = Literal["lower", "drop", "purify"]
"""What becomes of a pair that is too bad for the request first in line: one that asks for less gets it, or no one does,
or its ends purify it with the next one that is too bad (see `qnet.network.rescue`)."""


class Demand:
    """Gives each pair to one of the requests it is good enough for, by policy."""

    def __init__(self, policy: Policy, accounts: Accounts, below: Below) -> None:
        self.requests: list[Request] = []
        """Accepted and still open, in the order in which they were accepted."""
        self.connections: list[Connection] = []
        """Those that make pairs for it."""
        self._policy = policy
        self._accounts = accounts
        self._below = below

    def add(self, request: Request) -> None:
        """Let a request take part, if it does not yet."""
        if request not in self.requests:
            self.requests.append(request)
            self._update()

    def remove(self, request: Request) -> None:
        """Let a request take part no more; do nothing if it does not."""
        if request in self.requests:
            self.requests.remove(request)
            self._update()

    def started(self, now: int) -> list[Request]:
        """Give the requests that want pairs now."""
        return [request for request in self.requests if request.starts <= now]

    def give(self, pair: Pair, nodes: tuple[str, ...]) -> Request | None:
        """Give a pair, made along these nodes, away, or drop it; say who has it."""
        wanting = self.started(pair.tick)
        if not wanting:
            return None
        believed = pair.believed_fidelity()
        first = self.first(wanting)
        if not first.fits(believed):
            first.refused += 1
            lower = [request for request in wanting if request.fits(believed)]
            if self._below != "lower" or not lower:
                return None
            first = self.first(lower)
        return self._take(first, pair, nodes)

    def give_to(self, request: Request, pair: Pair, nodes: tuple[str, ...]) -> Request | None:
        """Give a pair to a request that has reserved it, or drop it if it is too bad; say who has it."""
        if request.fits(pair.believed_fidelity()):
            return self._take(request, pair, nodes)
        request.refused += 1
        return None

    def _take(self, request: Request, pair: Pair, nodes: tuple[str, ...]) -> Request:
        self._accounts.add_pair(request.terms.tenant)
        request.give(pair, nodes)
        return request

    def _update(self) -> None:
        for connection in self.connections:
            connection.update()

    def first(self, wanting: Sequence[Request]) -> Request:
        """Give the one that the policy puts first."""
        if len(wanting) == 1:
            return wanting[0]
        views = {
            view(request, self._accounts.pair_share(request.terms.tenant), request.delivered): request
            for request in wanting
        }
        return views[first_in_line(views, self._policy)]


def view(request: Request, tenant_share: float, delivered: int) -> RequestView:
    """Give what a policy may see of a request, as far as the one who decides has been told."""
    terms = request.terms
    return RequestView(
        request.number,
        terms.tenant,
        terms.priority,
        seconds(request.asked),
        terms.deadline_s,
        max(terms.min_fidelity, terms.mean_fidelity),
        request.wanted,
        delivered,
        tenant_share,
    )
