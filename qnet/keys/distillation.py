"""Distillation: from two strings of sifted bits that nearly agree to one key, or to the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, check, check_fields
from qnet.keys.amplification import toeplitz_hash, toeplitz_seed
from qnet.keys.bits import Bits, locked
from qnet.keys.cascade import cascade
from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.reconciliation import Reconciler, key_pair
from qnet.keys.verification import verify
from qnet.rng import Stream

__all__ = ["Counted", "Distilled", "distil"]

Counted = Literal["alice", "both"]
"""Whose words of reconciliation a proof charges: those of Alice, or those of both ends."""

_WORST = 0.49
"""At an error rate of one half there is nothing to reconcile."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Distilled:
    """Two keys, and what it took to make them; empty where the session aborts."""

    alice: Bits
    """Alice's key; read-only."""
    bob: Bits
    """Bob's key; equal to Alice's but for the epsilon of correctness."""
    leaked_bits: Count
    """Bits of the key that reconciliation made public, as counted by the proof."""
    corrected: Count
    """Bits of Bob that reconciliation flipped: the errors of the raw key, if it worked."""
    rounds: Count
    """Questions of Bob, each followed by one answer of Alice."""
    tag_bits: Count
    """Bits of the hash by which the keys were compared; 0 if it did not come to that."""
    announced: Bits
    """What Alice says after reconciliation: what `verify` has her say, then the seed by which both keys are shortened.

    Empty where it does not come to that.
    """
    reason: str | None = None
    """Why there is no key; None where there is."""

    def __post_init__(self) -> None:
        check_fields(self)
        locked(self.alice)
        locked(self.bob)
        locked(self.announced)

    @property
    def aborted(self) -> bool:
        """Whether there is no key."""
        return self.reason is not None


def distil(
    alice: ArrayLike,
    bob: ArrayLike,
    *,
    length: int,
    leak_limit: float,
    expected_error: float,
    epsilon: EpsilonBudget,
    stream: Stream,
    reconciler: Reconciler = cascade,
    counted: Counted = "alice",
) -> Distilled:
    """Reconcile, abort if that leaked too much, compare the keys by a hash, and shorten them to a secret length.

    Args:
        alice, bob: as many bits; Bob's are corrected to Alice's.
        length: bits of the final key, as a finite-key proof allows; 0 aborts.
        leak_limit: bits that reconciliation may disclose, as the proof charged them.
        expected_error: the share of bits expected to differ; a wrong one costs efficiency, not correctness.
        epsilon: its `correctness` sets the length of the hash.
        stream: the public randomness of both ends.
        reconciler: the code.
        counted: "alice" where the proof grants the eavesdropper the positions of the errors (Tupkary and Lutkenhaus,
            Phys. Rev. Appl. 20, 064040 (2023), arXiv:2307.00576), as one that bounds the phase error alone may;
            "both" for any other.

    Returns:
        The keys, or the reason why there are none.

    Raises:
        InvalidArgument: anything but bits, unequal lengths, a length beyond that of the keys.

    >>> import numpy as np
    >>> from qnet.rng import Purpose
    >>> nature = np.random.default_rng(1)
    >>> alice = nature.integers(0, 2, 10_000, dtype=np.uint8)
    >>> bob = alice ^ (nature.random(10_000) < 0.02)
    >>> limits = dict(leak_limit=1_800, expected_error=0.02, epsilon=EpsilonBudget())
    >>> key = distil(alice, bob, length=4_000, **limits, stream=Stream(7, Purpose.POLICY, "distillation"))
    >>> key.bob.size, np.array_equal(key.alice, key.bob), key.reason
    (4000, True, None)
    """
    first, second = key_pair(alice, bob)
    check("length", length, Count)
    check("leak_limit", leak_limit, NonNegative)
    if length > first.size:
        raise InvalidArgument.of("length", f"be at most the {first.size} bits there are", length)
    rate = min(max(expected_error, 0.5 / first.size), _WORST)  # to expect no errors at all is to miss the first
    reconciled = reconciler(first, second, rate, stream)
    leaked = reconciled.alice_bits if counted == "alice" else reconciled.leaked_bits
    reason, tag_bits, said, keys = None, 0, first[:0], (first[:0], second[:0])
    if leaked > leak_limit:
        reason = f"reconciliation leaked {leaked} bits, above the declared {leak_limit:.0f}"
    elif length == 0:
        reason = "no secret bit is left of so few rounds with so many errors"
    else:
        verified = verify(first, reconciled.key, epsilon.correctness, stream)
        tag_bits, said = verified.alice_bits, verified.announced
        if verified.equal:
            seed = toeplitz_seed(first.size, length, stream)
            said = np.concatenate([said, seed])
            keys = toeplitz_hash(first, seed, length), toeplitz_hash(reconciled.key, seed, length)
        else:
            reason = "the keys still differed after reconciliation"
    return Distilled(
        alice=keys[0],
        bob=keys[1],
        leaked_bits=leaked,
        corrected=int(np.count_nonzero(reconciled.key != second)),
        rounds=reconciled.rounds,
        tag_bits=tag_bits,
        announced=said,
        reason=reason,
    )
