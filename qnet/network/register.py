"""The register: which requests are accepted and, as far as the controller knows, still open, and who serves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.network.offers import Offer
from qnet.network.requests import Request

if TYPE_CHECKING:
    from qnet.network.connection import Connection

__all__ = ["Register"]


class Register:
    """Keeps who serves whom.

    Args:
        connection: gives what carries out an offer for a request.

    Attributes:
        open: the requests by connection, and by number.
    """

    def __init__(self, connection: Callable[[Offer, Request], Connection]) -> None:
        self.open: dict[Connection, dict[int, Request]] = {}
        self.connection = connection
        self._serving: dict[int, tuple[Connection, Offer]] = {}
        self._had: defaultdict[int, int] = defaultdict(int)
        """Ticks of links, by number of a request: what connections had before it came is taken off."""
        self._owed: dict[int, float] = {}
        """By number: pairs that are still to come, where the controller knows more than that all of them are."""

    def add(self, request: Request, offer: Offer) -> Connection:
        """Let the connection of an offer serve a request."""
        connection = self.connection(offer, request)
        self._serving[request.number] = connection, offer
        self._had[request.number] -= connection.had
        self.open.setdefault(connection, {})[request.number] = request
        return connection

    def remove(self, request: Request) -> Connection | None:
        """Serve a request no more; give who did, if anyone."""
        if request.number not in self._serving:
            return None
        connection, _ = self._serving.pop(request.number)
        self._had[request.number] += connection.had
        del self.open[connection][request.number]
        return connection

    def offer(self, request: Request) -> Offer | None:
        """Give by what a request is served; None if it is not."""
        return self._serving[request.number][1] if request.number in self._serving else None

    def has_served(self, request: Request) -> bool:
        """Say whether a request was ever served, even if it is not now."""
        return request.number in self._had

    def owed(self, request: Request) -> float:
        """Give how many pairs a request still wants, as far as the controller knows."""
        return self._owed.get(request.number, request.terms.wanted)

    def note_owed(self, request: Request, pairs: float) -> None:
        """Learn how many pairs a request still wants, at most."""
        self._owed[request.number] = max(1.0, pairs)

    def link_ticks(self, request: Request) -> int:
        """Give the ticks for which those who served a request had their links."""
        now = self._serving[request.number][0].had if request.number in self._serving else 0
        return self._had[request.number] + now

    def served_over(self, edge: frozenset[str]) -> list[Request]:
        """Give the requests that are served over a link."""
        return [
            request
            for connection, requests in self.open.items()
            if edge in connection.edges
            for request in requests.values()
        ]
