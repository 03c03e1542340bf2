"""Raman noise and cross-talk against integrals over the fibre."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from qnet.errors import InvalidArgument, UnitWarning
from qnet.hardware import ClassicalChannel, Coexistence, Detector, Fibre

CHANNEL = ClassicalChannel(launch_power_dbm=-3, wavelength_nm=1560)
SHARED = Coexistence(channels=(CHANNEL,), wavelength_nm=1550, filter_nm=0.1, isolation_db=100)
PHOTON_J = 6.62607015e-34 * 299792458 / 1550e-9
losses = st.floats(0.15, 0.5)


def slice_by_slice(direction, classical_db, quantum_db, length_km):
    """Sum what each slice of the fibre scatters to the receiver, watt."""

    def reaching(z):
        before = z if direction == "co" else length_km - z
        return 10 ** (-(classical_db * before + quantum_db * (length_km - z)) / 10)

    return 10**-3.3 * 3e-9 * 0.1 * quad(reaching, 0, length_km)[0]


@given(st.sampled_from(["co", "counter"]), losses, losses, st.floats(0.01, 200))
def test_raman_noise_is_the_sum_over_slices(direction, classical_db, quantum_db, length_km):
    shared = replace(SHARED, channels=(replace(CHANNEL, direction=direction, loss_db_per_km=classical_db),))
    got = shared.raman_hz(Fibre(loss_db_per_km=quantum_db), length_km)
    assert got == pytest.approx(slice_by_slice(direction, classical_db, quantum_db, length_km) / PHOTON_J, rel=1e-6)


def test_equal_losses_give_the_formulas_of_eraerds():
    alpha, power_w = 0.2 * math.log(10) / 10, 10**-3.3
    scattered = power_w * 3e-9 * 0.1 / PHOTON_J
    assert SHARED.raman_hz(Fibre(), 50) == pytest.approx(scattered * 50 * math.exp(-alpha * 50), rel=1e-12)
    counter = replace(SHARED, channels=(replace(CHANNEL, direction="counter"),))
    assert counter.raman_hz(Fibre(), 50) == pytest.approx(
        scattered * -math.expm1(-2 * alpha * 50) / (2 * alpha), rel=1e-12
    )


def test_light_running_along_is_worst_at_one_attenuation_length():
    rates = {length: SHARED.raman_hz(Fibre(), length) for length in (15, 21.7147, 30)}
    assert max(rates, key=rates.get) == 21.7147


def test_light_running_against_grows_to_a_limit():
    counter = replace(SHARED, channels=(replace(CHANNEL, direction="counter"),))
    near, far, farther = (counter.raman_hz(Fibre(), length) for length in (20, 300, 3000))
    assert near < far < farther * (1 + 1e-9) == pytest.approx(far * (1 + 1e-9), rel=1e-9)


def test_no_fibre_and_nearly_equal_losses_are_no_trouble():
    assert SHARED.raman_hz(Fibre(), 0) == 0
    close = replace(SHARED, channels=(replace(CHANNEL, loss_db_per_km=0.2 + 1e-13),))
    assert close.raman_hz(Fibre(), 100) == pytest.approx(SHARED.raman_hz(Fibre(), 100), rel=1e-9)
    lossless = replace(SHARED, channels=(replace(CHANNEL, loss_db_per_km=0, direction="counter"),))
    assert lossless.raman_hz(Fibre(loss_db_per_km=0), 10) == pytest.approx(10**-3.3 * 3e-10 * 10 / PHOTON_J)


def test_connectors_weaken_what_runs_along_once():
    joined = Fibre(connector_loss_db=3.0)
    assert SHARED.noise_hz(joined, 40) / SHARED.noise_hz(Fibre(), 40) == pytest.approx(10**-0.3)


def test_cross_talk_is_the_light_that_arrives_behind_the_filter():
    photon_j = PHOTON_J * 1550 / 1560
    assert SHARED.crosstalk_hz(Fibre(), 50) == pytest.approx(1e-3 * 10 ** (-0.3 - 1.0 - 10) / photon_j, rel=1e-9)
    counter = replace(SHARED, channels=(replace(CHANNEL, direction="counter"),))
    assert counter.crosstalk_hz(Fibre(), 50) == pytest.approx(1e-3 * 10 ** (-0.3 - 3.2 - 10) / photon_j, rel=1e-9)
    assert replace(SHARED, isolation_db=math.inf).crosstalk_hz(Fibre(), 50) == 0


def test_channels_add():
    other = replace(CHANNEL, launch_power_dbm=0, direction="counter", raman_per_km_nm=1e-11)
    both = replace(SHARED, channels=(CHANNEL, other))
    alone = [replace(SHARED, channels=(channel,)).noise_hz(Fibre(), 30) for channel in both.channels]
    assert both.noise_hz(Fibre(), 30) == pytest.approx(sum(alone), rel=1e-12)
    assert both.photons_per_window(Fibre(), 30, 1e-9) == pytest.approx(sum(alone) * 1e-9, rel=1e-12)
    assert replace(SHARED, channels=()).noise_hz(Fibre(), 30) == 0


def test_noise_reaches_the_detector():
    detector = Detector.from_rate(dark_count_hz=10, window_s=1e-9, efficiency=0.2)
    noise_hz = SHARED.noise_hz(Fibre(), 30)
    assert detector.with_background(noise_hz).dark_count_hz == pytest.approx(10 + 0.2 * noise_hz, rel=1e-6)


@pytest.mark.parametrize(
    ("value", "field", "wrong"),
    [
        (CHANNEL, "launch_power_dbm", math.inf),
        (CHANNEL, "wavelength_nm", 0),
        (CHANNEL, "direction", "forward"),
        (CHANNEL, "loss_db_per_km", -0.2),
        (SHARED, "filter_nm", -1),
        (SHARED, "isolation_db", -3),
        (CHANNEL, "raman_per_km_nm", math.nan),
        (SHARED, "channels", [CHANNEL]),
        (SHARED, "channels", (Fibre(),)),
    ],
)
def test_impossible_numbers_are_refused(value, field, wrong):
    with pytest.raises(InvalidArgument, match=rf"^Argument `{field}` must be .*, but is "):
        replace(value, **{field: wrong})


@pytest.mark.parametrize(
    ("value", "field", "odd"),
    [(CHANNEL, "launch_power_dbm", 1000), (SHARED, "wavelength_nm", 1.55), (CHANNEL, "raman_per_km_nm", 3e-6)],
)
def test_numbers_of_another_unit_are_flagged(value, field, odd):
    with pytest.warns(UnitWarning, match=f"`{field}` is usually"):
        replace(value, **{field: odd})


@pytest.mark.parametrize("method", ["raman_hz", "crosstalk_hz", "noise_hz"])
def test_lengths_are_checked(method):
    with pytest.raises(InvalidArgument, match="`length_km` must be"):
        getattr(SHARED, method)(Fibre(), -1)
