"""From true bits to the record: assignment matrices, and detectors that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qnet.errors import InvalidArgument

__all__ = ["CERTAIN", "Assignment"]

CERTAIN = ((1.0, 0.0), (0.0, 1.0))
"""The assignment matrix of a bit that is as recorded."""


@dataclass(frozen=True)
class Assignment:
    """How true bits become one recorded digit: an assignment matrix, or a detector that counts photons.

    Args:
        weights: pairs (classical bit, weight); the number that counts is the weighted sum of the true bits (of the
            recorded ones, for bits on which the circuit decides).
        matrix: ``P(recorded | number)``, one row for each recorded digit, one column for each number from 0 on.
    """

    weights: tuple[tuple[int, int], ...]
    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for number, column in enumerate(zip(*self.matrix, strict=True)):
            if min(column) < 0.0 or abs(sum(column) - 1.0) > 1e-12:
                raise InvalidArgument.of("matrix", f"be a probability distribution in column {number}", column)

    def column(self, bits: Mapping[int, int]) -> list[float]:
        """Give the distribution of the recorded digit for true bits."""
        number = sum(weight * bits[place] for place, weight in self.weights)
        return [row[number] for row in self.matrix]

    def seen(self, bits: Mapping[int, int], *, changing: frozenset[int] = frozenset()) -> tuple[float | None, ...]:
        """Give what matters of the true bits so far: all of them until the last is measured, then only `column`.

        Args:
            bits: the values so far.
            changing: bits that have a value but may be measured again; with one of these, all values always matter.
        """
        so_far = tuple(bits.get(place) for place, _ in self.weights)
        final = None not in so_far and changing.isdisjoint(place for place, _ in self.weights)
        return tuple(self.column(bits)) if final else so_far
