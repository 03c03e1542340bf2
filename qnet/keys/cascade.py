"""Cascade: reconciliation by questions about parities (Brassard and Salvail, Eurocrypt 1993, LNCS 765, 410).

Bob asks Alice for the parities of blocks of the shuffled key, and finds one error in every block whose parity differs
from his by halving it. Each error found changes the parity of the blocks around it in all other passes, and what was
even may become odd: these are searched next, down to the smallest block whose parity is known. Blocks learned during
a search are used again, so no parity is asked for twice.

Sizes: the largest power of two within 1/Q, eight times that, 4096, and then random halves of the key. Large late
blocks cost next to nothing and find what is left (Martinez-Mateo, Pacher, Peev, Ciurana and Martin, Quantum Inf.
Comput. 15, 453 (2015), arXiv:1407.3257, who call this use of blocks and such sizes optimised Cascade). Measured on
10^5 bits: f between 1.03 and 1.06 at error rates of 1 to 8 % (`benchmarks/keys.py`).

Every question tells whether Bob's parities differ, so for each bit that Alice reveals he reveals one. A proof that
charges Alice's bits alone must grant the eavesdropper the positions of the errors first (Tupkary and Lutkenhaus, Phys.
Rev. Appl. 20, 064040 (2023), arXiv:2307.00576); any other charges both.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument
from qnet.fields import check
from qnet.keys.bits import Bits, as_bits
from qnet.keys.reconciliation import ErrorRate, Reconciled, key_pair
from qnet.keys.shuffle import Nodes, Shuffle
from qnet.rng import Stream, check_stream

__all__ = ["ParityOracle", "ParityQuestion", "cascade", "cascade_questions"]

_HALVES = 13
"""Passes over random halves: each misses what is left with probability 1/2."""
_UNKNOWN = 2
"""In place of a parity of Alice that Bob has not learned."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ParityQuestion:
    """A message of Bob: the parities of these nodes of this pass, please."""

    pass_number: int
    """Passes are numbered from 0."""
    shuffle: Shuffle
    """Public: how the key is divided in this pass."""
    nodes: Nodes


class ParityOracle:
    """Alice's side: answers questions about her key, and counts the bits that they cost her.

    >>> from qnet.rng import Purpose
    >>> stream = Stream(7, Purpose.POLICY, "reconciliation")
    >>> alice, bob = ParityOracle([0, 1, 1, 0]), cascade_questions([0, 1, 0, 0], 0.25, stream)
    >>> question, key = next(bob), None
    >>> while key is None:
    ...     try:
    ...         question = bob.send(alice.answer(question))
    ...     except StopIteration as done:
    ...         key = done.value
    >>> key
    array([0, 1, 1, 0], dtype=uint8)
    """

    def __init__(self, key: ArrayLike) -> None:
        self._key = as_bits("key", key)
        self._trees: dict[int, Bits] = {}
        self.revealed_bits = 0
        """Parities sent so far."""

    def answer(self, question: ParityQuestion) -> Bits:
        """Give the parities asked for."""
        if question.pass_number not in self._trees:
            self._trees[question.pass_number] = question.shuffle.parities(self._key)
        self.revealed_bits += question.nodes.size
        return self._trees[question.pass_number][question.nodes]


def cascade(alice: ArrayLike, bob: ArrayLike, error_rate: float, stream: Stream) -> Reconciled:
    """Correct Bob's bits to Alice's by questions and answers about parities.

    `alice` and `bob` are as many bits, `error_rate` in (0, 0.5) is the share expected to differ: a wrong one costs
    efficiency, not correctness. `stream` draws the shuffles, which are public. Raises `InvalidArgument` for empty keys,
    unequal lengths and anything but bits.

    >>> from qnet.rng import Purpose
    >>> stream = Stream(7, Purpose.POLICY, "reconciliation")
    >>> reconciled = cascade([0, 1, 1, 0, 1, 0, 0, 1], [0, 1, 1, 0, 1, 1, 0, 1], 0.1, stream)
    >>> reconciled.key, reconciled.corrected
    (array([0, 1, 1, 0, 1, 0, 0, 1], dtype=uint8), 1)
    """
    first, second = key_pair(alice, bob)
    oracle, conversation = ParityOracle(first), cascade_questions(second, error_rate, stream)
    rounds, question = 0, next(conversation)
    while True:
        rounds += 1
        try:
            question = conversation.send(oracle.answer(question))
        except StopIteration as done:
            key: Bits = done.value
            break
    return Reconciled(
        key=key,
        alice_bits=oracle.revealed_bits,
        bob_bits=oracle.revealed_bits,
        corrected=int(np.count_nonzero(key != second)),
        rounds=rounds,
    )


