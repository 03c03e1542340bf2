"""A single-photon detector."""

from __future__ import annotations

from dataclasses import dataclass

from qnet.fields import Probability
from qnet.hardware.parts import Duration, check_parts

__all__ = ["Detector"]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """Describe a single-photon detector by what it does in one detection window.

    Args:
        efficiency: probability that a photon which reaches the detector makes it click.
        dark_count_probability: probability of a click without light, per window: 1 - exp(-rate x window).
        dead_time_s: time after a click during which it is blind, s.
        number_resolving: whether it tells one photon from more.

    >>> Detector(efficiency=0.9, dark_count_probability=2)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `dark_count_probability` must be at most 1, but is 2.
    """

    efficiency: Probability = 1.0
    dark_count_probability: Probability
    dead_time_s: Duration = 0.0
    number_resolving: bool = False

    def __post_init__(self) -> None:
        check_parts(self)
