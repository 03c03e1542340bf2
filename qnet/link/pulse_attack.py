"""What an eavesdropper does to laser pulses on their way: by the number of photons, which she can count unnoticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qnet.errors import InvalidArgument
from qnet.fields import Count, Probability, check
from qnet.link.pulse_tables import Table, thinning

__all__ = ["PulseAttack"]


@dataclass(frozen=True, kw_only=True)
class PulseAttack:
    """An attack at the exit of the source, photon number by photon number.

    Entry n of a tuple is for pulses of n photons, the last one for all greater n. What is None she leaves alone.
    Splitting photon numbers (Lutkenhaus, Phys. Rev. A 61, 052304 (2000), quant-ph/9910093) keeps one photon of two or
    more, sends on the rest without loss, and makes up for it by blocking single photons:

    >>> split = PulseAttack(yield_of=(1.0, 0.1, 1.0), kept_of=(0, 0, 1), transmission=1.0)
    >>> split.arriving(0.01, 0.5, 2)[1:, 0].round(3).tolist()  # one photon, two photons: nothing is detected
    [0.95, 0.5]
    """

    yield_of: tuple[float, ...] | None = None
    """Probability that she sends on what is left of the pulse."""
    kept_of: tuple[int, ...] | None = None
    """Photons that she keeps of it."""
    transmission: float | None = None
    """Of her own channel, in place of the fibre: 1 is lossless."""
    error_z_of: tuple[float, ...] | None = None
    """Probability that what she sends on is turned to the other bit of Z."""
    error_x_of: tuple[float, ...] | None = None
    """The same of X. To measure a share f of the pulses in Z and to resend them is an error of (0, f/2) in X."""

    def __post_init__(self) -> None:
        for name in ("yield_of", "error_z_of", "error_x_of"):
            for probability in _entries(name, getattr(self, name)):
                check(name, probability, Probability)
        for number, kept in enumerate(_entries("kept_of", self.kept_of)):
            check("kept_of", kept, Count)
            if kept > number:
                raise InvalidArgument.of("kept_of", "take no more photons than there are", self.kept_of)
        if self.transmission is not None:
            check("transmission", self.transmission, Probability)

    def arriving(self, transmission: float, receiver_efficiency: float, most: int) -> Table:
        """Give P(m photons are detected | n photons left the source) as row n, column m, both up to `most`.

        The numbers are those of the honest fibre and of the receiver.
        """
        channel = transmission if self.transmission is None else self.transmission
        table = thinning(channel * receiver_efficiency, most)
        left = np.maximum(0, np.arange(most + 1) - _spread(self.kept_of, 0, most))
        sent_on = _spread(self.yield_of, 1.0, most)[:, None]
        arrived: Table = sent_on * table[left.astype(int)] + (1.0 - sent_on) * np.eye(1, most + 1)
        return arrived

    def turned(self, most: int) -> Table:
        """Give the probability of a turned bit by (both in Z, both in X, unequal bases) and photons up to `most`.

        In unequal bases nothing is turned: the bit is random anyway.
        """
        return np.stack([_spread(self.error_z_of, 0.0, most), _spread(self.error_x_of, 0.0, most), np.zeros(most + 1)])


def _entries(name: str, values: Sequence[float] | None) -> Sequence[float]:
    if values is not None and not values:
        raise InvalidArgument.of(name, "hold at least one number, or be None", values)
    return values or ()


def _spread(values: Sequence[float] | None, default: float, most: int) -> Table:
    """Give a value for each photon number up to `most`."""
    known = np.array(values or (default,), dtype=float)
    return known[np.minimum(np.arange(most + 1), known.size - 1)]