def cascade_questions(key: ArrayLike, error_rate: float, stream: Stream) -> Generator[ParityQuestion, Bits, Bits]:
    """Play Bob's side: yield questions, take their answers, return the corrected key. Arguments as for `cascade`."""
    check("error_rate", error_rate, ErrorRate)
    check_stream("stream", stream)
    bits = as_bits("key", key)
    if not bits.size:
        raise InvalidArgument.of("key", "hold at least one bit", key)
    return _questions(bits, _shuffles(bits.size, error_rate, stream.generator))


def _shuffles(bits: int, error_rate: float, generator: np.random.Generator) -> Iterator[Shuffle]:
    first = 1 << int(-math.log2(error_rate))
    for size in (first, 8 * first, max(8 * first, 4096)):
        yield Shuffle.blocks(bits, min(size, -(-bits // 2)), generator)
    for _ in range(_HALVES):
        yield Shuffle.halves(bits, generator)


def _questions(bits: Bits, shuffles: Iterator[Shuffle]) -> Generator[ParityQuestion, Bits, Bits]:
    passes: list[_Pass] = []
    for shuffle in shuffles:
        passes.append(_Pass(len(passes), shuffle, bits))
        yield from passes[-1].compare_blocks(passes[0])
        # Smallest blocks first: there a search is cheapest.
        while searched := next((each for each in passes if each.finds_odd()), None):
            found = yield from searched.search()
            bits[found] ^= 1
            for each in passes:
                each.flip(found)
    return bits


class _Pass:
    """One pass as Bob sees it.

    Nodes of known parity form trees, whose lowest nodes divide the key. A known node of odd difference always has one
    such node below it, so only those are watched.
    """

    __slots__ = ("_alice", "_bob", "_heights", "_number", "_odd", "_shuffle")

    def __init__(self, number: int, shuffle: Shuffle, bits: Bits) -> None:
        self._number, self._shuffle = number, shuffle
        self._bob = shuffle.parities(bits)
        self._alice = shuffle.unknown(_UNKNOWN)
        self._heights = np.arange(shuffle.depth + 1)
        self._odd = np.arange(shuffle.count, 2 * shuffle.count)
        """Nodes that may be odd, more than once each; all odd ones of the lowest known are among them."""

    def _ask(self, nodes: Nodes) -> Generator[ParityQuestion, Bits, Bits]:
        if not nodes.size:
            return np.zeros(0, np.uint8)
        return (yield ParityQuestion(pass_number=self._number, shuffle=self._shuffle, nodes=nodes))

    def compare_blocks(self, first: _Pass) -> Generator[ParityQuestion, Bits, None]:
        """Learn the parities of all blocks; the last follows from that of the whole key, known since the first pass."""
        blocks = self._odd if first is self else self._odd[:-1]
        asked = blocks[self._alice[blocks] == _UNKNOWN]  # a half may be empty
        self._alice[asked] = yield from self._ask(asked)
        if first is not self:
            self._alice[self._odd[-1]] = first.whole() ^ np.bitwise_xor.reduce(self._alice[blocks])

    def whole(self) -> int:
        """Give the parity of Alice's whole key."""
        count = self._shuffle.count
        return int(np.bitwise_xor.reduce(self._alice[count : 2 * count]))

    def finds_odd(self) -> bool:
        """Look whether any block is to be searched."""
        if self._odd.size:
            self._odd = self._odd[self._alice[self._odd] != self._bob[self._odd]]
        return bool(self._odd.size)

    def search(self) -> Generator[ParityQuestion, Bits, Nodes]:
        """Halve all odd blocks at once until single bits are left, and return these, one in each block."""
        shuffle, alice, found = self._shuffle, self._alice, []
        nodes, self._odd = np.unique(self._odd), self._odd[:0]
        while nodes.size:
            at_bits = nodes >= shuffle.leaves
            if at_bits.any():
                found.append(nodes[at_bits])
                nodes = nodes[~at_bits]
                continue
            left = 2 * nodes
            alice[left] = alice[nodes]
            asked = left[alice[left + 1] == _UNKNOWN]  # otherwise the right half is empty
            alice[asked] = yield from self._ask(asked)
            alice[left + 1] = alice[nodes] ^ alice[left]
            nodes = left + (alice[left] == self._bob[left])
        return shuffle.bit_at[np.concatenate(found) - shuffle.leaves]

    def flip(self, found: Nodes) -> None:
        """Take in that Bob has flipped these bits."""
        above = self._shuffle.leaf_of[found][:, None] >> self._heights
        np.bitwise_xor.at(self._bob, above.ravel(), np.uint8(1))
        lowest_known = (self._alice[above] != _UNKNOWN).argmax(axis=1)
        self._odd = np.concatenate([self._odd, above[np.arange(found.size), lowest_known]])
