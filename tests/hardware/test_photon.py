import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.hardware import PhotonShape

PHOTON = PhotonShape(lifetime_s=12e-9, coherence_s=18e-9)


def brute_visibility(photon, window_s, jitter_s):
    """Draw nothing, sum everything: coincidences over a grid of true and of reported differences in time."""
    tau = np.linspace(-1.5e-7, 1.5e-7, 3001)
    blur = np.exp(-((tau[::2, None] - tau[None, :]) ** 2) / (4 * jitter_s**2))
    kept = blur[np.abs(tau[::2]) <= window_s].sum(axis=0)
    apart, together = np.exp(-np.abs(tau) / photon.lifetime_s), np.exp(-2 * np.abs(tau) / photon.coherence_s)
    return (together * kept).sum() / (apart * kept).sum()


@pytest.mark.parametrize(("window_s", "jitter_s"), [(5e-9, 1e-9), (5e-9, 1e-8), (3e-8, 5e-9)])
def test_visibility_is_that_of_the_coincidences_kept(window_s, jitter_s):
    expected = brute_visibility(PHOTON, window_s, jitter_s)
    assert PHOTON.visibility(window_s, jitter_s) == pytest.approx(expected, abs=2e-3)


def test_without_a_window_visibility_is_coherence_over_twice_the_lifetime():
    assert PHOTON.visibility() == pytest.approx(18 / 24)
    assert PHOTON.visibility(jitter_s=1e-9) == pytest.approx(18 / 24)
    assert PHOTON.fraction_in_window(math.inf) == 1


def test_a_photon_without_dephasing_interferes_perfectly_in_any_window():
    pure = PhotonShape(lifetime_s=1e-8, coherence_s=2e-8)
    assert [pure.visibility(), pure.visibility(1e-9), pure.visibility(1e-9, 1e-8)] == pytest.approx([1, 1, 1])


@given(st.floats(1e-10, 1e-7), st.floats(1.01, 3))
def test_a_shorter_window_keeps_less_and_shows_more(window_s, longer):
    assert PHOTON.visibility(window_s) >= PHOTON.visibility(window_s * longer) - 1e-12
    assert PHOTON.fraction_in_window(window_s) <= PHOTON.fraction_in_window(window_s * longer)


def test_jitter_far_beyond_the_photon_leaves_no_use_in_a_window():
    assert PHOTON.visibility(1e-9, 1e-6) == pytest.approx(PHOTON.visibility(), abs=1e-3)


def test_jitter_that_vanishes_is_none():
    assert PHOTON.visibility(5e-9, 1e-16) == pytest.approx(PHOTON.visibility(5e-9), rel=1e-6)


def test_coherence_is_at_most_twice_the_lifetime():
    with pytest.raises(InvalidArgument, match="`coherence_s` must be at most 2 lifetime_s"):
        PhotonShape(lifetime_s=1e-8, coherence_s=2.1e-8)
    for wrong in ({"window_s": 0.0}, {"jitter_s": -1.0}):
        with pytest.raises(InvalidArgument, match=f"`{next(iter(wrong))}` must be"):
            PHOTON.visibility(**wrong)


@pytest.mark.parametrize(("window_s", "jitter_s"), [(1e-300, 1e-9), (1e-20, 1e-9), (5e-9, 1e-3), (5e-9, 1e300)])
def test_windows_far_within_the_jitter_have_their_limit(window_s, jitter_s):
    photon = PhotonShape(lifetime_s=12e-9, coherence_s=18e-9)
    nearly = photon.visibility(1e-4 * jitter_s, jitter_s)
    assert photon.visibility(window_s, jitter_s) == pytest.approx(nearly, rel=1e-6)
    assert photon.fraction_in_window(window_s, jitter_s) < 1e-4
