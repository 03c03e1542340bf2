"""BB84 with single photons and with decoys: simulated rates against closed forms.

The closed forms are those of `qnet.bounds`, which no simulation reads and which tests/analytic holds to the reference.
"""

import math

import pytest
from qnet_protocols import bb84, decoy_bb84
from zscores import record_z

from qnet import Network, Pairs
from qnet.bounds import ThresholdReceiver, vacuum_weak_key_per_pulse
from qnet.hardware import qkd_hardware

SMALL, LONG = 10**6, pytest.param(3 * 10**9, marks=pytest.mark.validate)

SYSTEMS = [("decoy-bb84-1ghz", 25.0), ("decoy-bb84-1ghz", 100.0), ("gys-2004", 40.0)]


def channel(name: str, length_km: float):
    hardware = qkd_hardware(name)
    receiver = ThresholdReceiver(
        transmission=hardware.fibre.transmission(length_km) * hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )
    return hardware, receiver


def entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def live(hardware, gain: float) -> float:
    """The share of pulses that meet a receiver that is ready: clicks are a renewal process."""
    return 1 / (1 + math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9) * gain)


def agrees(name: str, rate, expected: float, clicks: int) -> bool:
    error = (rate.high - rate.low) / (2 * 1.96)
    return (clicks == SMALL or error <= 0.01 * expected) and abs(record_z(name, rate.value, error, expected)) <= 4


@pytest.mark.parametrize("clicks", [SMALL, LONG])
@pytest.mark.parametrize(("name", "length_km"), SYSTEMS)
def test_single_photons(name: str, length_km: float, clicks: int) -> None:
    """R = clock Y1 [1 - h(e) - f h(e)], less the dead time."""
    hardware, receiver = channel(name, length_km)
    result = bb84.run(Network.chain([length_km], qkd_hardware=hardware), stop=Pairs(clicks), seed=4)
    gain, error = receiver.photon_yield(1), receiver.photon_error(1)
    fraction = 1 - (1 + hardware.error_correction_efficiency) * entropy(error)
    expected = hardware.clock_hz * gain * live(hardware, gain) * fraction
    assert agrees("secret bit/s", result.secret_key_rate_bps, expected, clicks)


@pytest.mark.parametrize("clicks", [SMALL, LONG])
@pytest.mark.parametrize(("name", "length_km"), SYSTEMS)
def test_vacuum_and_weak_decoy(name: str, length_km: float, clicks: int) -> None:
    """R of Ma et al. 2005 per signal pulse, times the clock, less the dead time of signals."""
    hardware, receiver = channel(name, length_km)
    result = decoy_bb84.run(Network.chain([length_km], qkd_hardware=hardware), stop=Pairs(clicks), seed=4)
    signal, weak, _ = result.intensities
    f = hardware.error_correction_efficiency
    key = vacuum_weak_key_per_pulse(receiver, signal, weak, error_correction_efficiency=f)
    expected = hardware.clock_hz * live(hardware, receiver.gain(signal)) * key
    assert agrees("secret bit/s", result.secret_key_rate_bps, expected, clicks)


@pytest.mark.parametrize("clicks", [SMALL, LONG])
@pytest.mark.parametrize("decoys", [1, 3])
def test_one_decoy_and_three(decoys: int, clicks: int) -> None:
    """The linear bound at the gains and errors that the model predicts."""
    hardware, receiver = channel("decoy-bb84-1ghz", 50.0)
    result = decoy_bb84.run(Network.chain([50.0]), stop=Pairs(clicks), seed=4, decoys=decoys)
    mu = result.intensities[0]
    gains = [receiver.gain(k) for k in result.intensities]
    wrong = [receiver.error_rate(k) * gain for k, gain in zip(result.intensities, gains, strict=True)]
    single = result.bound.single_photons(gains, wrong)
    key = mu * math.exp(-mu) * single.yield_lower * (1 - entropy(single.error_upper))
    key -= hardware.error_correction_efficiency * gains[0] * entropy(wrong[0] / gains[0])
    expected = hardware.clock_hz * live(hardware, gains[0]) * key
    assert agrees("secret bit/s", result.secret_key_rate_bps, expected, clicks)
