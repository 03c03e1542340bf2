"""When to call it an attack: a test of error rates that may be looked at after every bit.

Honest bits are wrong with a probability of at most `expected`, whatever came before. Against it stands every greater
probability p, weighed by a beta distribution; the likelihood ratio of the mixture,

    ``M_n = integral_{p > e} (p/e)^x ((1-p)/(1-e))^(n-x) dBeta(p)``    (x of n bits wrong, e = expected),

is a supermartingale that begins at 1: each factor has mean ``q p/e + (1-q) (1-p)/(1-e)``, which is 1 at q = e and
grows with q. So honest bits ever bring it to 1/alpha with a probability of at most alpha (Ville, Etude critique de la
notion de collectif, 1939), however long one looks and whenever one stops (Robbins, Ann. Math. Stat. 41, 1397 (1970);
Howard, Ramdas, McAuliffe and Sekhon, Ann. Stat. 49, 1055 (2021), arXiv:1810.08240). Several kinds of bits, such as
those of two bases, have a mixture each; the mean of the two is a supermartingale too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.keys.epsilon import Epsilon

__all__ = ["Alarm", "watch"]

_PRIOR = 0.5, 0.5
"""Jeffreys' prior, which is heaviest at small error rates."""
_ALL_LOOKED_AT = 1000
_Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What a test of error rates has found.

    Args:
        noticed: whether it went off.
        confidence: 1 - probability that honest bits would ever look so bad.
        after_bits: which bit set it off, counted from 1; None if none did.
    """

    noticed: bool
    confidence: float
    after_bits: int | None = None


def watch(
    wrong: ArrayLike, expected: float | Sequence[float], *, kinds: ArrayLike = 0, false_alarm: float = 1e-6
) -> Alarm:
    """Say after which bit errors become too many to be honest.

    It looks at each of the first thousand errors, then whenever their number has grown by a hundredth.

    Args:
        wrong: for each compared bit, in order of arrival, whether the two ends differ.
        expected: the greatest error probability of honest bits; one for each kind, if there are several.
        kinds: for each bit its kind (its basis, say): an index of `expected`.
        false_alarm: the probability with which honest bits may ever set it off.

    >>> wrong = np.tile([0, 0, 0, 1], 50)
    >>> watch(wrong, 0.02, false_alarm=1e-6).after_bits
    40
    >>> watch(wrong, 0.25).noticed
    False
    """
    check("false_alarm", false_alarm, Epsilon)
    rates = np.atleast_1d(np.asarray(expected, dtype=float))
    for rate in rates.tolist():
        check("expected", rate, Probability)
    bits, kind = np.broadcast_arrays(np.asarray(wrong, dtype=bool), np.asarray(kinds))
    if bits.ndim != 1 or (bits.size and (kind.min() < 0 or kind.max() >= rates.size)):
        raise InvalidArgument.of("kinds", f"be one index of {rates.size} expected rates for each bit", kinds)
    looks = _looks(np.flatnonzero(bits))
    evidence = _evidence(bits, kind, rates, looks)
    loud = evidence >= -np.log(false_alarm)
    first = int(looks[loud.argmax()]) + 1 if loud.any() else None
    most = max(0.0, float(evidence.max(initial=0.0)))
    return Alarm(noticed=first is not None, confidence=float(-np.expm1(-most)), after_bits=first)


def _looks(errors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose after which errors to look: evidence grows at errors alone. To look more rarely is as safe."""
    if errors.size <= _ALL_LOOKED_AT:
        return errors
    later = np.geomspace(_ALL_LOOKED_AT, errors.size - 1, 1 + round(100 * np.log(errors.size / _ALL_LOOKED_AT)))
    chosen: NDArray[np.int64] = errors[np.unique(np.concatenate([np.arange(_ALL_LOOKED_AT), later.astype(int)]))]
    return chosen


def _evidence(wrong: NDArray[Any], kinds: NDArray[Any], rates: _Reals, at: NDArray[np.int64]) -> _Reals:
    """Give the logarithm of the mean of all kinds' mixtures at some errors."""
    logarithms = np.empty((rates.size, at.size))
    for kind, rate in enumerate(rates):
        mine = kinds == kind
        bits, errors = np.cumsum(mine)[at], np.cumsum(wrong & mine)[at]
        logarithms[kind] = _mixture(errors, bits - errors, rate)
    return np.asarray(np.logaddexp.reduce(logarithms, axis=0) - np.log(rates.size))


def _mixture(errors: NDArray[Any], right: NDArray[Any], expected: float) -> _Reals:
    """Give ``log M_n``, a ratio of incomplete beta functions."""
    from scipy.special import betaincc, betaln, xlogy

    a, b = _PRIOR
    if expected >= 1.0:
        return np.zeros(errors.size)  # nothing is above it
    with np.errstate(divide="ignore"):  # an impossible error is a proof; no trace of evidence is none at all
        seen = betaln(a + errors, b + right) + np.log(betaincc(a + errors, b + right, expected))
        before = betaln(a, b) + np.log(betaincc(a, b, expected))
        honest = xlogy(errors, expected) + xlogy(right, 1.0 - expected)
    return np.asarray(seen - before - honest)
