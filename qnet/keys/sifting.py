"""Keeping the rounds in which both sides used the same basis, and choosing among them what is compared in public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Count, Probability, check

__all__ = ["SiftedBits", "sift", "sifting_factor"]


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
        return self._where(self.bases == basis)

    def split(self, size: int, generator: np.random.Generator) -> tuple[SiftedBits, SiftedBits]:
        """Choose so many rounds at random, each set of them with equal chance; returns (chosen, rest), both in order.

        A declared block is chosen like this, not by taking the first: an eavesdropper must not know which rounds will
        be tested. Both sides use one public choice. Raises `InvalidArgument` for more rounds than there are; it says
        how many are missing.
        """
        check("size", size, Count)
        if size > len(self):
            rule = f"be at most the {len(self)} sifted rounds ({size - len(self)} more rounds are needed)"
            raise InvalidArgument.of("size", rule, size)
        chosen = np.zeros(len(self), dtype=bool)
        chosen[generator.choice(len(self), size, replace=False, shuffle=False)] = True
        return self._where(chosen), self._where(~chosen)

    def _where(self, kept: NDArray[np.bool_]) -> SiftedBits:
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


def sifting_factor(first: Sequence[float], second: Sequence[float] | None = None) -> float:
    """Give the share of rounds with equal bases, from how often each side chooses each: sum_b p_b p'_b.

    With both sides alike if `second` is left out. Even choices of two bases keep 1/2, of three 1/3; bias keeps nearly
    all (Lo, Chau and Ardehali, J. Cryptology 18, 133 (2005), quant-ph/0011056).

    >>> sifting_factor([0.5, 0.5]), round(sifting_factor([0.9, 0.1]), 2)
    (0.5, 0.82)
    """
    others = first if second is None else second
    for name, choices in (("first", first), ("second", others)):
        for probability in choices:
            check(name, probability, Probability)
        if abs(sum(choices) - 1.0) > 1e-9:
            raise InvalidArgument.of(name, "add up to 1", choices)
    if len(first) != len(others):
        raise InvalidArgument.of("second", f"hold one probability for each of {len(first)} bases", second)
    return sum(mine * theirs for mine, theirs in zip(first, others, strict=True))
