import math
from dataclasses import replace

import pytest
from qnet_protocols import decoy_bb84
from werner import entropy, half_width, near

from qnet import InvalidArgument, Network, Pairs, Seconds
from qnet.bounds import ThresholdReceiver, vacuum_weak_key_per_pulse
from qnet.hardware import qkd_hardware

NAMES = ("decoy-bb84-1ghz", "gys-2004")


def fibre(length_km: float, hardware, parts: int = 1) -> Network:
    return Network.chain([length_km / parts] * parts, qkd_hardware=hardware)


def run(length_km: float, hardware, clicks: int = 10**9, seed: int = 1) -> decoy_bb84.DecoyResult:
    return decoy_bb84.run(fibre(length_km, hardware), stop=Pairs(clicks), seed=seed)


class Optics:
    """Gain and error rate of a phase-randomised pulse, derived with all the light there is, detector by detector.

    A coherent state that splits stays coherent: the right detector sees mean photon number (1 - e) eta mu, the wrong
    one e eta mu, each is silent with (1 - d) exp(-what it sees), and a double click is a coin.
    """

    def __init__(self, hardware, length_km: float) -> None:
        self.eta = 10 ** (-(hardware.fibre.loss_db_per_km * length_km + hardware.fibre.connector_loss_db) / 10)
        self.eta *= hardware.receiver_efficiency
        self.dark, self.e = hardware.dark_count_probability, hardware.misalignment

    def clicks(self, mu: float) -> tuple[float, float]:
        right, wrong = (1 - (1 - self.dark) * math.exp(-part * self.eta * mu) for part in (1 - self.e, self.e))
        gain = right + wrong - right * wrong
        return gain, (wrong * (1 - right) + right * wrong / 2) / gain

    def key_per_click(self, mu: float, nu: float, f: float) -> float:
        (q_mu, e_mu), (q_nu, e_nu), (y_0, _) = (self.clicks(intensity) for intensity in (mu, nu, 0.0))
        y_1 = q_nu * math.exp(nu) - q_mu * math.exp(mu) * (nu / mu) ** 2 - (1 - (nu / mu) ** 2) * y_0
        y_1 *= mu / (mu * nu - nu**2)
        e_1 = (e_nu * q_nu * math.exp(nu) - y_0 / 2) / (nu * y_1)
        return (mu * math.exp(-mu) * y_1 * (1 - entropy(e_1)) - f * q_mu * entropy(e_mu)) / q_mu


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length_km", [20.0, 60.0, 100.0])
def test_key_rate_without_dead_time_is_the_closed_form(name: str, length_km: float) -> None:
    hardware = replace(qkd_hardware(name), dead_time_s=0.0)
    result = run(length_km, hardware)
    mu, nu, empty = result.intensities
    receiver = ThresholdReceiver(
        transmission=hardware.fibre.transmission(length_km) * hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )
    f = hardware.error_correction_efficiency
    closed_form = vacuum_weak_key_per_pulse(receiver, mu, nu, error_correction_efficiency=f)
    optics = Optics(hardware, length_km)
    assert closed_form == pytest.approx(optics.key_per_click(mu, nu, f) * optics.clicks(mu)[0], rel=1e-9)
    assert near(result.secret_key_rate_bps, hardware.clock_hz * closed_form, 0.01)
    assert (nu, empty) == (0.05, 0.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length_km", [1.0, 60.0])
def test_dead_time_is_a_renewal_factor_and_touches_no_fraction(name: str, length_km: float) -> None:
    hardware = replace(qkd_hardware(name), dead_time_s=20.3 / qkd_hardware(name).clock_hz)
    result = run(length_km, hardware)
    mu, nu, _ = result.intensities
    optics, row = Optics(hardware, length_km), result.row()
    gain, error = optics.clicks(mu)
    clicks_hz = hardware.clock_hz / (1 / gain + 21)  # a click, and the 21 pulses it costs
    assert near(row.pair_rate_hz, clicks_hz, 0.01)
    fraction = optics.key_per_click(mu, nu, hardware.error_correction_efficiency)
    assert near(row.secret_fraction, fraction, 0.01)
    assert near(row.secret_key_rate_bps, fraction * clicks_hz, 0.01)
    assert near(row.qber_z, error, 0.01)
    assert near(row.qber_x, error, 0.01)
    assert row.key_per_channel_use.value == pytest.approx(row.secret_key_rate_bps.value / hardware.clock_hz)


@pytest.mark.validate
def test_the_interval_is_as_wide_as_runs_scatter() -> None:
    rates = [run(60.0, "decoy-bb84-1ghz", 10**6, seed).secret_key_rate_bps for seed in range(50)]
    mean = sum(rate.value for rate in rates) / 50
    spread = math.sqrt(sum((rate.value - mean) ** 2 for rate in rates) / 49)
    assert spread == pytest.approx(half_width(rates[0]), rel=0.3)  # the spread of 50 is known to 10 %


def test_intermediate_nodes_are_fibre_and_nothing_else() -> None:
    whole, parts = (
        decoy_bb84.run(fibre(60.0, None, parts), stop=Pairs(10**6), seed=1, max_span_km=10.0).row() for parts in (1, 3)
    )
    for row in (whole, parts):
        assert (row.trusted_nodes, row.untrusted_stations) == (0, 0)
    assert whole.pair_rate_hz.value == pytest.approx(parts.pair_rate_hz.value, rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_beyond_the_cut_off_the_rate_is_zero(name: str) -> None:
    row = run(300.0, name, 10**6).row()
    assert row.stopped_by == "pairs"  # dark counts come in plenty
    assert row.secret_key_rate_bps.value == row.secret_key_rate_bps.low == 0
    assert math.isfinite(row.secret_key_rate_bps.high)
    assert row.time_to_256_bits_s is None


def test_without_a_click_the_rate_is_zero_with_an_upper_bound() -> None:
    dark = replace(qkd_hardware("decoy-bb84-1ghz"), dark_count_probability=0.0)
    row = decoy_bb84.run(fibre(900.0, dark), stop=Seconds(10.0), seed=1).row()
    assert (row.pairs, row.stopped_by) == (0, "sim-time")
    assert (row.secret_key_rate_bps.value, row.secret_key_rate_bps.low) == (0, 0)
    assert 0 < row.secret_key_rate_bps.high < 10  # of some 1e9 pulses, 1.25e9 of them signals in Z
    assert row.qber_z is row.qber_x is row.secret_fraction is None


@pytest.mark.parametrize("seconds", [1e-6, 0.01, 2.0])
@pytest.mark.parametrize("length_km", [0.001, 100.0])
def test_simulated_time_is_a_limit(seconds: float, length_km: float) -> None:
    result = decoy_bb84.run(fibre(length_km, None), stop=Seconds(seconds), seed=1)
    assert result.stopped_by == "sim-time"
    assert result.pulses.elapsed_s <= seconds
    if seconds > 1e-3:
        assert result.pulses.elapsed_s > 0.98 * seconds


def test_phase_errors_are_those_of_x() -> None:
    # Only X goes wrong: the key of Z pays no reconciliation for it, but its phase error.
    result = run(20.0, "decoy-bb84-1ghz", 10**8)
    mu, nu, _ = result.intensities
    noisy = tuple(replace(counts, errors=counts.errors + counts.clicks // 20) for counts in result.pulses.x)
    worse = replace(result, pulses=replace(result.pulses, x=noisy))
    optics = Optics(qkd_hardware("decoy-bb84-1ghz"), 20.0)
    (q_mu, e_mu), (q_nu, e_nu), (y_0, _) = (optics.clicks(intensity) for intensity in (mu, nu, 0.0))
    y_1 = q_nu * math.exp(nu) - q_mu * math.exp(mu) * (nu / mu) ** 2 - (1 - (nu / mu) ** 2) * y_0
    y_1 *= mu / (mu * nu - nu**2)
    e_1 = ((e_nu + 0.05) * q_nu * math.exp(nu) - y_0 / 2) / (nu * y_1)
    expected = (mu * math.exp(-mu) * y_1 * (1 - entropy(e_1)) - 1.16 * q_mu * entropy(e_mu)) / q_mu
    assert near(worse.row().secret_fraction, expected, 0.02)
    assert worse.row().qber_z == result.row().qber_z


def test_one_device_serves_one_session() -> None:
    network = fibre(20.0, qkd_hardware("gys-2004"))
    simulation = network.simulate(seed=1)
    for name in ("first", "second"):
        simulation.start(decoy_bb84.protocol, name=name)
    with pytest.raises(InvalidArgument, match="be the only one to send pulses"):
        simulation.run(until_s=1.0)
