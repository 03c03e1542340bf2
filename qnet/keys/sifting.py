"""Keeping the rounds in which both sides used the same basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qnet.errors import InvalidArgument

__all__ = ["SiftedBits", "sift"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SiftedBits:
    """Two sides' bits of the rounds with equal bases, in order; the arrays are read-only."""

    bases: NDArray[np.uint8]
    """The common basis of each round, in the coding of the caller."""
    first: NDArray[np.uint8]
    """Bits of the first side."""
    second: NDArray[np.uint8]
    """Bits of the second side."""

    def __post_init__(self) -> None:
        for array in (self.bases, self.first, self.second):
            array.flags.writeable = False

    def __len__(self) -> int:
        return int(self.bases.size)

    @property
    def errors(self) -> int:
        """Rounds in which the two bits differ."""
        return int(np.count_nonzero(self.first != self.second))

    @property
    def error_rate(self) -> float:
        """Errors over rounds; NaN without rounds."""
        return self.errors / len(self) if len(self) else float("nan")

    def in_basis(self, basis: int) -> SiftedBits:
        """Keep the rounds of one basis."""
        kept = self.bases == basis
        return SiftedBits(bases=self.bases[kept], first=self.first[kept], second=self.second[kept])


def sift(first_bases: ArrayLike, first_bits: ArrayLike, second_bases: ArrayLike, second_bits: ArrayLike) -> SiftedBits:
    """Keep the rounds in which the bases agree.

    All four are one-dimensional, of one length: bases as small whole numbers (0 for Z, 1 for X), bits as 0 and 1.
    Raises `InvalidArgument` for unequal lengths.

    >>> sifted = sift([0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 1, 1])
    >>> len(sifted), sifted.errors, sifted.in_basis(0).error_rate
    (3, 1, 0.0)
    """
    columns = [np.array(column, dtype=np.uint8) for column in (first_bases, first_bits, second_bases, second_bits)]
    shapes = [column.shape for column in columns]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1:
        raise InvalidArgument.of("first_bases", "be one-dimensional and as long as the other three", shapes)
    bases, first, others, second = columns
    kept = bases == others
    return SiftedBits(bases=bases[kept], first=first[kept], second=second[kept])
