"""What the network offers to do for a request: a route, a plan for it, and what that is predicted to deliver."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from qnet.errors import InvalidArgument
from qnet.network.route import Route
from qnet.planning import Plan, Prediction, predict

__all__ = ["Offer", "Pause", "Refusal"]

_SPREAD = 3.0
"""Standard deviations of a delivery time that a reservation allows for; the times between pairs spread at most as
geometric ones do."""
_SLACK = 1.1
"""What a predicted rate may be wrong by."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Offer:
    """A way to serve a request.

    Args:
        route: over which nodes.
        plan: how they make pairs.
        starts_s: from when on its links are reserved, s of simulated time.
        ends_s: until when; infinite without a reservation.
        rate_hz: pairs per second for which it has a share of its links; None if it has them for itself.
    """

    route: Route
    plan: Plan
    starts_s: float = 0.0
    ends_s: float = math.inf
    rate_hz: float | None = None

    @cached_property
    def predicted(self) -> Prediction | None:
        """What the plan delivers on an idle network; None for plans that cannot be predicted (see `qnet.planning`)."""
        try:
            return predict(self.plan)
        except InvalidArgument:
            return None

    def within(self, starts_s: float, ends_s: float) -> Offer:
        """Give the same offer with its links reserved from one simulated time to another."""
        return replace(self, starts_s=starts_s, ends_s=ends_s)

    def at_rate(self, rate_hz: float, starts_s: float) -> Offer:
        """Give the same offer with a share of its links, from a simulated time on."""
        return replace(self, rate_hz=rate_hz, starts_s=starts_s)

    def is_faster_than(self, other: Offer) -> bool:
        """Say which is predicted to be faster, or, where that is not known, is shorter."""
        if self.predicted is None or other.predicted is None:
            return self.route.total_km < other.route.total_km
        return self.predicted.rate_hz > other.predicted.rate_hz

    def window_for(self, pairs: float) -> float:
        """Give the seconds in which so many pairs come on average, the first from links at rest."""
        if self.predicted is None:
            return math.inf
        return self.predicted.first_pair_s * _SLACK + pairs * _SLACK / self.predicted.rate_hz

    def pairs_in(self, window_s: float) -> float:
        """Give how many pairs come in so many seconds on average; the inverse of `window_for`."""
        if self.predicted is None:
            return 0.0
        return max(0.0, (window_s - self.predicted.first_pair_s * _SLACK) * self.predicted.rate_hz / _SLACK)

    def certain_in(self, window_s: float) -> float:
        """Give how many pairs come in so many seconds all but certainly."""
        pairs = self.pairs_in(window_s)
        return max(0.0, pairs - _SPREAD * math.sqrt(pairs))

    def time_for(self, pairs: float) -> float:
        """Give the seconds in which so many pairs are delivered all but certainly; infinite if none can be promised."""
        if self.predicted is None or math.isinf(pairs):
            return math.inf
        rate_hz = self.predicted.rate_hz / _SLACK
        return self.predicted.first_pair_s * _SLACK + (self.spread(pairs) - 1) / rate_hz

    @staticmethod
    def spread(pairs: float) -> float:
        """Give a number of pairs so much greater that the time for it is all but certainly enough."""
        return pairs + _SPREAD * math.sqrt(pairs)

    def __str__(self) -> str:
        said = f" (predicted: {self.predicted})" if self.predicted is not None else ""
        share = "" if self.rate_hz is None else f", a share for {self.rate_hz:.4g} pairs/s"
        when = "" if math.isinf(self.ends_s) else f", from {self.starts_s:.4g} to {self.ends_s:.4g} s"
        return f"{'-'.join(self.route.nodes)}, {self.plan}{share}{when}{said}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Refusal:
    """Why a request is not served, and the best that the network could do instead."""

    reason: str
    best: Offer | None = None

    def __str__(self) -> str:
        return self.reason if self.best is None else f"{self.reason}; the best offer is {self.best}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Pause:
    """Why a request that was accepted cannot be served at the moment; it is tried again when a link is repaired."""

    reason: str
