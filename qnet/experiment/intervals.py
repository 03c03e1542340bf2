"""Intervals of means, rates, proportions and of what is computed from them; 95 % unless said otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.experiment.quantity import Quantity
from qnet.fields import Count, NonNegative, Positive, check, check_fields
from qnet.rng import Purpose, Stream

__all__ = [
    "BetaPosterior",
    "Estimate",
    "GammaPosterior",
    "Sampler",
    "binomial_interval",
    "mean_interval",
    "normal_quantile",
    "poisson_interval",
    "propagate",
    "student_quantile",
]

FloatArray = NDArray[np.float64]

_DRAWS = 4000


def binomial_interval(successes: int, trials: int, level: float = 0.95) -> Quantity | None:
    """Give a proportion with its Wilson score interval; None without trials.

    Wilson's interval never leaves [0, 1], is right at zero successes, and covers near its level for error rates of a
    few per cent, where the exact interval (Clopper-Pearson) covers too often.
    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927); Brown, Cai, DasGupta, Stat. Sci. 16, 101 (2001).

    >>> print(binomial_interval(5, 100))
    0.050 [0.022, 0.112]
    """
    _check_successes(successes, trials)
    if trials == 0:
        return None
    z = normal_quantile(level)
    share = successes / trials
    shrink = 1.0 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    half = z / shrink * math.sqrt(share * (1.0 - share) / trials + (z / (2 * trials)) ** 2)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return Quantity(share, low, 1.0 if successes == trials else min(1.0, centre + half))


def poisson_interval(count: int, exposure: float, level: float = 0.95) -> Quantity:
    """Give the rate of a Poisson process, in events per unit of `exposure`, with its exact (Garwood) interval.

    Nothing seen is a rate of zero with an upper bound. Deliveries more regular than Poisson are covered more often.
    Source: F. Garwood, Biometrika 28, 437 (1936).

    >>> print(poisson_interval(0, 10.0))
    0 [0, 0.37]
    """
    check("count", count, Count)
    check("exposure", exposure, Positive)
    _check_level(level)
    from scipy.special import gammaincinv

    tail = (1.0 - level) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    high = float(gammaincinv(count + 1, 1.0 - tail))
    return Quantity(count / exposure, low / exposure, high / exposure)


def mean_interval(
    means: Sequence[float], level: float = 0.95, *, within: tuple[float, float] = (-math.inf, math.inf)
) -> Quantity | None:
    """Give the mean of independent batch means of equal weight with its Student interval; None without any.

    `within` are the ends the quantity cannot pass; they are the whole interval when there is one batch only.

    >>> print(mean_interval([0.9, 0.8, 0.85, 0.85], within=(0.0, 1.0)))
    0.850 [0.785, 0.915]
    """
    if not means:
        return None
    mean = math.fsum(means) / len(means)
    if len(means) == 1:
        return Quantity(mean, *within)
    variance = math.fsum((x - mean) ** 2 for x in means) / (len(means) - 1)
    estimate = Estimate(value=mean, standard_error=math.sqrt(variance / len(means)), degrees=len(means) - 1)
    return estimate.interval(level, within=within)


def normal_quantile(level: float = 0.95) -> float:
    """Give z with P(abs(x) < z) = level for a standard normal x."""
    from statistics import NormalDist

    _check_level(level)
    return NormalDist().inv_cdf((1.0 + level) / 2)


def student_quantile(level: float, degrees: int) -> float:
    """Give t with P(abs(x) < t) = level for a Student x with so many degrees of freedom."""
    _check_level(level)
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1.0 + level) / 2))


class Sampler(Protocol):
    """What `propagate` asks of an estimated number: its value, and draws from what it might be."""

    @property
    def value(self) -> float:
        """The estimate."""
        ...

    def sample(self, generator: np.random.Generator, size: int) -> FloatArray:
        """Draw `size` values the estimated number might have."""
        ...


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with a standard error: normal, or Student where the error itself was estimated from few batches."""

    value: float
    standard_error: NonNegative
    degrees: int | None = None
    """Degrees of freedom of the standard error; None for a normal law."""

    def __post_init__(self) -> None:
        check_fields(self)

    def interval(self, level: float = 0.95, *, within: tuple[float, float] = (-math.inf, math.inf)) -> Quantity:
        """Give the value with its symmetric interval, cut at the ends the quantity cannot pass."""
        factor = normal_quantile(level) if self.degrees is None else student_quantile(level, self.degrees)
        half = factor * self.standard_error
        low, high = within
        # chance, and at the least rounding, may put an estimate outside
        value, bottom, top = (min(max(end, low), high) for end in (self.value, self.value - half, self.value + half))
        return Quantity(value, bottom, top)

    def sample(self, generator: np.random.Generator, size: int) -> FloatArray:
        """Draw from the normal or Student law."""
        law = generator.standard_normal(size) if self.degrees is None else generator.standard_t(self.degrees, size)
        return self.value + self.standard_error * law


