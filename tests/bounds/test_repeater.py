from fractions import Fraction
from math import comb, isfinite

import pytest

from qnet.bounds import Attempts, mean_longest_wait, trusted_over_repeater_rate
from qnet.errors import InvalidArgument


@pytest.mark.parametrize("links", [1, 5, 60])
@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(1, 1000)])
def test_recursion_is_inclusion_and_exclusion_done_in_fractions(p: Fraction, links: int) -> None:
    terms = (comb(links, k) * (-1) ** (k + 1) / (1 - (1 - p) ** k) for k in range(1, links + 1))
    assert mean_longest_wait(float(p), links) == pytest.approx(float(sum(terms)), rel=1e-12)


def test_small_probabilities_reach_the_harmonic_law() -> None:
    harmonic = sum(1 / k for k in range(1, 301))
    assert trusted_over_repeater_rate(1e-12, 300) == pytest.approx(harmonic, rel=1e-9)


def test_certain_links_take_one_round() -> None:
    assert mean_longest_wait(1.0, 7) == 1.0
    assert Attempts(success_probability=1.0).success_within(1) == 1.0
    assert Attempts(success_probability=1.0).success_within(0) == 0.0


@pytest.mark.parametrize(("p", "links"), [(0.0, 2), (1.1, 2), (0.5, 0), (0.5, 1.5)])
def test_bad_links_are_refused(p: float, links: int) -> None:
    with pytest.raises(InvalidArgument):
        mean_longest_wait(p, links)


@pytest.mark.parametrize("p", [0.9, 0.5, 0.3, 1e-4, 1e-9])
def test_the_median_is_the_first_number_that_reaches_one_half(p: float) -> None:
    attempts = Attempts(success_probability=p)
    assert attempts.success_within(attempts.median) >= 0.5 - 1e-12 > attempts.success_within(attempts.median - 1) - 1e-9
    assert isfinite(attempts.standard_deviation)
