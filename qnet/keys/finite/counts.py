"""Counts of a decoy-state session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, check

__all__ = ["DecoyCounts"]


@dataclass(frozen=True, kw_only=True)
class DecoyCounts:
    """Sifted clicks and wrong bits of each intensity, brightest first: whole where observed, any where expected.

    >>> counts = DecoyCounts(key_clicks=(90, 9, 1), key_errors=(2, 1, 0), test_clicks=(9, 3, 0), test_errors=(1, 0, 0))
    >>> counts.block, counts.error_rate
    (100, 0.03)
    """

    key_clicks: tuple[float, ...]
    """In the basis of the key."""
    key_errors: tuple[float, ...]
    """The wrong ones; known once errors are corrected."""
    test_clicks: tuple[float, ...]
    """In the other basis, compared in public."""
    test_errors: tuple[float, ...]
    """The wrong ones."""

    def __post_init__(self) -> None:
        _check_counts("key_errors", self.key_clicks, self.key_errors)
        _check_counts("test_errors", self.test_clicks, self.test_errors)
        if len(self.key_clicks) != len(self.test_clicks):
            rule = f"hold a count for each of the {len(self.key_clicks)} intensities"
            raise InvalidArgument.of("test_clicks", rule, self.test_clicks)

    @property
    def block(self) -> float:
        """Bits of raw key."""
        return sum(self.key_clicks)

    @property
    def error_rate(self) -> float:
        """Error rate of the raw key; NaN without any."""
        return sum(self.key_errors) / self.block if self.block else float("nan")

    def times(self, factor: float) -> DecoyCounts:
        """Give what so many times as many pulses would show."""
        check("factor", factor, NonNegative)
        columns = self.key_clicks, self.key_errors, self.test_clicks, self.test_errors
        scaled = [tuple(factor * count for count in column) for column in columns]
        return DecoyCounts(key_clicks=scaled[0], key_errors=scaled[1], test_clicks=scaled[2], test_errors=scaled[3])


def _check_counts(name: str, clicks: Sequence[float], errors: Sequence[float]) -> None:
    within = len(errors) == len(clicks) and all(0 <= wrong <= seen for wrong, seen in zip(errors, clicks, strict=True))
    if not within:  # of NaN, too
        raise InvalidArgument.of(name, f"be from 0 to the clicks {tuple(clicks)}", tuple(errors))
