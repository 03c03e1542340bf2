import math
from dataclasses import replace

import numpy as np
import pytest
from qnet_protocols import bb84
from werner import entropy, near

from qnet import InvalidArgument, Network, Pairs, Seconds
from qnet.attacks import EntanglingProbe, InterceptResend, MessageForgery, PhotonNumberSplitting
from qnet.hardware import qkd_hardware
from qnet.keys import EpsilonBudget, SinglePhotonSession

NET = Network.chain([50.0])


def expected(hardware, length_km: float) -> tuple[float, float]:
    """Clicks per photon and their error rate, derived with two detectors in hand (tests/link/test_photons.py)."""
    loss_db = hardware.fibre.loss_db_per_km * length_km + hardware.fibre.connector_loss_db
    eta, d = 10 ** (-loss_db / 10) * hardware.receiver_efficiency, hardware.dark_count_probability
    gain = 1 - (1 - eta) * (1 - d) ** 2
    wrong = eta * (hardware.misalignment * (1 - d) + d / 2) + (1 - eta) * (d * (1 - d) + d**2 / 2)
    return gain, wrong / gain


@pytest.mark.parametrize("name", ["decoy-bb84-1ghz", "gys-2004"])
@pytest.mark.parametrize("length_km", [10.0, 80.0])
def test_rates_are_those_of_the_closed_form(name: str, length_km: float) -> None:
    hardware = qkd_hardware(name)
    result = bb84.run(Network.chain([length_km], qkd_hardware=hardware), stop=Pairs(10**8), seed=1)
    gain, error = expected(hardware, length_km)
    clicks_hz = hardware.clock_hz / (1 / gain + math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9))
    fraction = 1 - (1 + hardware.error_correction_efficiency) * entropy(error)
    row = result.row()
    assert near(row.pair_rate_hz, clicks_hz, 0.01)
    assert near(row.qber_z, error, 0.01)
    assert near(row.qber_x, error, 0.01)
    assert near(row.secret_fraction, fraction, 0.01)
    assert near(row.secret_key_rate_bps, fraction * clicks_hz, 0.01)
    assert (row.trusted_nodes, row.untrusted_stations, row.stopped_by) == (0, 0, "pairs")


def test_without_light_or_dark_counts_the_rate_is_zero_with_an_upper_bound() -> None:
    dark = replace(qkd_hardware("decoy-bb84-1ghz"), dark_count_probability=0.0)
    result = bb84.run(Network.chain([900.0], qkd_hardware=dark), stop=Seconds(1.0), seed=1)
    assert (result.counts.clicks, result.secret_key_rate_bps.value) == (0, 0.0)
    assert 0 < result.secret_key_rate_bps.high < 20
    assert result.row().qber_z is None


@pytest.mark.parametrize("clicks", [30_000, 100_000])
def test_the_key_is_as_long_as_was_declared(clicks: int) -> None:
    run = bb84.make_key(NET, stop=Pairs(clicks), epsilon=3e-9, seed=2)
    told = run.declared
    session = SinglePhotonSession(
        key_bits=round(told["key_bits"]),
        test_bits=round(told["test_bits"]),
        tolerated_error=told["tolerated_error"],
        key_error=told["key_error"],
        error_correction_efficiency=told["error_correction_efficiency"],
        epsilon=EpsilonBudget(secrecy=1e-9, correctness=1e-9, authentication=1e-9),
    )
    assert run.secret_bits == session.key_length > 0
    assert np.array_equal(run.alice_key, run.bob_key)
    assert run.finite
    assert run.epsilon == pytest.approx(3e-9)
    assert clicks <= run.raw < 1.1 * clicks
    assert run.leaked_bits <= session.leak_limit


def test_above_the_tolerance_it_aborts() -> None:
    run = bb84.make_key(NET, stop=Pairs(20_000), tolerated_error=0.005, seed=2)
    assert run.aborted
    assert "above the tolerated 0.005" in (run.reason or "")
    assert (run.secret_bits, run.keys_match) == (0, None)


def test_a_block_too_small_says_how_many_rounds_are_missing() -> None:
    first = bb84.make_key(NET, stop=Pairs(2_000), seed=2)
    assert first.aborted
    missing = int("".join(filter(str.isdigit, (first.reason or "").split(":")[1])))
    assert bb84.make_key(NET, stop=Pairs(2_000 + missing), seed=2).secret_bits > 0
    assert bb84.make_key(NET, stop=Pairs(int(0.95 * (2_000 + missing))), seed=2).secret_bits == 0


@pytest.mark.parametrize(
    ("attack", "e_z", "e_x"),
    [
        (InterceptResend(fraction=1.0, angle_deg=0.0), 0.0, 0.5),
        (InterceptResend(fraction=0.4), 0.1, 0.1),
        (EntanglingProbe(disturbance=0.1), 0.0, 0.1),
    ],
    ids=["z", "either", "probe"],
)
def test_taps_are_seen_and_end_the_session(attack, e_z: float, e_x: float) -> None:
    run = bb84.make_key(NET, stop=Pairs(50_000), seed=3, attack=attack)
    for seen, wrong in ((run.qber_z, e_z), (run.qber_x, e_x)):
        assert near(seen, 0.01 * (1 - wrong) + 0.99 * wrong, 0.15)
    assert run.aborted
    assert run.attack is not None
    assert run.attack.noticed


def test_a_route_of_several_links_is_one_fibre_with_a_tap_on_each() -> None:
    parts = Network.chain([25.0, 25.0])
    run = bb84.make_key(
        parts, stop=Pairs(50_000), seed=3, attack=EntanglingProbe(disturbance=0.1, links=[("n0", "n1")])
    )
    twice = bb84.make_key(parts, stop=Pairs(50_000), seed=3, attack=EntanglingProbe(disturbance=0.1))
    assert near(run.qber_x, 0.108, 0.15)
    assert near(twice.qber_x, 0.1 * 0.9 * 2 * 0.98 + 0.01, 0.15)


def test_a_forged_message_ends_it() -> None:
    run = bb84.make_key(NET, stop=Pairs(20_000), seed=3, attack=MessageForgery())
    assert run.aborted
    assert "forged" in (run.reason or "")


def test_pulses_taken_for_photons_give_the_key_away_unnoticed() -> None:
    attack = PhotonNumberSplitting(intensity=0.3)
    run = bb84.make_key(NET, stop=Pairs(50_000), seed=3, mean_photon_number=0.3, attack=attack)
    assert run.keys_match
    assert not run.finite
    assert run.attack is not None
    assert not run.attack.noticed
    assert run.attack.eve_bits_per_sifted_bit == pytest.approx(1.0, abs=1e-3)


def test_a_run_limited_in_time_ends_in_time() -> None:
    run = bb84.make_key(Network.chain([5.0]), stop=Seconds(0.034), seed=3)
    assert run.secret_bits > 0
    assert 0.002 < run.elapsed_s <= 0.034


def test_an_epsilon_of_zero_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="epsilon"):
        bb84.make_key(NET, stop=Pairs(10_000), epsilon=0.0)


@pytest.mark.validate
def test_keys_are_equal_in_a_thousand_runs() -> None:
    runs = [bb84.make_key(NET, stop=Pairs(20_000), seed=seed) for seed in range(1000)]
    assert all(run.keys_match for run in runs if not run.aborted)
    assert sum(run.aborted for run in runs) < 10
