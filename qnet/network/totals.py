"""The requests of a tenant, and those of all tenants, summed up as frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qnet.experiment import LogHistogram, Quantity, binomial_interval, poisson_interval
from qnet.network.records import RequestRecord, quantiles

__all__ = ["TenantAccount", "Totals", "jain_index", "totals_of"]


@dataclass(frozen=True, kw_only=True)
class TenantAccount:
    """The requests of one tenant.

    Args:
        tenant: its name; empty for requests on nobody's account.
        weight: what it is entitled to, beside the others.
        requests, accepted, refused, served: counted.
        on_time: share of its accepted requests that were served before their deadline, of those of which that is known.
        pairs: delivered.
        share: of all pairs delivered; None if there are none.
        promised_fidelity: what the plans predicted, on average over the pairs delivered.
        fidelity: what these had.
        below_threshold: pairs whose true fidelity is below what was asked of each.
        waits_s: quantiles of the time from when a pair was wanted to when it came.
    """

    tenant: str
    weight: float
    requests: int
    accepted: int
    refused: int
    served: int
    on_time: Quantity | None
    pairs: int
    share: Quantity | None
    promised_fidelity: Quantity | None
    fidelity: Quantity | None
    below_threshold: int
    waits_s: Mapping[str, Quantity | None]

    @classmethod
    def of(cls, tenant: str, records: Sequence[RequestRecord], *, weight: float, pairs_of_all: int) -> TenantAccount:
        """Sum up the requests of one tenant."""
        waits = LogHistogram()
        for record in records:
            waits = waits + record.waits
        pairs = sum(record.delivered for record in records)
        return cls(
            tenant=tenant,
            weight=weight,
            **_counted(records),
            on_time=_share_on_time(records),
            pairs=pairs,
            share=Quantity.exact(pairs / pairs_of_all) if pairs_of_all else None,
            promised_fidelity=_mean_over_pairs(records, "predicted_fidelity"),
            fidelity=_mean_over_pairs(records, "fidelity"),
            below_threshold=sum(record.below_threshold for record in records),
            waits_s=quantiles(waits),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the account as in `qnet simulate --json`."""
        return {name: _to_json(value) for name, value in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class Totals:
    """All requests of a run.

    Args:
        simulated_s: simulated time that they had, in seconds.
        requests, accepted, refused, served: counted.
        on_time: share of the accepted requests that were served before their deadline, of those of which that is known.
        pairs: delivered.
        rate_hz: pairs per second of simulated time.
        fidelity: mean true fidelity of the pairs delivered.
        below_threshold: pairs whose true fidelity is below what was asked of each.
        jain_index: how evenly the tenants were served: `jain_index` of their pairs over their weights, whatever was
            asked; below 1 for different demands, even if all are met.
        waits_s: quantiles of the time from when a pair was wanted to when it came.
    """

    simulated_s: float
    requests: int
    accepted: int
    refused: int
    served: int
    on_time: Quantity | None
    pairs: int
    rate_hz: Quantity | None
    fidelity: Quantity | None
    below_threshold: int
    jain_index: Quantity | None
    waits_s: Mapping[str, Quantity | None]

    def to_json(self) -> dict[str, Any]:
        """Give the totals as in `qnet simulate --json`."""
        return {name: _to_json(value) for name, value in vars(self).items()}


def totals_of(records: Sequence[RequestRecord], tenants: Sequence[TenantAccount], simulated_s: float) -> Totals:
    """Sum up all requests of a run of so many simulated seconds."""
    waits = LogHistogram()
    for record in records:
        waits = waits + record.waits
    pairs = sum(record.delivered for record in records)
    index = jain_index(account.pairs / account.weight for account in tenants)
    return Totals(
        simulated_s=simulated_s,
        **_counted(records),
        on_time=_share_on_time(records),
        pairs=pairs,
        rate_hz=poisson_interval(pairs, simulated_s) if simulated_s > 0.0 else None,
        fidelity=_mean_over_pairs(records, "fidelity"),
        below_threshold=sum(record.below_threshold for record in records),
        jain_index=None if index is None else Quantity.exact(index),
        waits_s=quantiles(waits),
    )


def jain_index(shares: Iterable[float]) -> float | None:
    """Give Jain's index of fairness, ``(sum x)^2 / (n sum x^2)``: 1 for equal shares, 1/n if one has all.

    Source: R. Jain, D. M. Chiu, W. Hawe, DEC Research Report TR-301 (1984), arXiv cs/9809099. None if all are zero.

    >>> jain_index([3.0, 3.0]), jain_index([5.0, 0.0, 0.0, 0.0])
    (1.0, 0.25)
    """
    values = list(shares)
    squares = math.fsum(value * value for value in values)
    return math.fsum(values) ** 2 / (len(values) * squares) if squares else None


def _share_on_time(records: Iterable[RequestRecord]) -> Quantity | None:
    """Give the share of accepted requests that were served in time, of those of which that is known."""
    known = [record.on_time for record in records if record.accepted and record.on_time is not None]
    return binomial_interval(sum(known), len(known))


def _counted(records: Sequence[RequestRecord]) -> dict[str, int]:
    return {
        "requests": len(records),
        "accepted": sum(record.accepted for record in records),
        "refused": sum(record.status == "refused" for record in records),
        "served": sum(record.status == "served" for record in records),
    }


def _mean_over_pairs(records: Iterable[RequestRecord], name: str) -> Quantity | None:
    """Average something over all pairs of which it is known."""
    known = [(record.delivered, getattr(record, name)) for record in records if getattr(record, name) is not None]
    pairs = sum(delivered for delivered, _ in known)
    return Quantity.exact(math.fsum(n * mean.value for n, mean in known) / pairs) if pairs else None


def _to_json(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value.to_json()
    return {name: _to_json(part) for name, part in value.items()} if isinstance(value, Mapping) else value
