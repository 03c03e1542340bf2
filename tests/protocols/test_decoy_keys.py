import math
from dataclasses import replace

import numpy as np
import pytest
from qnet_protocols import decoy_bb84
from qnet_protocols.decoy_choice import Pulses, PulseWish
from qnet_protocols.decoy_plan import plan_decoys
from werner import entropy

from qnet import InvalidArgument, Network, Pairs, Seconds
from qnet.attacks import InterceptResend, MessageForgery, PhotonNumberSplitting
from qnet.bounds import ThresholdReceiver
from qnet.hardware import qkd_hardware
from qnet.keys import DecoySession, EpsilonBudget

NET = Network.chain([50.0])
CLICKS, ENOUGH = 60_000, 200_000
ONE = {"intensities": (0.45, 0.15), "intensity_probabilities": (0.3, 0.7), "z_probability": 0.68}
"""Nearly the best for one decoy; to search for it takes longer than the rest of a test."""


def receiver(length_km: float = 50.0) -> ThresholdReceiver:
    hardware = qkd_hardware("decoy-bb84-1ghz")
    return ThresholdReceiver(
        transmission=hardware.fibre.transmission(length_km) * hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )


def planned(clicks: int, epsilon: float = 1e-10, **choices):
    f = qkd_hardware("decoy-bb84-1ghz").error_correction_efficiency
    budget = EpsilonBudget.even(epsilon)
    return plan_decoys(receiver(), clicks, epsilon=budget, error_correction_efficiency=f, **choices)


@pytest.mark.parametrize("decoys", [1, 2])
def test_the_key_is_as_long_as_was_declared(decoys: int) -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(CLICKS), seed=2, decoys=decoys)
    plan = planned(CLICKS, decoys=decoys)
    assert run.secret_bits == plan.session.key_length > 0
    assert run.declared["key_bits"] == plan.key_bits
    assert (run.finite, run.keys_match) == (True, True)
    assert run.epsilon == pytest.approx(1e-10)
    assert run.leaked_bits <= plan.session.leak_limit
    assert np.array_equal(run.alice_key, run.bob_key)


def test_the_result_says_what_was_proved_and_not_which_error_is_tolerated() -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(ENOUGH), seed=2, **ONE)
    assert run.proved_bits >= run.secret_bits == run.declared["key_length"] > 0
    text = " ".join(str(run).split())
    assert f"{run.proved_bits:,} secret bits proved, {run.secret_bits:,} declared" in text
    assert "tolerated" not in text
    assert 0.0 < run.rounds_s < run.elapsed_s
    assert "of talk)" in text


@pytest.mark.parametrize("decoys", [1, 2])
def test_what_is_declared_is_less_than_what_is_expected(decoys: int) -> None:
    plan = planned(CLICKS, decoys=decoys)
    assert 0 < plan.session.key_length < plan.expected.key_length
    assert plan.session.counts.block == pytest.approx(plan.expected.counts.block)
    assert plan.session.reason_to_abort(plan.expected.counts) is None


def test_three_decoys_have_no_proof_and_say_so() -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(CLICKS), seed=2, decoys=3)
    assert (run.finite, run.epsilon, run.keys_match) == (False, None, True)
    assert len([name for name in run.declared if name.startswith("intensity")]) == 4
    assert "no finite-key proof" in str(run)


@pytest.mark.parametrize("decoys", [1, 3])
def test_asymptotic_rate_lies_below_that_of_known_single_photons_and_near_it(decoys: int) -> None:
    result = decoy_bb84.run(NET, stop=Pairs(10**9), seed=2, decoys=decoys)
    model, mu = receiver(), result.intensities[0]
    hardware = result.hardware
    key = mu * math.exp(-mu) * model.photon_yield(1) * (1 - entropy(model.photon_error(1)))
    key -= hardware.error_correction_efficiency * model.gain(mu) * entropy(model.error_rate(mu))
    blanked = math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9)
    known = hardware.clock_hz * key / (1 + blanked * model.gain(mu))
    rate = result.secret_key_rate_bps
    assert 0.85 * known < rate.value < known
    assert len(result.intensities) == decoys + 1


def test_photons_that_are_split_are_seen_by_decoys() -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(ENOUGH), seed=2, attack=PhotonNumberSplitting(), **ONE)
    assert run.aborted
    assert "prove 0 secret bits" in (run.reason or "")
    assert run.qber_z is not None
    assert run.qber_z.value < 0.012  # no error tells of it
    assert run.attack is not None
    assert run.attack.noticed


def test_resent_pulses_end_the_session() -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(ENOUGH), seed=2, attack=InterceptResend(fraction=0.2), **ONE)
    assert run.aborted
    assert run.attack is not None
    assert run.attack.noticed


def test_with_a_tolerance_a_worse_channel_makes_a_shorter_key() -> None:
    noisy = replace(qkd_hardware("decoy-bb84-1ghz"), misalignment=0.012)
    net = Network.chain([50.0], qkd_hardware=noisy)
    run = decoy_bb84.make_key(net, stop=Pairs(ENOUGH), seed=2, tolerated_error=0.015, **ONE)
    expecting = decoy_bb84.make_key(net, stop=Pairs(ENOUGH), seed=2, **ONE)
    assert run.keys_match
    assert 0 < run.secret_bits < expecting.secret_bits
    assert run.declared["tolerated_error"] > 0.015


