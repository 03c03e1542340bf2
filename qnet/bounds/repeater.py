"""Waiting for links: closed forms of heralded attempts, and the price of not trusting the nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Gt, Le

from qnet.errors import InvalidArgument
from qnet.fields import Count, check, check_fields

__all__ = ["Attempts", "mean_longest_wait", "trusted_over_repeater_rate"]

SuccessProbability = Annotated[float, Gt(0), Le(1)]


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Independent attempts up to and with the first success: the geometric law on {1, 2, ...}.

    >>> Attempts(success_probability=0.001).median
    693
    """

    success_probability: SuccessProbability

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def mean(self) -> float:
        """Mean number of attempts, 1 / p."""
        return 1.0 / self.success_probability

    @property
    def standard_deviation(self) -> float:
        """Its standard deviation, sqrt(1 - p) / p."""
        return math.sqrt(1.0 - self.success_probability) / self.success_probability

    @property
    def median(self) -> int:
        """Smallest number of attempts that succeed with probability 1/2 or more."""
        p = self.success_probability
        return 1 if p >= 0.5 else math.ceil(math.log(0.5) / math.log1p(-p))

    def success_within(self, attempts: int) -> float:
        """Give the probability of a success within so many attempts, 1 - (1-p)^N."""
        check("attempts", attempts, Count)
        p = self.success_probability
        return float(attempts > 0) if p == 1.0 else -math.expm1(attempts * math.log1p(-p))


def mean_longest_wait(success_probability: float, links: int) -> float:
    """Give the mean number of rounds until every one of `links` equal links has succeeded, each kept once it has.

    E[max of n geometric variables], about H_n / p for small p: the waiting time of a chain with deterministic swaps
    that starts anew for each pair (Bernardes, Praxmeyer and van Loock, Phys. Rev. A 83, 012323 (2011)). Conditioning
    on the m that are left after one round, E_n (1 - q^n) = 1 + sum over 0 < m < n of P(m of n left) E_m: all terms
    are positive, so no digit is lost, where inclusion-exclusion loses all of them beyond n = 50.

    >>> mean_longest_wait(0.5, 2)
    2.6666666666666665
    """
    check("success_probability", success_probability, SuccessProbability)
    check("links", links, Count)
    if links < 1:
        raise InvalidArgument.of("links", "be at least 1", links)
    p, q = success_probability, 1.0 - success_probability
    if q == 0.0:
        return 1.0
    means, left = np.zeros(links + 1), np.zeros(links + 1)
    left[0] = 1.0  # left[m]: probability that m of the n links still wait after one round
    for n in range(1, links + 1):
        left[1:] = p * left[1:] + q * left[:-1]
        left[0] *= p
        means[n] = (1.0 + left[1:n] @ means[1:n]) / -math.expm1(n * math.log1p(-p))
    return float(means[links])


def trusted_over_repeater_rate(success_probability: float, links: int) -> float:
    """Give how much faster the same links deliver if their nodes are trusted: p E[max_n], about H_n for small p.

    Trusted hops deliver p per round each; the repeater chain, restarted per pair, one pair per E[max_n] rounds.

    >>> round(trusted_over_repeater_rate(0.001, 8), 6)
    2.716998
    """
    return success_probability * mean_longest_wait(success_probability, links)
