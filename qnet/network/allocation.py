"""Who gets the links next: the decision of a controller that shares them out turn by turn (statistical multiplexing).

Pure: what is wanted and held goes in, what to grant and what to halt comes out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from qnet.network.policies import Policy, RequestView, first_in_line

__all__ = ["Held", "Wanted", "allocate"]


class Wanted(NamedTuple):
    """A flow that waits for its links."""

    flow: Any
    lanes: Collection[Hashable]
    view: RequestView
    """Its request that comes first."""
    until: float = math.inf
    """When a turn would end that begins now."""


class Held(NamedTuple):
    """A flow that has its links."""

    flow: Any
    lanes: Collection[Hashable]
    view: RequestView | None
    """Its request that comes first; None once nobody waits for its pairs."""
    preemptible: bool
    """Whether it has had its turn, and has not been halted yet."""
    until: float = 0.0
    """When its turn ends next."""


def allocate(wanted: Sequence[Wanted], held: Iterable[Held], policy: Policy) -> tuple[list[Any], list[Any]]:
    """Say which flows to grant their links now, and which to halt for others that come before them.

    Flows are considered in the order of the policy. One that must wait keeps its links from those behind it in the
    line, so that whoever needs many links at once is not passed over for ever by those who need few; but until it can
    have them all, those whose turn is over by then may use them (as backfilling does for jobs: D. A. Lifka, The
    ANL/IBM SP scheduling system, LNCS 949, 295 (1995)). Where someone goes on with one of them after a whole turn,
    since that one comes before it, nobody knows when that is; so all may use them, for a turn of their own.
    """
    taken: dict[Hashable, Held] = {lane: grant for grant in held for lane in grant.lanes}
    lent: dict[Hashable, float] = {}
    """Links kept for someone who waits, and until when others may use them."""
    grants: list[Any] = []
    halts: dict[Any, None] = {}
    line = list(wanted)
    while line:
        first = first_in_line([want.view for want in line], policy)
        want = next(want for want in line if want.view is first)
        line.remove(want)
        blocking = {taken[lane].flow: taken[lane] for lane in want.lanes if lane in taken}
        kept_until = min((lent[lane] for lane in want.lanes if lane in lent), default=math.inf)
        if not blocking and want.until <= kept_until:
            grants.append(want.flow)
            taken.update(dict.fromkeys(want.lanes, Held(want.flow, want.lanes, want.view, False, want.until)))
            continue
        if math.isinf(kept_until) and not blocking.keys() & set(grants):
            halts.update((grant.flow, None) for grant in blocking.values() if _gives_way(grant, want.view, policy))
        starts = max((_free_from(grant, want.view, policy) for grant in blocking.values()), default=kept_until)
        lent.update((lane, min(starts, lent.get(lane, math.inf))) for lane in want.lanes)
    return grants, list(halts)


def _free_from(grant: Held, view: RequestView, policy: Policy) -> float:
    """Give when someone can have the links of a flow; infinite if it has had its turn and goes on all the same."""
    return math.inf if grant.preemptible and not _gives_way(grant, view, policy) else grant.until


def _gives_way(grant: Held, view: RequestView, policy: Policy) -> bool:
    if not grant.preemptible:
        return False
    return grant.view is None or bool(policy(view) < policy(grant.view))
