"""The alarm: how often it goes off without a reason, and how soon with one."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from qnet.keys import watch


def by_quadrature(errors: int, bits: int, expected: float) -> float:
    """The mixture of likelihood ratios over Jeffreys' prior above `expected`, integrated over t of p = sin(t)^2."""
    from_t = math.asin(math.sqrt(expected))

    def ratio(t: float) -> float:
        p = math.sin(t) ** 2
        return (p / expected) ** errors * ((1 - p) / (1 - expected)) ** (bits - errors)

    return quad(ratio, from_t, math.pi / 2)[0] / (math.pi / 2 - from_t)


@pytest.mark.parametrize(("errors", "bits", "expected"), [(1, 1, 0.1), (8, 40, 0.05), (30, 100, 0.25)])
def test_confidence_is_that_of_the_integral(errors: int, bits: int, expected: float) -> None:
    wrong = np.repeat([0, 1], [bits - errors, errors])
    alarm = watch(wrong, expected)
    assert alarm.confidence == pytest.approx(max(0, 1 - 1 / by_quadrature(errors, bits, expected)), rel=1e-6)


@pytest.mark.parametrize(("expected", "bits"), [(0.01, 1000), (0.11, 200)])
def test_honest_bits_set_it_off_as_rarely_as_promised(expected: float, bits: int) -> None:
    chance, alpha, runs = np.random.default_rng(5), 0.05, 1000
    false_alarms = sum(watch(chance.random(bits) < expected, expected, false_alarm=alpha).noticed for _ in range(runs))
    assert binom.sf(false_alarms - 1, runs, alpha) > 1e-3  # at most alpha, but for chance
    assert false_alarms > 0  # the test is no dead weight either


def test_honest_bits_of_two_bases_do_so_as_rarely() -> None:
    chance, alpha, runs, rates = np.random.default_rng(6), 0.05, 500, np.array([0.01, 0.2])
    off = 0
    for _ in range(runs):
        kinds = chance.integers(0, 2, 300)
        off += watch(chance.random(300) < rates[kinds], rates, kinds=kinds, false_alarm=alpha).noticed
    assert off > 0
    assert binom.sf(off - 1, runs, alpha) > 1e-3


def test_a_test_stopped_at_a_fixed_level_and_looked_at_always_would_fail() -> None:
    """What the method is for: a z-test at 5 % that is looked at after every bit goes off far more often."""
    chance, n = np.random.default_rng(7), np.arange(50, 1000)
    off = 0
    for _ in range(300):
        wrong = np.cumsum(chance.random(1000) < 0.1)[n]
        off += bool(np.any((wrong - 0.1 * n) / np.sqrt(0.09 * n) > 1.645))
    assert off > 0.2 * 300


@pytest.mark.parametrize(("excess", "bits"), [(0.25, 300), (0.05, 4000)])
def test_bits_until_noticed_are_those_of_the_relative_entropy(excess: float, bits: int) -> None:
    """Wald: log(1/alpha) over the mean log likelihood ratio, and a little for not knowing the excess."""
    chance, expected, alpha = np.random.default_rng(8), 0.02, 1e-6
    true = expected + excess
    entropy = true * math.log(true / expected) + (1 - true) * math.log((1 - true) / (1 - expected))
    after = [watch(chance.random(bits) < true, expected, false_alarm=alpha).after_bits for _ in range(40)]
    assert 1.0 < np.mean(after) / (math.log(1 / alpha) / entropy) < 1.6


def test_it_goes_off_at_an_error_and_never_takes_it_back() -> None:
    wrong = np.concatenate([np.ones(12), np.zeros(5000)])
    alarm = watch(wrong, 0.05, false_alarm=1e-9)
    assert alarm.noticed
    assert alarm == watch(wrong[:12], 0.05, false_alarm=1e-9)
    assert not watch(wrong[: alarm.after_bits - 1], 0.05, false_alarm=1e-9).noticed


def test_many_bits_are_looked_at_by_the_hundredth() -> None:
    chance = np.random.default_rng(9)
    wrong = chance.random(400_000) < 0.053
    alarm = watch(wrong, 0.05, false_alarm=0.01)
    assert alarm.after_bits > 1000 / 0.06
    assert not watch(wrong[: int(0.97 * alarm.after_bits)], 0.05, false_alarm=0.01).noticed


def test_errors_in_one_basis_are_enough() -> None:
    kinds = np.tile([0, 1], 500)
    alarm = watch(kinds * np.tile([0, 0, 0, 1], 250), [0.01, 0.01], kinds=kinds)
    assert alarm.noticed
    assert alarm.confidence > 1 - 1e-6


def test_an_error_that_cannot_be_is_a_proof() -> None:
    assert watch([0, 0, 1], 0.0).after_bits == 3
    assert watch([0, 0, 1], 0.0).confidence == 1.0


@pytest.mark.parametrize("bits", [[], [0, 0], [1] * 5000])
def test_nothing_is_noticed_where_nothing_is_to_be_noticed(bits: list[int]) -> None:
    assert not watch(bits, 1.0).noticed


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"expected": 1.5}, "expected"),
        ({"expected": 0.1, "false_alarm": 0.0}, "false_alarm"),
        ({"expected": 0.1, "kinds": [0, 1]}, "kinds"),
    ],
)
def test_nonsense_is_refused(arguments: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        watch([0, 1], **arguments)
