"""Requests: what a user asks of the network, and what became of it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import simpy

from qnet.errors import InvalidArgument
from qnet.experiment.counts import LogHistogram
from qnet.fields import NonNegative, Positive, Probability, check_fields
from qnet.network.pair import Pair
from qnet.time import Clock, seconds, ticks

if TYPE_CHECKING:
    from qnet.network.offers import Offer, Refusal
    from qnet.network.route import Route

__all__ = ["Request", "Status", "TermOptions", "Terms", "with_terms"]

Status = Literal["asked", "accepted", "refused", "served", "expired", "cancelled", "failed", "closed"]
"""What has become of a request; "asked" and "accepted" are the only ones from which others follow."""

_ROUNDING = 1e-12
"""A pair of fidelity 0.95 meets a threshold of 0.95, whatever its sums say in floating point."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is asked for.

    Args:
        source: one end.
        target: the other end.
        pairs: how many; infinite until the request is closed. A request for a rate runs until its deadline.
        rate_hz: pairs per second asked for; None asks for `pairs` as fast as it goes.
        min_fidelity: each pair must be believed at least this good when it is delivered.
        mean_fidelity: the pairs must be so good on average; the weaker wish.
        start_s: simulated time from which pairs are wanted, s.
        deadline_s: simulated time at which the request ends, s.
        priority: greater is more urgent; only a policy that looks at it cares.
        tenant: on whose account.
        keep: the ends keep their halves in memory until both know of the pair, for an application that wants qubits.
        measure: otherwise they measure: "at_herald" of their own link, or "at_delivery", when both know.
    """

    source: str
    target: str
    pairs: float = math.inf
    rate_hz: float | None = None
    min_fidelity: Probability = 0.0
    mean_fidelity: Probability = 0.0
    start_s: NonNegative = 0.0
    deadline_s: Positive = math.inf
    priority: float = 0.0
    tenant: str = ""
    keep: bool = False
    measure: Literal["at_herald", "at_delivery"] = "at_herald"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.source == self.target:
            raise InvalidArgument.of("target", "differ from the source", self.target)
        if not self.pairs >= 1 or (math.isfinite(self.pairs) and self.pairs != int(self.pairs)):
            raise InvalidArgument.of("pairs", "be a whole number from 1 on", self.pairs)
        if self.rate_hz is not None:
            if not 0.0 < self.rate_hz < math.inf:
                raise InvalidArgument.of("rate_hz", "be greater than 0 and finite", self.rate_hz)
            if math.isfinite(self.pairs):
                raise InvalidArgument.of("pairs", "not be given together with rate_hz", self.pairs)
        if not math.isfinite(self.start_s):
            raise InvalidArgument.of("start_s", "be finite", self.start_s)
        if not self.deadline_s > self.start_s:
            raise InvalidArgument.of("deadline_s", f"be after start_s = {self.start_s:g}", self.deadline_s)
        if self.measure not in ("at_herald", "at_delivery"):
            raise InvalidArgument.of("measure", "be 'at_herald' or 'at_delivery'", self.measure)

    @property
    def wanted(self) -> float:
        """Pairs until the request is served; for a rate, those of the time up to its deadline."""
        if self.rate_hz is None:
            return self.pairs
        return math.ceil(self.rate_hz * (self.deadline_s - self.start_s) - 1e-9) if self.is_due else math.inf

    @property
    def is_due(self) -> bool:
        """Whether there is a deadline."""
        return math.isfinite(self.deadline_s)

    @property
    def holds(self) -> bool:
        """Whether the ends hold their halves until both know of the pair."""
        return self.keep or self.measure == "at_delivery"


class TermOptions(TypedDict, total=False):
    """The terms that have defaults, as keywords of whatever takes a request; see `Terms`."""

    pairs: float
    rate_hz: float | None
    min_fidelity: float
    mean_fidelity: float
    start_s: float
    deadline_s: float
    priority: float
    tenant: str
    keep: bool
    measure: Literal["at_herald", "at_delivery"]


_Method = TypeVar("_Method", bound=Callable[..., Any])


def with_terms(method: _Method) -> _Method:
    """Let `help` show each term and its default where a method takes `**terms`."""
    own = [each for each in signature(method).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    terms = signature(Terms).parameters.values()
    shown = [*own, *(each for each in terms if each.name in TermOptions.__annotations__)]
    method.__signature__ = signature(method).replace(parameters=shown)  # type: ignore[attr-defined]
    return method


class Request:
    """A wish for entangled pairs between two nodes; made by `Session.request` or `Simulation.request`.

    Attributes:
        terms: what was asked for.
        status: "asked" until the controller's answer has come, then "accepted" or "refused"; an accepted request ends
            as "served", "expired" (at its deadline), "cancelled", "failed" (the network cannot, any more) or "closed"
            (by the run, or the session it belongs to).
        reason: why it was refused or ended; empty as long as all is well.
        plan: how the network means to serve it, and what it predicts; None before it is known.
        wanted: number of pairs until it is served; infinite until it ends.
        delivered: number of pairs handed out so far.
        refused: pairs that reached the ends but were believed to be below `min_fidelity`.
        below_threshold: pairs handed out whose true fidelity is below `min_fidelity`.
    """

    def __init__(
        self,
        terms: Terms,
        number: int,
        *,
        asked: int,
        via: Route | None = None,
        keep_pairs: bool,
        on_accept: Callable[[Request], None],
        on_end: Callable[[Request], None],
    ) -> None:
        self.terms = terms
        self.number = number
        self.via = via
        """The only route it may be served over; None for any."""
        self.asked = asked
        """The tick at which it was asked."""
        self.starts = ticks(terms.start_s)
        """The tick from which pairs are wanted."""
        self.due = ticks(terms.deadline_s) if terms.is_due else math.inf
        """The tick at which it ends if it has not before."""
        self.status: Status = "asked"
        self.reason = ""
        self.plan: Offer | None = None
        self.best_offer: Offer | None = None
        self.wanted = terms.wanted
        self.delivered = self.refused = self.below_threshold = 0
        self.fidelity_sum = self.believed_sum = 0.0
        self.lowest_fidelity: float | None = None
        self.waits = LogHistogram()
        """Ticks from the moment a pair was wanted (the start, or the delivery before) to its delivery."""
        self._since = max(asked, self.starts)
        self._last: int | None = None
        self.ended: int | None = None
        """The tick at which it ended; None as long as it is open."""
        self._ready: deque[Pair] = deque()
        self._keep_pairs = keep_pairs
        self._on_accept, self._on_end = on_accept, on_end
        self._waiting: deque[simpy.Event] = deque()

    @property
    def min_fidelity(self) -> float:
        """The least fidelity that its pairs are believed to have."""
        return self.terms.min_fidelity

    @property
    def ends_by_itself(self) -> bool:
        """Whether it has a number of pairs or a deadline."""
        return math.isfinite(self.terms.wanted) or self.terms.is_due

    @property
    def open(self) -> bool:
        """Whether more pairs may come."""
        return self.status in ("asked", "accepted")

    @property
    def satisfied(self) -> bool:
        """Whether no more pairs are wanted."""
        return not self.open

    @property
    def on_time(self) -> bool:
        """Whether all pairs asked for came before the deadline."""
        return self.status == "served"

    @property
    def mean_fidelity(self) -> float | None:
        """Mean true fidelity of the delivered pairs; None before the first."""
        return self.fidelity_sum / self.delivered if self.delivered else None

    @property
    def last_delivery_s(self) -> float:
        """Simulated time of the last delivery, s; NaN before the first."""
        return math.nan if self._last is None else seconds(self._last)

    @property
    def ended_s(self) -> float:
        """Simulated time at which it ended, s; NaN as long as it is open."""
        return math.nan if self.ended is None else seconds(self.ended)

    @property
    def rate_hz(self) -> float | None:
        """Pairs per second from the start to the last delivery; None before the first."""
        elapsed = self.last_delivery_s - self.terms.start_s
        return self.delivered / elapsed if elapsed > 0.0 else None

    def fits(self, believed_fidelity: float) -> bool:
        """Say whether a pair is believed to be good enough."""
        return believed_fidelity >= self.min_fidelity - _ROUNDING

    def answer(self, answer: Offer | Refusal) -> None:
        """Hear what the controller means to do, at first or after a fault."""
        from qnet.network.offers import Refusal

        if not self.open:
            return
        if not isinstance(answer, Refusal):
            self.status, self.plan = "accepted", answer
            self._on_accept(self)
            return
        self.best_offer = answer.best
        self.end("refused" if self.status == "asked" else "failed", answer.reason)

    def give(self, pair: Pair) -> None:
        """Take a pair."""
        fidelity = pair.fidelity()
        self.delivered += 1
        self.fidelity_sum += fidelity
        self.believed_sum += pair.believed_fidelity()
        if self.lowest_fidelity is None or fidelity < self.lowest_fidelity:
            self.lowest_fidelity = fidelity
        self.below_threshold += fidelity < self.min_fidelity - _ROUNDING
        self.waits.add(pair.tick - self._since)
        self._since = self._last = pair.tick
        if self._waiting:
            self._waiting.popleft().succeed(pair)
        elif self._keep_pairs:
            self._ready.append(pair)
        if self.delivered >= self.wanted:
            self.end("served")

    def take(self, clock: Clock) -> simpy.Event:
        """Give an event that happens with the next pair as its value, or with None if no more will come."""
        event = simpy.Event(clock)
        if self._ready:
            event.succeed(self._ready.popleft())
        elif not self.open:
            event.succeed(None)
        else:
            self._waiting.append(event)
        return event

    def end(self, status: Status, reason: str = "") -> None:
        """End in one state, for good, and wake whoever waits for a pair that will not come."""
        if not self.open:
            return
        self.status, self.reason = status, reason
        while self._waiting:
            self._waiting.popleft().succeed(None)
        self._on_end(self)

    def cancel(self) -> None:
        """Want no more pairs."""
        self.end("cancelled", "cancelled by its user")

    def __repr__(self) -> str:
        terms, mean = self.terms, self.mean_fidelity
        quality = "" if mean is None else f", mean fidelity {mean:.4f}"
        wanted = "any number of" if math.isinf(self.wanted) else f"{self.wanted:g}"
        said = f" ({self.reason})" if self.reason else ""
        return (
            f"Request({terms.source} - {terms.target}: {self.status}{said}, {self.delivered} of {wanted} pairs "
            f"delivered, {self.refused} refused{quality})"
        )
