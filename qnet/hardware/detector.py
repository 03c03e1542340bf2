"""A single-photon detector."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from qnet.errors import InvalidArgument
from qnet.fields import Positive, Probability, check
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.parts import (
    LEFT_OUT,
    Duration,
    FiniteNonNegative,
    FinitePositive,
    check_parts,
    error_root,
    flag_dark_count,
    flag_outside,
)

__all__ = ["Detector", "DetectorHardware"]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """Describe a single-photon detector by what it does in one detection window.

    Args:
        efficiency: probability that a photon which reaches the detector makes it click.
        dark_count_probability: probability of a click without light, per window: 1 - exp(-rate x window).
        dead_time_s: time after a click during which it is blind, s.
        number_resolving: whether it tells one photon from more.
        jitter_s: standard deviation of the time it reports, s; a full width at half maximum is 2.355 of them.
        window_s: length of the detection window, s; infinite where nothing is cut off.
        afterpulse_probability: chance that a click is followed by another one without light, in whatever window.

    >>> Detector(efficiency=0.9, dark_count_probability=2)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `dark_count_probability` must be at most 1, but is 2.
    """

    efficiency: Probability = 1.0
    dark_count_probability: Probability
    dead_time_s: Duration = 0.0
    number_resolving: bool = False
    jitter_s: Duration = field(default=0.0, metadata=LEFT_OUT)
    window_s: Positive = field(default=math.inf, metadata=LEFT_OUT)
    afterpulse_probability: Probability = field(default=0.0, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        check_parts(self)
        flag_dark_count(self.dark_count_probability)
        flag_outside("dead_time_s", self.dead_time_s, 0.0, 1e-2, "dead times are microseconds and below")
        flag_outside("jitter_s", self.jitter_s, 0.0, 1e-6, "jitter is a nanosecond and below")
        flag_outside("window_s", self.window_s, 0.0, 1e-2, "a time is in seconds, 25e-9 for 25 ns")

    @classmethod
    def from_rate(
        cls,
        *,
        dark_count_hz: float,
        window_s: float,
        efficiency: float = 1.0,
        dead_time_s: float = 0.0,
        number_resolving: bool = False,
        jitter_s: float = 0.0,
        afterpulse_probability: float = 0.0,
    ) -> Detector:
        """Build a detector from a data sheet: dark counts per second arrive as a Poisson process.

        >>> Detector.from_rate(dark_count_hz=100, window_s=1e-6, efficiency=0.9).dark_count_probability
        9.99950001666625e-05
        """
        check("dark_count_hz", dark_count_hz, FiniteNonNegative)
        check("window_s", window_s, FinitePositive)
        flag_outside("dark_count_hz", dark_count_hz, 1e-4, 1e8, "it is a rate per second, not a probability")
        return cls(
            efficiency=efficiency,
            dark_count_probability=-math.expm1(-dark_count_hz * window_s),
            dead_time_s=dead_time_s,
            number_resolving=number_resolving,
            jitter_s=jitter_s,
            window_s=window_s,
            afterpulse_probability=afterpulse_probability,
        )

    @property
    def fraction_in_window(self) -> float:
        """The part of the clicks of a short pulse, aimed at the middle of the window, that are reported within it.

        The reported time is Gaussian with standard deviation s, so that the part is erf(w / (2 sqrt(2) s)).

        >>> round(Detector(dark_count_probability=0.0, jitter_s=50e-12, window_s=200e-12).fraction_in_window, 4)
        0.9545
        """
        return math.erf(self.window_s / (2 * math.sqrt(2) * self.jitter_s)) if self.jitter_s else 1.0

    @property
    def dark_count_hz(self) -> float:
        """Dark counts per second, -ln(1 - d) / window; needs a finite window."""
        if math.isinf(self.window_s):
            raise InvalidArgument.of("window_s", "be finite to turn a probability into a rate", self.window_s)
        return -math.log1p(-self.dark_count_probability) / self.window_s

    def with_window(self, window_s: float) -> Detector:
        """Copy the detector with another window; its dark counts per second stay."""
        check("window_s", window_s, FinitePositive)
        dark = -math.expm1(-self.dark_count_hz * window_s)
        return replace(self, window_s=window_s, dark_count_probability=dark)

    def with_background(self, rate_hz: float) -> Detector:
        """Copy the detector with stray photons that reach it at `rate_hz`, a Poisson process, among its dark counts.

        No click without signal needs neither a dark count nor a detected stray photon:
        d' = 1 - (1 - d) exp(-efficiency x rate x window).

        >>> dark = Detector.from_rate(dark_count_hz=50, window_s=1e-6, efficiency=0.5)
        >>> round(dark.with_background(100).dark_count_hz, 9)
        100.0
        """
        check("rate_hz", rate_hz, FiniteNonNegative)
        dark = -math.expm1(-(self.dark_count_hz + self.efficiency * rate_hz) * self.window_s)
        return replace(self, dark_count_probability=dark)

    def with_afterpulses(self, signal_probability: float) -> Detector:
        """Copy the detector with its after-pulses among its dark counts, at so many clicks from light per window.

        An after-pulse knows nothing of the light in its own window, hence acts there as a dark count does. With light
        alone clicking with probability s, dark counts with d, and each click followed by another with probability a,
        the click probability q of a window in the steady state obeys 1 - q = (1 - s)(1 - d)(1 - a q). So
        q = p / (1 - a (1 - p)) with p = 1 - (1 - s)(1 - d), and d' = 1 - (1 - d)(1 - a q); to first order in p this
        is the factor 1 + a of Lim et al., Phys. Rev. A 89, 022307 (2014), arXiv 1311.7129. Dead time aside.

        >>> noisy = Detector(dark_count_probability=1e-6, afterpulse_probability=0.04)
        >>> f"{noisy.with_afterpulses(1e-3).dark_count_probability:.3e}"
        '4.271e-05'
        """
        check("signal_probability", signal_probability, Probability)
        dark, a = self.dark_count_probability, self.afterpulse_probability
        lit = signal_probability + dark - signal_probability * dark
        quiet = 1 - a * (1 - lit)
        echo = a * lit / quiet if quiet else 1.0
        return replace(self, dark_count_probability=dark + echo - dark * echo, afterpulse_probability=0.0)

    def improved(self, k: float) -> Detector:
        """Give a detector with k times fewer dark counts and after-pulses (`error_root`); times stay."""
        return replace(
            self,
            dark_count_probability=error_root(self.dark_count_probability, k),
            afterpulse_probability=error_root(self.afterpulse_probability, k),
        )


@dataclass(frozen=True, kw_only=True)
class DetectorHardware(DataSheet):
    """Hold the data sheet of a detector.

    Args:
        detector: its numbers; its efficiency is that of the detector alone.

    The remaining arguments are those of `DataSheet`.

    >>> from qnet.hardware import detector_hardware
    >>> nanowire = detector_hardware("snspd").detector
    >>> f"{nanowire.dark_count_hz:.0f} Hz, {nanowire.with_window(25e-9).dark_count_probability:.2e}"
    '130 Hz, 3.25e-06'
    """

    detector: Detector
