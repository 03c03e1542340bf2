import math

import numpy as np
import pytest
from qnet_protocols import bb84, decoy_bb84, series
from qnet_protocols.post_processing import KeyMaterial

from qnet import Network, Pairs, Seconds
from qnet.attacks import InterceptResend, MessageForgery
from qnet.keys import EpsilonBudget, SinglePhotonSession

NET = Network.chain([50.0])
FEW = {"intensities": (0.45, 0.15), "intensity_probabilities": (0.3, 0.7), "z_probability": 0.68}


@pytest.fixture(autouse=True)
def small_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_MOST_CLICKS", 50_000)


def of_each(declared, epsilon: float) -> int:
    """Give the length that the formula has for one of the declared sessions."""
    names = "key_bits", "test_bits", "tolerated_error", "key_error", "error_correction_efficiency"
    budget = EpsilonBudget.even(epsilon / declared["sessions"])
    return SinglePhotonSession(**{name: declared[name] for name in names}, epsilon=budget).key_length


def test_the_keys_of_a_series_are_joined_and_their_epsilons_add_up() -> None:
    run = bb84.make_key(NET, stop=Pairs(140_000), seed=1, epsilon=1e-9)
    assert (run.sessions, run.declared["sessions"], run.aborted_sessions) == (3, 3, 0)
    assert run.secret_bits == 3 * of_each(run.declared, 1e-9) > 0
    assert run.keys_match
    assert run.epsilon == pytest.approx(1e-9)
    assert run.raw >= 140_000
    assert run.authentication_bits == 3 * 610
    assert "of 3 sessions" in str(run)


def test_what_a_series_shows_of_a_bit_does_not_grow_with_it() -> None:
    run = bb84.make_key(NET, stop=Pairs(140_000), seed=1)
    assert len(run.observed.wrong) < run.raw / 2.5
    assert run.observed.key_bits == 3 * run.declared["key_bits"]


def test_a_series_takes_the_time_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_MOST_CLICKS", 100_000)
    run = bb84.make_key(NET, stop=Seconds(0.5), seed=1)
    assert 1 < run.sessions <= run.declared["sessions"]
    assert run.secret_bits == run.sessions * of_each(run.declared, 1e-10) > 0
    assert 0.1 < run.elapsed_s <= 0.5


def test_a_message_that_was_forged_in_one_session_leaves_no_key() -> None:
    run = bb84.make_key(NET, stop=Pairs(140_000), seed=1, attack=MessageForgery(message=10))
    assert (run.sessions, run.secret_bits, run.aborted) == (2, 0, True)
    assert run.attack.noticed


def test_sessions_that_abort_add_no_key() -> None:
    run = bb84.make_key(NET, stop=Pairs(140_000), seed=1, attack=InterceptResend())
    assert (run.secret_bits, run.sessions, run.aborted_sessions) == (0, 3, 3)
    assert "above the tolerated" in run.reason


def test_material_is_joined_in_order_and_says_what_failed() -> None:
    key = np.array([0, 1, 1], np.uint8)
    made = KeyMaterial(alice=key, bob=1 - key, leaked_bits=5, authentication_bits=7)
    bad = KeyMaterial(alice=key[:0], bob=key[:0], leaked_bits=2, authentication_bits=7, reason="bad")
    joined = KeyMaterial.joined([bad, made, made])
    assert (joined.alice.tolist(), joined.bob.tolist()) == ([*key.tolist()] * 2, [*(1 - key).tolist()] * 2)
    assert (joined.leaked_bits, joined.authentication_bits, joined.aborted_sessions, joined.reason) == (10, 21, 1, None)
    assert KeyMaterial.joined([bad, bad]).reason == "bad"


def test_decoys_make_their_keys_in_series_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_MOST_CLICKS", 120_000)
    run = decoy_bb84.make_key(NET, stop=Pairs(240_000), epsilon=1e-6, seed=3, **FEW)
    one = decoy_bb84.make_key(NET, stop=Pairs(120_000), epsilon=5e-7, seed=4, **FEW)
    assert run.sessions == 2
    assert run.secret_bits == 2 * one.secret_bits > 0
    assert run.keys_match
    assert math.isclose(run.epsilon, 1e-6)
