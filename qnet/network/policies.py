"""Who comes first: policies as functions of what the controller knows of a request; the least value is served first.

A policy decides twice: which request gets the links when several want them, and which of the requests between two nodes
gets a pair that is good enough for more than one. Any function of a `RequestView` that gives something sortable is a
policy; ties go to the request that came first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from qnet.errors import InvalidArgument, UnknownName

__all__ = [
    "POLICIES",
    "Policy",
    "RequestView",
    "earliest_deadline_first",
    "first_come_first_served",
    "first_in_line",
    "policy_of",
    "strict_priority",
    "tightest_fit",
    "weighted_fair_share",
]


class RequestView(NamedTuple):
    """What a policy gets to see of a request."""

    number: int
    """Counts the requests in the order in which the controller heard of them."""
    tenant: str
    priority: float
    """Greater is more urgent."""
    arrived_s: float
    deadline_s: float
    """In seconds of simulated time; infinite without one."""
    min_fidelity: float
    """The fidelity it asks of each pair, or of their mean."""
    wanted: float
    delivered: int
    """Pairs, as far as the one who decides has been told."""
    tenant_share: float
    """What its tenant has had so far of what is being given away (link-seconds, or pairs), over the tenant's weight."""


Policy = Callable[[RequestView], Any]
"""A function from what is known of a request to its place in the line: the least comes first."""


def first_come_first_served(request: RequestView) -> Any:
    """Serve requests in the order in which they came.

    >>> early = RequestView(0, "a", 0.0, 1.0, 9.0, 0.8, 10, 0, 5.0)
    >>> late = RequestView(1, "b", 7.0, 2.0, 3.0, 0.9, 10, 0, 2.0)
    >>> first_in_line([late, early], first_come_first_served).tenant
    'a'
    """
    return request.number


def earliest_deadline_first(request: RequestView) -> Any:
    """Serve what is due first; what has no deadline comes last."""
    return request.deadline_s


def strict_priority(request: RequestView) -> Any:
    """Serve the most urgent; the others may starve."""
    return -request.priority


def weighted_fair_share(request: RequestView) -> Any:
    """Serve the tenant who has had the least for its weight, so that none starves (weighted max-min fairness)."""
    return request.tenant_share


def tightest_fit(request: RequestView) -> Any:
    """Serve the most demanding: of all requests a pair satisfies, the one that fewest other pairs would satisfy.

    Offered the weakest pair first, this allocates pairs by fidelity threshold without spending a good pair on a request
    that a poor one would do for.
    """
    return -request.min_fidelity


POLICIES: Mapping[str, Policy] = {
    "first-come-first-served": first_come_first_served,
    "earliest-deadline-first": earliest_deadline_first,
    "strict-priority": strict_priority,
    "weighted-fair-share": weighted_fair_share,
    "tightest-fit": tightest_fit,
}
"""What files, and callers who like it shorter, call the policies of this module."""


def policy_of(policy: Policy | str) -> Policy:
    """Give a policy by its name, or as it is.

    >>> policy_of("tightest-fit") is tightest_fit
    True
    """
    if isinstance(policy, str):
        if policy not in POLICIES:
            raise UnknownName.of("policy", policy, POLICIES)
        return POLICIES[policy]
    if not callable(policy):
        raise InvalidArgument.of("policy", "be a name, or a function such as those of qnet.network.policies", policy)
    return policy


_Candidate = TypeVar("_Candidate", bound=RequestView)


def first_in_line(candidates: Iterable[_Candidate], policy: Policy) -> _Candidate:
    """Give the candidate that a policy puts first; ties go to the one that came first."""
    return min(candidates, key=lambda view: (policy(view), view.number))
