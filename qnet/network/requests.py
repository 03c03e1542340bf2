"""Requests: what became of what a user asks of the network."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import simpy

from qnet.experiment.counts import LogHistogram
from qnet.network.pair import Pair
from qnet.network.terms import Terms
from qnet.time import Clock, seconds, ticks

if TYPE_CHECKING:
    from qnet.network.offers import Offer, Pause, Refusal
    from qnet.network.route import Route

__all__ = ["Request", "Status"]

Status = Literal["asked", "accepted", "refused", "served", "expired", "cancelled", "failed", "closed"]
"""What has become of a request; "asked" and "accepted" are the only ones from which others follow."""

_ROUNDING = 1e-12
"""A pair of fidelity 0.95 meets a threshold of 0.95, whatever its sums say in floating point."""


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
        self.earlier_plans: list[tuple[Offer, float, float]] = []
        """Plans that others took the place of, with the simulated times from and to which they were in force, s."""
        self.paused = ""
        """Why it has no plan at the moment; empty where it has."""
        self._planned: int | None = None
        self.wanted = terms.wanted
        self.delivered = self.refused = self.below_threshold = 0
        self.fidelity_sum = self.believed_sum = 0.0
        self.lowest_fidelity: float | None = None
        self.by_route: dict[tuple[str, ...], tuple[int, float]] = {}
        """By the nodes of a route, how many of its pairs were made over it, and the sum of their true fidelities."""
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
    def stays(self) -> bool:
        """Whether its pairs stay in memory until they are released: those kept for a protocol that takes them."""
        return self.terms.keep and self._keep_pairs

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

    def answer(self, answer: Offer | Pause | Refusal, tick: int) -> None:
        """Hear at a tick what the controller means to do, at first or after a fault."""
        from qnet.network.offers import Pause, Refusal

        if not self.open:
            return
        if isinstance(answer, Refusal):
            self.best_offer = answer.best
            self.end("refused" if self.status == "asked" else "failed", answer.reason)
            return
        if self.plan is not None and self._planned is not None:
            self.earlier_plans.append((self.plan, seconds(self._planned), seconds(tick)))
        if isinstance(answer, Pause):
            self.paused, self._planned = answer.reason, None
            return
        self.status, self.plan = "accepted", answer
        self.paused, self._planned = "", tick
        self._on_accept(self)

    def give(self, pair: Pair, nodes: tuple[str, ...]) -> None:
        """Take a pair that was made over the route along these nodes."""
        fidelity = pair.fidelity()
        made, total = self.by_route.get(nodes, (0, 0.0))
        self.by_route[nodes] = made + 1, total + fidelity
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

    def abandon(self) -> None:
        """Release what was delivered and will not be taken any more."""
        while self._ready:
            self._ready.popleft().release()

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
        below = f", {self.refused} were below what it asks" if self.refused else ""
        return (
            f"Request({terms.source} - {terms.target}: {self.status}{said}, {self.delivered} of {wanted} pairs "
            f"delivered{below}{quality})"
        )
