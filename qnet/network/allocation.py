"""Who gets the links next: the decision of a controller that shares them out turn by turn (statistical multiplexing).

Pure: what is wanted and held goes in, what to grant and what to halt comes out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from qnet.network.policies import Policy, RequestView, first_in_line

__all__ = ["Held", "Wanted", "allocate"]


class Wanted(NamedTuple):
    """A flow that waits for its links."""

    flow: Any
    lanes: frozenset[Hashable]
    view: RequestView
    """Its request that comes first."""


class Held(NamedTuple):
    """A flow that has its links."""

    flow: Any
    lanes: frozenset[Hashable]
    view: RequestView | None
    """Its request that comes first; None once nobody waits for its pairs."""
    preemptible: bool
    """Whether it has had its turn, and has not been halted yet."""


def allocate(wanted: Sequence[Wanted], held: Iterable[Held], policy: Policy) -> tuple[list[Any], list[Any]]:
    """Say which flows to grant their links now, and which to halt for others that come before them.

    Flows are considered in the order of the policy. One that must wait keeps its links from those behind it in the
    line, so that whoever needs many links at once is not passed over for ever by those who need few.
    """
    taken: dict[Hashable, Held] = {lane: grant for grant in held for lane in grant.lanes}
    kept: set[Hashable] = set()
    grants: list[Any] = []
    halts: dict[Any, None] = {}
    line = list(wanted)
    while line:
        first = first_in_line([want.view for want in line], policy)
        want = next(want for want in line if want.view is first)
        line.remove(want)
        if kept & want.lanes:
            kept |= want.lanes
            continue
        kept |= want.lanes
        blocking = {taken[lane].flow: taken[lane] for lane in want.lanes if lane in taken}
        if not blocking:
            grants.append(want.flow)
        halts.update((grant.flow, None) for grant in blocking.values() if _gives_way(grant, want.view, policy))
    return grants, list(halts)


def _gives_way(grant: Held, view: RequestView, policy: Policy) -> bool:
    if not grant.preemptible:
        return False
    return grant.view is None or bool(policy(view) < policy(grant.view))
