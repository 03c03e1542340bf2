import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.experiment import BatchMeans, DeliveryCounts, LogHistogram, OutcomeCounts

whole_numbers = st.lists(st.integers(0, 10**12), max_size=70)


def filled(kind, values):
    counts = kind()
    for value in values:
        counts.add(value)
    return counts


def outcomes_of(bits):
    outcomes = OutcomeCounts()
    for setting_a, setting_b, bit_a, bit_b in bits:
        outcomes.add("zx"[setting_a], "zx"[setting_b], bit_a, bit_b)
    return outcomes


@pytest.mark.parametrize("kind", [BatchMeans, LogHistogram])
@given(whole_numbers, whole_numbers, whole_numbers)
def test_sums_associate_and_commute(kind, first, second, third):
    a, b, c = (filled(kind, values) for values in (first, second, third))
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + kind() == a


@settings(max_examples=25)
@given(*[st.lists(st.tuples(*[st.integers(0, 1)] * 4), max_size=20)] * 3)
def test_outcomes_added_are_outcomes_counted_together(first, second, third):
    joined = outcomes_of(first) + (outcomes_of(second) + outcomes_of(third))
    assert joined == outcomes_of(first + second + third)
    assert joined.total() == len(first + second + third)


def test_a_sum_is_a_copy():
    a, b = filled(BatchMeans, [1, 2]), filled(BatchMeans, [3])
    joined = a + b
    joined.add(10)
    assert (a.count, b.count, joined.count, joined.total) == (2, 1, 4, 16)


def test_standard_error_of_few_values_is_the_textbook_one():
    estimate = filled(BatchMeans, [1.0, 2.0, 4.0, 5.0]).estimate()
    assert (estimate.value, estimate.degrees) == (3.0, 3)
    assert estimate.standard_error == pytest.approx(math.sqrt((4 + 1 + 1 + 4) / 3 / 4))


def test_batches_grow_but_never_below_thirty_two():
    assert filled(BatchMeans, range(10_000)).estimate().degrees == 39 - 1  # 39 whole batches of 256


def test_memory_is_logarithmic():
    assert len(filled(BatchMeans, range(5000))._levels) == 13


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999, 1.0])
def test_quantiles_are_right_to_the_width_of_a_bin(share):
    histogram = filled(LogHistogram, [k**2 for k in range(1, 2001)])
    assert histogram.quantile(share) == pytest.approx(max(1, (share * 2000) ** 2), rel=0.045)


def test_zero_has_a_bin_of_its_own():
    histogram = filled(LogHistogram, [0.0, 0.0, 0.0, 1.0])
    assert (histogram.count, histogram.quantile(0.5), histogram.quantile(1.0)) == (4, 0.0, 1.0)


def test_an_empty_histogram_has_no_quantile_and_a_share_ends_at_one():
    assert LogHistogram().quantile(0.5) is None
    with pytest.raises(InvalidArgument, match="`share` must be between 0 and 1"):
        LogHistogram().quantile(1.2)


def test_chsh_of_given_counts():
    outcomes = OutcomeCounts()
    for a, b, same in [("0", "0", 85), ("0", "1", 85), ("1", "0", 85), ("1", "1", 15)]:
        outcomes.add(a, b, 0, 0, times=same)
        outcomes.add(a, b, 0, 1, times=100 - same)
    chsh = outcomes.chsh(("0", "1"), ("0", "1"))
    assert chsh.value == pytest.approx(2.8)
    assert chsh.standard_error == pytest.approx(2 * math.sqrt((1 - 0.7**2) / 100), rel=0.02)
    assert outcomes.correlator("1", "1").value == pytest.approx(-0.7)


def test_outcomes_that_always_agree_are_not_taken_for_certain():
    outcomes = outcomes_of([(a, b, 0, 0) for a in (0, 1) for b in (0, 1)] * 10)
    assert outcomes.chsh(("z", "x"), ("z", "x")).standard_error > 0.1
    assert outcomes.error_rate("z", "x").high > 0.1


def test_what_was_not_measured_is_none():
    outcomes = outcomes_of([(0, 0, 0, 1)])
    assert outcomes.error_rate("x", "x") is None
    assert outcomes.chsh(("z", "x"), ("z", "x")) is None


def test_no_pair_is_a_rate_of_zero_with_an_upper_bound():
    counts = DeliveryCounts()
    assert counts.rate_hz() is None
    counts.stop(10 * 10**12)
    assert (counts.rate_hz().value, counts.rate_hz().low) == (0.0, 0.0)
    assert counts.rate_hz().high == pytest.approx(3.689 / 10, rel=1e-3)
    assert counts.fidelity() is None


def test_intervals_never_span_two_runs():
    runs = [DeliveryCounts(), DeliveryCounts()]
    for run, start in zip(runs, (5, 100), strict=True):
        for k in range(3):
            run.add((start + k) * 10**12, 0.8 + 0.1 * k)
        run.stop((start + 3) * 10**12)
    joined = runs[0] + runs[1]
    assert (joined.pairs, joined.elapsed, joined.intervals.count) == (6, 111 * 10**12, 4)
    assert (joined.waits.maximum, joined.first_s().value) == (10**12, 52.5)
    assert joined.fidelity().value == pytest.approx(0.9)


def test_the_rate_drawn_is_the_rate_told():
    counts = DeliveryCounts()
    for k in range(50):
        counts.add(k * (k + 1) * 10**10)
    rate, sampler = counts.rate_hz(), counts.rate_sampler()
    assert sampler.value == pytest.approx(rate.value) == pytest.approx(2.0)
    assert rate.low < 2.0 < rate.high


def test_fidelity_quantiles():
    counts = DeliveryCounts()
    for k in range(100):
        counts.add(k, 0.9 + k / 1000)
    assert counts.fidelity_quantile(0.5) == pytest.approx(0.95, abs=0.003)
    assert counts.fidelity_quantile(0.0) == pytest.approx(0.9)
