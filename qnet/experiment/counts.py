"""Counts that add, associatively, and never grow with the number of pairs.

Everything here is filled by `add` in the hot loop (plain Python arithmetic) and joined by `+`: over replicas, over
processes, over runs on another day. Rates and intervals are computed late, from the sums.
"""

from __future__ import annotations

import math
from typing import Self

from qnet.errors import InvalidArgument
from qnet.experiment.intervals import BetaPosterior, Estimate, binomial_interval
from qnet.experiment.quantity import Quantity

__all__ = ["BatchMeans", "LogHistogram", "OutcomeCounts"]

_ENOUGH_BATCHES = 32
_BINS_PER_OCTAVE = 16

_Level = list[float]  # batches, their sum, their sum of squares: of sums over 2**k consecutive values


class BatchMeans:
    """Sum a correlated series in batches of 1, 2, 4, ... consecutive values.

    Every size keeps the number of its batches, their sum and their sum of squares, so memory is logarithmic, and two
    series add exactly: a batch never spans two of them. The standard error comes from the largest batches of which
    there are at least 32. Integers (ticks) stay exact.
    Source: Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989).

    >>> series = BatchMeans()
    >>> for k in range(1000):
    ...     series.add(k % 10)
    >>> series.count, series.mean
    (1000, 4.5)
    """

    __slots__ = ("_levels", "_open")

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._open: list[float | None] = []  # per size: the batch that waits for its second half

    def add(self, value: float) -> None:
        """Append one value to the series."""
        waiting = self._open
        for size, sums in enumerate(self._levels):
            sums[0] += 1
            sums[1] += value
            sums[2] += value * value
            half = waiting[size]
            if half is None:
                waiting[size] = value
                return
            waiting[size] = None
            value += half
        self._levels.append([1, value, value * value])
        waiting.append(value)

    @property
    def count(self) -> int:
        """Number of values."""
        return int(self._levels[0][0]) if self._levels else 0

    @property
    def total(self) -> float:
        """Sum of the values."""
        return self._levels[0][1] if self._levels else 0.0

    @property
    def mean(self) -> float | None:
        """Mean of the values; None without any."""
        return self.total / self.count if self.count else None

    def estimate(self) -> Estimate | None:
        """Give the mean with the standard error of its batches; None with fewer than two values."""
        if self.count < 2:
            return None
        size = max((k for k, sums in enumerate(self._levels) if sums[0] >= _ENOUGH_BATCHES), default=0)
        batches, total, squares = self._levels[size]
        variance = max(0.0, (squares - total * total / batches) / (batches - 1)) / 4**size
        # The incomplete last batch is in the mean but not in the variance: scale by all values, not by batches.
        error = math.sqrt(variance * 2**size / self.count)
        return Estimate(value=self.total / self.count, standard_error=error, degrees=int(batches) - 1)

    def interval(self, level: float = 0.95, *, within: tuple[float, float] = (-math.inf, math.inf)) -> Quantity | None:
        """Give the mean with its Student interval; `within` bounds it, and is all that one value tells."""
        estimate = self.estimate()
        if estimate is not None:
            return estimate.interval(level, within=within)
        return None if self.mean is None else Quantity(self.mean, *within)

    def __add__(self, other: Self) -> BatchMeans:
        joined = BatchMeans()
        longer, shorter = sorted((self._levels, other._levels), key=len, reverse=True)
        joined._levels = [list(sums) for sums in longer]
        for sums, more in zip(joined._levels, shorter, strict=False):
            sums[:] = [a + b for a, b in zip(sums, more, strict=True)]
        joined._open = [None] * len(longer)
        return joined

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchMeans) and self._levels == other._levels

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"BatchMeans(count={self.count}, mean={self.mean})"


class LogHistogram:
    """Count positive numbers in logarithmic bins (16 per octave, 4 % wide), with the exact minimum and maximum.

    >>> waits = LogHistogram()
    >>> for wait in range(1, 1001):
    ...     waits.add(wait)
    >>> waits.minimum, waits.maximum, round(waits.quantile(0.5))
    (1, 1000, 501)
    """

    __slots__ = ("_bins", "maximum", "minimum", "zeros")

    def __init__(self) -> None:
        self._bins: dict[int, int] = {}
        self.zeros = 0
        self.minimum = math.inf
        self.maximum = -math.inf

    def add(self, value: float) -> None:
        """Count one number; what is zero, or rounded to below it, has a bin of its own."""
        if value < self.minimum:
            self.minimum = value
        if value > self.maximum:
            self.maximum = value
        if value <= 0.0:
            self.zeros += 1
            return
        place = math.floor(math.log2(value) * _BINS_PER_OCTAVE)
        bins = self._bins
        bins[place] = bins.get(place, 0) + 1

    @property
    def count(self) -> int:
        """How many numbers were counted."""
        return self.zeros + sum(self._bins.values())

    def quantile(self, share: float) -> float | None:
        """Give the number below which a share of all lies, to the width of a bin; None when empty."""
        if not 0.0 <= share <= 1.0:
            raise InvalidArgument.of("share", "be between 0 and 1", share)
        if not self.count:
            return None
        rank = share * self.count - self.zeros
        if rank <= 0 and self.zeros:
            return self.minimum
        for place in sorted(self._bins):
            if rank <= self._bins[place]:
                within = max(rank, 0.0) / self._bins[place]
                value = math.exp2((place + within) / _BINS_PER_OCTAVE)
                return min(max(value, self.minimum), self.maximum)
            rank -= self._bins[place]
        return self.maximum

    def __add__(self, other: Self) -> LogHistogram:
        joined = LogHistogram()
        joined._bins = {
            place: self._bins.get(place, 0) + other._bins.get(place, 0)
            for place in self._bins.keys() | other._bins.keys()
        }
        joined.zeros = self.zeros + other.zeros
        joined.minimum = min(self.minimum, other.minimum)
        joined.maximum = max(self.maximum, other.maximum)
        return joined

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogHistogram) and self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]

    def _state(self) -> tuple[object, ...]:
        return (self._bins, self.zeros, self.minimum, self.maximum)

    def __repr__(self) -> str:
        return f"LogHistogram(count={self.count}, minimum={self.minimum}, maximum={self.maximum})"


