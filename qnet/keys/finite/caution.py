"""How much less to declare than one expects, so that an honest session hardly ever aborts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qnet.fields import NonNegative, check
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.decoy import DecoySession

__all__ = ["HONEST_DEVIATIONS", "cautious_session"]

HONEST_DEVIATIONS = 5.0
"""How many standard deviations worse than expected an honest session may look, and still make its key."""

_Reals = NDArray[np.float64]
_ROUNDS = 3


def cautious_session(expected: DecoySession, *, deviations: float = HONEST_DEVIATIONS) -> DecoySession:
    """Declare, for expected counts, those of bad luck: the most likely ones that make the key so much shorter.

    Clicks fall into intensities, right and wrong, by a multinomial law in each basis, the sizes of both blocks being
    fixed. To first order the length is then normal, and of all counts that make it `deviations` standard deviations
    shorter those along ``covariance . gradient`` are the most likely (the design point of Hasofer and Lind, J. Eng.
    Mech. Div. ASCE 100, 111 (1974)). An honest session proves less with the probability of such a deviation, 3e-7 at 5.
    Sessions without a finite-key length are given back as they are.

    >>> counts = DecoyCounts(
    ...     key_clicks=(8e6, 2e6), key_errors=(8e4, 2e4), test_clicks=(8e5, 2e5), test_errors=(8e3, 2e3)
    ... )
    >>> session = DecoySession(intensities=(0.45, 0.12), probabilities=(0.5, 0.5), counts=counts)
    >>> careful = cautious_session(session)
    >>> round(careful.counts.block), careful.key_length < session.key_length
    (10000000, True)
    """
    check("deviations", deviations, NonNegative)
    if expected.secret_bits is None:
        return expected
    centre = _vector(expected.counts)
    covariance = _covariance(centre)

    def length(point: _Reals) -> float:
        counts = _counts(point, expected.counts)
        return replace(expected, counts=counts).secret_bits or 0.0

    point = centre
    for _ in range(_ROUNDS):  # the gradient is that where the counts will be
        gradient = _gradient(length, point, centre)
        slope = covariance @ gradient
        spread = math.sqrt(max(0.0, float(gradient @ slope)))
        if spread == 0.0:
            break
        point = np.maximum(centre - deviations / spread * slope, 0.0)
    return replace(expected, counts=_counts(point, expected.counts))


def _vector(counts: DecoyCounts) -> _Reals:
    """Flatten to (basis, intensity, right or wrong)."""
    columns = ((counts.key_clicks, counts.key_errors), (counts.test_clicks, counts.test_errors))
    return np.array([np.subtract(clicks, errors).tolist() + list(errors) for clicks, errors in columns]).ravel()


def _counts(point: _Reals, like: DecoyCounts) -> DecoyCounts:
    """Turn such a vector into counts; the blocks keep their sizes."""
    key, test = point.reshape(2, 2, -1)
    sizes = like.block, sum(like.test_clicks)
    key, test = (part * (size / (part.sum() or 1.0)) for part, size in zip((key, test), sizes, strict=True))
    return DecoyCounts(
        key_clicks=tuple((key[0] + key[1]).tolist()),
        key_errors=tuple(key[1].tolist()),
        test_clicks=tuple((test[0] + test[1]).tolist()),
        test_errors=tuple(test[1].tolist()),
    )


def _covariance(centre: _Reals) -> _Reals:
    """Two multinomial laws, one for each basis: n (diag p - p p^T)."""
    half = centre.size // 2
    whole = np.zeros((centre.size, centre.size))
    for start in (0, half):
        part = centre[start : start + half]
        total = part.sum()
        if total > 0.0:
            whole[start : start + half, start : start + half] = np.diag(part) - np.outer(part, part) / total
    return whole


def _gradient(function: Callable[[_Reals], float], point: _Reals, centre: _Reals) -> _Reals:
    """Differences over a standard deviation of each count."""
    slopes = np.zeros(point.size)
    for place, step in enumerate(np.sqrt(centre)):
        if step > 0.0:
            above, below = point.copy(), point.copy()
            above[place] += 0.5 * step
            below[place] = max(0.0, below[place] - 0.5 * step)
            slopes[place] = (function(above) - function(below)) / (above[place] - below[place])
    return slopes
