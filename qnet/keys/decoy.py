"""Decoy states: what the detections of three intensities say about single photons, and the key that follows.

Only observed numbers enter: a gain is clicks over pulses sent, an error rate is errors over clicks. Keys are made of
the Z basis, so gains are those of Z, and the phase error of its single photons is bounded by what X shows: call
`vacuum_weak_bounds` once with the counts of each basis, take the yield from Z and the error from X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check
from qnet.keys.entropy import Real, binary_entropy, check_probability
from qnet.keys.fractions import ERROR_CORRECTION_EFFICIENCY

__all__ = ["SinglePhotons", "decoy_key_per_pulse", "vacuum_weak_bounds"]


@dataclass(frozen=True, kw_only=True)
class SinglePhotons(Generic[Real]):
    """Bounds on the pulses that left with one photon: numbers, or arrays of them."""

    yield_lower: Real
    """At least this share of them is detected."""
    error_upper: Real
    """At most this share of the detected ones is wrong."""

    def __post_init__(self) -> None:
        check_probability("yield_lower", self.yield_lower)
        check_probability("error_upper", self.error_upper)


def vacuum_weak_bounds(
    *,
    signal_intensity: float,
    weak_intensity: float,
    signal_gain: Real,
    weak_gain: Real,
    weak_error_rate: Real,
    vacuum_gain: Real,
    vacuum_error_rate: float = 0.5,
) -> SinglePhotons[Real]:
    """Bound yield and error rate of single photons by vacuum and one weak decoy; elementwise for arrays.

    With signal mu and decoy nu < mu (mean photon numbers), gains Q and vacuum yield Y0,
    Y1 >= mu / (mu nu - nu^2) [Q_nu e^nu - Q_mu e^mu nu^2/mu^2 - (mu^2 - nu^2)/mu^2 Y0] and
    e1 <= (E_nu Q_nu e^nu - e0 Y0) / (nu Y1), where Y1 is the bound (Ma, Qi, Zhao and Lo, Phys. Rev. A 72, 012326
    (2005), quant-ph/0503005, vacuum + weak decoy). A bound outside [0, 1], or an error above 1/2, says no more than
    the edge does, which is returned.

    >>> counts = dict(signal_gain=8.18e-3, weak_gain=8.57e-4, weak_error_rate=0.0339, vacuum_gain=1.7e-6)
    >>> bounds = vacuum_weak_bounds(signal_intensity=0.48, weak_intensity=0.05, **counts)
    >>> round(bounds.yield_lower, 4), round(bounds.error_upper, 4)
    (0.0169, 0.0352)
    """
    mu, nu = signal_intensity, weak_intensity
    check("weak_intensity", nu, Positive)
    if not mu > nu:
        raise InvalidArgument.of("signal_intensity", f"be greater than the weak intensity {nu}", mu)
    given: dict[str, float | NDArray[np.float64]] = {
        "signal_gain": signal_gain,
        "weak_gain": weak_gain,
        "weak_error_rate": weak_error_rate,
        "vacuum_gain": vacuum_gain,
        "vacuum_error_rate": vacuum_error_rate,
    }
    for name, value in given.items():
        check_probability(name, value)
    share = (nu / mu) ** 2
    weak = weak_gain * math.exp(nu)
    yield_lower = mu / (nu * (mu - nu)) * (weak - share * signal_gain * math.exp(mu) - (1.0 - share) * vacuum_gain)
    # Where nothing is proved to come from single photons, nothing is known of their errors either.
    proved = yield_lower > 0.0
    wrong = (weak_error_rate * weak - vacuum_error_rate * vacuum_gain) / (nu * np.where(proved, yield_lower, 1.0))
    bounds = np.clip(yield_lower, 0.0, 1.0), np.where(proved, np.clip(wrong, 0.0, 0.5), 0.5)
    lower, upper = bounds if isinstance(yield_lower, np.ndarray) else map(float, bounds)
    return SinglePhotons(yield_lower=lower, error_upper=upper)


def decoy_key_per_pulse(
    *,
    signal_intensity: float,
    signal_gain: Real,
    signal_error_rate: Real,
    single_photon_yield: Real,
    single_photon_error: Real,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    sifting: float = 1.0,
) -> Real:
    """Give the asymptotic secret bits per signal pulse (may be negative: the caller clamps); elementwise for arrays.

    R = q { mu e^-mu Y1 [1 - h(e1)] - f Q_mu h(E_mu) }, the sifting factor q being the share of pulses kept (1 for
    strongly biased bases, 1/2 for even ones) and e1 the phase error (Gottesman, Lo, Lutkenhaus and Preskill, Quantum
    Inf. Comput. 4, 325 (2004), quant-ph/0212066; Lo, Ma and Chen, Phys. Rev. Lett. 94, 230504 (2005)). Clicks of
    empty pulses earn nothing here.

    >>> seen = dict(signal_gain=8.18e-3, signal_error_rate=0.0331)
    >>> single = dict(single_photon_yield=0.0169, single_photon_error=0.0352)
    >>> round(1e4 * decoy_key_per_pulse(signal_intensity=0.48, **seen, **single), 3)
    19.262
    """
    check("signal_intensity", signal_intensity, NonNegative)
    check("error_correction_efficiency", error_correction_efficiency, NonNegative)
    check("sifting", sifting, Probability)
    single = signal_intensity * math.exp(-signal_intensity) * single_photon_yield
    leaked = error_correction_efficiency * signal_gain * binary_entropy(signal_error_rate)
    return sifting * (single * (1.0 - binary_entropy(single_photon_error)) - leaked)
