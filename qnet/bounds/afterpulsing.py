"""A receiver whose detectors click again after a click, as finite-key studies of decoy states assume."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Lt

from qnet.fields import Count, NonNegative, Probability, check, check_fields

__all__ = ["AfterpulsingReceiver"]


@dataclass(frozen=True, kw_only=True)
class AfterpulsingReceiver:
    """Two detectors with dark counts and afterpulses, which are wrong half of the time.

    D = 1 - (1 - 2 d) e^(-eta mu), Q = D (1 + p), E Q = d + e (1 - e^(-eta mu)) + p D / 2, with p the probability that a
    click makes another; for n photons, e^(-eta mu) becomes (1 - eta)^n (Lim, Curty, Walenta, Xu and Zbinden, Phys. Rev.
    A 89, 022307 (2014), arXiv:1311.7129). The error rate is printed there with the channel's transmission alone; with
    eta all the way to the click, as here, their rates follow.

    >>> receiver = AfterpulsingReceiver(
    ...     transmission=1e-3, dark_count_probability=6e-7, misalignment=0.005, afterpulse_probability=0.04
    ... )
    >>> round(receiver.gain(0.45), 7), round(receiver.error_rate(0.45), 5)
    (0.0004691, 0.0253)
    """

    transmission: Probability
    """From the exit of the source to a click, detector efficiency included."""
    dark_count_probability: Annotated[float, Ge(0), Lt(0.5)]
    """Per detector and pulse."""
    misalignment: Probability
    """Probability that a photon goes to the wrong detector."""
    afterpulse_probability: Probability
    """Clicks per click that no light made."""

    def __post_init__(self) -> None:
        check_fields(self)

    def gain(self, intensity: float) -> float:
        """Give the probability that a pulse of this mean photon number clicks."""
        return self._gain(self._poisson(intensity))

    def error_rate(self, intensity: float) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(self._poisson(intensity))

    def photon_yield(self, photons: int) -> float:
        """Give the probability that a pulse of exactly so many photons clicks."""
        return self._gain(self._number(photons))

    def photon_error(self, photons: int) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(self._number(photons))

    def _poisson(self, intensity: float) -> float:
        """Probability that a pulse is seen, but for the dark counts."""
        check("intensity", intensity, NonNegative)
        return -math.expm1(-self.transmission * intensity)

    def _number(self, photons: int) -> float:
        check("photons", photons, Count)
        return self.transmission if photons == 1 else 1.0 - (1.0 - self.transmission) ** photons

    def _first(self, seen: float) -> float:
        dark = 2.0 * self.dark_count_probability
        return dark + (1.0 - dark) * seen

    def _gain(self, seen: float) -> float:
        return self._first(seen) * (1.0 + self.afterpulse_probability)

    def _error(self, seen: float) -> float:
        first = self._first(seen)
        wrong = self.dark_count_probability + self.misalignment * seen + 0.5 * self.afterpulse_probability * first
        return wrong / self._gain(seen) if first > 0.0 else 0.5
