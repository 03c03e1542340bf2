"""One seed, many named streams.

A stream is named by (purpose, id, replica) and seeded by a BLAKE2b hash of that name, so that adding a node or a
request moves no one else's numbers. Nobody else in qnet makes a generator.
"""

from __future__ import annotations

import enum
import hashlib
import math
from collections.abc import Sequence

import numpy as np

from qnet.errors import InvalidArgument

__all__ = ["Purpose", "Stream", "check_stream", "stream_seed"]

_BLOCK = 256


class Purpose(enum.Enum):
    """What a stream of random numbers is for."""

    GENERATION = "generation"
    RECORD = "record"
    MEASUREMENT = "measurement"
    POLICY = "policy"
    TRAFFIC = "traffic"
    DEVICE = "device"


def stream_seed(seed: int, purpose: Purpose, identity: str, replica: int = 0) -> int:
    """Hash the name of a stream to a 128-bit seed (BLAKE2b; never ``hash()``, which changes between runs)."""
    name = f"{seed}|{purpose.value}|{identity}|{replica}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "big")


class Stream:
    """A stream of uniform numbers; the n-th draw never depends on how many are made at once.

    >>> a, b = (Stream(7, Purpose.RECORD, "n1") for _ in range(2))
    >>> a.uniform() == b.uniform()
    True
    """

    __slots__ = ("_block", "_position", "generator")

    def __init__(self, seed: int, purpose: Purpose, identity: str, replica: int = 0) -> None:
        self.generator = np.random.Generator(np.random.PCG64(stream_seed(seed, purpose, identity, replica)))
        """The NumPy generator behind the stream, for code that draws whole arrays; do not mix with `uniform`."""
        self._block: list[float] = []
        self._position = 0

    def uniform(self) -> float:
        """Draw one number, uniform on [0, 1)."""
        position = self._position
        if position == len(self._block):
            self._block = self.generator.random(_BLOCK).tolist()
            position = 0
        self._position = position + 1
        return self._block[position]

    def geometric(self, probability: float) -> int:
        """Draw the number of attempts up to and with the first success, on {1, 2, ...}, by inversion."""
        if probability >= 1.0:
            return 1
        return 1 + int(math.log1p(-self.uniform()) / math.log1p(-probability))

    def choose(self, weights: Sequence[float]) -> int:
        """Draw an index with probability proportional to its weight."""
        threshold = self.uniform() * math.fsum(weights)
        for index, weight in enumerate(weights):
            threshold -= weight
            if threshold < 0.0:
                return index
        return max(index for index, weight in enumerate(weights) if weight > 0.0)


def check_stream(name: str, value: object) -> None:
    """Raise `InvalidArgument` for what is no `Stream`, such as a bare NumPy generator."""
    if not isinstance(value, Stream):
        raise InvalidArgument.of(name, 'be a Stream, such as qnet.rng.Stream(7, Purpose.POLICY, "keys")', value)
