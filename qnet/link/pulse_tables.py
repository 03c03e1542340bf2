"""Tables of probabilities that the bookkeeping of pulses draws from, by number of photons and by detectors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "RIGHT",
    "WRONG",
    "Counts",
    "Table",
    "by_light",
    "firing",
    "largest_photon_number",
    "poisson",
    "split",
    "thinning",
]

Table = NDArray[np.float64]
Counts = NDArray[np.int64]

RIGHT, WRONG = 1, 2
"""Bits of a pattern of two detectors: which ones see light, and which ones fire."""

_TAIL = 1e-16
"""Weight of the photon numbers that are left out: less than one pulse in 10^16, which is the rounding of the rest."""


def split(counts: Counts, table: Table, generator: np.random.Generator) -> Counts:
    """Distribute each count over the last axis of `table`.

    The multinomial draw gives its last category what rounding leaves over; turned round, that is category 0, where
    nothing was seen, and rare categories keep their digits.
    """
    return generator.multinomial(counts, table[..., ::-1])[..., ::-1]


def largest_photon_number(intensity: float) -> int:
    """Give a photon number that pulses exceed with less than `_TAIL`: beyond twice the mean, terms halve at least."""
    number, term = 0, math.exp(-intensity)
    while number < 2.0 * intensity or term > _TAIL:
        number += 1
        term *= intensity / number
    return number


def poisson(intensity: float, most: int) -> Table:
    """Give the probabilities of 0 .. most photons."""
    terms: Table = np.cumprod(np.concatenate([[1.0], intensity / np.arange(1, most + 1)]))
    terms /= terms.sum()
    return terms


def thinning(probability: float, most: int) -> Table:
    """Give P(m of n objects are picked), each with this probability, as row n, column m, both up to `most`."""
    table = np.zeros((most + 1, most + 1))
    table[0, 0] = 1.0
    for number in range(1, most + 1):
        table[number] = (1.0 - probability) * table[number - 1]
        table[number, 1:] += probability * table[number - 1, :-1]
    return table


def by_light(wrong: Counts) -> Counts:
    """Sum pulses, given by (.., photons m, of these wrong w), into the four patterns of detectors that see light."""
    photons, astray = np.indices(wrong.shape[-2:])
    pattern = (photons > astray) * RIGHT + (astray > 0) * WRONG
    return np.stack([wrong[..., pattern == light].sum(axis=-1) for light in range(4)], axis=-1)


def firing(dark: float) -> Table:
    """Give the table of P(pattern that fires | pattern that sees light), for four patterns each."""
    table = np.zeros((4, 4))
    for light in range(4):
        for fires in range(4):
            ways = [
                (1.0 if light & bit else dark) if fires & bit else (0.0 if light & bit else 1.0 - dark)
                for bit in (RIGHT, WRONG)
            ]
            table[light, fires] = math.prod(ways)
    return table