def test_intensities_of_ones_own() -> None:
    own = {"intensities": (0.5, 0.2, 0.001), "intensity_probabilities": (0.3, 0.5, 0.2), "z_probability": 0.7}
    run = decoy_bb84.make_key(NET, stop=Pairs(200_000), seed=2, **own)
    pulses = Pulses(
        intensities=own["intensities"], probabilities=own["intensity_probabilities"], z_probability=own["z_probability"]
    )
    assert run.secret_bits == planned(200_000, pulses=pulses).session.key_length > 0


def test_what_is_not_given_suits_the_intensities_that_are() -> None:
    own = (0.5, 0.15)
    bare = planned(ENOUGH, wish=PulseWish(intensities=own))
    assert bare.pulses.intensities == own
    best = planned(ENOUGH, decoys=1).session.key_length or 0
    assert (bare.session.key_length or 0) > 0.8 * best > 0
    half = planned(ENOUGH, wish=PulseWish(intensities=own, probabilities=(0.4, 0.6)))
    assert half.pulses.probabilities == (0.4, 0.6)
    assert (half.session.key_length or 0) > 0


def test_a_hopeless_run_says_soon_what_is_missing() -> None:
    few = planned(10)
    assert planned(10 + (few.more_clicks or 0)).session.key_length
    assert not planned(10 + (few.more_clicks or 0) // 2).session.key_length


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ({"intensities": (0.1, 0.5)}, "intensities"),
        ({"intensities": (0.5,)}, "intensities"),
        ({"intensities": (0.5, 0.1), "intensity_probabilities": (0.5, 0.4)}, "probabilities"),
        ({"intensities": (0.5, 0.1), "z_probability": 1.0}, "z_probability"),
        ({"decoys": 4}, "decoys"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"tolerated_error": 0.6}, "tolerated_error"),
    ],
)
def test_what_cannot_be_sent_is_one_error(choice: dict[str, object], name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        decoy_bb84.make_key(NET, stop=Pairs(CLICKS), **choice)


def test_a_time_in_which_nothing_comes_says_how_many_clicks_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    few = planned(0, pulses=Pulses(intensities=(0.45, 0.15), probabilities=(0.3, 0.7), z_probability=0.68))
    assert planned(few.more_clicks or 0, pulses=few.pulses).session.key_length > 0
    declared: list[int] = []
    monkeypatch.setattr(decoy_bb84, "plan_decoys", lambda _, clicks, **__: declared.append(clicks) or few)
    assert f"{few.more_clicks:,}" in decoy_bb84.make_key(NET, stop=Seconds(1e-4)).reason
    assert declared == [0]  # what suits no key is not declared anew


def test_a_block_too_small_says_how_many_clicks_are_missing() -> None:
    own = Pulses(intensities=(0.5, 0.15), probabilities=(0.4, 0.6), z_probability=0.7)
    few = planned(5_000, pulses=own)
    assert f"{few.more_clicks:,} more clicks" in (few.reason or "")
    assert planned(5_000 + few.more_clicks, pulses=own).session.key_length > 0
    assert not planned(5_000 + int(0.8 * few.more_clicks), pulses=own).session.key_length
    choice = {"intensities": (0.5, 0.15), "intensity_probabilities": (0.4, 0.6), "z_probability": 0.7}
    run = decoy_bb84.make_key(NET, stop=Pairs(5_000), seed=2, **choice)
    assert (run.raw, run.reason) == (0, few.reason)


def test_where_errors_leave_no_key_no_number_of_clicks_does() -> None:
    noisy = replace(qkd_hardware("decoy-bb84-1ghz"), misalignment=0.2)
    run = decoy_bb84.make_key(Network.chain([50.0], qkd_hardware=noisy), stop=Pairs(CLICKS), seed=2)
    assert "however many" in (run.reason or "")


def test_a_run_limited_in_time_ends_in_time() -> None:
    run = decoy_bb84.make_key(Network.chain([5.0]), stop=Seconds(0.04), seed=3, **ONE)
    assert run.secret_bits > 0
    assert 0.005 < run.elapsed_s <= 0.04


def test_a_forged_message_ends_it() -> None:
    run = decoy_bb84.make_key(NET, stop=Pairs(ENOUGH), seed=2, attack=MessageForgery(), **ONE)
    assert "forged" in (run.reason or "")


def test_a_session_that_proves_less_than_declared_aborts() -> None:
    """The counts of fewer pulses prove less: judged before reconciliation, and by one decoy after it too."""
    pulses = Pulses(intensities=(0.45, 0.15), probabilities=(0.3, 0.7), z_probability=0.68)
    session: DecoySession = planned(ENOUGH, pulses=pulses).session
    worse = session.counts.key_errors[0], 3.0 * session.counts.key_errors[1]
    reason = session.reason_to_abort(replace(session.counts, key_errors=worse))
    assert "prove" in (reason or "")


@pytest.mark.validate
@pytest.mark.parametrize("decoys", [1, 2])
def test_honest_sessions_hardly_ever_abort_and_keys_are_equal(decoys: int) -> None:
    runs = [decoy_bb84.make_key(NET, stop=Pairs(CLICKS), seed=seed, decoys=decoys) for seed in range(500)]
    assert all(run.keys_match for run in runs if not run.aborted)
    assert sum(run.aborted for run in runs) <= 1


def test_a_key_that_would_take_years_is_given_up() -> None:
    dark = replace(qkd_hardware("decoy-bb84-1ghz"), dark_count_probability=0.0)
    run = decoy_bb84.make_key(Network.chain([900.0], qkd_hardware=dark), stop=Pairs(10**6), seed=2)
    assert "clicks came" in (run.reason or "")
    with pytest.raises(InvalidArgument, match="network"):
        decoy_bb84.make_key(Network.chain([20_000.0], qkd_hardware=dark), stop=Pairs(CLICKS), seed=2)
