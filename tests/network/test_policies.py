"""Policies: who comes first."""

import math
from typing import Any

import pytest

from qnet.network.policies import (
    POLICIES,
    Policy,
    RequestView,
    earliest_deadline_first,
    first_come_first_served,
    first_in_line,
    policy_of,
    strict_priority,
    tightest_fit,
    weighted_fair_share,
)

PLAIN = RequestView(0, "t", 0.0, 0.0, math.inf, 0.5, 10, 0, 1.0)


@pytest.mark.parametrize(
    ("policy", "preferred"),
    [
        (earliest_deadline_first, {"deadline_s": 3.0}),
        (strict_priority, {"priority": 1.0}),
        (weighted_fair_share, {"tenant_share": 0.5}),
        (tightest_fit, {"min_fidelity": 0.9}),
    ],
)
def test_each_policy_looks_at_its_own_number(policy: Policy, preferred: dict[str, Any]) -> None:
    later = PLAIN._replace(number=1, **preferred)
    assert first_in_line([PLAIN, later], policy) is later
    assert first_in_line([PLAIN, later], first_come_first_served) is PLAIN


def test_ties_go_to_who_came_first_and_a_function_of_ones_own_is_a_policy() -> None:
    others = [PLAIN._replace(number=number, delivered=number) for number in (3, 1, 2)]
    assert first_in_line(others, strict_priority).number == 1
    assert first_in_line(others, lambda view: -view.delivered).number == 3


def test_every_policy_has_a_name() -> None:
    assert [policy_of(name) for name in POLICIES] == list(POLICIES.values())
    assert policy_of("tightest-fit") is policy_of(tightest_fit) is tightest_fit
