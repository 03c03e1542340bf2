"""Authentication of classical messages, with a proof in place of an assumption.

A tag is a hash of the message under a secret key, plus a one-time pad (Wegman and Carter, J. Comput. Syst. Sci. 22, 265
(1981)). The hash key is drawn once and serves all messages of a direction; every message takes a pad. Failure
probabilities of the messages add (Portmann, IEEE Trans. Inf. Theory 60, 4383 (2014), arXiv:1202.1229).

The hash is a polynomial over the integers modulo the prime p = 2^e - 1, at the point that the hash key names, with the
number of the message, its bytes and their count as coefficients. Pads are added modulo 2^e, so tags are uniform. Two
messages of L coefficients differ by a given amount for 2 (L + 1) of 2^e keys at most: L roots for each of the two
residues that the amount may stand for, and residue 0 has two keys. A forger succeeds with probability 2 (L + 1) / 2^e.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qnet.errors import ForgedMessage, InvalidArgument, KeyExhausted
from qnet.fields import Count, check_fields
from qnet.keys.bits import Bits
from qnet.keys.store import KeyId, KeyStore

__all__ = ["Authenticator", "KeyBalance", "TaggedMessage", "forgery_probability"]

_EXPONENTS = (61, 89, 107, 127)
"""Exponents e of Mersenne primes 2^e - 1: bits of a tag, of its pad, and of the hash key."""


@dataclass(frozen=True, kw_only=True)
class TaggedMessage:
    """A message as it travels."""

    number: Count
    """Messages of a direction are numbered from 0."""
    message: bytes
    tag: Count

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class KeyBalance:
    """What a session made, beside what its messages cost.

    >>> print(KeyBalance(secret_bits=1_000, authentication_bits=1_220))
    The session eats 220 bits of key more than it makes: 1000 made, 1220 spent on authentication.
    """

    secret_bits: Count
    authentication_bits: Count

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def net_bits(self) -> int:
        """Key gained; negative where a session eats more than it makes."""
        return self.secret_bits - self.authentication_bits

    def __str__(self) -> str:
        figures = f"{self.secret_bits} made, {self.authentication_bits} spent on authentication"
        if self.net_bits < 0:
            return f"The session eats {-self.net_bits} bits of key more than it makes: {figures}."
        return f"The session gains {self.net_bits} bits of key: {figures}."


class Authenticator:
    """One end of an authenticated conversation.

    `outgoing` leads and `incoming` follows, and at the other end their other halves do the reverse; both serve this
    conversation alone and are never rotated. Each gives `tag_bits` of key now, and as many again per message. Raises
    `KeyExhausted` when they run dry.

    >>> (here_out, there_in), (there_out, here_in) = KeyStore.pair(), KeyStore.pair()
    >>> for store in (here_out, there_in, there_out, here_in):
    ...     _ = store.deposit([0, 1, 1, 0] * 100)
    >>> alice, bob = Authenticator(here_out, here_in), Authenticator(there_out, there_in)
    >>> sent = alice.tag(b"my bases: 0110")
    >>> bob.check(sent)
    b'my bases: 0110'
    >>> alice.spent_bits, alice.epsilon < 1e-17
    (183, True)
    >>> bob.check(sent)
    Traceback (most recent call last):
        ...
    qnet.errors.ForgedMessage: Message 0 is a replay: message 1 is the next.
    """

    def __init__(self, outgoing: KeyStore, incoming: KeyStore, *, tag_bits: int = 61) -> None:
        if tag_bits not in _EXPONENTS:
            raise InvalidArgument.of("tag_bits", f"be one of {', '.join(map(str, _EXPONENTS))}", tag_bits)
        self._bits, self._outgoing, self._incoming = tag_bits, outgoing, incoming
        ours, theirs = outgoing.withdraw(tag_bits), KeyId(start=incoming.first, bits=tag_bits)
        self._our_key, self._their_key = _number(ours.bits), _number(incoming.withdraw_by_id(theirs))
        self._our_pads, self._their_pads = ours.id.stop, theirs.stop
        self._next = 0
        self.spent_bits = 2 * tag_bits
        """Key taken so far, in both directions, that of the hash keys included."""
        self.epsilon = 0.0
        """Probability, at most, that any of the messages so far was forged and passed."""

    def tag(self, message: bytes) -> TaggedMessage:
        """Prepare a message for sending."""
        pad = self._outgoing.withdraw(self._bits)
        number, astray = divmod(pad.id.start - self._our_pads, self._bits)
        if astray:
            raise InvalidArgument.of("outgoing", "serve one authenticator alone, and never rotate", self._outgoing)
        self._account(message)
        return TaggedMessage(number=number, message=message, tag=self._tag(self._our_key, number, message, pad.bits))

    def check(self, received: TaggedMessage) -> bytes:
        """Give the message, if the other end has sent it just so; `ForgedMessage` if not. Numbers may skip, not return.

        Every attempt spends the pad of its number, so that nobody can try twice.
        """
        if received.number < self._next:
            raise ForgedMessage(f"Message {received.number} is a replay: message {self._next} is the next.")
        key = KeyId(start=self._their_pads + received.number * self._bits, bits=self._bits)
        try:
            pad = self._incoming.withdraw_by_id(key)
        except KeyExhausted as error:
            raise ForgedMessage(f"There is no pad for message {received.number}: {error}") from error
        self._account(received.message)
        if self._tag(self._their_key, received.number, received.message, pad) != received.tag:
            raise ForgedMessage(f"The tag of message {received.number} is not that of the other end.")
        self._next = received.number + 1
        return received.message

    def _tag(self, key: int, number: int, message: bytes, pad: Bits) -> int:
        hashed = polynomial_hash(_coefficients(number, message, self._bits), key, self._bits)
        return (hashed + _number(pad)) % (1 << self._bits)

    def _account(self, message: bytes) -> None:
        self.spent_bits += self._bits
        self.epsilon += forgery_probability(len(message), self._bits)


def forgery_probability(message_bytes: int, tag_bits: int = 61) -> float:
    """Give epsilon_auth of one message: the probability that a forged one of at most this length passes, at most.

    >>> forgery_probability(125_000) < 2e-14
    True
    """
    coefficients = 2 - (-message_bytes // (tag_bits // 8))
    return 2.0 * (coefficients + 1) / 2.0**tag_bits


def polynomial_hash(coefficients: Iterable[int], key: int, exponent: int) -> int:
    """Evaluate c_1 k^L + ... + c_L k modulo 2^exponent - 1."""
    prime, value = (1 << exponent) - 1, 0
    for coefficient in coefficients:
        value = (value + coefficient) * key % prime
    return value


def _coefficients(number: int, message: bytes, exponent: int) -> Iterable[int]:
    """Give numbers below the prime that no other numbered message has."""
    width = exponent // 8
    yield number
    for start in range(0, len(message), width):
        yield int.from_bytes(message[start : start + width], "big")
    yield len(message)


def _number(bits: Bits) -> int:
    return int.from_bytes(np.packbits(bits).tobytes(), "big") >> (-bits.size % 8)
