"""The controller: a node that decides which request is served over which links, and when.

It stands at a place, hears of requests and faults as late as the fibre allows, and tells nodes of its decisions early
enough for all of them to act at the same tick. What is asked for at time zero is arranged before the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qnet.network.accounts import Accounts
from qnet.network.control import Answered
from qnet.network.grants import Grants
from qnet.network.messages import FaultReport
from qnet.network.offers import Offer, Pause, Refusal
from qnet.network.policies import Policy
from qnet.network.post import Post
from qnet.network.register import Register
from qnet.network.requests import Request
from qnet.network.turns import Turns
from qnet.network.windows import Windows
from qnet.time import Clock, seconds

if TYPE_CHECKING:
    from qnet.network.reception import Reception

__all__ = ["Controller", "Scheduling"]

Scheduling = Literal["shared", "reserved"]
"""Links change hands turn by turn, or are reserved ahead of time for each request."""


class Controller:
    """Answers requests, and sees that those it accepts have links; looks for other ways round links that are down.

    Args:
        clock: of the simulation.
        post: carries messages.
        reception: has the planner and the connections.
        place: the node where it stands.
        scheduling: "shared" or "reserved".
        policy: who comes first.
        accounts: what tenants have had.
        quantum: ticks for which a connection has its links before others may have a turn, or of a frame in which links
            are reserved for a rate; None for about fifty pairs, or a second.
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
        self._clock = clock
        self._post = post
        self._reception = reception
        self._every_route = scheduling == "reserved"
        self._register = Register(reception.connection)
        self._grants = Grants(clock, post, place, accounts)
        self._scheme: Turns | Windows
        if scheduling == "reserved":
            self._scheme = Windows(clock, self._register, self._grants, ran_out=reception.ran_out, frame=quantum)
        else:
            self._scheme = Turns(clock, self._register, self._grants, policy=policy, accounts=accounts, quantum=quantum)
        self._down: set[frozenset[str]] = set()
        self._moved: dict[int, Request] = {}
        """By number: those that have another plan since a fault."""
        self._paused: dict[int, Request] = {}
        """By number: those that have none, and wait for a repair."""

    def asked(self, request: Request) -> None:
        """Decide on a request, and tell its source."""
        if self._clock.now >= request.due:
            return  # which its source knows
        offers = self._offers(request)
        self._answer(request, offers if isinstance(offers, Refusal) else self._scheme.serve(request, offers))

    def ended(self, request: Request) -> None:
        """Hear that a request wants no more pairs; who has no other gives its links back."""
        self._moved.pop(request.number, None)
        self._paused.pop(request.number, None)
        self._release(request)
        if self._every_route:  # what it had reserved may do for those who found no window
            self._try_paused()

    def owed(self, request: Request, pairs: float) -> None:
        """Hear that what was reserved for a request is over, with so many pairs yet to come: reserve more."""
        booked = self._register.offer(request)
        if booked is None or seconds(self._clock.now) < booked.ends_s:
            return  # it has lost its plan since, or has another
        self._release(request)
        self._register.note_owed(request, pairs)
        if self._down:
            self._moved[request.number] = request
        self._try_again(request)

    def link_time_s(self, request: Request) -> float:
        """Give the seconds for which a request has had its links, alone or with others between the same ends."""
        return seconds(self._register.link_ticks(request))

    def fault(self, message: FaultReport) -> None:
        """Hear of a fault, or of a repair, from a node that noticed it."""
        if message.neighbour is None:
            return
        if message.kind == "link-down":
            self.link_failed(message.node, message.neighbour)
        else:
            self.link_repaired(message.node, message.neighbour)

    def link_failed(self, a: str, b: str) -> None:
        """Hear that a link makes no pairs; look for other ways for those who were served over it."""
        edge = frozenset((a, b))
        if edge not in self._down:
            self._down.add(edge)
            for request in self._register.served_over(edge):
                self._release(request)
                self._moved[request.number] = request
                self._try_again(request)

    def link_repaired(self, a: str, b: str) -> None:
        """Hear that a link works again: try those who wait for that, and bring back those who had a better plan."""
        edge = frozenset((a, b))
        if edge not in self._down:
            return
        self._down.discard(edge)
        paused = self._try_paused()
        for request in [one for number, one in self._moved.items() if number not in paused]:
            self._bring_back(request)

    def _try_paused(self) -> dict[int, Request]:
        """Try those who wait; give who did, by number."""
        paused, self._paused = self._paused, {}
        for request in paused.values():
            self._try_again(request)
        return paused

    def _try_again(self, request: Request) -> None:
        """Serve a request that lost its plan in another way, or let it wait for one if it has an end, or a rate."""
        if self._clock.now >= request.due:
            return
        offers = self._offers(request)
        answer = offers if isinstance(offers, Refusal) else self._scheme.serve(request, offers)
        if isinstance(answer, Refusal) and (request.terms.is_due or request.terms.rate_hz is not None):
            self._paused[request.number] = request
            self._answer(request, Pause(reason=answer.reason))
        else:
            self._answer(request, answer)

    def _bring_back(self, request: Request) -> None:
        """Let a request that was moved have a plan that is better than its present one, if there is one now."""
        offers = self._offers(request)
        serving = self._register.offer(request)
        if isinstance(offers, Refusal) or serving is None or not self._scheme.sooner(request, offers[0]):
            return
        if offers[0].route == serving.route:
            return
        self._release(request)
        self._try_again(request)

    def _offers(self, request: Request) -> list[Offer] | Refusal:
        planner = self._reception.planner
        return planner.offers(request.terms, frozenset(self._down), request.via, every_route=self._every_route)

    def _release(self, request: Request) -> None:
        connection = self._register.remove(request)
        if connection is not None:
            self._scheme.ended(request, connection)

    def _answer(self, request: Request, answer: Offer | Pause | Refusal) -> None:
        if self._grants.before_the_run:
            request.answer(answer, self._clock.now)
        else:
            self._post.tell(self.place, request.terms.source, Answered(request.number, answer))
