"""Which protocol notices which attack, and what the eavesdropper has of the key in the end: a table, as theory says."""

from functools import cache

import pytest
from qnet_protocols import bb84, bbm92, decoy_bb84, e91, six_state, trusted_bb84
from werner import chain

from qnet import Network, Pairs

REPEATER, FIBRE = chain(2, 0.998), Network.chain([25.0, 25.0])
RUNS = {
    "bbm92": (bbm92, REPEATER, 400, {}),
    "e91": (e91, REPEATER, 400, {}),
    "six-state": (six_state, REPEATER, 400, {}),
    "bb84": (bb84, FIBRE, 20_000, {}),
    "bb84-weak": (bb84, FIBRE, 20_000, {"mean_photon_number": 0.5}),
    "decoy-bb84": (decoy_bb84, FIBRE, 50_000, {"decoys": 1}),
    "trusted-bb84": (trusted_bb84, FIBRE, 50_000, {"decoys": 1}),
}


@cache
def run(protocol: str, attack: str | None):
    module, network, pairs, options = RUNS[protocol]
    return module.make_key(network, stop=Pairs(pairs), epsilon=1e-6, seed=1, attack=attack, **options)


INTERCEPT, PROBE = "intercept-resend:fraction=0.5", "entangling-probe:disturbance=0.1"
MEASURES, LIES = "dishonest-repeater:node=n1", "dishonest-repeater:node=n1,mode=lies,fraction=0.5"
SPLITS, LEAKS, FORGES = "photon-number-splitting", "compromised-node:node=n1", "message-forgery"
ENTANGLED, PULSES = ("bbm92", "e91", "six-state"), ("decoy-bb84", "trusted-bb84")
NOTICED = {
    INTERCEPT: RUNS.keys(),
    PROBE: RUNS.keys(),
    MEASURES: ENTANGLED,
    LIES: ENTANGLED,
    SPLITS: PULSES,
    LEAKS: (),
    FORGES: RUNS.keys(),
}


@pytest.mark.parametrize("protocol", RUNS)
@pytest.mark.parametrize("attack", NOTICED)
def test_what_is_noticed_is_what_theory_says(protocol: str, attack: str) -> None:
    result = run(protocol, attack)
    assert result.attack.noticed == (protocol in NOTICED[attack])
    assert result.attack.name == attack.partition(":")[0]
    if result.attack.noticed:
        assert result.secret_bits == 0
        assert result.attack.confidence > 1 - 1e-6
        assert result.attack.eve_secret_bits == 0
    assert result.attack.to_json()["explanation"]
    if attack == SPLITS:
        assert result.attack.applies == (protocol not in (*ENTANGLED, "bb84"))


@pytest.mark.parametrize("protocol", RUNS)
def test_without_an_attack_nothing_is_reported_and_no_alarm_goes_off(protocol: str) -> None:
    from qnet.keys import watch

    result = run(protocol, None)
    seen = result.observed
    assert result.attack is None
    assert not watch(seen.wrong, seen.expected, kinds=seen.kinds).noticed


def test_splitting_pulses_gives_away_the_key_of_bb84_without_decoys() -> None:
    broken, honest = run("bb84-weak", SPLITS), run("bb84-weak", None)
    assert broken.keys_match
    assert broken.secret_bits == honest.secret_bits > 1000
    assert broken.attack.eve_bits_per_sifted_bit > 0.99
    assert broken.attack.eve_secret_bits == broken.secret_bits


@pytest.mark.parametrize("protocol", RUNS)
def test_a_node_that_leaks_has_the_key_only_if_it_is_trusted(protocol: str) -> None:
    result = run(protocol, LEAKS)
    trusted = protocol == "trusted-bb84"
    assert result.attack.eve_secret_bits == (result.secret_bits if trusted else 0)
    assert result.secret_bits == run(protocol, None).secret_bits
    assert result.secret_bits > 500 or not trusted


def test_a_trusted_node_that_is_said_to_be_dishonest_has_the_key_too() -> None:
    result = run("trusted-bb84", MEASURES)
    assert result.attack.eve_secret_bits == result.secret_bits > 500


def test_it_is_noticed_sooner_the_more_it_does() -> None:
    after = [run("bb84", f"intercept-resend:fraction={share}").attack for share in (1.0, 0.3, 0.1)]
    assert [report.after_bits for report in after] == sorted(report.after_bits for report in after)
    assert 0 < after[0].after_s < after[2].after_s


def test_what_is_too_little_to_be_noticed_costs_no_key_and_tells_little() -> None:
    result = run("bb84", "intercept-resend:fraction=0.001")
    assert not result.attack.noticed
    assert result.secret_bits > 1000
    assert result.attack.eve_bits_per_sifted_bit == pytest.approx(0.001, abs=1e-4)  # two spans
    assert result.attack.eve_secret_bits == 0


def test_a_probe_says_what_it_tells() -> None:
    report = run("bb84", PROBE).attack
    assert "0 % of the bits wrong in Z and 18 % in X" in report.explanation
    assert 0.27 < report.eve_bits_per_sifted_bit < 0.6


def test_the_sentence_says_on_how_many_links_she_acts() -> None:
    explanation = run("bbm92", "intercept-resend:fraction=0.5").attack.explanation
    assert "50 % of the qubits on each of 2 links in Z or X" in explanation
    one = run("bbm92", "intercept-resend:fraction=0.5,links=n0~n1").attack.explanation
    assert "50 % of the qubits in Z or X" in one
