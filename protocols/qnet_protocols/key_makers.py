"""What makes the key of a hop of a trusted relay, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qnet import InvalidArgument, Network, Stop

__all__ = ["Block", "KeyMaker", "KeyRate", "measured", "repeated"]

Bits = NDArray[np.uint8]


class Block(Protocol):
    """What making key on a hop comes to; a `KeyRun` is one."""

    @property
    def alice_key(self) -> Bits:
        """The key of the first end; empty if the session aborted."""

    @property
    def bob_key(self) -> Bits:
        """The key of the other end."""

    @property
    def authentication_bits(self) -> int:
        """Key spent on authenticating the session."""

    @property
    def epsilon(self) -> float | None:
        """How far from perfect the key may be; None where no finite-key proof exists."""

    @property
    def elapsed_s(self) -> float:
        """Time that it took."""


KeyMaker = Callable[[Network, np.random.Generator], Block]
"""Makes one block on a hop, which is given as a network of two nodes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Given:
    alice_key: Bits
    bob_key: Bits
    authentication_bits: int
    epsilon: float | None
    elapsed_s: float


@dataclass(frozen=True, kw_only=True)
class KeyRate:
    """Key devices given by their numbers: a block of key every so often. It is a `KeyMaker`.

    Args:
        bits: key of one block, net of what its making cost.
        block_s: seconds that a block takes.
        success: the share of blocks that do not abort.
        epsilon: of each block.
    """

    bits: int
    block_s: float
    success: float = 1.0
    epsilon: float | None = 1e-10

    def __post_init__(self) -> None:
        if not isinstance(self.bits, int) or self.bits < 1:
            raise InvalidArgument.of("bits", "be a whole number from 1 on", self.bits)
        if not self.block_s > 0.0:
            raise InvalidArgument.of("block_s", "be greater than 0", self.block_s)
        if not 0.0 <= self.success <= 1.0:
            raise InvalidArgument.of("success", "be between 0 and 1", self.success)

    def __call__(self, hop: Network, chance: np.random.Generator) -> Block:
        """Draw the bits of one block, the same at both ends."""
        size = self.bits if chance.random() < self.success else 0
        key = chance.integers(0, 2, size, dtype=np.uint8)
        return _Given(
            alice_key=key, bob_key=key.copy(), authentication_bits=0, epsilon=self.epsilon, elapsed_s=self.block_s
        )


def measured(make_key: Callable[..., Block], *, stop: Stop, **options: Any) -> KeyMaker:
    """Give the `KeyMaker` that simulates each block by a protocol, say `decoy_bb84.make_key`, until `stop`."""

    def make(hop: Network, chance: np.random.Generator) -> Block:
        return _only_key(make_key(hop, stop=stop, seed=int(chance.integers(2**31)), **options))

    return make


def repeated(make: KeyMaker) -> KeyMaker:
    """Give a `KeyMaker` that makes one block for each length of hop, and then draws bits for others just like it.

    It suits devices whose blocks are declared beforehand, so that size and time hardly differ from one to the next;
    the hops must not differ but in their length.
    """
    first: dict[tuple[float, ...], Block] = {}

    def draw(hop: Network, chance: np.random.Generator) -> Block:
        length_km = hop.route().lengths_km
        if length_km not in first:
            first[length_km] = _only_key(make(hop, chance))
            return first[length_km]
        key = chance.integers(0, 2, first[length_km].alice_key.size, dtype=np.uint8)
        return _only_key(first[length_km], key)

    return draw


def _only_key(block: Block, key: Bits | None = None) -> Block:
    """Leave out of a block all else that a run has counted, or put another key in; a network holds many blocks."""
    return _Given(
        alice_key=block.alice_key if key is None else key,
        bob_key=block.bob_key if key is None else key.copy(),
        authentication_bits=block.authentication_bits,
        epsilon=block.epsilon,
        elapsed_s=block.elapsed_s,
    )
