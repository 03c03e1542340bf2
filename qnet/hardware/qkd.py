"""A prepare-and-measure QKD system with weak laser pulses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Lt

from qnet.fields import Probability
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.fibre import Fibre
from qnet.hardware.parts import Duration, FinitePositive, flag_clock, flag_dark_count

__all__ = ["QkdHardware"]


@dataclass(frozen=True, kw_only=True)
class QkdHardware(DataSheet):
    """Describe sender, fibre and receiver of a BB84 system.

    Args:
        clock_hz: pulses per second.
        fibre: the fibre between the two.
        receiver_efficiency: probability that a photon which reaches the receiver makes a click, optics x detector;
            eta_Bob of Ma et al., Phys. Rev. A 72, 012326 (2005).
        dark_count_probability: d, per detector and pulse. Papers that quote a background yield Y0 for both detectors
            together mean `y0`.
        misalignment: probability e_d that a photon is found in the wrong detector of the right basis.
        dead_time_s: time after a click during which a detector is blind, s; it limits the count rate.
        error_correction_efficiency: f, the bits leaked in error correction over the Shannon limit n h(e).

    The remaining arguments are those of `DataSheet`.

    >>> from qnet.hardware import qkd_hardware
    >>> f"{qkd_hardware('gys-2004').y0:.2e}"
    '1.70e-06'
    """

    clock_hz: FinitePositive
    fibre: Fibre
    receiver_efficiency: Probability
    dark_count_probability: Probability
    misalignment: Probability
    dead_time_s: Duration
    error_correction_efficiency: Annotated[float, Ge(1), Lt(math.inf)] = 1.16

    def __post_init__(self) -> None:
        super().__post_init__()
        flag_clock(self.clock_hz)
        flag_dark_count(self.dark_count_probability)

    @property
    def y0(self) -> float:
        """The probability of a click without light in either of two detectors: Y0 = 1 - (1-d)^2, about 2d."""
        d = self.dark_count_probability
        return d * (2 - d)
