import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import (
    bbm92_fraction,
    binary_entropy,
    chsh_value,
    device_independent_fraction,
    six_state_fraction,
    tolerable_error_rate,
)

rates = st.floats(0, 0.5)


@given(rates)
def test_entropy_is_symmetric(p: float) -> None:
    assert binary_entropy(1 - p) == pytest.approx(binary_entropy(p), abs=1e-12)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, "x"])
def test_entropy_wants_a_probability(p: object) -> None:
    with pytest.raises(InvalidArgument, match="probability"):
        binary_entropy(p)


@given(rates, rates)
def test_an_error_in_the_key_costs_more_than_one_in_the_other_basis(small: float, large: float) -> None:
    small, large = sorted((small, large))
    assert bbm92_fraction(large, small) <= bbm92_fraction(small, large) + 1e-12


def test_the_default_is_the_reconciliation_of_every_row() -> None:
    assert bbm92_fraction(0.03, 0.02) == bbm92_fraction(0.03, 0.02, 1.16) < bbm92_fraction(0.03, 0.02, 1.0)
    assert device_independent_fraction(0.01, 2.7) == device_independent_fraction(0.01, 2.7, 1.16)
    assert six_state_fraction(0.01, 0.01, 0.01) == six_state_fraction(0.01, 0.01, 0.01, 1.16)


def test_fractions_are_not_clamped() -> None:
    assert bbm92_fraction(0.25, 0.25) < 0 < bbm92_fraction(0.01, 0.25)


@given(rates)
def test_a_third_basis_never_hurts(e: float) -> None:
    assert six_state_fraction(e, e, e) >= bbm92_fraction(e, e) - 1e-12


def test_error_rates_that_no_state_has_earn_nothing_extra() -> None:
    assert six_state_fraction(0.0, 0.02, 0.03) < six_state_fraction(0.0, 0.02, 0.02)


@pytest.mark.parametrize("chsh", [0.0, 1.3, 2.0])
def test_no_violation_no_device_independent_key(chsh: float) -> None:
    assert device_independent_fraction(0.0, chsh) == 0.0


def test_a_lucky_estimate_of_chsh_counts_as_the_quantum_maximum() -> None:
    assert device_independent_fraction(0.0, 2.9) == device_independent_fraction(0.0, 2 * math.sqrt(2)) == 1.0


def test_only_the_last_correlator_is_subtracted() -> None:
    assert chsh_value(0.1, 0.2, 0.3, 0.4) == pytest.approx(0.2)


def test_six_state_fractions_work_elementwise() -> None:
    rates = np.array([0.0, 0.02, 0.13])
    fractions = six_state_fraction(rates, rates, 0.9 * rates)
    assert fractions == pytest.approx([six_state_fraction(e, e, 0.9 * e) for e in rates], abs=1e-12)


def test_the_tolerable_error_rate_is_where_the_key_ends() -> None:
    limit = tolerable_error_rate(lambda q: bbm92_fraction(q, q, 1.2))
    assert bbm92_fraction(limit - 1e-6, limit - 1e-6, 1.2) > 0 > bbm92_fraction(limit + 1e-6, limit + 1e-6, 1.2)
    assert tolerable_error_rate(lambda q: bbm92_fraction(q, q) - 1.0) == 0.0