@dataclass(frozen=True, kw_only=True)
class BetaPosterior:
    """A proportion estimated from counts; what it might be follows Jeffreys' posterior Beta(k + 1/2, n - k + 1/2)."""

    successes: Count
    trials: Count

    def __post_init__(self) -> None:
        check_fields(self)
        _check_successes(self.successes, self.trials)

    @property
    def value(self) -> float:
        """The share of successes; one half without trials, where nothing is known."""
        return self.successes / self.trials if self.trials else 0.5

    def sample(self, generator: np.random.Generator, size: int) -> FloatArray:
        """Draw from the posterior."""
        return generator.beta(self.successes + 0.5, self.trials - self.successes + 0.5, size)


@dataclass(frozen=True, kw_only=True)
class GammaPosterior:
    """A Poisson rate estimated from a count; what it might be follows Jeffreys' posterior Gamma(k + 1/2) / exposure."""

    count: Count
    exposure: Positive

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def value(self) -> float:
        """The count per unit of exposure."""
        return self.count / self.exposure

    def sample(self, generator: np.random.Generator, size: int) -> FloatArray:
        """Draw from the posterior."""
        return generator.gamma(self.count + 0.5, 1.0 / self.exposure, size)


def propagate(
    function: Callable[..., FloatArray | float],
    *samplers: Sampler,
    level: float = 0.95,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Quantity:
    """Give `function` of several independent estimates with its joint interval, by parametric resampling.

    `function` takes one array per sampler, or floats, and works elementwise (wrap a scalar one in `numpy.vectorize`).
    The draws come from a stream of their own with a fixed name, so that the same estimates give the same interval
    everywhere. Results are cut to `within`: a key rate clamped at zero has the interval [0, high].

    >>> pairs = Estimate(value=100.0, standard_error=2.0)
    >>> errors = BetaPosterior(successes=230, trials=1000)
    >>> key = propagate(lambda rate, error: rate * (1 - 4 * error), pairs, errors, within=(0, math.inf))
    >>> round(key.value), key.low, key.high > 10
    (8, 0.0, True)
    """
    _check_level(level)
    generator = Stream(0, Purpose.POLICY, "qnet.experiment.intervals.propagate").generator
    value = float(np.clip(function(*(sampler.value for sampler in samplers)), *within))
    drawn = np.clip(function(*(sampler.sample(generator, _DRAWS) for sampler in samplers)), *within)
    low, high = np.quantile(np.broadcast_to(drawn, _DRAWS), ((1.0 - level) / 2, (1.0 + level) / 2))
    return Quantity(value, min(low, value), max(high, value))


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise InvalidArgument.of("level", "be between 0 and 1", level)


def _check_successes(successes: int, trials: int) -> None:
    check("successes", successes, Count)
    check("trials", trials, Count)
    if successes > trials:
        raise InvalidArgument.of("successes", f"be at most the {trials} trials", successes)
