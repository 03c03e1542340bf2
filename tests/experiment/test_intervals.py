import math

import numpy as np
import pytest
from scipy import stats

from qnet.errors import InvalidArgument
from qnet.experiment import (
    BatchMeans,
    BetaPosterior,
    Estimate,
    GammaPosterior,
    binomial_interval,
    mean_interval,
    poisson_interval,
    propagate,
)


def entropy(p):
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


def key_rate(rate, error_z, error_x):
    return rate * (1 - entropy(error_x) - 1.16 * entropy(error_z))


def covered(intervals, truth):
    return sum(interval.low <= truth <= interval.high for interval in intervals)


def test_wilson_agrees_with_scipy():
    ours = binomial_interval(7, 90, 0.9)
    theirs = stats.binomtest(7, 90).proportion_ci(0.9, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize(("successes", "ends"), [(0, (0.0, 0.161)), (20, (0.839, 1.0))])
def test_wilson_at_the_edges(successes, ends):
    interval = binomial_interval(successes, 20)
    assert (interval.low, interval.high) == pytest.approx(ends, abs=1e-3)


def test_no_trials_tell_nothing():
    assert binomial_interval(0, 0) is None
    assert mean_interval([]) is None
    assert mean_interval([0.7], within=(0.0, 1.0)).high == 1.0


def test_garwood_agrees_with_chi_squared():
    interval = poisson_interval(4, 2.0)
    ends = stats.chi2.ppf([0.025, 0.975], [8, 10]) / 2 / 2.0
    assert (interval.low, interval.high) == pytest.approx(tuple(ends))


def test_student_agrees_with_scipy():
    means = [1.0, 2.0, 4.0, 3.5]
    interval = mean_interval(means, 0.9)
    ends = stats.t.interval(0.9, 3, loc=np.mean(means), scale=stats.sem(means))
    assert (interval.low, interval.high) == pytest.approx(ends)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_refuses_a_level_that_is_no_probability(level):
    with pytest.raises(InvalidArgument, match="`level` must be between 0 and 1"):
        poisson_interval(3, 1.0, level)


def test_refuses_more_successes_than_trials():
    with pytest.raises(InvalidArgument, match="`successes` must be at most the 3 trials"):
        BetaPosterior(successes=4, trials=3)


def test_error_rate_covers_as_often_as_it_says():
    errors = np.random.default_rng(1).binomial(1000, 0.03, 200).tolist()
    assert 180 <= covered([binomial_interval(k, 1000) for k in errors], 0.03) <= 199


def test_batch_means_of_a_correlated_series_cover_as_often_as_they_say():
    generator = np.random.default_rng(2)
    kicks = generator.standard_normal((200, 1100))
    series = np.stack([kicks[:, k : k + 1000] for k in range(10)]).sum(axis=0)  # correlated over ten values
    intervals = []
    for row in series.tolist():
        means = BatchMeans()
        for value in row:
            means.add(value)
        intervals.append(means.interval())
    assert 180 <= covered(intervals, 0.0) <= 199


def test_key_rate_covers_as_often_as_it_says():
    generator = np.random.default_rng(3)
    waits = generator.exponential(0.01, (200, 64, 16)).mean(axis=2)
    errors_z, errors_x = generator.binomial(800, [[0.03], [0.05]], (2, 200)).tolist()
    intervals = []
    for means, z, x in zip(waits, errors_z, errors_x, strict=True):
        rate = 1 / means.mean()
        relative = means.std(ddof=1) / 8 / means.mean()
        samplers = [BetaPosterior(successes=k, trials=800) for k in (z, x)]
        intervals.append(
            propagate(key_rate, Estimate(value=rate, standard_error=rate * relative, degrees=63), *samplers)
        )
    assert 180 <= covered(intervals, key_rate(100.0, 0.03, 0.05)) <= 199


def test_a_rate_clamped_at_zero_keeps_its_upper_end():
    errors = BetaPosterior(successes=12, trials=100)
    interval = propagate(key_rate, GammaPosterior(count=50, exposure=2.0), errors, errors, within=(0.0, math.inf))
    assert (interval.value, interval.low) == (0.0, 0.0)
    assert interval.high > 0.0


def test_the_same_estimates_give_the_same_interval():
    estimates = (Estimate(value=3.0, standard_error=0.1), GammaPosterior(count=0, exposure=1.0))
    assert propagate(np.add, *estimates) == propagate(np.add, *estimates)
