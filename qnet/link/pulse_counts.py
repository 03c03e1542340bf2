"""What a block of pulses showed: counts by basis and intensity, which add."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qnet.errors import InvalidArgument
from qnet.fields import Count, Positive, check_fields

__all__ = ["BasisCounts", "PulseCounts"]


@dataclass(frozen=True, kw_only=True)
class BasisCounts:
    """Pulses of one intensity that both sides handled in the same basis; adds with ``+``."""

    pulses: Count
    """Sent while the detectors were live."""
    clicks: Count
    """Those with at least one click."""
    errors: Count
    """Clicks that gave the wrong bit."""

    def __post_init__(self) -> None:
        check_fields(self)

    def __add__(self, other: BasisCounts) -> BasisCounts:
        return BasisCounts(
            pulses=self.pulses + other.pulses, clicks=self.clicks + other.clicks, errors=self.errors + other.errors
        )

    @property
    def gain(self) -> float:
        """Clicks per pulse; NaN without pulses."""
        return self.clicks / self.pulses if self.pulses else math.nan

    @property
    def error_rate(self) -> float:
        """Errors per click; NaN without clicks."""
        return self.errors / self.clicks if self.clicks else math.nan


@dataclass(frozen=True, kw_only=True)
class PulseCounts:
    """What a block of pulses showed; blocks of the same link and intensities add with ``+``."""

    clock_hz: Positive
    intensities: tuple[float, ...]
    z: tuple[BasisCounts, ...]
    """Both sides in Z, one entry per intensity."""
    x: tuple[BasisCounts, ...]
    """Both sides in X, one entry per intensity."""
    live_pulses: Count
    """All pulses sent while the detectors were live, bases equal or not."""
    clicks: Count
    """All clicks, bases equal or not; each one starts a dead time."""
    blanked_pulses: Count
    """Pulses that passed during dead times."""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def elapsed_s(self) -> float:
        """Time the block took: live and blanked pulses at the clock, in seconds."""
        return (self.live_pulses + self.blanked_pulses) / self.clock_hz

    def __add__(self, other: PulseCounts) -> PulseCounts:
        if (self.clock_hz, self.intensities) != (other.clock_hz, other.intensities):
            raise InvalidArgument.of("other", f"have clock and intensities {self.clock_hz, self.intensities}", other)
        return PulseCounts(
            clock_hz=self.clock_hz,
            intensities=self.intensities,
            z=tuple(mine + its for mine, its in zip(self.z, other.z, strict=True)),
            x=tuple(mine + its for mine, its in zip(self.x, other.x, strict=True)),
            live_pulses=self.live_pulses + other.live_pulses,
            clicks=self.clicks + other.clicks,
            blanked_pulses=self.blanked_pulses + other.blanked_pulses,
        )
