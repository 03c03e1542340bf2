"""What became of a request: a frozen value, for reports.

Means of delivered pairs are those of the pairs of this run, so they are exact; rates and quantiles are estimates of
what longer runs would show, with their 95 % intervals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from qnet.experiment import LogHistogram, Quantity, binomial_interval, poisson_interval
from qnet.experiment.quantity import quantity_to_json
from qnet.network.requests import Request, Status
from qnet.time import TICKS_PER_SECOND, seconds

__all__ = ["EarlierPlan", "RequestRecord", "RouteUse", "quantiles", "record_of"]

_QUANTILES = {"p50": 0.5, "p95": 0.95}


class EarlierPlan(NamedTuple):
    """A plan that a fault put an end to: what it was, what it predicted, and when it was in force, s."""

    plan: str
    rate_hz: float | None
    fidelity: float | None
    from_s: float
    to_s: float

    def to_json(self) -> dict[str, Any]:
        """Give it as in `qnet simulate --json`."""
        predicted = _predicted(_exact(self.rate_hz), _exact(self.fidelity))
        return {"plan": self.plan, "predicted": predicted, "from_s": self.from_s, "to_s": self.to_s}


class RouteUse(NamedTuple):
    """The pairs of a request that were made over one route: along which nodes, how many, and their mean fidelity."""

    nodes: tuple[str, ...]
    delivered: int
    fidelity: float


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """One request and what became of it.

    Args:
        id: number of the request, in the order in which they were asked.
        tenant, source, target, priority, start_s: as asked.
        min_fidelity, mean_fidelity: as asked, of each pair and on average; 0 where nothing was asked.
        wanted: pairs until it is served; None without limit.
        deadline_s: None without one.
        status: what it was when the run ended (see `qnet.network.requests.Status`).
        accepted: whether the network took it on.
        reason: why it was refused or ended; empty where all is well.
        plan: route and way to serve it, the last if there were several; None for a request without plan.
        predicted_rate_hz, predicted_fidelity: what the plan said; None without prediction.
        earlier_plans: those that faults put an end to.
        best_offer: for a refused request, what the network could do instead, as (plan, rate in Hz, mean fidelity).
        delivered: pairs handed out.
        routes: over which these were made: several after a fault, or where others with the same ends have another.
        on_time: whether all pairs came before the deadline; None while that is open, or if it never ends by itself.
        rate_hz: pairs per second from its start to its last pair, or to its deadline or the end of the run.
        fidelity: mean true fidelity of the pairs delivered.
        believed_fidelity: the mean that the ends had reason to believe.
        lowest_fidelity: true fidelity of the worst pair.
        below_threshold: pairs whose true fidelity is below `min_fidelity`.
        latency_s: quantiles of the time from when a pair was wanted (its start, or the last delivery) to when it came.
    """

    id: int
    tenant: str
    source: str
    target: str
    priority: float
    start_s: float
    deadline_s: float | None
    wanted: int | None
    min_fidelity: float
    mean_fidelity: float
    status: Status
    accepted: bool
    reason: str
    plan: str | None
    predicted_rate_hz: Quantity | None
    predicted_fidelity: Quantity | None
    earlier_plans: tuple[EarlierPlan, ...]
    best_offer: tuple[str, float | None, float | None] | None
    delivered: int
    routes: tuple[RouteUse, ...]
    on_time: bool | None
    rate_hz: Quantity | None
    fidelity: Quantity | None
    believed_fidelity: Quantity | None
    lowest_fidelity: Quantity | None
    below_threshold: int
    latency_s: Mapping[str, Quantity | None]
    waits: LogHistogram = field(repr=False)
    """The times behind `latency_s`, in ticks."""

    def to_json(self) -> dict[str, Any]:
        """Give the record as in `qnet simulate --json`."""
        offer = self.best_offer
        asked = ("id", "tenant", "source", "target", "priority", "start_s", "deadline_s", "wanted")
        return {
            **{name: getattr(self, name) for name in asked},
            "min_fidelity": self.min_fidelity,
            "mean_fidelity": self.mean_fidelity,
            "status": self.status,
            "accepted": self.accepted,
            "reason": self.reason or None,
            "plan": self.plan,
            "predicted": _predicted(self.predicted_rate_hz, self.predicted_fidelity),
            "earlier_plans": [plan.to_json() for plan in self.earlier_plans],
            "best_offer": None if offer is None else {"plan": offer[0], **_predicted(*map(_exact, offer[1:]))},
            "delivered": self.delivered,
            "on_time": self.on_time,
            "rate_hz": quantity_to_json(self.rate_hz),
            "fidelity": {
                "mean": quantity_to_json(self.fidelity),
                "min": quantity_to_json(self.lowest_fidelity),
                "below_threshold": self.below_threshold,
                "believed": quantity_to_json(self.believed_fidelity),
            },
            "latency_s": {name: quantity_to_json(wait) for name, wait in self.latency_s.items()},
        }

    def to_row(self) -> dict[str, Any]:
        """Give the record as one flat row; a quantity has its ends beside it, as `rate_hz_low` and `rate_hz_high`."""
        row = {name: value for name, value in vars(self).items() if value is None or isinstance(value, _PLAIN)}
        quantities = {
            "predicted_rate_hz": self.predicted_rate_hz,
            "predicted_fidelity": self.predicted_fidelity,
            "rate_hz": self.rate_hz,
            "fidelity": self.fidelity,
            "lowest_fidelity": self.lowest_fidelity,
            "believed_fidelity": self.believed_fidelity,
            **{f"latency_{name}_s": quantity for name, quantity in self.latency_s.items()},
        }
        for name, quantity in quantities.items():
            for end, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
                row[name + suffix] = None if quantity is None else getattr(quantity, end)
        row["best_offer"] = None if self.best_offer is None else self.best_offer[0]
        return row


_PLAIN = (str, int, float)


def record_of(request: Request, simulated_s: float) -> RequestRecord:
    """Freeze what a request is after so many simulated seconds."""
    terms, plan, offer = request.terms, request.plan, request.best_offer
    answered = plan is not None or request.delivered > 0
    predicted = _prediction(plan)
    return RequestRecord(
        id=request.number,
        tenant=terms.tenant,
        source=terms.source,
        target=terms.target,
        priority=terms.priority,
        start_s=terms.start_s,
        deadline_s=_finite(terms.deadline_s),
        wanted=None if math.isinf(request.wanted) else int(request.wanted),
        min_fidelity=terms.min_fidelity,
        mean_fidelity=terms.mean_fidelity,
        status=request.status,
        accepted=answered and request.status not in ("asked", "refused"),
        reason=request.reason,
        plan=_words(plan),
        predicted_rate_hz=_exact(predicted[0]),
        predicted_fidelity=_exact(predicted[1]),
        earlier_plans=tuple(
            EarlierPlan(_words(plan) or "", *_prediction(plan), from_s, to_s)
            for plan, from_s, to_s in request.earlier_plans
        ),
        best_offer=None if offer is None else (_words(offer) or "", *_prediction(offer)),
        delivered=request.delivered,
        routes=tuple(RouteUse(nodes, made, total / made) for nodes, (made, total) in request.by_route.items()),
        on_time=_on_time(request, simulated_s),
        rate_hz=_rate(request, simulated_s),
        fidelity=_exact(request.mean_fidelity),
        believed_fidelity=_exact(request.believed_sum / request.delivered if request.delivered else None),
        lowest_fidelity=_exact(request.lowest_fidelity),
        below_threshold=request.below_threshold,
        latency_s=quantiles(request.waits),
        waits=request.waits + LogHistogram(),
    )


def quantiles(waits: LogHistogram) -> dict[str, Quantity | None]:
    """Give the quantiles of waiting times counted in ticks, in seconds."""
    return {name: _quantile(waits, share) for name, share in _QUANTILES.items()}


def _on_time(request: Request, simulated_s: float) -> bool | None:
    if request.status == "served":
        return True
    undecided = request.status in ("asked", "accepted", "closed") and request.terms.deadline_s > simulated_s
    return None if undecided or math.isinf(request.wanted) else False


def _rate(request: Request, simulated_s: float) -> Quantity | None:
    """Give pairs per second; an interval as for a Poisson process is wide enough for what is more regular."""
    if request.status in ("asked", "refused"):
        return None
    start_s = seconds(max(request.asked, request.starts))
    end_s = request.last_delivery_s if request.status == "served" else min(request.terms.deadline_s, simulated_s)
    return poisson_interval(request.delivered, end_s - start_s) if end_s > start_s else None


def _quantile(waits: LogHistogram, share: float) -> Quantity | None:
    """Give a quantile in seconds; its interval are the quantiles at the ends of the share's own interval.

    That interval assumes no law (R. S. Woodruff, J. Am. Stat. Assoc. 47, 635, 1952).
    """
    value, ends = waits.quantile(share), binomial_interval(round(share * waits.count), waits.count)
    if value is None or ends is None:
        return None
    low = 0.0 if ends.low == 0.0 else waits.quantile(ends.low)
    high = math.inf if ends.high == 1.0 else waits.quantile(ends.high)
    assert low is not None
    assert high is not None
    return Quantity(value, min(low, value), max(high, value)).scaled(1.0 / TICKS_PER_SECOND)


def _words(offer: Any) -> str | None:
    """Say a route and what is done on it."""
    if offer is None:
        return None
    share = "" if offer.rate_hz is None else f", in a share of its links for {offer.rate_hz:.4g} pairs/s"
    return f"{' - '.join(offer.route.nodes)}: {offer.plan}{share}"


def _prediction(offer: Any) -> tuple[float | None, float | None]:
    predicted = None if offer is None else offer.predicted
    return (None, None) if predicted is None else (offer.rate_hz or predicted.rate_hz, predicted.fidelity)


def _predicted(rate_hz: Quantity | None, fidelity: Quantity | None) -> dict[str, Any]:
    return {"rate_hz": quantity_to_json(rate_hz), "fidelity": quantity_to_json(fidelity)}


def _exact(value: float | None) -> Quantity | None:
    return None if value is None else Quantity.exact(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
