"""Conversions between the units that papers use and the ones we keep."""

from __future__ import annotations

import math

__all__ = ["ATTENUATION_TO_DB_PER_KM", "transmission"]

ATTENUATION_TO_DB_PER_KM = 10 / math.log(10)
"""Attenuation length L_att (km) times loss (dB/km): 0.2 dB/km is 21.715 km, and 22 km is 0.1974 dB/km."""


def transmission(loss_db: float) -> float:
    """Give the power transmission of a loss in decibel.

    >>> transmission(10.0)
    0.1
    """
    return float(10.0 ** (-loss_db / 10.0))
