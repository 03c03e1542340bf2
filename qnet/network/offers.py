"""What the network offers to do for a request: a route, a plan for it, and what that is predicted to deliver."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from qnet.errors import InvalidArgument
from qnet.network.route import Route
from qnet.planning import Plan, Prediction, predict

__all__ = ["Offer", "Refusal"]

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
    """

    route: Route
    plan: Plan
    starts_s: float = 0.0
    ends_s: float = math.inf

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

    def time_for(self, pairs: float) -> float:
        """Give the seconds in which so many pairs are delivered all but certainly; infinite if none can be promised."""
        if self.predicted is None or math.isinf(pairs):
            return math.inf
        rate_hz = self.predicted.rate_hz / _SLACK
        return self.predicted.first_pair_s * _SLACK + (pairs - 1 + _SPREAD * math.sqrt(pairs)) / rate_hz

    def __str__(self) -> str:
        said = f" (predicted: {self.predicted})" if self.predicted is not None else ""
        return f"{'-'.join(self.route.nodes)}, {self.plan}{said}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Refusal:
    """Why a request is not served, and the best that the network could do instead."""

    reason: str
    best: Offer | None = None

    def __str__(self) -> str:
        return self.reason if self.best is None else f"{self.reason}; the best offer is {self.best}"
