"""BB84 with weak coherent pulses over one fibre: what is sent, and what clicks, a block of pulses at a time.

The law is that of single photons, the bookkeeping that of classes: pulses fall into intensities and bases, those into
photon numbers, photons into lost and detected ones, these into the right and the wrong detector, and detectors with or
without light into clicks. Every step is one multinomial draw, so a block of 10^9 pulses costs about a millisecond; no
formula for a gain or an error rate enters.

Counts are enough for keys in the limit of many pulses. Bits one by one would come from the same numbers: choose which
pulses of the block belong to each class (a random permutation), give Alice random bits, and flip Bob's for the errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, Positive, Probability, check, check_fields

__all__ = ["BasisCounts", "PulseCounts", "PulseLink"]

Intensity = Annotated[float, Ge(0), Le(20)]
"""Mean photon number of a pulse; the bookkeeping of brighter ones would be long."""

_TAIL = 1e-16
"""Weight of the photon numbers that are left out: less than one pulse in 10^16, which is the rounding of the rest."""
_ROUNDING = 1e-9
"""A dead time of 20 ns at 1 GHz is 20 pulses, whatever its product says in floating point."""

_Table = NDArray[np.float64]
_Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class BasisCounts:
    """Pulses of one intensity that both sides handled in the same basis; adds with ``+``."""

    pulses: Count
    """Sent while the detectors were live."""
    clicks: Count
    """Those with at least one click."""
    errors: Count
    """Clicks that gave the wrong bit."""

    def __post_init__(self) -> None:
        check_fields(self)

    def __add__(self, other: BasisCounts) -> BasisCounts:
        return BasisCounts(
            pulses=self.pulses + other.pulses, clicks=self.clicks + other.clicks, errors=self.errors + other.errors
        )

    @property
    def gain(self) -> float:
        """Clicks per pulse; NaN without pulses."""
        return self.clicks / self.pulses if self.pulses else math.nan

    @property
    def error_rate(self) -> float:
        """Errors per click; NaN without clicks."""
        return self.errors / self.clicks if self.clicks else math.nan


@dataclass(frozen=True, kw_only=True)
class PulseCounts:
    """What a block of pulses showed; blocks of the same link and intensities add with ``+``."""

    clock_hz: Positive
    intensities: tuple[float, ...]
    z: tuple[BasisCounts, ...]
    """Both sides in Z, one entry per intensity."""
    x: tuple[BasisCounts, ...]
    """Both sides in X, one entry per intensity."""
    live_pulses: Count
    """All pulses sent while the detectors were live, bases equal or not."""
    clicks: Count
    """All clicks, bases equal or not; each one starts a dead time."""
    blanked_pulses: Count
    """Pulses that passed during dead times."""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def elapsed_s(self) -> float:
        """Time the block took: live and blanked pulses at the clock, in seconds."""
        return (self.live_pulses + self.blanked_pulses) / self.clock_hz

    def __add__(self, other: PulseCounts) -> PulseCounts:
        if (self.clock_hz, self.intensities) != (other.clock_hz, other.intensities):
            raise InvalidArgument.of("other", f"have clock and intensities {self.clock_hz, self.intensities}", other)
        return PulseCounts(
            clock_hz=self.clock_hz,
            intensities=self.intensities,
            z=tuple(mine + its for mine, its in zip(self.z, other.z, strict=True)),
            x=tuple(mine + its for mine, its in zip(self.x, other.x, strict=True)),
            live_pulses=self.live_pulses + other.live_pulses,
            clicks=self.clicks + other.clicks,
            blanked_pulses=self.blanked_pulses + other.blanked_pulses,
        )


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

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.clock_hz * self.dead_time_s):
            raise InvalidArgument.of("dead_time_s", "be a finite number of clock periods", self.dead_time_s)

    @property
    def blanked_per_click(self) -> int:
        """Pulses lost to the dead time of one click: whole clock periods, rounded up."""
        return math.ceil(self.dead_time_s * self.clock_hz - _ROUNDING)

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

    def _clicks(
        self, sent: _Counts, intensities: Sequence[float], generator: np.random.Generator
    ) -> tuple[_Counts, _Counts, _Counts]:
        """Follow the photons of every class to (right detector alone, wrong one alone, both); shapes as `sent`."""
        most = _largest_photon_number(max(intensities))
        emitted = np.array([_poisson(intensity, most) for intensity in intensities])[:, None, :]
        photons = _split(sent, emitted, generator)
        detected = _split(photons, _thinning(self.transmission * self.receiver_efficiency, most), generator).sum(axis=2)
        matched = _thinning(self.misalignment, most)
        wrong = _split(detected, np.stack([matched, matched, _thinning(0.5, most)]), generator)
        fired = _split(_by_light(wrong), _firing(self.dark_count_probability), generator).sum(axis=2)
        return fired[..., _RIGHT], fired[..., _WRONG], fired[..., _RIGHT | _WRONG]


_Z, _X, _MIXED = range(3)
"""Classes of a pulse by the two choices of basis."""
_RIGHT, _WRONG = 1, 2
"""Bits of a pattern of two detectors: which ones see light, and which ones fire."""


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


def _pulses_by_class(live: int, probabilities: Sequence[float], z: float, generator: np.random.Generator) -> _Counts:
    """Draw the pulses of each (intensity, class of bases)."""
    by_intensity = generator.multinomial(live, np.array(probabilities) / math.fsum(probabilities))
    bases = np.array([z * z, (1.0 - z) ** 2, 2.0 * z * (1.0 - z)])
    return generator.multinomial(by_intensity, bases)


def _split(counts: _Counts, table: _Table, generator: np.random.Generator) -> _Counts:
    """Distribute each count over the last axis of `table`.

    The multinomial draw gives its last category what rounding leaves over; turned round, that is category 0, where
    nothing was seen, and rare categories keep their digits.
    """
    return generator.multinomial(counts, table[..., ::-1])[..., ::-1]


def _of_basis(basis: int, sent: _Counts, clicks: _Counts, errors: _Counts) -> tuple[BasisCounts, ...]:
    columns = (part[:, basis].tolist() for part in (sent, clicks, errors))
    return tuple(
        BasisCounts(pulses=pulses, clicks=clicked, errors=wrong)
        for pulses, clicked, wrong in zip(*columns, strict=True)
    )


def _largest_photon_number(intensity: float) -> int:
    """Give a photon number that pulses exceed with less than `_TAIL`: beyond twice the mean, terms halve at least."""
    number, term = 0, math.exp(-intensity)
    while number < 2.0 * intensity or term > _TAIL:
        number += 1
        term *= intensity / number
    return number


def _poisson(intensity: float, most: int) -> _Table:
    """Give the probabilities of 0 .. most photons."""
    terms: _Table = np.cumprod(np.concatenate([[1.0], intensity / np.arange(1, most + 1)]))
    terms /= terms.sum()
    return terms


def _thinning(probability: float, most: int) -> _Table:
    """Give P(m of n objects are picked), each with this probability, as row n, column m, both up to `most`."""
    table = np.zeros((most + 1, most + 1))
    table[0, 0] = 1.0
    for number in range(1, most + 1):
        table[number] = (1.0 - probability) * table[number - 1]
        table[number, 1:] += probability * table[number - 1, :-1]
    return table


def _by_light(wrong: _Counts) -> _Counts:
    """Sum pulses, given by (.., photons m, of these wrong w), into the four patterns of detectors that see light."""
    photons, astray = np.indices(wrong.shape[-2:])
    pattern = (photons > astray) * _RIGHT + (astray > 0) * _WRONG
    return np.stack([wrong[..., pattern == light].sum(axis=-1) for light in range(4)], axis=-1)


def _firing(dark: float) -> _Table:
    """Give the table of P(pattern that fires | pattern that sees light), for four patterns each."""
    table = np.zeros((4, 4))
    for light in range(4):
        for fires in range(4):
            ways = [
                (1.0 if light & bit else dark) if fires & bit else (0.0 if light & bit else 1.0 - dark)
                for bit in (_RIGHT, _WRONG)
            ]
            table[light, fires] = math.prod(ways)
    return table
