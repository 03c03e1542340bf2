"""Bits of a block of pulses or photons, one by one, in the order of their clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.link.pulse_counts import BasisCounts, PulseCounts
from qnet.link.pulse_tables import Counts

__all__ = ["PulseBits", "pulse_bits", "shuffled"]

_CHUNK = 2**18
"""Bytes that stay in the processor's cache while they are shuffled."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseBits:
    """What both sides hold of the clicks in equal bases, in the order of their times; the arrays are read-only.

    Blocks of the same link and intensities are joined with ``+``.
    """

    alice: NDArray[np.uint8]
    """Bits sent."""
    bob: NDArray[np.uint8]
    """Bits found."""
    basis: NDArray[np.uint8]
    """0 for Z, 1 for X."""
    intensity: NDArray[np.uint8]
    """Which of the intensities, as an index."""
    eve: NDArray[np.uint16] | None = None
    """Records of the eavesdropper's taps; None without any."""
    counts: PulseCounts
    """The block in numbers, pulses and time included."""

    def __post_init__(self) -> None:
        for array in (self.alice, self.bob, self.basis, self.intensity, self.eve):
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        return int(self.alice.size)

    def __add__(self, other: PulseBits) -> PulseBits:
        names = ("alice", "bob", "basis", "intensity")
        joined = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names}
        eve = None if self.eve is None or other.eve is None else np.concatenate([self.eve, other.eve])
        return PulseBits(**joined, eve=eve, counts=self.counts + other.counts)


def pulse_bits(counts: PulseCounts, generator: np.random.Generator) -> PulseBits:
    """Draw bits that show these counts, all orders with equal chance.

    That is the law of the bits: live pulses are independent, so that which click is whose says nothing of the others.
    """
    classes = np.array([_right_and_wrong(basis) for basis in (counts.z, counts.x)])  # by basis, intensity, error
    place = shuffled(classes, generator)
    basis, intensity, error = (index.astype(np.uint8) for index in np.indices(classes.shape).reshape(3, -1))
    alice = _coins(place.size, generator)
    return PulseBits(
        alice=alice, bob=alice ^ error[place], basis=basis[place], intensity=intensity[place], counts=counts
    )


def shuffled(counts: Counts, generator: np.random.Generator) -> NDArray[Any]:
    """Give the flat index of the class of each click, in random order, as small whole numbers.

    Chunk by chunk, each with the number of every class that chance gives it, which is as exact and twice as quick.
    """
    left = counts.ravel().copy()
    codes = np.arange(left.size, dtype=np.min_scalar_type(left.size))
    order = np.empty(int(left.sum()), dtype=codes.dtype)
    for start in range(0, order.size, _CHUNK):
        chunk = order[start : start + _CHUNK]
        these = generator.multivariate_hypergeometric(left, chunk.size, method="marginals")
        chunk[:] = np.repeat(codes, these)
        generator.shuffle(chunk)
        left -= these
    return order


def _right_and_wrong(basis: tuple[BasisCounts, ...]) -> list[tuple[int, int]]:
    return [(seen.clicks - seen.errors, seen.errors) for seen in basis]


def _coins(number: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    octets = np.frombuffer(generator.bytes(-(-number // 8)), dtype=np.uint8)
    return np.unpackbits(octets, count=number)
