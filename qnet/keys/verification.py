"""Error verification: do both ends hold the same key?

Alice sends a short random hash of her key, and Bob compares it with that of his. Unequal keys pass with probability
epsilon_cor at most: the key is epsilon_cor-correct, whatever the code that reconciled it has done (Tomamichel, Lim,
Gisin and Renner, Nat. Commun. 3, 634 (2012), arXiv:1103.4130).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qnet.fields import Count, check, check_fields
from qnet.keys.amplification import toeplitz_hash, toeplitz_seed
from qnet.keys.bits import Bits, locked
from qnet.keys.epsilon import Epsilon
from qnet.keys.reconciliation import key_pair
from qnet.rng import Stream

__all__ = ["Verified", "verification_bits", "verify"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Verified:
    """Whether two keys passed, and what that cost."""

    equal: bool
    """The hashes agree."""
    alice_bits: Count
    """Bits of the hash, which is public: a key must be shortened by as many."""
    epsilon_cor: Epsilon
    """Two unequal keys would pass with this probability: 2 to the minus `alice_bits`."""
    announced: Bits
    """What Alice says: the seed that chose the hash, then the hash of her key. Read-only."""

    def __post_init__(self) -> None:
        check_fields(self)
        locked(self.announced)


def verification_bits(epsilon_cor: float) -> int:
    """Give the length of a hash that lets unequal keys pass with at most this probability: log2(1/epsilon), rounded up.

    >>> verification_bits(1e-10)
    34
    """
    check("epsilon_cor", epsilon_cor, Epsilon)
    return math.ceil(-math.log2(epsilon_cor))


def verify(alice: ArrayLike, bob: ArrayLike, epsilon_cor: float, stream: Stream) -> Verified:
    """Compare two keys by a random Toeplitz hash that only `stream` knows until both keys are fixed.

    Raises `InvalidArgument` for empty keys, unequal lengths, and an `epsilon_cor` outside (0, 1).

    >>> from qnet.rng import Purpose
    >>> verify([0, 1, 1], [0, 1, 1], 1e-10, Stream(7, Purpose.POLICY, "verification")).equal
    True
    """
    first, second = key_pair(alice, bob)
    bits = verification_bits(epsilon_cor)
    seed = toeplitz_seed(first.size, bits, stream)
    sent = toeplitz_hash(first, seed, bits)
    return Verified(
        equal=np.array_equal(sent, toeplitz_hash(second, seed, bits)),
        alice_bits=bits,
        epsilon_cor=2.0**-bits,
        announced=np.concatenate([seed, sent]),
    )
