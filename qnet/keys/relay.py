"""Relaying a key through trusted nodes, hop by hop, under one-time pads.

Each hop shares a key. Every node between the ends announces the XOR of its two keys, and the far end strips the
announcements from its own key to find that of the near end. The announcements tell an outsider nothing; every node on
the way knows everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, Probability, check

__all__ = ["RelayedKey", "honest_probability", "relay", "relay_rate"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RelayedKey:
    """A key that both ends hold, and what it cost."""

    key: NDArray[np.uint8]
    """The end-to-end key as the far end decodes it: bits, read-only."""
    announcements: tuple[NDArray[np.uint8], ...]
    """What each node between the ends made public, in order."""
    consumed_per_hop: int
    """Key bits that every hop spent."""

    @property
    def trusted_nodes(self) -> int:
        """Nodes that know the key besides its two ends."""
        return len(self.announcements)

    @property
    def consumed(self) -> int:
        """Key bits spent on all hops together."""
        return self.consumed_per_hop * (self.trusted_nodes + 1)


def relay(hop_keys: Sequence[NDArray[np.uint8]]) -> RelayedKey:
    """Carry the key of the first hop to the far end of the last.

    `hop_keys` are one-dimensional arrays of 0 and 1, all of one length, in the order of the hops; each is the same at
    both ends of its hop. Raises `InvalidArgument` for no hop, for unequal lengths and for anything but bits.

    >>> hops = [np.array(bits, dtype=np.uint8) for bits in ([1, 0, 1], [0, 0, 1], [1, 1, 0])]
    >>> relayed = relay(hops)
    >>> relayed.key.tolist(), relayed.trusted_nodes, relayed.consumed
    ([1, 0, 1], 2, 9)
    """
    keys = [_bits(key) for key in hop_keys]
    if not keys:
        raise InvalidArgument.of("hop_keys", "hold at least one hop", [])
    lengths = [key.size for key in keys]
    if len(set(lengths)) > 1:
        raise InvalidArgument.of("hop_keys", "be keys of one length", lengths)
    announcements = tuple(before ^ after for before, after in pairwise(keys))
    decoded = reduce(np.bitwise_xor, announcements, keys[-1])
    for array in (*announcements, decoded):
        array.flags.writeable = False
    return RelayedKey(key=decoded, announcements=announcements, consumed_per_hop=lengths[0])


def _bits(key: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bits = np.array(key, dtype=np.uint8)
    if bits.ndim != 1 or not np.array_equal(bits, np.asarray(key)) or np.any(bits > 1):
        raise InvalidArgument.of("hop_keys", "be one-dimensional arrays of 0 and 1", key)
    return bits


def relay_rate(hop_rates: Sequence[float]) -> float:
    """Give the end-to-end rate: that of the slowest hop, in the unit of the hops.

    Every hop spends one of its key bits per bit delivered.

    >>> relay_rate([5000.0, 3000.0, 8000.0])
    3000.0
    """
    if len(hop_rates) == 0:
        raise InvalidArgument.of("hop_rates", "hold at least one hop", hop_rates)
    for rate in hop_rates:
        check("hop_rates", rate, NonNegative)
    return min(hop_rates)


def honest_probability(node_honest: float, nodes: int, disjoint_paths: int = 1) -> float:
    """Give the probability that a relayed key is secret, if each node is honest independently.

    One path needs all its nodes: p^h. Keys of several node-disjoint paths, XORed, need one honest path:
    1 - (1 - p^h)^k.

    >>> honest_probability(0.9, 2)
    0.81
    """
    check("node_honest", node_honest, Probability)
    check("nodes", nodes, Count)
    check("disjoint_paths", disjoint_paths, Count)
    if disjoint_paths < 1:
        raise InvalidArgument.of("disjoint_paths", "be at least 1", disjoint_paths)
    path: float = node_honest**nodes
    return path if disjoint_paths == 1 else 1.0 - (1.0 - path) ** disjoint_paths
