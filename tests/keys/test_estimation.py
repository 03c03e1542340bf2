import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import clopper_pearson, hypergeometric_upper, serfling_deviation

epsilons = st.sampled_from([0.3, 0.05, 1e-4, 1e-10, 1e-18])


def binomial_at_most(errors: int, sample: int, p: float) -> float:
    return math.fsum(math.comb(sample, k) * p**k * (1 - p) ** (sample - k) for k in range(errors + 1))


def drawn_at_most(errors: int, sample: int, rest: int, wrong: int) -> Fraction:
    """The chance that a random sample of a population with so many wrong bits shows at most `errors`, exactly."""
    ways = sum(math.comb(wrong, k) * math.comb(sample + rest - wrong, sample - k) for k in range(errors + 1))
    return Fraction(ways, math.comb(sample + rest, sample))


@given(st.integers(1, 60), st.data(), epsilons)
def test_each_side_of_clopper_pearson_fails_as_declared(sample: int, data: st.DataObject, epsilon: float) -> None:
    errors = data.draw(st.integers(0, sample))
    low, high = clopper_pearson(errors, sample, epsilon)
    assert high == 1.0 if errors == sample else binomial_at_most(errors, sample, high) == pytest.approx(epsilon / 2)
    rights = sample - errors
    assert low == 0.0 if errors == 0 else binomial_at_most(rights, sample, 1 - low) == pytest.approx(epsilon / 2)


def test_clopper_pearson_works_elementwise() -> None:
    low, high = clopper_pearson([0, 5, 20], 20, 0.05)
    assert (low[0], high[2]) == (0.0, 1.0)
    assert (low[1], high[1]) == clopper_pearson(5, 20, 0.05)


@pytest.mark.parametrize(("errors", "sample"), [(-1, 10), (11, 10), (0.5, 10), (0, 0), (math.nan, 10)])
def test_counts_that_cannot_be_are_refused(errors: float, sample: int) -> None:
    with pytest.raises(InvalidArgument, match="errors"):
        clopper_pearson(errors, sample, 0.05)


@settings(max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), st.data(), st.sampled_from([0.3, 0.05, 1e-4]))
def test_the_rest_holds_no_more_than_the_exact_bound(
    sample: int, rest: int, data: st.DataObject, epsilon: float
) -> None:
    errors = data.draw(st.integers(0, sample))
    most = hypergeometric_upper(errors, sample, rest, epsilon)
    assert most == 0 or drawn_at_most(errors, sample, rest, errors + most) >= epsilon * (1 - 1e-9)
    assert most == rest or drawn_at_most(errors, sample, rest, errors + most + 1) < epsilon


@given(st.integers(10, 5_000), st.integers(10, 50_000), st.floats(0, 0.3), epsilons)
def test_serfling_is_never_tighter_than_exact(sample: int, rest: int, rate: float, epsilon: float) -> None:
    errors = round(rate * sample)
    exact = hypergeometric_upper(errors, sample, rest, epsilon) / rest - errors / sample
    assert exact <= serfling_deviation(sample, rest, epsilon)


def test_serfling_shrinks_as_the_root_of_the_sample_and_works_elementwise() -> None:
    samples = np.array([1e4, 1e6, 1e8])
    deviations = serfling_deviation(samples, np.full(3, 1e12), 1e-10)
    assert deviations == pytest.approx(np.sqrt(math.log(1e10) / (2 * samples)), rel=1e-3)
    assert deviations[1] == serfling_deviation(1e6, 1e12, 1e-10)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -0.1])
def test_no_bound_is_certain(epsilon: float) -> None:
    for bound in (clopper_pearson, lambda k, n, e: serfling_deviation(k, n, e)):
        with pytest.raises(InvalidArgument, match="epsilon"):
            bound(3, 10, epsilon)
    with pytest.raises(InvalidArgument, match="epsilon"):
        hypergeometric_upper(3, 10, 10, epsilon)


def test_a_sample_has_no_more_errors_than_bits() -> None:
    with pytest.raises(InvalidArgument, match="errors"):
        hypergeometric_upper(11, 10, 10, 0.05)
