"""Finite keys of simulated results, beside the sessions of `qnet.keys` that they are declared as."""

import math

import pytest
from qnet_protocols import bbm92, decoy_bb84, trusted_bb84, trusted_bbm92
from werner import chain, qber_of

from qnet import Network, Pairs
from qnet.bounds import ThresholdReceiver
from qnet.experiment import Quantity
from qnet.finite import _channel, _combined, _most_from_pairs, finite_key_bits
from qnet.hardware import qkd_hardware
from qnet.keys import EpsilonBudget, SinglePhotonSession, optimal_decoy_session

SNSPD = qkd_hardware("decoy-bb84-1ghz")


def test_pairs_are_shared_out_in_the_best_way() -> None:
    epsilon, rounds, error = EpsilonBudget.even(1e-10), 1e6, 0.02

    def bits(chance: float) -> int:
        key, test = int(rounds * (1 - chance) ** 2), int(rounds * chance**2)
        return SinglePhotonSession(key_bits=key, test_bits=test, tolerated_error=error, epsilon=epsilon).key_length

    best = max(bits(step / 1000) for step in range(20, 500))
    assert _most_from_pairs(rounds, error, error, epsilon) == pytest.approx(best, rel=1e-4)
    assert _most_from_pairs(rounds, 0.05, error, epsilon) < best  # errors in Z are corrected at a cost
    assert _most_from_pairs(1000, error, error, epsilon) == 0


def test_a_run_on_pairs_is_declared_for_what_it_showed() -> None:
    result = bbm92.run(chain(1, 0.98, 0.5), stop=Pairs(1000), seed=1)
    row, bits = result.row(), finite_key_bits(result, 100.0)
    declared = EpsilonBudget.even(1e-10)
    shown = _most_from_pairs(100 * row.pair_rate_hz.value, row.qber_z.value, row.qber_x.value, declared)
    assert bits.value == shown
    truth = _most_from_pairs(100 * 5000, qber_of(0.98), qber_of(0.98), declared)
    assert bits.low < truth < bits.high


def test_the_channel_that_was_seen_is_the_one_that_was_sent_over() -> None:
    sent = ThresholdReceiver(transmission=0.02, dark_count_probability=1e-6, misalignment=0.01)
    found = _channel(0.5, sent.gain(0.5), sent.gain(0.0), sent.error_rate(0.5))
    assert found.transmission == pytest.approx(0.02)
    assert found.dark_count_probability == pytest.approx(1e-6)
    assert found.misalignment == pytest.approx(0.01, rel=1e-2)


def test_a_run_on_pulses_makes_the_best_session_s_key() -> None:
    result = decoy_bb84.run(Network.chain([60.0]), stop=Pairs(10**7), seed=1)
    bits = finite_key_bits(result, 600.0)
    channel = ThresholdReceiver(
        transmission=SNSPD.fibre.transmission(60.0) * SNSPD.receiver_efficiency,
        dark_count_probability=SNSPD.dark_count_probability,
        misalignment=SNSPD.misalignment,
    )
    best = optimal_decoy_session(channel, key_clicks=7.2e9, epsilon=EpsilonBudget.even(1e-10))
    clicks = sum(
        map(math.prod, zip(best.session.probabilities, map(channel.gain, best.session.intensities), strict=True))
    )
    live = 600.0 * 1e9 / (1.0 + 7 * clicks)
    assert bits.value == pytest.approx(best.key_per_pulse * live, rel=0.02)


def test_hops_share_the_epsilon_and_the_weakest_decides() -> None:
    result = trusted_bb84.run(Network.chain([20.0, 60.0]), stop=Pairs(10**6), seed=1)
    whole, slow = finite_key_bits(result, 60.0), finite_key_bits(result.hops[1], 60.0, 0.5e-10)
    assert whole == slow
    assert finite_key_bits(result.hops[1], 60.0).value > slow.value


def test_a_hop_without_key_leaves_none() -> None:
    result = trusted_bbm92.run(chain(2, 0.6, 0.5), stop=Pairs(100), seed=1)
    assert finite_key_bits(result, 1e6).value == 0.0
    short = finite_key_bits(decoy_bb84.run(Network.chain([150.0]), stop=Pairs(10**5), seed=1), 1e-3)
    assert short.value == 0.0 < short.high


def test_shifts_of_independent_estimates_add_in_squares() -> None:
    both = _combined(lambda a, b: 10 * a - b, Quantity(2.0, 1.7, 2.3), Quantity(5.0, 1.0, 9.0))
    assert (both.value, both.low, both.high) == pytest.approx((15.0, 10.0, 20.0))
