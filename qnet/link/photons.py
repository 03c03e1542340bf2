"""BB84 with single photons over one fibre: circuits compiled to a table of probabilities, and sampled in bulk.

A photon is prepared, tapped, turned by the fibre and measured: each step is a circuit, and their product says how
likely each outcome is for each state sent, together with what an eavesdropper reads. Loss, dark counts and dead time
are those of laser pulses (`qnet.link.pulses`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qnet.errors import InvalidArgument
from qnet.fields import Count, NonNegative, Positive, Probability, check, check_fields
from qnet.link.pulse_bits import PulseBits, shuffled
from qnet.link.pulse_counts import BasisCounts, PulseCounts
from qnet.link.pulse_tables import Counts, Table, firing, split
from qnet.link.pulses import blanked_pulses
from qnet.quantum import Operation, misalignment, pauli_measurement, pauli_preparation

__all__ = ["PhotonLink"]

_BASES = "zx"
_MOST_RECORDS = 4096
"""Of all taps together."""


@dataclass(frozen=True, kw_only=True)
class PhotonLink:
    """A source that emits exactly one photon a clock period, a fibre, and the receiver of a `PulseLink`.

    >>> from qnet.quantum import intercept_resend
    >>> link = PhotonLink(
    ...     clock_hz=1e6, transmission=0.1, receiver_efficiency=0.5, dark_count_probability=1e-6, misalignment=0.02,
    ...     dead_time_s=0.0, taps=(intercept_resend(),),
    ... )
    >>> link.table[1, 0].round(12).tolist()  # |+> sent, X measured: by Eve's record and Bob's
    [[0.25, 0.25], [0.25, 0.25]]
    >>> bits = link.sample_bits(10**6, 0.5, np.random.default_rng(7))
    >>> round(bits.counts.z[0].error_rate, 2), round(bits.counts.x[0].error_rate, 2)
    (0.02, 0.5)
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
    taps: tuple[Operation, ...] = ()
    """What an eavesdropper does to each photon, in order, before the fibre turns it; the last record counts fastest."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.clock_hz * self.dead_time_s):
            raise InvalidArgument.of("dead_time_s", "be a finite number of clock periods", self.dead_time_s)
        if math.prod(tap.records for tap in self.taps) > _MOST_RECORDS:
            raise InvalidArgument.of("taps", f"have at most {_MOST_RECORDS} records together", self.taps)

    @cached_property
    def table(self) -> Table:
        """P(Eve's record, bit found | basis of both, bit sent) of a photon that arrives, by all circuits together.

        Axes: basis (Z, X), bit sent, record, bit found.
        """
        steps = [*(tap.instrument.tensor for tap in self.taps), misalignment(self.misalignment).instrument.tensor]
        whole = np.eye(4)[None]
        for step in steps:
            whole = np.einsum("koi,rij->rkoj", step, whole).reshape(-1, 4, 4)
        return np.array([[_outcomes(whole, basis, bit) for bit in (0, 1)] for basis in _BASES])

    def sample(self, live_rounds: int, basis_probability_z: float, generator: np.random.Generator) -> PulseCounts:
        """Send photons until so many have met live detectors, and count; those of one intensity, one.

        Either side chooses Z with `basis_probability_z`, X otherwise.
        """
        return self._sampled(live_rounds, basis_probability_z, generator)[1]

    def sample_bits(self, live_rounds: int, basis_probability_z: float, generator: np.random.Generator) -> PulseBits:
        """Send photons as `sample` does, and give the bits of all clicks in equal bases, ordered by their times."""
        found, counts = self._sampled(live_rounds, basis_probability_z, generator)
        return _bits(found, counts, generator, tapped=bool(self.taps))

    def _sampled(
        self, live_rounds: int, basis_probability_z: float, generator: np.random.Generator
    ) -> tuple[Counts, PulseCounts]:
        """Draw the clicks in equal bases by (basis, bit sent, record of Eve, bit found), and all counts."""
        check("live_rounds", live_rounds, Count)
        check("basis_probability_z", basis_probability_z, Probability)
        z = basis_probability_z
        shares = [0.5 * z * z] * 2 + [0.5 * (1.0 - z) ** 2] * 2 + [2.0 * z * (1.0 - z)]
        *sent, mixed = generator.multinomial(int(live_rounds), shares)
        matched = np.reshape(sent, (2, 2))
        found = self._found(matched, generator)
        click = 1.0 - (1.0 - self._seen) * (1.0 - self.dark_count_probability) ** 2
        clicks = int(found.sum()) + int(generator.binomial(mixed, click))
        return found, self._counts(matched, found, int(live_rounds), clicks)

    @property
    def _seen(self) -> float:
        return self.transmission * self.receiver_efficiency

    def _found(self, sent: Counts, generator: np.random.Generator) -> Counts:
        """Draw the clicks by (basis, bit sent, record of Eve, bit found) from the photons by (basis, bit sent)."""
        lost = (1.0 - self._seen) * self.table.sum(axis=-1, keepdims=True)
        light = np.concatenate([lost, self._seen * self.table], axis=-1)  # on no detector, on that of 0, on that of 1
        lit = split(sent, light.reshape(2, 2, -1), generator).reshape(light.shape)
        fired = split(lit, firing(self.dark_count_probability)[:3], generator).sum(axis=-2)
        zeros = fired[..., 1] + (coins := generator.binomial(fired[..., 3], 0.5))
        return np.stack([zeros, fired[..., 2] + fired[..., 3] - coins], axis=-1)

    def _counts(self, sent: Counts, found: Counts, live: int, clicks: int) -> PulseCounts:
        right = np.einsum("bsks->b", found)
        z, x = (
            BasisCounts(pulses=int(sent[b].sum()), clicks=int(found[b].sum()), errors=int(found[b].sum() - right[b]))
            for b in (0, 1)
        )
        return PulseCounts(
            clock_hz=self.clock_hz,
            intensities=(1.0,),
            z=(z,),
            x=(x,),
            live_pulses=live,
            clicks=clicks,
            blanked_pulses=clicks * blanked_pulses(self.dead_time_s, self.clock_hz),
        )


def _outcomes(channel: Table, basis: str, bit: int) -> Table:
    """Give P(record of the channel, outcome) of one state sent and measured in its own basis."""
    sent = pauli_preparation(basis, bit).instrument.tensor[0]
    measured = pauli_measurement(basis).instrument.tensor
    outcomes: Table = np.clip(np.einsum("mo,koi,i->km", measured, channel, sent), 0.0, None)
    outcomes /= outcomes.sum()
    return outcomes


def _bits(found: Counts, counts: PulseCounts, generator: np.random.Generator, *, tapped: bool) -> PulseBits:
    place = shuffled(found, generator)
    basis, alice, eve, bob = np.indices(found.shape).reshape(4, -1)
    columns = {"basis": basis, "alice": alice, "bob": bob}
    return PulseBits(
        **{name: column.astype(np.uint8)[place] for name, column in columns.items()},
        intensity=np.zeros(place.size, np.uint8),
        eve=eve.astype(np.uint16)[place] if tapped else None,
        counts=counts,
    )
