"""What each tenant has had so far, and how much weight it carries: what fair shares are reckoned from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from qnet.fields import Positive, check

__all__ = ["Accounts"]


class Accounts:
    """Keeps count, by tenant, of link time and of pairs.

    Args:
        weights: of tenants; 1 where none is given.

    >>> accounts = Accounts({"bank": 2.0})
    >>> accounts.add_pair("bank")
    >>> accounts.pair_share("bank"), accounts.pair_share("lab")
    (0.5, 0.0)
    """

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self.weights = dict(weights or {})
        for tenant, weight in self.weights.items():
            check(f"weight of {tenant}", weight, Positive)
        self.pairs: defaultdict[str, int] = defaultdict(int)
        self.link_ticks: defaultdict[str, float] = defaultdict(float)
        """Ticks for which a tenant had links, times their number."""

    def weight(self, tenant: str) -> float:
        """Give the weight of a tenant."""
        return self.weights.get(tenant, 1.0)

    def add_pair(self, tenant: str) -> None:
        """Count a pair."""
        self.pairs[tenant] += 1

    def add_links(self, tenant: str, ticks: float) -> None:
        """Count link time."""
        self.link_ticks[tenant] += ticks

    def pair_share(self, tenant: str) -> float:
        """Give the pairs a tenant has had, over its weight."""
        return self.pairs[tenant] / self.weight(tenant)

    def link_share(self, tenant: str) -> float:
        """Give the link time a tenant has had, over its weight."""
        return self.link_ticks[tenant] / self.weight(tenant)
