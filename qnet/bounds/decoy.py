"""Closed forms of BB84 with weak coherent pulses: gains, error rates, and the asymptotic key they allow.

Two models of the receiver answer the same questions. `ThresholdReceiver` is exact for two threshold detectors and a
random bit on a double click; `LinearReceiver` is the simplification of the decoy-state literature, good to 1e-5 while
fewer than a tenth of the pulses click. Key rates take either, are secret bits per signal pulse, and may be negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Protocol

from annotated_types import Ge, Lt

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, Positive, Probability, check, check_fields

__all__ = [
    "LinearReceiver",
    "Receiver",
    "ThresholdReceiver",
    "gllp_key_per_pulse",
    "infinite_decoy_key_per_pulse",
    "vacuum_weak_key_per_pulse",
]

_UNKNOWN = 0.5
"""The error rate of a receiver that never clicks."""


class Receiver(Protocol):
    """A model of channel and receiver together, in one basis that both sides chose."""

    def gain(self, intensity: float) -> float:
        """Give the probability that a pulse of this mean photon number clicks."""

    def error_rate(self, intensity: float) -> float:
        """Give the probability that the bit of such a click is wrong."""

    def photon_yield(self, photons: int) -> float:
        """Give the probability that a pulse of exactly so many photons clicks."""

    def photon_error(self, photons: int) -> float:
        """Give the probability that the bit of such a click is wrong."""


@dataclass(frozen=True, kw_only=True)
class ThresholdReceiver:
    """Two threshold detectors, each with dark counts; a double click gives a random bit.

    Q = 1 - (1-d)^2 e^(-eta mu) and E Q = [1 + (1-d)(e^(-eta mu (1-e)) - e^(-eta mu e)) - (1-d)^2 e^(-eta mu)] / 2;
    for n photons, e^(-x mu) becomes (1-x)^n.

    >>> receiver = ThresholdReceiver(transmission=0.9, dark_count_probability=1e-7, misalignment=0.02)
    >>> round(receiver.gain(0.9), 6), round(receiver.error_rate(0.9), 6)
    (0.555142, 0.021017)
    """

    transmission: Probability
    """From the exit of the source to a click, detector efficiency included."""
    dark_count_probability: Annotated[float, Ge(0), Lt(1)]
    """Per detector and pulse."""
    misalignment: Probability
    """Probability that a photon goes to the wrong detector."""

    def __post_init__(self) -> None:
        check_fields(self)

    def gain(self, intensity: float) -> float:
        """Give the probability that a pulse of this mean photon number clicks."""
        return self._gain(self._poisson(intensity, 1.0))

    def error_rate(self, intensity: float) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(*(self._poisson(intensity, share) for share in self._shares))

    def photon_yield(self, photons: int) -> float:
        """Give the probability that a pulse of exactly so many photons clicks."""
        return self._gain(self._number(photons, 1.0))

    def photon_error(self, photons: int) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(*(self._number(photons, share) for share in self._shares))

    @property
    def _shares(self) -> tuple[float, float, float]:
        return 1.0, 1.0 - self.misalignment, self.misalignment

    def _poisson(self, intensity: float, share: float) -> float:
        """Logarithm of the probability that no photon reaches a detector with this share of the light."""
        check("intensity", intensity, NonNegative)
        return -self.transmission * share * intensity

    def _number(self, photons: int, share: float) -> float:
        check("photons", photons, Count)
        caught = self.transmission * share
        return (0.0 if photons == 0 else -math.inf) if caught == 1.0 else photons * math.log1p(-caught)

    def _gain(self, dark: float) -> float:
        return -math.expm1(dark + 2.0 * math.log1p(-self.dark_count_probability))

    def _error(self, dark: float, right_dark: float, wrong_dark: float) -> float:
        gain = self._gain(dark)
        if gain == 0.0:
            return _UNKNOWN
        asymmetry = (math.expm1(right_dark) - math.expm1(wrong_dark)) * (1.0 - self.dark_count_probability)
        return 0.5 * (1.0 + asymmetry / gain)


@dataclass(frozen=True, kw_only=True)
class LinearReceiver:
    """The receiver of the decoy-state literature: background and signal clicks add, a double click is never seen.

    Y_n = Y0 + 1 - (1-eta)^n (Y_1 = Y0 + eta), e_n Y_n = Y0/2 + e [1 - (1-eta)^n], Q = Y0 + 1 - e^(-eta mu),
    E Q = Y0/2 + e [1 - e^(-eta mu)] (Ma, Qi, Zhao and Lo, Phys. Rev. A 72, 012326 (2005), quant-ph/0503005).

    >>> receiver = LinearReceiver(transmission=0.045, background_yield=1.7e-6, misalignment=0.033)
    >>> round(receiver.gain(0.48), 6), round(receiver.photon_yield(1), 7)
    (0.02137, 0.0450017)
    """

    transmission: Probability
    """From the exit of the source to a click, detector efficiency included."""
    background_yield: Probability
    """Y0: probability of a click without light, both detectors together."""
    misalignment: Probability
    """Probability that a photon goes to the wrong detector."""

    def __post_init__(self) -> None:
        check_fields(self)

    def gain(self, intensity: float) -> float:
        """Give the probability that a pulse of this mean photon number clicks."""
        return self.background_yield + self._seen(intensity)

    def error_rate(self, intensity: float) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(self._seen(intensity))

    def photon_yield(self, photons: int) -> float:
        """Give the probability that a pulse of exactly so many photons clicks."""
        return self.background_yield + self._seen_of(photons)

    def photon_error(self, photons: int) -> float:
        """Give the probability that the bit of such a click is wrong."""
        return self._error(self._seen_of(photons))

    def _seen(self, intensity: float) -> float:
        check("intensity", intensity, NonNegative)
        return -math.expm1(-self.transmission * intensity)

    def _seen_of(self, photons: int) -> float:
        check("photons", photons, Count)
        seen: float = 1.0 - (1.0 - self.transmission) ** photons
        return self.transmission if photons == 1 else seen

    def _error(self, seen: float) -> float:
        clicks = self.background_yield + seen
        return (0.5 * self.background_yield + self.misalignment * seen) / clicks if clicks > 0.0 else _UNKNOWN


def infinite_decoy_key_per_pulse(
    receiver: Receiver, intensity: float, *, error_correction_efficiency: float = 1.16, sifting: float = 1.0
) -> float:
    """Give the key rate if decoys without number reveal yield and error of single photons exactly.

    R = q { mu e^-mu Y1 [1 - h(e1)] - f Q h(E) } (Ma et al. 2005, eq. 1).

    >>> receiver = LinearReceiver(transmission=0.02, background_yield=2e-6, misalignment=0.01)
    >>> round(infinite_decoy_key_per_pulse(receiver, 0.78), 5)
    0.00511
    """
    single = receiver.photon_yield(1), receiver.photon_error(1)
    return sifting * _key(receiver, intensity, *single, error_correction_efficiency)


def vacuum_weak_key_per_pulse(
    receiver: Receiver,
    intensity: float,
    weak_intensity: float,
    *,
    error_correction_efficiency: float = 1.16,
    sifting: float = 1.0,
) -> float:
    """Give the key rate if single photons are bounded by vacuum and one weak decoy, without fluctuations.

    The bounds are those of Ma et al. 2005, with the gains that the model predicts; `qnet.keys` applies the same to
    gains that were observed.

    >>> receiver = LinearReceiver(transmission=0.02, background_yield=2e-6, misalignment=0.01)
    >>> round(vacuum_weak_key_per_pulse(receiver, 0.78, 0.05), 5)
    0.00491
    """
    mu, nu = intensity, weak_intensity
    check("weak_intensity", nu, Positive)
    if not mu > nu:
        raise InvalidArgument.of("intensity", f"be greater than the weak intensity {nu}", mu)
    empty, seen = receiver.gain(0.0), receiver.gain(nu) * math.exp(nu)
    clicks = seen - receiver.gain(mu) * math.exp(mu) * (nu / mu) ** 2 - (1.0 - (nu / mu) ** 2) * empty
    single = clicks * mu / (nu * (mu - nu))
    errors = (receiver.error_rate(nu) * seen - receiver.error_rate(0.0) * empty) / nu
    wrong = min(max(errors / single, 0.0), 0.5) if single > 0.0 else 0.5
    return sifting * _key(receiver, mu, max(single, 0.0), wrong, error_correction_efficiency)


def gllp_key_per_pulse(
    receiver: Receiver, intensity: float, *, error_correction_efficiency: float = 1.16, sifting: float = 1.0
) -> float:
    """Give the key rate without decoy states: every pulse of several photons is taken to be detected and known.

    R = q Q { Omega [1 - h(E / Omega)] - f h(E) } with Omega = 1 - [1 - (1 + mu) e^-mu] / Q (Gottesman, Lo,
    Lutkenhaus and Preskill, Quantum Inf. Comput. 4, 325 (2004), quant-ph/0212066).

    >>> receiver = LinearReceiver(transmission=0.02, background_yield=2e-6, misalignment=0.01)
    >>> round(gllp_key_per_pulse(receiver, 0.015), 6)
    0.000127
    """
    gain, error_rate = receiver.gain(intensity), receiver.error_rate(intensity)
    single_clicks = gain + math.expm1(-intensity) + intensity * math.exp(-intensity)
    error = min(error_rate * gain / single_clicks, 0.5) if single_clicks > 0.0 else 0.5
    leaked = error_correction_efficiency * gain * binary_entropy(error_rate)
    return sifting * (max(single_clicks, 0.0) * (1.0 - binary_entropy(error)) - leaked)


def _key(receiver: Receiver, intensity: float, single: float, error: float, efficiency: float) -> float:
    leaked = efficiency * receiver.gain(intensity) * binary_entropy(receiver.error_rate(intensity))
    return intensity * math.exp(-intensity) * single * (1.0 - binary_entropy(error)) - leaked


def binary_entropy(p: float) -> float:
    """Give the entropy of a bit, in bits; written here again because bounds and keys must not know each other."""
    return 0.0 if p in (0.0, 1.0) else -(p * math.log2(p) + (1.0 - p) * math.log1p(-p) / math.log(2))
