"""BB84 with weak coherent pulses over one fibre: what is sent, and what clicks, a block of pulses at a time.

The law is that of single photons, the bookkeeping that of classes: pulses fall into intensities and bases, those into
photon numbers, photons into lost and detected ones, these into the right and the wrong detector, and detectors with or
without light into clicks. Every step is one multinomial draw, so a block of 10^9 pulses costs about a millisecond; no
formula for a gain or an error rate enters.

Counts (`PulseLink.sample`) are enough for keys in the limit of many pulses. Bits one by one (`PulseLink.sample_bits`)
follow from the same numbers: the clicks of each class fall on random places of the block, Alice's bits are random, and
Bob's are flipped for the errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, Positive, Probability, check, check_fields
from qnet.link.pulse_attack import PulseAttack
from qnet.link.pulse_bits import PulseBits, pulse_bits
from qnet.link.pulse_counts import BasisCounts, PulseCounts
from qnet.link.pulse_tables import (
    RIGHT,
    WRONG,
    Counts,
    Table,
    by_light,
    firing,
    largest_photon_number,
    poisson,
    split,
    thinning,
)

__all__ = ["BasisCounts", "PulseAttack", "PulseBits", "PulseCounts", "PulseLink", "blanked_pulses"]

Intensity = Annotated[float, Ge(0), Le(20)]
"""Mean photon number of a pulse; the bookkeeping of brighter ones would be long."""

_MOST_INTENSITIES = 64
"""An index of them fits in a byte, with two bases and right and wrong."""
_ROUNDING = 1e-9
"""A dead time of 20 ns at 1 GHz is 20 pulses, whatever its product says in floating point."""


@dataclass(frozen=True, kw_only=True)
class PulseLink:
    """A laser, a fibre, and a receiver with two threshold detectors behind an active choice of basis.

    A photon that is not lost goes to the wrong detector with probability `misalignment` if the bases match and 1/2 if
    they do not. Each detector also fires in the dark. A double click gives a random bit, as it must (Lutkenhaus,
    Phys. Rev. A 59, 3301 (1999); quant-ph/9806008). After any click both detectors are blanked for the dead time, so
    that no click tells which one is blind; that makes clicks a renewal process. Live pulses are then independent, each
    click costs ceil(dead_time_s * clock_hz) further pulses, and counting them gives the elapsed time exactly, up to the
    dead time of the last click. A pulse that falls on the very end of a dead time is lost.

    >>> link = PulseLink(
    ...     clock_hz=1e9, transmission=0.1, receiver_efficiency=0.5, dark_count_probability=1e-7,
    ...     misalignment=0.01, dead_time_s=20e-9,
    ... )
    >>> counts = link.sample(
    ...     live_pulses=10**9, intensities=[0.6, 0.05, 0.0], intensity_probabilities=[0.8, 0.1, 0.1],
    ...     basis_probability_z=0.9, generator=np.random.default_rng(7),
    ... )
    >>> [round(basis.gain, 4) for basis in counts.z]
    [0.0296, 0.0025, 0.0]
    >>> round(counts.z[0].error_rate, 3), round(counts.elapsed_s, 2)
    (0.01, 1.48)
    """

    clock_hz: Positive
    transmission: Probability
    """Of the fibre and its connectors."""
    receiver_efficiency: Probability
    """From the end of the fibre to a click: optics times detector."""
    dark_count_probability: Probability
    """Per detector and pulse."""
    misalignment: Probability
    dead_time_s: NonNegative
    attack: PulseAttack | None = None
    """What an eavesdropper does to the pulses; the receiver stays as it is."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.clock_hz * self.dead_time_s):
            raise InvalidArgument.of("dead_time_s", "be a finite number of clock periods", self.dead_time_s)

    @property
    def blanked_per_click(self) -> int:
        """Pulses lost to the dead time of one click: whole clock periods, rounded up."""
        return blanked_pulses(self.dead_time_s, self.clock_hz)

    def sample(
        self,
        live_pulses: int,
        intensities: Sequence[float],
        intensity_probabilities: Sequence[float],
        basis_probability_z: float,
        generator: np.random.Generator,
    ) -> PulseCounts:
        """Send pulses until so many have met live detectors, and count.

        `intensities` are mean photon numbers, chosen per pulse with `intensity_probabilities` (sum 1); either side
        chooses Z with `basis_probability_z`, X otherwise. Raises `InvalidArgument` where these are no such numbers.
        """
        check("live_pulses", live_pulses, Count)
        check("basis_probability_z", basis_probability_z, Probability)
        _check_intensities(intensities, intensity_probabilities)
        sent = _pulses_by_class(int(live_pulses), intensity_probabilities, basis_probability_z, generator)
        right_only, wrong_only, both = self._clicks(sent, intensities, generator)
        clicks = right_only + wrong_only + both
        errors = wrong_only + generator.binomial(both, 0.5)
        total = int(clicks.sum())
        return PulseCounts(
            clock_hz=self.clock_hz,
            intensities=tuple(map(float, intensities)),
            z=_of_basis(_Z, sent, clicks, errors),
            x=_of_basis(_X, sent, clicks, errors),
            live_pulses=int(live_pulses),
            clicks=total,
            blanked_pulses=total * self.blanked_per_click,
        )

    def sample_bits(
        self,
        live_pulses: int,
        intensities: Sequence[float],
        intensity_probabilities: Sequence[float],
        basis_probability_z: float,
        generator: np.random.Generator,
    ) -> PulseBits:
        """Send pulses as `sample` does, and give the bits of all clicks in equal bases, in the order of their times."""
        if len(intensities) > _MOST_INTENSITIES:
            raise InvalidArgument.of("intensities", f"be at most {_MOST_INTENSITIES}", len(intensities))
        choices = intensities, intensity_probabilities, basis_probability_z
        return pulse_bits(self.sample(live_pulses, *choices, generator), generator)

    def _clicks(
        self, sent: Counts, intensities: Sequence[float], generator: np.random.Generator
    ) -> tuple[Counts, Counts, Counts]:
        """Follow the photons of every class to (right detector alone, wrong one alone, both); shapes as `sent`."""
        most = largest_photon_number(max(intensities))
        emitted = np.array([poisson(intensity, most) for intensity in intensities])[:, None, :]
        photons = split(sent, emitted, generator)
        if self.attack is None:
            arriving = thinning(self.transmission * self.receiver_efficiency, most)
            return self._fired(photons, arriving, generator)
        arriving = self.attack.arriving(self.transmission, self.receiver_efficiency, most)
        turned = generator.binomial(photons, self.attack.turned(most))
        right, wrong, both = self._fired(photons - turned, arriving, generator)
        wrong_turned, right_turned, both_turned = self._fired(turned, arriving, generator)
        return right + right_turned, wrong + wrong_turned, both + both_turned

    def _fired(self, photons: Counts, arriving: Table, generator: np.random.Generator) -> tuple[Counts, Counts, Counts]:
        """Follow counts by (.., photons that left) through P(detected | left), and through the receiver."""
        most = arriving.shape[0] - 1
        detected = split(photons, arriving, generator).sum(axis=2)
        matched = thinning(self.misalignment, most)
        wrong = split(detected, np.stack([matched, matched, thinning(0.5, most)]), generator)
        fired = split(by_light(wrong), firing(self.dark_count_probability), generator).sum(axis=2)
        return fired[..., RIGHT], fired[..., WRONG], fired[..., RIGHT | WRONG]


