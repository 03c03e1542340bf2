"""Beam, pointing, air and background against integrals done another way, and against the literature."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import i0e, j0

from qnet.errors import InvalidArgument, UnitWarning
from qnet.hardware import SKY_CLEAR_DAY, SKY_FULL_MOON, Detector, FreeSpace, ReceivingTelescope, SendingTelescope

SENDER = SendingTelescope(wavelength_nm=850, waist_m=0.03)
AIMED_BADLY = replace(SENDER, jitter_urad=4.0, boresight_urad=6.0)
RECEIVER = ReceivingTelescope(aperture_m=1.0, efficiency=0.5, field_of_view_urad=100, filter_nm=1)


def into_offset_aperture(offset_m, radius_m, beam_m):
    """Integrate a Gaussian beam of unit power over a disc whose centre lies beside the beam."""

    def ring(r):
        x = 4 * r * offset_m / beam_m**2
        return 4 * r / beam_m**2 * math.exp(-2 * (r - offset_m) ** 2 / beam_m**2) * i0e(x)

    return quad(ring, 0, radius_m)[0]


@pytest.mark.parametrize("range_km", [0.01, 10, 1000])
def test_the_aperture_takes_the_integral_of_the_beam(range_km):
    radius_m = 0.03 * math.hypot(1, range_km * 1e3 * 850e-9 / (math.pi * 0.03**2))
    assert SENDER.radius_m(range_km) == pytest.approx(radius_m, rel=1e-12)
    assert SENDER.collected(range_km, 1.0) == pytest.approx(into_offset_aperture(0, 0.5, radius_m), rel=1e-9)


@pytest.mark.parametrize("boresight_urad", [0.0, 6.0])
def test_the_mean_over_pointing_errors_is_exact(boresight_urad):
    sender = replace(AIMED_BADLY, boresight_urad=boresight_urad)
    d, s, beam_m = boresight_urad * 0.5, 4.0 * 0.5, sender.radius_m(500)

    def weighted(r):  # Rice's law of the radial error times what arrives with it
        law = r / s**2 * math.exp(-((r - d) ** 2) / (2 * s**2)) * i0e(r * d / s**2)
        return law * into_offset_aperture(r, 0.5, beam_m)

    assert sender.collected(500, 1.0) == pytest.approx(quad(weighted, 0, 20)[0], rel=1e-6)


def test_a_large_aperture_takes_everything_and_a_large_error_misses():
    assert SENDER.collected(1.0, 50) == pytest.approx(1.0)
    assert AIMED_BADLY.collected(1.0, 50) == pytest.approx(1.0)
    assert 0 <= replace(SENDER, boresight_urad=500).collected(1000, 1.0) < 1e-12


@pytest.mark.parametrize("aperture_m", [0.05, 0.0672, 0.1])
def test_a_clipped_beam_has_the_far_field_of_diffraction(aperture_m):
    clipped, far_km, small_m = replace(SENDER, aperture_m=aperture_m), 1e5, 1e-3
    field = quad(lambda r: r * math.exp(-((r / 0.03) ** 2)), 0, aperture_m / 2)[0]
    power = math.pi * 0.03**2 / 2
    wave_m = 850e-9 * far_km * 1e3
    on_axis = (2 * math.pi * field / wave_m) ** 2 / power  # Fraunhofer
    got = clipped.collected(far_km, small_m)
    assert got == pytest.approx(on_axis * math.pi * small_m**2 / 4, rel=1e-6)


def test_the_best_aperture_is_that_of_klein_and_degnan():
    waists = np.linspace(0.02, 0.1, 401)
    gain = [SendingTelescope(wavelength_nm=850, waist_m=w, aperture_m=0.1).collected(1e4, 1.0) for w in waists]
    assert 0.05 / waists[np.argmax(gain)] == pytest.approx(1.1209, abs=3e-3)


def test_what_the_clipped_beam_leaves_out_off_axis_is_small():
    clipped, range_m = replace(SENDER, aperture_m=0.08), 1e6

    def far(angle):  # Hankel transform of the clipped field
        wave = 2 * math.pi / 850e-9 * angle
        return quad(lambda r: r * math.exp(-((r / 0.03) ** 2)) * j0(wave * r), 0, 0.04)[0]

    ratio = (far(5e-6) / far(0.0)) ** 2
    modelled = math.exp(-2 * (5e-6 * range_m / clipped.radius_m(1000)) ** 2)
    assert modelled == pytest.approx(ratio, rel=0.05)


def test_turbulence_widens_as_its_coherence_says():
    link = FreeSpace(sender=SENDER, receiver=RECEIVER, turbulence_cn2=1e-15)
    # a spherical wave meets (z/L)^(5/3) of the structure constant
    path = quad(lambda z: 1e-15 * (z / 1e4) ** (5 / 3), 0, 1e4)[0]
    assert link.fried_parameter_m(10) == pytest.approx((0.423 * (2 * math.pi / 850e-9) ** 2 * path) ** -0.6, rel=5e-3)
    rho = link.fried_parameter_m(10) / 2.1
    wide = math.hypot(SENDER.radius_m(10), math.sqrt(8) * 1e4 * 850e-9 / (2 * math.pi * rho))
    assert link.transmission(10) == pytest.approx(0.5 * -math.expm1(-2 * 0.5**2 / wide**2), rel=1e-9)


def test_a_horizontal_link_behaves_at_its_ends():
    link = FreeSpace(sender=SENDER, receiver=RECEIVER, extinction_db_per_km=0.5, turbulence_cn2=1e-14)
    assert link.transmission(0) == pytest.approx(0.5)
    assert link.delay_s(299.792458) == pytest.approx(1e-3)
    assert math.isinf(replace(link, turbulence_cn2=0.0).fried_parameter_m(10))
    assert link.loss_db(1e4) == math.inf


@given(st.floats(0.1, 100), st.floats(0.1, 100), st.sampled_from([0.0, 1e-17, 1e-13]))
def test_a_longer_link_never_transmits_more(one_km, other_km, turbulence_cn2):
    link = FreeSpace(sender=AIMED_BADLY, receiver=RECEIVER, extinction_db_per_km=0.1, turbulence_cn2=turbulence_cn2)
    near, far = sorted((one_km, other_km))
    assert 0 <= link.transmission(far) <= link.transmission(near) * (1 + 1e-9) <= 0.5


def test_background_is_radiance_times_all_it_passes():
    photon_j = 6.62607015e-34 * 299792458 / 850e-9
    steradian, area_m2 = math.pi * 50e-6**2, math.pi * 0.25
    assert RECEIVER.background_hz(25.0, 850) == pytest.approx(0.5 * 25e-3 * steradian * area_m2 / photon_j, rel=1e-12)
    assert RECEIVER.background_hz(SKY_CLEAR_DAY, 850) > 1e5 * RECEIVER.background_hz(SKY_FULL_MOON, 850)


def test_background_reaches_the_detector():
    link = FreeSpace(sender=SENDER, receiver=RECEIVER)
    detector = Detector.from_rate(dark_count_hz=25, window_s=1e-9, efficiency=0.5)
    lit = detector.with_background(link.background_hz(SKY_FULL_MOON))
    assert lit.dark_count_hz == pytest.approx(25 + 0.5 * link.background_hz(SKY_FULL_MOON), rel=1e-6)


@pytest.mark.parametrize(
    ("value", "field", "wrong"),
    [
        (SENDER, "wavelength_nm", 0),
        (SENDER, "waist_m", -1),
        (SENDER, "aperture_m", 0),
        (SENDER, "beam_quality", 0.9),
        (SENDER, "jitter_urad", math.nan),
        (RECEIVER, "efficiency", 1.3),
        (RECEIVER, "aperture_m", math.inf),
        (FreeSpace(sender=SENDER, receiver=RECEIVER), "extinction_db_per_km", -0.1),
        (FreeSpace(sender=SENDER, receiver=RECEIVER), "sender", RECEIVER),
    ],
)
def test_impossible_numbers_are_refused(value, field, wrong):
    with pytest.raises(InvalidArgument, match=rf"^Argument `{field}` must be .*, but is "):
        replace(value, **{field: wrong})


@pytest.mark.parametrize("length_km", [-1, math.nan, math.inf, "10"])
@pytest.mark.parametrize("method", ["transmission", "loss_db", "delay_s", "fried_parameter_m"])
def test_lengths_are_checked(method, length_km):
    with pytest.raises(InvalidArgument, match="`length_km` must be"):
        getattr(FreeSpace(sender=SENDER, receiver=RECEIVER), method)(length_km)


def test_numbers_of_another_unit_are_flagged():
    with pytest.warns(UnitWarning, match=r"`wavelength_nm` is usually .*, but is 0\.85"):
        replace(SENDER, wavelength_nm=0.85)
    with pytest.warns(UnitWarning, match="`waist_m`"):
        replace(SENDER, waist_m=30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replace(SENDER, aperture_m=math.inf)
