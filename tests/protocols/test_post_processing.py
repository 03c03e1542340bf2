import numpy as np
import pytest
from qnet_protocols import conversation
from qnet_protocols.conversation import SpokenCascade
from qnet_protocols.post_processing import Declared, KeyMaterial, Rounds, key_from, make_run
from werner import chain

from qnet import InvalidArgument, Pairs
from qnet.keys import EpsilonBudget, SinglePhotonSession
from qnet.rng import Purpose, Stream

BUDGET = EpsilonBudget(secrecy=1e-6, correctness=1e-6)
SESSION = SinglePhotonSession(key_bits=3000, test_bits=3000, tolerated_error=0.03, epsilon=BUDGET)
FLIGHT_S = 20 / 2e5


def discuss(error: float = 0.02, seed: int = 1, declared: Declared | None = None, **options):
    """Let the ends of 20 km of fibre make a key of 3000 bits that nearly agree; give it, and the seconds it took."""

    def protocol(session):
        nature = session.chance.generator
        alice = nature.integers(0, 2, 3000, dtype=np.uint8)
        bob = alice ^ (nature.random(3000) < error)
        rounds = Rounds(announced=(b"zzx", b"zxx"), tested=(alice[:9], bob[:9]), kept=(alice, bob))
        material = yield from key_from(session, rounds, declared or Declared.of(SESSION, error), **options)
        session.finish((material, session.now))

    simulation = chain(2).simulate(seed=seed)
    session = simulation.start(protocol, "n0", "n2")
    simulation.run()
    return session.result


def nothing_in(material: KeyMaterial) -> bool:
    return material.alice.size == material.bob.size == 0


def test_the_key_has_the_declared_length_and_both_ends_hold_it() -> None:
    material, _ = discuss()
    assert material.reason is None
    assert material.alice.size == SESSION.key_length > 500
    assert np.array_equal(material.alice, material.bob)
    assert 0 < material.leaked_bits <= SESSION.leak_limit


def test_words_take_their_time() -> None:
    material, took_s = discuss()
    trips = (took_s / FLIGHT_S - 4) / 2  # four exchanges, and the round trips of Cascade
    assert trips == pytest.approx(round(trips), abs=1e-6)
    assert trips > 10
    assert material.reason is None


def test_authentication_costs_a_tag_for_each_message_and_two_keys() -> None:
    assert discuss()[0].authentication_bits == (4 * 2 + 2) * 61
    assert discuss(reason="bad")[0].authentication_bits == (2 * 2 + 2) * 61


@pytest.mark.parametrize("number", range(8))
def test_any_message_that_is_altered_ends_it(number: int) -> None:
    seen: list[bytes] = []

    def forge(message: bytes) -> bytes:
        seen.append(message)
        return bytes([message[0] ^ 1]) + message[1:] if len(seen) == number + 1 else message

    material, _ = discuss(forger=forge)
    assert material.reason == f"a message was forged: The tag of message {number + 1} is not that of the other end."
    assert nothing_in(material)
    assert len(seen) == 2 * (number // 2 + 1)


def test_who_only_listens_is_not_noticed() -> None:
    heard: list[bytes] = []
    material, _ = discuss(forger=lambda message: heard.append(message) or message)
    assert material.reason is None
    assert len(heard) == 8
    assert heard[:2] == [b"zzx", b"zxx"]


def test_bad_test_bits_end_it_before_any_parity_is_said() -> None:
    material, took_s = discuss(reason="too many errors")
    assert (material.reason, material.leaked_bits) == ("too many errors", 0)
    assert took_s == pytest.approx(2 * FLIGHT_S)
    assert nothing_in(material)


def test_too_many_errors_in_the_key_end_it() -> None:
    material, _ = discuss(error=0.06)
    assert "reconciliation leaked" in material.reason
    assert nothing_in(material)


def test_a_judge_sees_which_bits_were_wrong() -> None:
    told = []
    material, _ = discuss(judge=lambda wrong: told.append(wrong) or "I say so")
    assert material.reason == "I say so"
    assert nothing_in(material)
    assert told[0].sum() == material.corrected > 0


def test_the_asymptotic_length_is_the_share_that_the_formula_gives() -> None:
    declared = Declared.asymptotic(3000, fraction=0.7, error=0.02, efficiency=1.3, epsilon=BUDGET)
    assert discuss(declared=declared)[0].alice.size == 2100
    assert Declared.asymptotic(3000, fraction=-0.1, error=0.2, efficiency=1.3, epsilon=BUDGET).key_length == 0


def test_tags_grow_with_what_is_asked_of_them() -> None:
    def spent(epsilon: float) -> int:
        budget = EpsilonBudget(secrecy=1e-6, correctness=1e-6, authentication=epsilon)
        session = SinglePhotonSession(key_bits=3000, test_bits=3000, tolerated_error=0.03, epsilon=budget)
        return discuss(declared=Declared.of(session, 0.02))[0].authentication_bits

    assert spent(1e-20) == 10 * 89
    with pytest.raises(InvalidArgument, match="epsilon"):
        spent(1e-40)


def test_long_keys_are_corrected_in_pieces_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    nature = np.random.default_rng(1)
    alice = nature.integers(0, 2, 4000, dtype=np.uint8)
    bob = alice ^ (nature.random(4000) < 0.02).astype(np.uint8)
    codes = whole, pieces = SpokenCascade(), SpokenCascade()
    as_one, reconciled = (
        monkeypatch.setattr(conversation, "_PIECE", most) or code(alice, bob, 0.02, Stream(1, Purpose.POLICY, "words"))
        for code, most in zip(codes, (4000, 999), strict=True)
    )
    assert np.array_equal(reconciled.key, alice)
    assert np.array_equal(pieces.wrong, alice ^ bob)
    assert len(pieces.questions) == 4 * reconciled.alice_bits  # all that was asked is in the transcript
    assert reconciled.rounds < 1.5 * as_one.rounds
    assert len(whole.questions) != len(pieces.questions)


def test_a_protocol_that_states_no_result_is_told_so() -> None:
    def silent(session, *, forger=None):
        session.request()
        yield session.next_pair()

    network = chain(2)
    with pytest.raises(InvalidArgument, match=r"must end with session\.finish"):
        make_run(network, silent, network.route(), stop=Pairs(3))
