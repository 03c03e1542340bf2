import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.keys import EpsilonBudget, ExpectedErrors, binary_entropy, certain_count, plan_single_photons
from qnet.rng import Purpose, Stream

BUDGET = EpsilonBudget.even(1e-10)
RATES = st.floats(0.0, 0.06)
SOME = ExpectedErrors(error_z=0.02, error_x=0.01)


@settings(max_examples=20)
@given(st.integers(1, 10**7), RATES, RATES)
def test_expected_rounds_fill_both_blocks(rounds: int, error_z: float, error_x: float) -> None:
    plan = plan_single_photons(rounds, ExpectedErrors(error_z=error_z, error_x=error_x), epsilon=BUDGET)
    session, q = plan.session, plan.key_basis_probability
    assert (session.key_error, session.tolerated_error) >= (error_z, error_x)
    if session.key_length:
        for bits, share in ((session.key_bits, q * q), (session.test_bits, (1 - q) ** 2)):
            mean = rounds * share
            assert mean - 5.5 * math.sqrt(mean) - 1 <= bits <= mean - 5 * math.sqrt(mean)
    assert (plan.reason is None) == (session.key_length > 0)


def test_rounds_fill_blocks_all_but_certainly() -> None:
    plan, chance = plan_single_photons(40_000, SOME, epsilon=BUDGET), Stream(1, Purpose.POLICY, "rounds").generator
    q = plan.key_basis_probability
    assert chance.binomial(40_000, q * q, 2_000).min() >= plan.session.key_bits
    assert chance.binomial(40_000, (1 - q) ** 2, 2_000).min() >= plan.session.test_bits


def test_no_other_bias_gives_much_more_key() -> None:
    best = plan_single_photons(10**5, SOME, epsilon=BUDGET)
    shares = [best.key_basis_probability + step for step in (-0.1, -0.05, 0.05, 0.1)]
    for q in shares:
        key_bits, test_bits = certain_count(1e5 * q * q), certain_count(1e5 * (1 - q) ** 2)
        other = type(best.session)(
            key_bits=key_bits,
            test_bits=test_bits,
            tolerated_error=SOME.tolerated(test_bits),
            key_error=SOME.key_error(key_bits),
            epsilon=BUDGET,
        )
        assert other.key_length <= best.session.key_length


def test_honest_samples_hardly_ever_pass_the_tolerance() -> None:
    session = plan_single_photons(40_000, SOME, epsilon=BUDGET).session
    errors = Stream(2, Purpose.POLICY, "errors").generator.binomial(session.test_bits, 0.01, 20_000)
    assert errors.max() <= session.tolerated_error * session.test_bits


def test_honest_keys_hardly_ever_hold_more_errors_than_declared() -> None:
    session = plan_single_photons(40_000, SOME, epsilon=BUDGET).session
    errors = Stream(2, Purpose.POLICY, "errors").generator.binomial(session.key_bits, 0.02, 20_000)
    assert errors.max() <= session.key_error * session.key_bits
    assert session.leak_limit == pytest.approx(1.16 * session.key_bits * binary_entropy(session.key_error))


@pytest.mark.parametrize("rounds", [1, 500, 3_000])
def test_what_is_missing_is_enough_and_hardly_more(rounds: int) -> None:
    more = plan_single_photons(rounds, SOME, epsilon=BUDGET).more_rounds
    assert plan_single_photons(rounds + more, SOME, epsilon=BUDGET).session.key_length > 0
    assert plan_single_photons(rounds + int(0.99 * more) - 20, SOME, epsilon=BUDGET).session.key_length == 0


def test_no_block_is_large_enough_for_too_many_errors() -> None:
    plan = plan_single_photons(10**5, ExpectedErrors(error_z=0.12, error_x=0.12), epsilon=BUDGET)
    assert plan.more_rounds is None
    assert "however many" in plan.reason


def test_a_tolerance_that_is_given_counts() -> None:
    plans = [plan_single_photons(10**5, SOME, epsilon=BUDGET, tolerated_error=0.05, key_error=e) for e in (None, 0.03)]
    assert [plan.session.tolerated_error for plan in plans] == [0.05, 0.05]
    assert [plan.session.declared_key_error for plan in plans] == [0.05, 0.03]
    assert plan_single_photons(10**5, SOME, epsilon=BUDGET, key_error=0.03).session.tolerated_error < 0.02


def test_a_basis_with_few_errors_does_not_pay_for_the_other() -> None:
    even, uneven = (ExpectedErrors(error_z=error_z, error_x=0.1) for error_z in (0.1, 0.03))
    longer = plan_single_photons(10**6, uneven, epsilon=BUDGET).session
    both = plan_single_photons(10**6, even, epsilon=BUDGET)
    assert longer.key_length > 50_000
    assert (both.session.key_length, both.more_rounds) == (0, None)


def test_a_hopeless_pair_of_rates_is_named() -> None:
    reason = plan_single_photons(10**6, ExpectedErrors(error_z=0.3, error_x=0.02), epsilon=BUDGET).reason
    assert re.search(r"rate of 30\.\d+ % in the key and 2\.\d+ % in the test leaves no key", reason)


def test_who_knows_less_tolerates_more() -> None:
    unsure = ExpectedErrors(error_z=0.02, error_x=0.01, deviation_x=0.01)
    assert unsure.tolerated(2_000) > SOME.tolerated(2_000)
    assert unsure.key_error(5_000) == SOME.key_error(5_000)
    assert unsure.highest == (0.02, pytest.approx(0.06))
