"""Finite keys of simulated results, beside the sessions of `qnet.keys` that they are declared as."""

import math

import pytest
from qnet_protocols import bbm92, decoy_bb84, trusted_bb84, trusted_bbm92
from werner import SLOT_S, chain, qber_of

from qnet import Network, Pairs, Seconds
from qnet.bounds import ThresholdReceiver
from qnet.experiment import Quantity
from qnet.finite import _channel, _combined, finite_key_bits
from qnet.hardware import qkd_hardware
from qnet.keys import EpsilonBudget, ExpectedErrors, certain_count, optimal_decoy_session, plan_single_photons

SNSPD = qkd_hardware("decoy-bb84-1ghz")
EPSILON = EpsilonBudget.even(1e-10)


def receiver_over(length_km: float) -> ThresholdReceiver:
    return ThresholdReceiver(
        transmission=SNSPD.fibre.transmission(length_km) * SNSPD.receiver_efficiency,
        dark_count_probability=SNSPD.dark_count_probability,
        misalignment=SNSPD.misalignment,
    )


def test_a_session_on_pairs_makes_the_key_it_is_said_to_make() -> None:
    net, expected = chain(1, 0.995, 1.0), ExpectedErrors(error_z=qber_of(0.995), error_x=qber_of(0.995))
    said = finite_key_bits(bbm92.run(net, stop=Pairs(1000), seed=1), 0.8)
    rounds = certain_count(0.8 / SLOT_S)
    declared = plan_single_photons(rounds, expected, epsilon=EPSILON).session
    made = bbm92.make_key(net, stop=Pairs(rounds + 300), seed=2)  # 300 pairs show what to expect
    assert (made.aborted, made.keys_match, made.secret_bits) == (False, True, declared.key_length)
    assert said.low < made.secret_bits < said.high


def test_a_session_on_pulses_makes_the_key_it_is_said_to_make() -> None:
    net, talk_s = Network.chain([20.0]), 1200 * 20.0 / 2e5  # time that the protocol leaves for talking
    said = finite_key_bits(decoy_bb84.run(net, stop=Pairs(10**6), seed=1), 0.004)
    made = decoy_bb84.make_key(net, stop=Seconds(0.004 + talk_s), seed=2)
    assert (made.aborted, made.keys_match) == (False, True)
    assert said.low < made.secret_bits < said.high
    assert said.value == pytest.approx(made.secret_bits, rel=0.05)


def test_the_channel_that_was_seen_is_the_one_that_was_sent_over() -> None:
    sent = ThresholdReceiver(transmission=0.02, dark_count_probability=1e-6, misalignment=0.01)
    found = _channel(0.5, sent.gain(0.5), sent.gain(0.0), sent.error_rate(0.5))
    assert found.transmission == pytest.approx(0.02)
    assert found.dark_count_probability == pytest.approx(1e-6)
    assert found.misalignment == pytest.approx(0.01, rel=1e-2)


def test_a_run_on_pulses_makes_the_best_session_s_key() -> None:
    result = decoy_bb84.run(Network.chain([60.0]), stop=Pairs(10**7), seed=1)
    bits = finite_key_bits(result, 600.0)
    channel = receiver_over(60.0)
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
