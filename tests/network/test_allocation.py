"""Allocation of links turn by turn."""

import math

from hypothesis import given
from hypothesis import strategies as st

from qnet.network.allocation import Held, Wanted, allocate
from qnet.network.policies import RequestView, first_come_first_served, weighted_fair_share

LANES = st.frozensets(st.integers(0, 5), min_size=1, max_size=4)


def view(number: int, tenant_share: float = 0.0) -> RequestView:
    return RequestView(number, f"t{number}", 0.0, 0.0, math.inf, 0.0, 10, 0, tenant_share)


@given(st.lists(LANES, max_size=6), st.lists(LANES, max_size=3))
def test_no_link_is_granted_twice_and_only_those_that_block_are_halted(
    wishes: list[frozenset[int]], grants: list[frozenset[int]]
) -> None:
    wanted = [Wanted(number, lanes, view(number)) for number, lanes in enumerate(wishes)]
    held, free = [], set(range(6))
    for number, lanes in enumerate(grants, 100):
        if lanes <= free:
            held.append(Held(number, lanes, None, preemptible=True))
            free -= lanes
    given_to, halted = allocate(wanted, held, first_come_first_served)
    used = [lane for flow in given_to for lane in wishes[flow]]
    assert len(used) == len(set(used))
    assert set(used) <= free
    assert all(any(grant.lanes & want.lanes for want in wanted) for grant in held if grant.flow in halted)
    if wanted and not held:
        assert given_to[0] == 0


def test_who_comes_first_and_must_wait_is_not_passed_over() -> None:
    held = [Held(9, frozenset({1}), view(9), preemptible=False)]
    wanted = [
        Wanted(0, frozenset({1, 2}), view(0)),
        Wanted(1, frozenset({2}), view(1)),
        Wanted(2, frozenset({3}), view(2)),
    ]
    assert allocate(wanted, held, first_come_first_served) == ([2], [])


def test_links_that_are_kept_are_lent_to_whose_turn_is_over_in_time() -> None:
    held = [Held(9, frozenset({1}), view(9), preemptible=False, until=10.0)]
    first = Wanted(0, frozenset({1, 2}), view(0), until=50.0)
    short, long = (Wanted(1, frozenset({2}), view(1), until=until) for until in (10.0, 11.0))
    assert allocate([first, short], held, first_come_first_served) == ([1], [])
    assert allocate([first, long], held, first_come_first_served) == ([], [])
    assert allocate([first, short, short._replace(flow=2, view=view(2))], held, first_come_first_served) == ([1], [])


def test_links_kept_for_someone_who_never_gets_the_others_are_of_use_to_all() -> None:
    """Whoever came first goes on turn after turn; the second waits for that, and the third need not."""
    held = [Held(9, frozenset({1}), view(0), preemptible=True, until=10.0)]
    wanted = [Wanted(k, frozenset({2} if k == 2 else {1, 2}), view(k), until=99.0) for k in (1, 2)]
    assert allocate(wanted, held, first_come_first_served) == ([2], [])
    halted = [held[0]._replace(preemptible=False)]
    assert allocate(wanted, halted, first_come_first_served) == ([], [])


def test_a_turn_ends_only_for_someone_who_comes_before() -> None:
    held = [Held(9, frozenset({1}), view(9, tenant_share=2.0), preemptible=True)]
    poor, rich = (Wanted(0, frozenset({1}), view(0, share)) for share in (1.0, 3.0))
    assert allocate([poor], held, weighted_fair_share) == ([], [9])
    assert allocate([rich], held, weighted_fair_share) == ([], [])
    assert allocate([poor], [held[0]._replace(preemptible=False)], weighted_fair_share) == ([], [])


def test_under_fair_share_everyone_gets_the_links_in_turn() -> None:
    """Three flows on overlapping links, one of them on all: their shares of time stay within a turn of each other."""
    lanes = {0: frozenset({0}), 1: frozenset({1}), 2: frozenset({0, 1})}
    had = dict.fromkeys(lanes, 0.0)
    active: set[int] = set()
    for _ in range(300):
        wanted = [Wanted(flow, lanes[flow], view(flow, had[flow])) for flow in lanes if flow not in active]
        held = [Held(flow, lanes[flow], view(flow, had[flow]), preemptible=True) for flow in active]
        grants, halts = allocate(wanted, held, weighted_fair_share)
        active = (active | set(grants)) - set(halts)
        for flow in active:
            had[flow] += 1.0
    assert min(had.values()) > 90
    assert max(had.values()) - min(had.values()) <= 2
