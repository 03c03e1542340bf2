"""Geometry of a pass, air, and the down-link of Micius."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from qnet.errors import InvalidArgument, UnitWarning
from qnet.hardware import SKY_CLEAR_DAY, Overpass, ReceivingTelescope, SatelliteDownlink, SendingTelescope
from qnet.hardware.satellite import EARTH_GM_KM3_S2, EARTH_RADIUS_KM

# Liao et al., Nature 549, 43 (2017), arXiv 1707.00542: 848.6 nm, 10 urad, aiming to about 1.2 urad, 500 km, a telescope
# of 1 m whose optics pass 16 % (this and the jitter not checked against the text). Assumed: 10 urad is the full width
# at half maximum, and half of the light survives the air straight down.
WAIST_M = 848.6e-9 / (math.pi * 10e-6 / math.sqrt(2 * math.log(2)))
MICIUS = SatelliteDownlink(
    sender=SendingTelescope(wavelength_nm=848.6, waist_m=WAIST_M, aperture_m=0.3, jitter_urad=1.2),
    receiver=ReceivingTelescope(aperture_m=1.0, efficiency=0.16),
    altitude_km=500,
    zenith_transmission=0.5,
)
# Range (km) and loss (dB) without the detector, read from the figure of link efficiency by the authors of the Micius
# tutorial of QCompute-QNET (Baidu, 2022).
MEASURED = [(645, 29.8), (750, 30.9), (1005, 34.1), (1100, 36.0), (1180, 38.0), (1200, 40.3)]
elevations = st.floats(0, 90)


@given(elevations, st.floats(150, 40_000))
def test_range_obeys_the_law_of_cosines(elevation_deg, altitude_km):
    away = replace(MICIUS, altitude_km=altitude_km).range_km(elevation_deg)
    angle = math.radians(90 + elevation_deg)
    squared = EARTH_RADIUS_KM**2 + away**2 - 2 * EARTH_RADIUS_KM * away * math.cos(angle)
    assert math.sqrt(squared) == pytest.approx(EARTH_RADIUS_KM + altitude_km, rel=1e-12)


def test_overhead_the_range_is_the_altitude():
    assert MICIUS.range_km(90) == pytest.approx(500, rel=1e-12)
    assert MICIUS.delay_s(90) == pytest.approx(500 / 299792.458, rel=1e-12)


@given(elevations, elevations)
def test_a_higher_satellite_is_seen_better(one, other):
    low, high = sorted((one, other))
    assert MICIUS.transmission(low) <= MICIUS.transmission(high) * (1 + 1e-12) < 1


@pytest.mark.parametrize("elevation_deg", [60, 30, 10])
def test_air_counts_by_the_air_mass(elevation_deg):
    """Against air that thins out exponentially (8.4 km) over a round Earth."""
    rise = EARTH_RADIUS_KM * math.sin(math.radians(elevation_deg))

    def density(away_km):
        squared = EARTH_RADIUS_KM**2 + away_km**2 + 2 * rise * away_km
        return math.exp(-(math.sqrt(squared) - EARTH_RADIUS_KM) / 8.4) / 8.4

    clear = replace(MICIUS, zenith_transmission=1.0)
    got = math.log(MICIUS.transmission(elevation_deg) / clear.transmission(elevation_deg)) / math.log(0.5)
    assert got == pytest.approx(quad(density, 0, 1000)[0], rel=0.01)


def test_straight_up_the_air_counts_once():
    clear = replace(MICIUS, zenith_transmission=1.0)
    assert MICIUS.transmission(90) == pytest.approx(0.5 * clear.transmission(90), rel=1e-12)


@pytest.mark.parametrize("max_elevation_deg", [90, 48.5, 20])
def test_a_pass_is_a_circle_seen_from_the_ground(max_elevation_deg):
    seen = MICIUS.overpass(max_elevation_deg, min_elevation_deg=5, step_s=7)
    radius = EARTH_RADIUS_KM + 500
    turned = math.sqrt(EARTH_GM_KM3_S2 / radius**3) * seen.time_s
    station_angle = math.acos(EARTH_RADIUS_KM / radius * math.cos(math.radians(max_elevation_deg)))
    tilt = station_angle - math.radians(max_elevation_deg)
    satellite = radius * np.array([np.cos(turned), np.sin(turned), 0 * turned])
    station = EARTH_RADIUS_KM * np.array([[math.cos(tilt)], [0], [math.sin(tilt)]])
    sight = satellite - station
    away = np.linalg.norm(sight, axis=0)
    sines = (sight * station).sum(axis=0) / away / EARTH_RADIUS_KM
    assert seen.range_km == pytest.approx(away, rel=1e-9)
    assert np.sin(np.radians(seen.elevation_deg)) == pytest.approx(sines, abs=1e-9)


def test_a_pass_ends_where_it_should():
    seen = MICIUS.overpass(60, min_elevation_deg=10, step_s=0.01)
    assert seen.elevation_deg.max() == seen.elevation_deg[len(seen.time_s) // 2] == pytest.approx(60)
    assert seen.elevation_deg.min() == pytest.approx(10, abs=1e-3)
    assert seen.elevation_deg.min() >= 10 - 1e-9
    assert seen.time_s[0] == -seen.time_s[-1]


def test_a_pass_agrees_with_the_single_values():
    seen = MICIUS.overpass(70, step_s=50, sky_radiance=SKY_CLEAR_DAY)
    for elevation_deg, transmission, loss_db in zip(seen.elevation_deg, seen.transmission, seen.loss_db, strict=True):
        assert transmission == pytest.approx(MICIUS.transmission(float(elevation_deg)), rel=1e-12)
        assert loss_db == pytest.approx(MICIUS.loss_db(float(elevation_deg)), rel=1e-12)
    assert (seen.background_hz == MICIUS.background_hz(SKY_CLEAR_DAY)).all()


def test_a_pass_is_read_only_and_known_by_its_content():
    one, same, other = MICIUS.overpass(60), MICIUS.overpass(60), MICIUS.overpass(61)
    assert one == same != other
    assert len({one, same, other}) == 2
    with pytest.raises(ValueError, match="read-only"):
        one.transmission[0] = 1.0
    with pytest.raises(InvalidArgument, match="`range_km` must be an array as long as the times"):
        Overpass(time_s=[0], elevation_deg=[9], range_km=[1, 2], transmission=[1], background_hz=[0])


@pytest.mark.parametrize(("range_km", "loss_db"), MEASURED)
def test_micius_loses_what_was_measured(range_km, loss_db):
    seen = MICIUS.overpass(49.1, min_elevation_deg=10)
    setting = seen.time_s >= 0
    modelled = np.interp(range_km, seen.range_km[setting], seen.loss_db[setting])
    assert modelled == pytest.approx(loss_db, abs=3.0)


def test_a_pass_of_micius_brings_the_published_bits():
    """1,671,072 sifted bits in 273 s within 1,200 km, 12 kbit/s at 645 km, 1.1 at 1,200 km (Liao et al. 2017)."""
    seen = MICIUS.overpass(49.1, min_elevation_deg=10)
    near = seen.range_km <= 1200
    # 100 MHz, half of it signal of 0.8 photons, the same basis half of the time, detectors of 50 %
    sifted_hz = 100e6 * 0.5 * -np.expm1(-0.8 * 0.5 * seen.transmission) * 0.5
    assert seen.range_km.min() == pytest.approx(645, abs=1)
    assert np.ptp(seen.time_s[near]) == pytest.approx(273, rel=0.02)
    assert 0.5 < np.trapezoid(sifted_hz[near], seen.time_s[near]) / 1_671_072 < 2
    assert 0.5 < sifted_hz.max() / 12e3 < 2
    assert 0.5 < sifted_hz[near][0] / 1.1e3 < 2


@pytest.mark.parametrize("elevation_deg", [-1, 90.5, math.nan, "30"])
@pytest.mark.parametrize("method", ["range_km", "transmission", "loss_db", "delay_s", "overpass"])
def test_elevations_are_checked(method, elevation_deg):
    with pytest.raises(InvalidArgument, match=r"elevation_deg` must be .*, but is "):
        getattr(MICIUS, method)(elevation_deg)


def test_a_pass_needs_a_sensible_span():
    with pytest.raises(InvalidArgument, match="`min_elevation_deg` must be at most the greatest elevation, 5, but is"):
        MICIUS.overpass(5)
    with pytest.raises(InvalidArgument, match="`step_s` must be greater than 0"):
        MICIUS.overpass(50, step_s=0)


@pytest.mark.parametrize(
    ("field", "wrong"), [("altitude_km", 0), ("altitude_km", -500), ("zenith_transmission", 0), ("receiver", None)]
)
def test_impossible_numbers_are_refused(field, wrong):
    with pytest.raises(InvalidArgument, match=rf"^Argument `{field}` must be .*, but is "):
        replace(MICIUS, **{field: wrong})


@pytest.mark.parametrize("altitude_km", [500_000, 0.5])
def test_an_altitude_of_another_unit_is_flagged(altitude_km):
    with pytest.warns(UnitWarning, match="`altitude_km` is usually"):
        replace(MICIUS, altitude_km=altitude_km)


def test_a_pass_has_a_bounded_number_of_samples():
    with pytest.raises(InvalidArgument, match=r"`step_s` must cut a pass of .* s into at most 10\^7 samples"):
        MICIUS.overpass(60, step_s=1e-9)
