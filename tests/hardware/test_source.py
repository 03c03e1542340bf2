import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, UnitWarning
from qnet.hardware import PairSource, PhotonInterface, WeakCoherentSource

INTERFACE = PhotonInterface(efficiency=0.5, preparation_s=1e-6, visibility=0.9)


def source(mean, statistics="thermal"):
    return PairSource(mean_pairs=mean, clock_hz=1e6, statistics=statistics)


@pytest.mark.parametrize("statistics", ["thermal", "poissonian", "single"])
@pytest.mark.parametrize("mean", [0.0, 0.05, 0.7])
def test_pairs_have_the_mean_and_correlation_that_are_stated(statistics, mean):
    pairs = source(mean, statistics)
    law = [pairs.pair_probability(n) for n in range(60)]
    assert math.fsum(law) == pytest.approx(1)
    assert math.fsum(n * p for n, p in enumerate(law)) == pytest.approx(mean)
    assert math.fsum(n * (n - 1) * p for n, p in enumerate(law)) == pytest.approx(pairs.g2 * mean**2)


def test_thermal_pairs_follow_ma_fung_and_lo():
    pairs, mean = source(2 * 0.3), 0.3
    for n in range(4):
        assert pairs.pair_probability(n) == pytest.approx((n + 1) * mean**n / (1 + mean) ** (n + 2))


def test_a_source_of_single_pairs_makes_at_most_one():
    with pytest.raises(InvalidArgument, match=r"`mean_pairs` must be at most 1, but is 1\.2"):
        source(1.2, "single")
    with pytest.raises(InvalidArgument, match=r"`statistics` must be one of thermal, .*, but is 'laser'"):
        source(0.1, "laser")


def test_intensities_descend_and_their_probabilities_add_up():
    laser = WeakCoherentSource(clock_hz=1e9, intensities=[0.6, 0.2, 0], probabilities=[0.5, 0.3, 0.2])
    assert laser.intensities == (0.6, 0.2, 0)
    assert laser.mean_photons == pytest.approx(0.36)
    for wrong in ((0.2, 0.6, 0.0), (0.6, 0.6, 0.0), ()):
        with pytest.raises(InvalidArgument, match="`intensities` must descend"):
            replace(laser, intensities=wrong)
    for wrong in ((0.5, 0.5), (0.5, 0.3, 0.3)):
        with pytest.raises(InvalidArgument, match="`probabilities` must be one for each intensity and add to 1"):
            replace(laser, probabilities=wrong)
    with pytest.raises(InvalidArgument, match="`probabilities` must be at least 0"):
        replace(laser, probabilities=(0.9, -0.1, 0.2))


def test_efficiency_is_the_product_of_the_stages():
    stages = {"emission": 0.9, "collection": 0.1, "conversion": 0.5, "detection": 0.8}
    made = PhotonInterface.from_stages(**stages, preparation_s=1e-6, visibility=0.9)
    assert made.efficiency == pytest.approx(math.prod(stages.values()))
    with pytest.raises(InvalidArgument, match=r"`collection` must be at most 1, but is 1\.3"):
        PhotonInterface.from_stages(**{**stages, "collection": 1.3}, preparation_s=1e-6, visibility=0.9)


@given(st.floats(0, 2), st.floats(0, 1), st.floats(1, 20))
def test_each_error_of_single_click_becomes_its_kth_root(sigma, second, k):
    given_interface = replace(INTERFACE, phase_sigma_rad=sigma, double_excitation_probability=second)
    better = given_interface.improved(k)
    assert 1 - better.phase_flip_probability == pytest.approx((1 - given_interface.phase_flip_probability) ** (1 / k))
    halves = 1 - better.double_excitation_probability / 2, 1 - second / 2
    assert halves[0] == pytest.approx(halves[1] ** (1 / k))
    assert (better.bright_state_population, better.latch_probability) == (0.1, 0.5)


def test_a_phase_may_be_lost_and_found():
    uncertain = replace(INTERFACE, phase_sigma_rad=1.0)
    assert uncertain.improved(0.1).phase_flip_probability == pytest.approx(0.5)
    assert uncertain.improved(0.5).improved(2).phase_sigma_rad == pytest.approx(1.0)
    with pytest.warns(UnitWarning, match="`phase_sigma_rad` is usually .*: a phase is in radians"):
        replace(INTERFACE, phase_sigma_rad=20.0)


@pytest.mark.parametrize("statistics", ["thermal", "poissonian", "single"])
def test_very_many_pairs_are_only_improbable(statistics):
    assert PairSource(mean_pairs=0.1, clock_hz=1e6, statistics=statistics).pair_probability(10**6) == 0.0


def test_intensities_are_a_sequence():
    with pytest.raises(InvalidArgument, match=r"`intensities` must be a sequence of numbers, but is 0\.5"):
        WeakCoherentSource(clock_hz=1e9, intensities=0.5)