class OutcomeCounts:
    """Count the four pairs of bits for every pair of settings; a bit of 0 stands for the outcome +1.

    >>> outcomes = OutcomeCounts()
    >>> for bit in (0, 1, 0, 1):
    ...     outcomes.add("z", "z", bit, bit)
    >>> outcomes.add("z", "z", 0, 1)
    >>> outcomes.errors("z", "z")
    (1, 5)
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}

    def add(self, setting_a: str, setting_b: str, bit_a: int, bit_b: int, times: int = 1) -> None:
        """Count a pair of outcomes, once or (for outcomes sampled in blocks) many times."""
        try:
            self._counts[setting_a, setting_b][2 * bit_a + bit_b] += times
        except KeyError:
            counts = self._counts[setting_a, setting_b] = [0, 0, 0, 0]
            counts[2 * bit_a + bit_b] = times

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """The pairs of settings seen, sorted."""
        return tuple(sorted(self._counts))

    def of(self, setting_a: str, setting_b: str) -> tuple[int, int, int, int]:
        """Give the counts of the bits 00, 01, 10, 11 for a pair of settings."""
        n00, n01, n10, n11 = self._counts.get((setting_a, setting_b), (0, 0, 0, 0))
        return n00, n01, n10, n11

    def total(self) -> int:
        """Give the number of outcome pairs over all settings."""
        return sum(map(sum, self._counts.values()))

    def errors(self, setting_a: str, setting_b: str) -> tuple[int, int]:
        """Give how many bit pairs differ, and how many there are."""
        counts = self.of(setting_a, setting_b)
        return counts[1] + counts[2], sum(counts)

    def error_rate(self, setting_a: str, setting_b: str, level: float = 0.95) -> Quantity | None:
        """Give the share of bit pairs that differ, with its Wilson interval; None when nothing was measured."""
        return binomial_interval(*self.errors(setting_a, setting_b), level)

    def error_posterior(self, setting_a: str, setting_b: str) -> BetaPosterior:
        """Give what the error rate might be, for `propagate`."""
        errors, trials = self.errors(setting_a, setting_b)
        return BetaPosterior(successes=errors, trials=trials)

    def correlator(self, setting_a: str, setting_b: str, level: float = 0.95) -> Quantity | None:
        """Give E(a, b), the mean product of the outcomes +1 and -1; None when nothing was measured."""
        rate = self.error_rate(setting_a, setting_b, level)
        return None if rate is None else rate.mapped(lambda error: 1.0 - 2.0 * error)

    def chsh(self, settings_a: tuple[str, str], settings_b: tuple[str, str]) -> Estimate | None:
        """Give S = E(a0,b0) + E(a0,b1) + E(a1,b0) - E(a1,b1) with its standard error; None if a setting lacks data.

        Source: Clauser, Horne, Shimony, Holt, Phys. Rev. Lett. 23, 880 (1969). `Estimate.interval` gives a Quantity.
        """
        s = variance = 0.0
        for a in settings_a:
            for b in settings_b:
                errors, trials = self.errors(a, b)
                if not trials:
                    return None
                sign = -1.0 if (a, b) == (settings_a[1], settings_b[1]) else 1.0
                s += sign * (1.0 - 2.0 * errors / trials)
                # Half an error and half a match more: outcomes that never differed are not taken for certain.
                smoothed = 1.0 - 2.0 * (errors + 0.5) / (trials + 1.0)
                variance += (1.0 - smoothed**2) / trials
        return Estimate(value=s, standard_error=math.sqrt(variance))

    def __add__(self, other: Self) -> OutcomeCounts:
        joined = OutcomeCounts()
        for pair in self._counts.keys() | other._counts.keys():
            joined._counts[pair] = [a + b for a, b in zip(self.of(*pair), other.of(*pair), strict=True)]
        return joined

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutcomeCounts) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"OutcomeCounts({dict(sorted(self._counts.items()))})"
