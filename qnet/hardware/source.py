"""Sources of light: a memory that emits photons, a crystal that emits pairs, a laser that sends weak pulses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from qnet.errors import InvalidArgument
from qnet.fields import Count, Probability, check
from qnet.hardware.parts import (
    HERALDS,
    Duration,
    FiniteNonNegative,
    FinitePositive,
    check_parts,
    dephasing_root,
    error_root,
    flag_clock,
    flag_outside,
    success_root,
)

__all__ = ["PairSource", "PhotonInterface", "WeakCoherentSource"]

_SINGLE_CLICK: Mapping[str, tuple[str, ...]] = {HERALDS: ("single-click",)}
_LATCHING: Mapping[str, tuple[str, ...]] = {HERALDS: ("midpoint-source", "emitter-absorber")}


@dataclass(frozen=True, kw_only=True)
class PhotonInterface:
    """Describe how a memory qubit emits photons that are entangled with it, or takes them in.

    Args:
        efficiency: probability that one arm without fibre gives a click: emission x collection x conversion x
            detector.
        preparation_s: time to prepare one attempt, s: 1/clock. An attempt lasts at least this long.
        visibility: Hong-Ou-Mandel visibility V = |<psi_A|psi_B>|^2 of the photons of two such interfaces. Double click
            heralds fidelity (1+V)/2; the coherence of single click scales with sqrt(V).
        bright_state_population: alpha, the population of the state that emits, in a single-click attempt.
        phase_sigma_rad: standard deviation (rad) of the optical phase between the two arms of a single-click link;
            it flips the phase with probability (1 - exp(-sigma^2/2)) / 2.
        double_excitation_probability: p_2, of a second photon in one attempt of single click; it flips the phase with
            probability p_2/2 (Coopmans et al., Commun. Phys. 4, 164 (2021), arXiv 2010.12535).
        latch_probability: chance that a photon which arrives is transferred into the memory and that this is
            announced; 1/2 with a linear-optics Bell measurement (Jones et al., New J. Phys. 18, 083015 (2016)).
        false_latch_probability: chance per attempt of that announcement without a photon.

    >>> PhotonInterface(efficiency=0.7, preparation_s=1e-7, visibility=0.9).efficiency
    0.7
    """

    efficiency: Probability
    preparation_s: Duration
    visibility: Probability
    bright_state_population: Probability = field(default=0.1, metadata=_SINGLE_CLICK)
    phase_sigma_rad: FiniteNonNegative = field(default=0.0, metadata=_SINGLE_CLICK)
    double_excitation_probability: Probability = field(default=0.0, metadata=_SINGLE_CLICK)
    latch_probability: Probability = field(default=0.5, metadata=_LATCHING)
    false_latch_probability: Probability = field(default=0.0, metadata=_LATCHING)

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("preparation_s", self.preparation_s, 0.0, 1.0, "a time is in seconds, 3.8e-6 for 3.8 us")
        flag_outside("phase_sigma_rad", self.phase_sigma_rad, 0.0, 2 * math.pi, "a phase is in radians")

    @classmethod
    def from_stages(
        cls, *, emission: float, collection: float, conversion: float = 1.0, detection: float, **others: Any
    ) -> PhotonInterface:
        """Build an interface from the probabilities of its stages, whose product is its efficiency.

        Args:
            emission: of a photon in the right mode and line, per attempt.
            collection: of that photon into the fibre.
            conversion: to the fibre's wavelength, filters included.
            detection: by the detector, of a photon that reaches it.
            others: the remaining arguments of the class.

        >>> PhotonInterface.from_stages(
        ...     emission=0.5, collection=0.5, conversion=0.5, detection=1.0, preparation_s=1e-6, visibility=0.9
        ... ).efficiency
        0.125
        """
        stages = {"emission": emission, "collection": collection, "conversion": conversion, "detection": detection}
        for name, probability in stages.items():
            check(name, probability, Probability)
        return cls(efficiency=math.prod(stages.values()), **others)

    @property
    def phase_flip_probability(self) -> float:
        """The probability that the optical phase's uncertainty flips the phase: (1 - exp(-sigma^2/2)) / 2."""
        return -math.expm1(-self.phase_sigma_rad * self.phase_sigma_rad / 2) / 2

    def improved(self, k: float) -> PhotonInterface:
        """Give an interface k times better: the k-th root of each probability of no error.

        It acts on efficiency, visibility, p_2/2, the flip by the phase's uncertainty and false latches; times, alpha
        and the latch probability, which the scheme sets, stay.

        >>> uncertain = PhotonInterface(efficiency=1, preparation_s=1e-6, visibility=1, phase_sigma_rad=0.35)
        >>> round(uncertain.improved(10).phase_sigma_rad, 2)
        0.11
        """
        return replace(
            self,
            efficiency=success_root(self.efficiency, k),
            visibility=success_root(self.visibility, k),
            phase_sigma_rad=math.sqrt(2 * dephasing_root(self.phase_flip_probability, k)),
            double_excitation_probability=min(2 * error_root(self.double_excitation_probability / 2, k), 1.0),
            false_latch_probability=error_root(self.false_latch_probability, k),
        )


