"""The search for the plan of highest rate that meets a request."""

import pytest
from chains_at_hand import chain, device, noisy

from qnet.errors import InvalidArgument
from qnet.planning import Plan, best_plan, predict
from qnet.quantum.library import bbpssw, dejmps


def test_without_a_threshold_links_swap_as_soon_as_possible() -> None:
    best = best_plan([chain(3)])
    assert best.accepted
    assert best.plan.recipe is None
    assert best.prediction.rate_hz == pytest.approx(predict(Plan(chain=chain(3))).rate_hz)


def test_a_higher_threshold_costs_rate() -> None:
    thresholds = (0.6, 0.8, 0.88)
    found = [best_plan([chain(2, noisy())], min_fidelity=f, rounds=1) for f in thresholds]
    assert all(one.accepted for one in found)
    assert all(one.prediction.fidelity_min >= f for one, f in zip(found, thresholds, strict=True))
    rates = [one.prediction.rate_hz for one in found]
    assert rates == sorted(rates, reverse=True)


def test_links_purify_where_they_must() -> None:
    best = best_plan([chain(1, device(t2_s=1.0))], min_fidelity=0.975, rounds=1)
    assert best.accepted
    assert "*" in str(best.plan)


def test_nodes_without_interfaces_do_not_purify() -> None:
    best = best_plan([chain(2, device(t2_s=1.0, optical_interfaces=2))], min_fidelity=0.95)
    assert not best.accepted
    assert "*" not in str(best.plan)


def test_what_cannot_be_had_is_refused_with_the_best_there_is() -> None:
    best = best_plan([chain(2, noisy())], min_fidelity=0.999, rounds=1)
    assert not best.accepted
    assert 0.9 < best.prediction.fidelity_min < 0.999
    assert (
        best.reason
        == f"No plan found keeps every pair at 0.999 or better; the best guarantees {best.prediction.fidelity_min:.4f}."
    )


def test_a_mean_is_a_weaker_request() -> None:
    every, mean = best_plan([chain(2)], min_fidelity=0.9), best_plan([chain(2)], mean_fidelity=0.9)
    assert mean.accepted
    assert mean.prediction.fidelity >= 0.9
    assert mean.prediction.rate_hz > every.prediction.rate_hz


def test_the_faster_route_wins_and_its_number_says_so() -> None:
    best = best_plan([chain(3), chain(2), chain(4)], min_fidelity=0.8)
    assert (best.chain, best.plan.chain.hops) == (1, 2)


def test_the_same_request_is_searched_once() -> None:
    assert best_plan([chain(2)], min_fidelity=0.8) is best_plan([chain(2)], min_fidelity=0.8)
    assert best_plan([chain(2)], min_fidelity=0.8) is not best_plan([chain(2)], min_fidelity=0.8, keep=True)


def test_protocols_are_chosen_from_a_list() -> None:
    one = [chain(1, device(t2_s=1.0))]
    both = best_plan(one, min_fidelity=0.972, purifications=[dejmps(), bbpssw()], rounds=1)
    assert (
        both.prediction.rate_hz
        >= best_plan(one, min_fidelity=0.972, purifications=[bbpssw()], rounds=1).prediction.rate_hz
    )


def test_a_search_needs_a_route() -> None:
    with pytest.raises(InvalidArgument, match="`chains` must hold"):
        best_plan([])
