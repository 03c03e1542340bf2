from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import ForgedMessage, InvalidArgument, KeyExhausted
from qnet.keys import Authenticator, KeyBalance, KeyStore, forgery_probability
from qnet.keys.authentication import _coefficients, polynomial_hash
from qnet.rng import Purpose, Stream


def two_ends(bits: int = 1000, **options) -> tuple[Authenticator, Authenticator]:
    generator = Stream(7, Purpose.POLICY, "key").generator
    (alice_out, bob_in), (bob_out, alice_in) = KeyStore.pair(), KeyStore.pair()
    for ends in ((alice_out, bob_in), (bob_out, alice_in)):
        key = generator.integers(0, 2, bits, dtype=np.uint8)
        for end in ends:
            end.deposit(key)
    return Authenticator(alice_out, alice_in, **options), Authenticator(bob_out, bob_in, **options)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=6), st.sampled_from([61, 89, 107, 127]))
def test_messages_pass_both_ways_and_each_costs_a_pad(messages, tag_bits: int) -> None:
    ends = two_ends(tag_bits=tag_bits)
    for back, message in messages:
        assert ends[not back].check(ends[back].tag(message)) == message
    assert [end.spent_bits for end in ends] == [(2 + len(messages)) * tag_bits] * 2
    assert ends[0].epsilon == sum(forgery_probability(len(message), tag_bits) for _, message in messages)


@pytest.mark.parametrize(
    "change",
    [
        {"message": b"pay 2 euros"},
        {"message": b"pay 1 euro\0"},
        {"message": b""},
        {"tag": 0},
        {"number": 1},
    ],
)
def test_an_altered_message_is_caught(change) -> None:
    alice, bob = two_ends()
    sent = alice.tag(b"pay 1 euro")
    with pytest.raises(ForgedMessage, match="tag of message"):
        bob.check(replace(sent, **change))


def test_a_replay_is_caught_and_a_lost_message_is_not_missed() -> None:
    alice, bob = two_ends()
    first, _, third = (alice.tag(message) for message in (b"one", b"two", b"three"))
    bob.check(first)
    assert bob.check(third) == b"three"
    with pytest.raises(ForgedMessage, match="Message 0 is a replay: message 3 is the next"):
        bob.check(first)


def test_a_message_sent_back_is_caught() -> None:
    alice, _ = two_ends()
    with pytest.raises(ForgedMessage, match="tag of message 0"):
        alice.check(alice.tag(b"hello"))


def test_nobody_tries_twice() -> None:
    alice, bob = two_ends()
    sent = alice.tag(b"hello")
    with pytest.raises(ForgedMessage, match="tag of message 0"):
        bob.check(replace(sent, tag=sent.tag ^ 1))
    with pytest.raises(ForgedMessage, match="no pad for message 0"):
        bob.check(sent)


def test_tags_run_out_with_the_key() -> None:
    alice, bob = two_ends(bits=61 * 3)
    for message in (b"one", b"two"):
        bob.check(alice.tag(message))
    with pytest.raises(KeyExhausted, match="61 bits are asked for, but 0 are left"):
        alice.tag(b"three")
    with pytest.raises(KeyExhausted):
        two_ends(bits=60)


def test_a_store_that_others_use_is_refused() -> None:
    (outgoing, _), (_, incoming) = KeyStore.pair(), KeyStore.pair()
    outgoing.deposit([0, 1] * 100), incoming.deposit([0, 1] * 100)
    authenticator = Authenticator(outgoing, incoming)
    outgoing.withdraw(5)
    with pytest.raises(InvalidArgument, match="`outgoing` must serve one authenticator alone"):
        authenticator.tag(b"hello")


@pytest.mark.parametrize("length", [1, 2, 3])
def test_two_messages_differ_by_a_given_amount_for_few_keys(length: int) -> None:
    exponent, prime = 5, 31
    generator = Stream(7, Purpose.POLICY, str(length)).generator
    for first, second in generator.integers(0, prime, (20, 2, length)).tolist():
        if first == second:
            continue
        amounts = [
            (polynomial_hash(first, key, exponent) - polynomial_hash(second, key, exponent)) % (prime + 1)
            for key in range(prime + 1)
        ]
        assert max(map(amounts.count, amounts)) <= 2 * (length + 1)


def test_the_hash_is_that_polynomial() -> None:
    coefficients, key, prime = [5, 0, 11], 123_456_789, 2**61 - 1
    assert polynomial_hash(coefficients, key, 61) == (5 * key**3 + 11 * key) % prime
    assert polynomial_hash(coefficients, prime, 61) == 0


def test_no_two_messages_have_the_same_coefficients() -> None:
    texts = [bytes(text) for size in range(10) for text in ([0] * size, [1] + [0] * size, [0] * size + [1])]
    coefficients = {tuple(_coefficients(number, text, 61)) for number, text in product(range(3), set(texts))}
    assert len(coefficients) == 3 * len(set(texts))
    assert max(map(max, coefficients)) < 2**61 - 1


def test_longer_messages_are_easier_and_longer_tags_harder_to_forge() -> None:
    assert forgery_probability(0, 61) == 6 / 2**61
    assert forgery_probability(14, 61) == 10 / 2**61 > forgery_probability(14, 127)


def test_a_session_that_eats_its_key_says_so() -> None:
    eats, gains = (KeyBalance(secret_bits=made, authentication_bits=610) for made in (600, 700))
    assert (eats.net_bits, gains.net_bits) == (-10, 90)
    assert "eats 10 bits of key more than it makes" in str(eats)
    assert "gains 90 bits" in str(gains)


def test_other_tag_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="`tag_bits` must be one of 61, 89, 107, 127, but is 64"):
        two_ends(tag_bits=64)
