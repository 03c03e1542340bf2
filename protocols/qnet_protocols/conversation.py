"""What two ends say to each other in public: authenticated messages, and Cascade word by word."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qnet import InvalidArgument, Session
from qnet.keys import (
    Authenticator,
    ForgedMessage,
    KeyStore,
    ParityOracle,
    ParityQuestion,
    Reconciled,
    TaggedMessage,
    cascade_questions,
    forgery_probability,
)

__all__ = ["EXCHANGES", "Conversation", "Forger", "SpokenCascade", "packed", "shortest_tag"]

Bits = NDArray[np.uint8]
Forger = Callable[[bytes], bytes]
"""What an attacker on the classical channel makes of a message."""
EXCHANGES = 4
"""How often both ends speak, at most: so much key they share beforehand."""
_TAG_BITS = (61, 89, 107, 127)
_PIECE = 2**20
"""Bits that Cascade corrects together; longer pieces are no more efficient, and take some 200 bytes for each bit."""


class SpokenCascade:
    """Cascade that keeps the transcripts of both ends, and which bits were wrong."""

    def __init__(self) -> None:
        self.questions, self.answers = bytearray(), bytearray()
        self.wrong: Bits = np.zeros(0, np.uint8)

    def __call__(self, alice: ArrayLike, bob: ArrayLike, error_rate: float, stream: Any) -> Reconciled:
        """Correct Bob's bits to Alice's, as `qnet.keys.cascade` does; long keys piece by piece, side by side."""
        before = np.asarray(bob, np.uint8)
        number = max(1, -(-before.size // _PIECE))
        said = rounds = 0
        parts = []
        for theirs, ours in zip(np.array_split(np.asarray(alice), number), np.array_split(before, number), strict=True):
            oracle, conversation = ParityOracle(theirs), cascade_questions(ours, error_rate, stream)
            part, asked = self._correct(oracle, conversation)
            parts.append(part)
            said, rounds = said + oracle.revealed_bits, max(rounds, asked)
        key = np.concatenate(parts)
        self.wrong = key ^ before
        corrected = int(np.count_nonzero(self.wrong))
        return Reconciled(key=key, alice_bits=said, bob_bits=said, corrected=corrected, rounds=rounds)

    def _correct(self, oracle: ParityOracle, conversation: Generator[ParityQuestion, Bits, Bits]) -> tuple[Bits, int]:
        """Let Bob ask until he knows the key; give it, and how often he asked."""
        asked, question = 0, next(conversation)
        while True:
            asked += 1
            answer = oracle.answer(question)
            self.questions += question.nodes.astype("<u4").tobytes()
            self.answers += packed(answer)
            try:
                question = conversation.send(answer)
            except StopIteration as done:
                return done.value, asked


class Conversation:
    """Authenticated messages between the two ends of a session, paid for from a key that they shared before."""

    def __init__(self, session: Session, epsilon: float, size_bytes: int, forger: Forger | None) -> None:
        self._session, self._forger = session, forger
        self._ends = session.route.nodes[0], session.route.nodes[-1]
        tag_bits = shortest_tag(size_bytes, epsilon / (2 * EXCHANGES))
        (out, there_in), (there_out, back) = (self._pre_shared(tag_bits) for _ in range(2))
        self._alice = Authenticator(out, back, tag_bits=tag_bits)
        self._bob = Authenticator(there_out, there_in, tag_bits=tag_bits)
        self._said = 0
        self.flight_s = 0.0
        """Time that a message takes, as seen in the last exchange."""

    @property
    def spent_bits(self) -> int:
        """Bits of the shared key that were used so far."""
        return max(self._alice.spent_bits, self._bob.spent_bits)

    def exchange(self, from_alice: bytes, from_bob: bytes) -> Generator[Any, Any, None]:
        """Let both speak at once, and check what arrives; raises `ForgedMessage`.

        Messages are counted from 1, those of both ends together, Alice's first.
        """
        session, (source, target) = self._session, self._ends
        self._said += 2
        began = session.now
        session.send(source, target, self._altered(self._alice.tag(from_alice)))
        session.send(target, source, self._altered(self._bob.tag(from_bob)))
        at_bob, at_alice = (yield session.receive(target)), (yield session.receive(source))
        self.flight_s = session.now - began
        for end, message, number in ((self._bob, at_bob, self._said - 1), (self._alice, at_alice, self._said)):
            try:
                end.check(message)
            except ForgedMessage as error:  # it counts each direction on its own
                raise ForgedMessage(f"The tag of message {number} is not that of the other end.") from error

    def _altered(self, message: TaggedMessage) -> TaggedMessage:
        return message if self._forger is None else replace(message, message=self._forger(message.message))

    def _pre_shared(self, tag_bits: int) -> tuple[KeyStore, KeyStore]:
        """Give both ends the key for one direction: that of the hash, and a pad for each message."""
        secret = self._session.chance.generator.integers(0, 2, (1 + EXCHANGES) * tag_bits, dtype=np.uint8)
        ends = KeyStore.pair()
        for end in ends:
            end.deposit(secret)
        return ends


def shortest_tag(size_bytes: int, epsilon: float) -> int:
    """Give the bits of the shortest tag under which a message of at most this length is forged with `epsilon`."""
    for bits in _TAG_BITS:
        if forgery_probability(size_bytes, bits) <= epsilon:
            return bits
    raise InvalidArgument.of("epsilon", "leave more for authentication than the longest tag needs", epsilon)


def packed(bits: Bits) -> bytes:
    """Give bits as bytes, eight in each."""
    return np.packbits(bits).tobytes()
