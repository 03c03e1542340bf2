import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, UnitWarning
from qnet.hardware import Detector, detector_hardware

probabilities = st.floats(0, 0.02)


def test_dark_counts_come_as_a_poisson_process():
    detector = Detector.from_rate(dark_count_hz=1e4, window_s=1e-6, efficiency=0.9, jitter_s=1e-10)
    assert detector.dark_count_probability == pytest.approx(1 - math.exp(-0.01))
    assert detector.dark_count_hz == pytest.approx(1e4)
    assert (detector.efficiency, detector.jitter_s, detector.window_s) == (0.9, 1e-10, 1e-6)


def test_a_longer_window_keeps_the_rate():
    twice = Detector.from_rate(dark_count_hz=1e4, window_s=1e-6).with_window(2e-6)
    assert twice.dark_count_hz == pytest.approx(1e4)
    assert 1 - twice.dark_count_probability == pytest.approx(math.exp(-0.01) ** 2)


def test_a_probability_without_a_window_is_no_rate():
    detector = Detector(dark_count_probability=1e-6)
    for question in (lambda: detector.dark_count_hz, lambda: detector.with_window(1e-6)):
        with pytest.raises(InvalidArgument, match="`window_s` must be finite to turn a probability into a rate"):
            question()
    with pytest.raises(InvalidArgument, match="`window_s` must be finite"):
        detector.with_background(10.0)


@given(probabilities, st.floats(0, 1e4), st.floats(0, 1))
def test_background_is_a_dark_count_or_a_stray_photon(dark, rate_hz, efficiency):
    detector = Detector(dark_count_probability=dark, window_s=1e-6, efficiency=efficiency)
    quiet = (1 - dark) * math.exp(-efficiency * rate_hz * 1e-6)
    assert detector.with_background(rate_hz).dark_count_probability == pytest.approx(1 - quiet, abs=1e-12)


@given(probabilities, probabilities, st.floats(0, 0.5))
def test_clicks_with_afterpulses_are_in_a_steady_state(signal, dark, afterpulse):
    """Iterate 1 - q = (1 - s)(1 - d)(1 - a q), as window follows window, until q stays."""
    q = 0.0
    for _ in range(60):
        q = 1 - (1 - signal) * (1 - dark) * (1 - afterpulse * q)
    counted = Detector(dark_count_probability=dark, afterpulse_probability=afterpulse).with_afterpulses(signal)
    assert 1 - (1 - signal) * (1 - counted.dark_count_probability) == pytest.approx(q, abs=1e-12)
    assert counted.afterpulse_probability == 0


def test_few_afterpulses_add_their_share_of_the_clicks():
    noisy = Detector(dark_count_probability=0.0, afterpulse_probability=0.03)
    assert noisy.with_afterpulses(1e-6).dark_count_probability == pytest.approx(0.03 * 1e-6 / 0.97, rel=1e-3)


def test_the_window_keeps_what_jitter_leaves_in_it():
    assert Detector(dark_count_probability=0.0).fraction_in_window == 1
    wide = Detector(dark_count_probability=0.0, jitter_s=1e-10, window_s=2e-10).fraction_in_window
    assert wide == pytest.approx(0.682689, abs=1e-6)  # one standard deviation to each side
    assert Detector(dark_count_probability=0.0, jitter_s=1e-10).fraction_in_window == 1


def test_a_better_detector_has_fewer_false_clicks_in_the_same_time():
    diode = detector_hardware("ingaas").detector
    better = diode.improved(10)
    assert better.dark_count_probability == pytest.approx(diode.dark_count_probability / 10, rel=1e-6)
    assert 1 - better.afterpulse_probability == pytest.approx((1 - diode.afterpulse_probability) ** 0.1)
    assert (better.dead_time_s, better.jitter_s, better.window_s) == (diode.dead_time_s, diode.jitter_s, diode.window_s)


def test_rates_probabilities_and_times_taken_for_one_another_are_flagged():
    with pytest.warns(UnitWarning, match="`dark_count_hz` is usually .*: it is a rate per second, not a probability"):
        Detector.from_rate(dark_count_hz=2.5e-8, window_s=25e-9)
    with pytest.warns(UnitWarning, match=r"`dark_count_probability` is usually .*; Detector\.from_rate takes a rate"):
        Detector(dark_count_probability=0.9)
    with pytest.warns(UnitWarning, match="`window_s` is usually .*: a time is in seconds"):
        Detector(dark_count_probability=1e-7, window_s=25)
