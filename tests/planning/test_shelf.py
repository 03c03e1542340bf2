"""What searches leave out: nothing that matters. One plan serves a band of thresholds; bounds hide no better one."""

import math
import random

import pytest
from chains_at_hand import chain, device, link, noisy

from qnet.planning import Chain, Prediction, best_plan, predict, search
from qnet.planning.cutoffs import limited
from qnet.planning.ways import Wish, ways
from qnet.planning.worst import worst_fidelity
from qnet.quantum.library import dejmps

CLOSE = 0.01
"""A hundredth of the rate: what a threshold rounded up, and cut-offs found to a few thousandths, may cost."""


def best_of_all(one: Chain, min_fidelity: float) -> Prediction | None:
    """Predict every way with cut-offs just short enough, and leave out nothing."""
    wish = Wish(keep=False, restart="per-pair", protocols=(dejmps(),), rounds=1)
    found = [
        predict(plan, tail=1e-4, points=384)
        for way in ways([one], wish)
        for plan, spare in limited(way.plan, lambda plan: worst_fidelity(plan) - min_fidelity)
        if spare >= 0.0
    ]
    return max(found, key=lambda prediction: prediction.rate_hz, default=None)


def drawn(number: int) -> tuple[Chain, float]:
    draw = random.Random(number)
    hops = draw.choice([1, 2, 2, 3])
    links = [link(draw.uniform(0.02, 0.5), draw.uniform(0.92, 0.99), draw.uniform(5e-5, 4e-4)) for _ in range(hops)]
    node = noisy(draw.uniform(0.02, 0.5)) if draw.random() < 0.5 else device(draw.uniform(0.02, 0.5))
    return chain(hops, node, links), draw.uniform(0.7, 0.95)


@pytest.mark.parametrize("number", [pytest.param(n, marks=[pytest.mark.validate] if n > 5 else []) for n in range(30)])
def test_no_way_that_was_left_out_is_faster(number: int) -> None:
    one, min_fidelity = drawn(number)
    expected, got = best_of_all(one, min_fidelity), best_plan([one], min_fidelity=min_fidelity, rounds=1)
    assert got.accepted == (expected is not None)
    if expected is not None:
        assert got.prediction.fidelity_min >= min_fidelity
        assert got.prediction.rate_hz >= (1.0 - CLOSE) * expected.rate_hz


def test_no_plan_is_faster_than_its_bound() -> None:
    one = chain(3, noisy(), [link(0.5), link(0.1, cycle_s=3e-4), link(0.3)])
    wish = Wish(keep=True, restart="per-pair", protocols=(dejmps(),), rounds=1)
    for way in ways([one], wish):
        assert predict(way.plan, points=512).rate_hz <= way.fastest_hz


def test_thresholds_of_a_thousandth_share_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    one = [chain(2, device(0.3))]
    first = best_plan(one, min_fidelity=0.8003)
    assert first.prediction.attempt_success > 0.9
    monkeypatch.setattr(search, "_search", None)  # no other search
    assert best_plan(one, min_fidelity=0.801) is best_plan(one, min_fidelity=0.80021) is first


def test_a_plan_without_cutoffs_serves_all_it_is_good_enough_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = [chain(1, device(0.3), [link(0.1, 0.951)])]
    first = best_plan(one, min_fidelity=0.5)
    monkeypatch.setattr(search, "_search", None)
    assert best_plan(one, min_fidelity=0.9) is first


def test_what_is_out_of_reach_is_so_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    one = [chain(2, device(0.3), [link(0.1, 0.952)] * 2)]
    first = best_plan(one, min_fidelity=0.97, rounds=0)
    monkeypatch.setattr(search, "_search", None)
    more = best_plan(one, min_fidelity=0.99, rounds=0)
    assert not more.accepted
    assert more.plan is first.plan
    assert "0.99 or better" in more.reason


def test_a_threshold_that_is_just_within_reach_is_met() -> None:
    """Rounded up it is out of reach, so that the search is for the very number."""
    one = [chain(2, device(0.3))]
    most = best_plan(one, min_fidelity=0.999, rounds=0).prediction.fidelity_min
    just = math.nextafter(most, 0.0)
    assert best_plan(one, min_fidelity=just, rounds=0).accepted
    assert not best_plan(one, min_fidelity=most + 1e-6, rounds=0).accepted
