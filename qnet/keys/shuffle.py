"""Dividing a key into blocks, and each block into halves of halves: the public part of a pass of Cascade.

The bits of a block are the leaves of a binary tree, and all trees of a pass have one depth. They lie in one array, as
in a heap: the children of node i are 2i and 2i + 1, so that its block is found by shifting, and the leaves come last.
Leaves beyond the bits of a block are empty; their parity is 0 and known to all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qnet.keys.bits import Bits

__all__ = ["Nodes", "Shuffle"]

Nodes = NDArray[np.intp]
"""Nodes of the trees of a pass, by their place in the array."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shuffle:
    """Which bit of the key is which leaf. `Shuffle.blocks` and `Shuffle.halves` draw one at random."""

    leaf_of: Nodes
    """The leaf of each bit of the key."""
    count: int
    """Blocks; these are the nodes `count` to `2 * count - 1`."""
    depth: int
    """Halvings from a block to a bit."""
    filled: tuple[int, int]
    """Bits in every block but the last, and in the last."""

    @classmethod
    def blocks(cls, bits: int, block_size: int, generator: np.random.Generator) -> Shuffle:
        """Deal the bits, shuffled, to blocks of at most this size, equal but for the last."""
        count = -(-bits // block_size)
        size = -(-bits // count)
        return cls._dealt(generator.permutation(bits), count, (size, bits - (count - 1) * size))

    @classmethod
    def halves(cls, bits: int, generator: np.random.Generator) -> Shuffle:
        """Throw a coin for each bit: heads in one block, tails in the other, in order."""
        heads = np.unpackbits(np.frombuffer(generator.bytes(-(-bits // 8)), np.uint8), count=bits)
        before = np.cumsum(heads, dtype=np.intp)
        first = int(before[-1])
        rank = np.where(heads, before - 1, np.arange(first, first + bits) - before)
        return cls._dealt(rank, 2, (first, bits - first))

    @classmethod
    def _dealt(cls, rank: Nodes, count: int, filled: tuple[int, int]) -> Shuffle:
        depth = max(max(filled) - 1, 0).bit_length()
        width = 1 << depth
        leaf_of = rank + count * width
        if filled[0] < width and count > 1:
            leaf_of += _block_of(rank, filled[0], count) * (width - filled[0])
        return cls(leaf_of=leaf_of, count=count, depth=depth, filled=filled)

    @property
    def leaves(self) -> int:
        """Leaves, empty ones included; the first has this place in the array."""
        return self.count << self.depth

    @cached_property
    def bit_at(self) -> Nodes:
        """The bit of each leaf, from the first leaf on."""
        bits = np.zeros(self.leaves, np.intp)
        bits[self.leaf_of - self.leaves] = np.arange(self.leaf_of.size)
        return bits

    def parities(self, key: Bits) -> Bits:
        """Give the parity of every node."""
        tree = np.zeros(2 * self.leaves, np.uint8)
        tree[self.leaf_of] = key
        first = self.leaves
        for _ in range(self.depth):
            np.bitwise_xor(tree[first : 2 * first : 2], tree[first + 1 : 2 * first : 2], out=tree[first // 2 : first])
            first //= 2
        return tree

    def unknown(self, mark: int) -> Bits:
        """Give an array over all nodes that holds 0 where all leaves are empty, and `mark` elsewhere."""
        tree = np.full(2 * self.leaves, mark, np.uint8)
        for height in range(self.depth + 1):
            level = tree[self.leaves >> height : 2 * self.leaves >> height].reshape(self.count, -1)
            level[:-1, -(-self.filled[0] >> height) :] = 0
            level[-1, -(-self.filled[1] >> height) :] = 0
        return tree


def _block_of(rank: Nodes, size: int, count: int) -> Nodes:
    return np.asarray(rank >= size, np.intp) if count == 2 else rank // size