@dataclass(frozen=True, kw_only=True)
class PairSource:
    """Describe a source of entangled photon pairs, such as parametric down-conversion (SPDC).

    Args:
        mean_pairs: mean number of pairs per pulse.
        clock_hz: pulses per second.
        statistics: of the number of pairs. "thermal": type-II SPDC into two modes, P(n) = (n+1) l^n / (1+l)^(n+2) with
            mean 2 l (Ma, Fung, Lo, Phys. Rev. A 76, 012307 (2007), arXiv quant-ph/0703122). "poissonian": many weakly
            pumped modes. "single": one pair with probability `mean_pairs`, never two.

    >>> PairSource(mean_pairs=0.1, clock_hz=1e6).pair_probability(0)
    0.9070294784580498
    """

    mean_pairs: FiniteNonNegative
    clock_hz: FinitePositive
    statistics: Literal["thermal", "poissonian", "single"] = "thermal"

    def __post_init__(self) -> None:
        check_parts(self)
        if self.statistics == "single":
            check("mean_pairs", self.mean_pairs, Probability)
        flag_outside("mean_pairs", self.mean_pairs, 0.0, 100.0, "it is the mean number of pairs per pulse")
        flag_clock(self.clock_hz)

    def pair_probability(self, pairs: int) -> float:
        """Give the probability of so many pairs in one pulse.

        >>> source = PairSource(mean_pairs=0.1, clock_hz=1e6, statistics="poissonian")
        >>> round(source.pair_probability(1), 6)
        0.090484
        """
        check("pairs", pairs, Count)
        mean = self.mean_pairs
        if self.statistics == "thermal":
            squeezed = mean / (2 + mean)  # tanh**2 of the squeezing
            return float((pairs + 1) * squeezed**pairs * (1 - squeezed) ** 2)
        if self.statistics == "poissonian":
            return math.exp(pairs * math.log(mean) - mean - math.lgamma(pairs + 1)) if mean else float(pairs == 0)
        return {0: 1 - mean, 1: mean}.get(pairs, 0.0)

    @property
    def g2(self) -> float:
        """The second-order correlation <n(n-1)> / <n>^2 of the number of pairs in a pulse: 3/2, 1 or 0."""
        return {"thermal": 1.5, "poissonian": 1.0, "single": 0.0}[self.statistics]


@dataclass(frozen=True, kw_only=True)
class WeakCoherentSource:
    """Describe a pulsed, phase-randomised laser and the intensities it chooses from.

    Args:
        clock_hz: pulses per second.
        intensities: mean photon numbers, descending: the signal first, then the decoys.
        probabilities: of each intensity; they add to one.

    >>> decoy = WeakCoherentSource(clock_hz=1e9, intensities=(0.5, 0.1, 0.0), probabilities=(0.8, 0.1, 0.1))
    >>> decoy.period_s, round(decoy.mean_photons, 3)
    (1e-09, 0.41)
    """

    clock_hz: FinitePositive
    intensities: tuple[float, ...] = (0.5,)
    probabilities: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        check_parts(self)
        for name, kind in (("intensities", FiniteNonNegative), ("probabilities", Probability)):
            if not isinstance(getattr(self, name), Sequence):
                raise InvalidArgument.of(name, "be a sequence of numbers", getattr(self, name))
            object.__setattr__(self, name, tuple(getattr(self, name)))
            for number in getattr(self, name):
                check(name, number, kind)
        if not self.intensities or any(a <= b for a, b in zip(self.intensities, self.intensities[1:], strict=False)):
            raise InvalidArgument.of("intensities", "descend, the signal first", self.intensities)
        if len(self.probabilities) != len(self.intensities) or not math.isclose(sum(self.probabilities), 1):
            raise InvalidArgument.of("probabilities", "be one for each intensity and add to 1", self.probabilities)
        flag_outside("intensities", self.intensities[0], 0.0, 100.0, "an intensity is a mean photon number per pulse")
        flag_clock(self.clock_hz)

    @property
    def period_s(self) -> float:
        """The time from pulse to pulse, s."""
        return 1.0 / self.clock_hz

    @property
    def mean_photons(self) -> float:
        """The mean photon number of a pulse, over all intensities."""
        return math.fsum(mu * p for mu, p in zip(self.intensities, self.probabilities, strict=True))
