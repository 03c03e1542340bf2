"""Information reconciliation: what any code does, and what it reveals.

A code is a function `reconcile(alice, bob, error_rate, stream)`; `qnet.keys.cascade` is one. Afterwards Bob holds
Alice's key, up to a probability of failure that `verify` turns into a probability of being told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from annotated_types import Gt, Lt
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument
from qnet.fields import Count, check, check_fields
from qnet.keys.bits import Bits, as_bits, locked
from qnet.keys.entropy import binary_entropy
from qnet.rng import Stream

__all__ = ["ErrorRate", "Reconciled", "Reconciler", "key_pair"]

ErrorRate = Annotated[float, Gt(0), Lt(0.5)]
"""The share of bits expected to differ; at one half there is nothing to reconcile."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconciled:
    """Bob's corrected key, and all that the public channel learned about it."""

    key: Bits
    """Bob's key; equal to Alice's unless the code failed. Read-only."""
    alice_bits: Count
    """Bits about the key that Alice sent."""
    bob_bits: Count
    """Bits about the key that Bob sent, by what he asked; zero for a one-way code."""
    corrected: Count
    """Bits that Bob flipped."""
    rounds: Count
    """Questions of Bob, each followed by one answer of Alice."""

    def __post_init__(self) -> None:
        check_fields(self)
        locked(self.key)

    @property
    def leaked_bits(self) -> int:
        """Bits revealed in both directions: what a key must be shortened by, whatever the proof."""
        return self.alice_bits + self.bob_bits

    def efficiency(self, error_rate: float) -> float:
        """Give f, the bits Alice sent over the Shannon limit n h(Q); one is perfect.

        Papers on reconciliation count one direction, and so does f. It is all that a key loses where the
        eavesdropper is granted the positions of the errors (see `qnet.keys.cascade`).
        """
        check("error_rate", error_rate, ErrorRate)
        return self.alice_bits / (self.key.size * binary_entropy(error_rate))


class Reconciler(Protocol):
    """A reconciliation code."""

    def __call__(self, alice: ArrayLike, bob: ArrayLike, error_rate: float, stream: Stream) -> Reconciled:
        """Correct Bob's bits to Alice's, expecting this share of errors, with public randomness from `stream`."""
        ...


def key_pair(alice: ArrayLike, bob: ArrayLike) -> tuple[Bits, Bits]:
    """Copy the two sides' bits; `InvalidArgument` unless both are bits, as many as each other, and not none."""
    first = as_bits("alice", alice)
    if not first.size:
        raise InvalidArgument.of("alice", "hold at least one bit", alice)
    return first, as_bits("bob", bob, first.size)
