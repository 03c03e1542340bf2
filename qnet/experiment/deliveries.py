"""What a run counts about the pairs it delivers."""

from __future__ import annotations

import math
from typing import Self

from qnet.experiment.counts import BatchMeans, LogHistogram
from qnet.experiment.intervals import Estimate, GammaPosterior, Sampler, poisson_interval
from qnet.experiment.quantity import Quantity
from qnet.time import TICKS_PER_SECOND

__all__ = ["DeliveryCounts"]

_ENOUGH_INTERVALS = 32


class DeliveryCounts:
    """Count delivered pairs: when the first came, the times between them, their fidelities.

    A run calls `add` for each pair and `stop` once at its end; runs that were stopped add with `+`. Times are ticks.

    >>> counts = DeliveryCounts()
    >>> for k in range(1, 101):
    ...     counts.add(k * 10**9, 0.9)
    >>> counts.stop(100 * 10**9)
    >>> counts.pairs, counts.rate_hz()
    (100, Quantity(value=1000.0, low=1000.0, high=1000.0))
    """

    __slots__ = ("_last", "elapsed", "fidelities", "first", "infidelities", "intervals", "pairs", "waits")

    def __init__(self) -> None:
        self.pairs = 0
        self.elapsed = 0
        """Simulated ticks of all stopped runs."""
        self.first = BatchMeans()
        """Ticks from the start to the first pair, one value per run."""
        self.intervals = BatchMeans()
        """Ticks between consecutive deliveries."""
        self.waits = LogHistogram()
        """The same, for quantiles."""
        self.fidelities = BatchMeans()
        self.infidelities = LogHistogram()
        """One minus fidelity, where a logarithm resolves what matters."""
        self._last: int | None = None

    def add(self, time: int, fidelity: float | None = None) -> None:
        """Count a pair delivered at tick `time` of its run, with its true fidelity where that is known."""
        self.pairs += 1
        last = self._last
        if last is None:
            self.first.add(time)
        else:
            self.intervals.add(time - last)
            self.waits.add(time - last)
        self._last = time
        if fidelity is not None:
            self.fidelities.add(fidelity)
            self.infidelities.add(1.0 - fidelity)

    def stop(self, time: int) -> None:
        """End the run at tick `time`; the next pair counted belongs to another run."""
        self.elapsed += time
        self._last = None

    def rate_hz(self, level: float = 0.95) -> Quantity | None:
        """Give pairs per second with its interval; zero pairs is a rate of 0 with an upper bound.

        From 32 intervals on it is one over the mean time between deliveries (batch means, Student); below that the
        count over the elapsed time (Poisson), which needs `stop`. None if no time has passed.
        """
        estimate = self._mean_interval()
        if estimate is not None:
            wait = estimate.interval(level, within=(0.0, math.inf))
            return wait.mapped(lambda ticks: TICKS_PER_SECOND / ticks)
        return poisson_interval(self.pairs, self.elapsed / TICKS_PER_SECOND, level) if self.elapsed else None

    def rate_sampler(self) -> Sampler | None:
        """Give what the rate in pairs per second might be, for `propagate`; None if no time has passed."""
        wait = self._mean_interval()
        if wait is None:
            elapsed_s = self.elapsed / TICKS_PER_SECOND
            return GammaPosterior(count=self.pairs, exposure=elapsed_s) if elapsed_s else None
        rate = TICKS_PER_SECOND / wait.value
        return Estimate(value=rate, standard_error=rate * wait.standard_error / wait.value, degrees=wait.degrees)

    def fidelity(self, level: float = 0.95) -> Quantity | None:
        """Give the mean fidelity with its interval; None without pairs."""
        return self.fidelities.interval(level, within=(0.0, 1.0))

    def fidelity_quantile(self, share: float) -> float | None:
        """Give the fidelity that a share of the pairs lies below; None without pairs."""
        infidelity = self.infidelities.quantile(1.0 - share)
        return None if infidelity is None else 1.0 - infidelity

    def first_s(self, level: float = 0.95) -> Quantity | None:
        """Give the mean time to the first pair, over independent runs that had one; None if none had."""
        first = self.first.interval(level, within=(0.0, math.inf))
        return None if first is None else first.scaled(1.0 / TICKS_PER_SECOND)

    def _mean_interval(self) -> Estimate | None:
        return self.intervals.estimate() if self.intervals.count >= _ENOUGH_INTERVALS else None

    def __add__(self, other: Self) -> DeliveryCounts:
        joined = DeliveryCounts()
        for name in ("pairs", "elapsed", "first", "intervals", "waits", "fidelities", "infidelities"):
            setattr(joined, name, getattr(self, name) + getattr(other, name))
        return joined

    def __eq__(self, other: object) -> bool:
        names = [name for name in self.__slots__ if name != "_last"]
        return isinstance(other, DeliveryCounts) and all(getattr(self, n) == getattr(other, n) for n in names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DeliveryCounts(pairs={self.pairs}, rate_hz={self.rate_hz()}, fidelity={self.fidelity()})"
