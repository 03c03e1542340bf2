"""Best intensities, reach and spacing: one-dimensional searches over closed forms.

These numbers *choose* (an intensity, a place for a node); what was chosen is then simulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

from annotated_types import Gt, Lt

from qnet.bounds.decoy import Receiver, binary_entropy, vacuum_weak_key_per_pulse
from qnet.fields import Positive, Probability, check

__all__ = [
    "long_fibre_intensity",
    "maximal_distance_km",
    "optimal_intensity",
    "optimal_spacing_km",
    "optimal_vacuum_weak",
]

_BRIGHTEST = 1.5
"""No key grows beyond one photon per pulse; the search looks a little further."""
_GRID = 60


def optimal_intensity(key_per_pulse: Callable[[float], float], *, faintest: float = 1e-4) -> float:
    """Give the mean photon number, between `faintest` and 1.5, at which `key_per_pulse(intensity)` is largest.

    >>> round(optimal_intensity(lambda mu: mu * math.exp(-mu)), 6)
    1.0
    """
    check("faintest", faintest, Annotated[float, Gt(0), Lt(_BRIGHTEST)])
    return _argmax(key_per_pulse, faintest, _BRIGHTEST)


def optimal_vacuum_weak(
    receiver: Receiver, *, error_correction_efficiency: float = 1.16, weakest: float = 0.05
) -> tuple[float, float]:
    """Choose signal and weak intensity for vacuum + weak decoy over this channel.

    Without fluctuations the bounds tighten as the decoy fades (Ma et al. 2005), so the weak intensity is the weakest
    that modulator and patience allow, and the signal is optimal for it. Returns (signal, weak), mean photon numbers.

    >>> from qnet.bounds.decoy import ThresholdReceiver
    >>> receiver = ThresholdReceiver(transmission=0.02, dark_count_probability=1e-6, misalignment=0.01)
    >>> signal, weak = optimal_vacuum_weak(receiver)
    >>> round(signal, 2), weak
    (0.75, 0.05)
    """
    check("weakest", weakest, Positive)

    def key_per_pulse(signal: float) -> float:
        return vacuum_weak_key_per_pulse(
            receiver, signal, weakest, error_correction_efficiency=error_correction_efficiency
        )

    return _argmax(key_per_pulse, 1.01 * weakest, max(_BRIGHTEST, 10.0 * weakest)), weakest


def long_fibre_intensity(misalignment: float, error_correction_efficiency: float = 1.16) -> float:
    """Give the best signal intensity of infinitely many decoys where few photons arrive and no background does.

    The root of (1 - mu) e^-mu = f h(e) / (1 - h(e)) (Ma et al. 2005); 0 where errors leave no key.

    >>> round(long_fibre_intensity(0.033, 1.22), 4)
    0.4789
    """
    from scipy.optimize import brentq

    check("misalignment", misalignment, Probability)
    h = binary_entropy(misalignment)
    if (1.0 + error_correction_efficiency) * h >= 1.0:
        return 0.0
    cost = error_correction_efficiency * h / (1.0 - h)
    return float(brentq(lambda mu: (1.0 - mu) * math.exp(-mu) - cost, 0.0, 1.0, xtol=1e-14))


def maximal_distance_km(key_at: Callable[[float], float], *, limit_km: float = 1000.0) -> float:
    """Give the length at which `key_at(length_km)`, positive before and negative after, crosses zero.

    Zero if there is no key even at length zero, infinite if there still is some at `limit_km`.

    >>> round(maximal_distance_km(lambda length_km: 100.0 - length_km), 6)
    100.0
    """
    from scipy.optimize import brentq

    check("limit_km", limit_km, Positive)
    if key_at(0.0) <= 0.0:
        return 0.0
    if key_at(limit_km) > 0.0:
        return math.inf
    return float(brentq(key_at, 0.0, limit_km, xtol=1e-9))


def optimal_spacing_km(key_at: Callable[[float], float], *, shortest_km: float = 0.1, limit_km: float = 500.0) -> float:
    """Give the hop length that carries a rate over a distance with the fewest links.

    A route of length L needs L / l hops of R / key_at(l) links each, so l key_at(l) is maximised; for
    key_at ~ exp(-l / l_att) that is the attenuation length (Alleaume et al., New J. Phys. 16, 075002 (2014),
    arXiv:0903.0839).

    >>> round(optimal_spacing_km(lambda length_km: math.exp(-length_km / 22.0)), 4)
    22.0
    """
    check("shortest_km", shortest_km, Annotated[float, Gt(0), Lt(limit_km)])
    return _argmax(lambda length_km: length_km * key_at(length_km), shortest_km, limit_km)


def _argmax(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the largest value on a geometric grid, then refine between the neighbours of that point."""
    from scipy.optimize import minimize_scalar

    grid = [low * (high / low) ** (step / _GRID) for step in range(_GRID + 1)]
    best = max(range(len(grid)), key=lambda index: function(grid[index]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, _GRID)]
    return float(minimize_scalar(lambda x: -function(x), bounds=bounds, method="bounded", options={"xatol": 1e-9}).x)
