"""Sources of light: a memory that emits photons, and a laser that sends weak pulses."""

from __future__ import annotations

from dataclasses import dataclass

from qnet.fields import Probability
from qnet.hardware.parts import Duration, FinitePositive, check_parts

__all__ = ["PhotonInterface", "WeakCoherentSource"]


@dataclass(frozen=True, kw_only=True)
class PhotonInterface:
    """Describe how a memory qubit emits photons that are entangled with it.

    Args:
        efficiency: probability that one arm without fibre gives a click: emission x collection x conversion x
            detector.
        preparation_s: time to prepare one attempt, s: 1/clock. An attempt lasts at least this long.
        visibility: Hong-Ou-Mandel visibility V = |<psi_A|psi_B>|^2 of the photons of two such interfaces. Double click
            heralds fidelity (1+V)/2; the coherence of single click scales with sqrt(V).

    >>> PhotonInterface(efficiency=0.7, preparation_s=1e-7, visibility=0.9).efficiency
    0.7
    """

    efficiency: Probability
    preparation_s: Duration
    visibility: Probability

    def __post_init__(self) -> None:
        check_parts(self)


@dataclass(frozen=True, kw_only=True)
class WeakCoherentSource:
    """Describe a pulsed, phase-randomised laser.

    Args:
        clock_hz: pulses per second.

    >>> WeakCoherentSource(clock_hz=1e9).period_s
    1e-09
    """

    clock_hz: FinitePositive

    def __post_init__(self) -> None:
        check_parts(self)

    @property
    def period_s(self) -> float:
        """The time from pulse to pulse, s."""
        return 1.0 / self.clock_hz