def blanked_pulses(dead_time_s: float, clock_hz: float) -> int:
    """Give the pulses that pass during a dead time: whole clock periods, rounded up."""
    return math.ceil(dead_time_s * clock_hz - _ROUNDING)


_Z, _X, _MIXED = range(3)
"""Classes of a pulse by the two choices of basis."""


def _check_intensities(intensities: Sequence[float], probabilities: Sequence[float]) -> None:
    if len(intensities) == 0 or len(intensities) != len(probabilities):
        raise InvalidArgument.of(
            "intensities", f"be one or more, as many as probabilities: {probabilities}", intensities
        )
    for intensity, probability in zip(intensities, probabilities, strict=True):
        check("intensities", intensity, Intensity)
        check("intensity_probabilities", probability, Probability)
    if abs(math.fsum(probabilities) - 1.0) > 1e-9:
        raise InvalidArgument.of("intensity_probabilities", "sum to 1", probabilities)


def _pulses_by_class(live: int, probabilities: Sequence[float], z: float, generator: np.random.Generator) -> Counts:
    """Draw the pulses of each (intensity, class of bases)."""
    by_intensity = generator.multinomial(live, np.array(probabilities) / math.fsum(probabilities))
    bases = np.array([z * z, (1.0 - z) ** 2, 2.0 * z * (1.0 - z)])
    return generator.multinomial(by_intensity, bases)


def _of_basis(basis: int, sent: Counts, clicks: Counts, errors: Counts) -> tuple[BasisCounts, ...]:
    columns = (part[:, basis].tolist() for part in (sent, clicks, errors))
    return tuple(
        BasisCounts(pulses=pulses, clicks=clicked, errors=wrong)
        for pulses, clicked, wrong in zip(*columns, strict=True)
    )
