"""Shannon entropies in bits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from qnet.fields import Probability, check

__all__ = ["Real", "binary_entropy", "check_probability", "entropy"]


Real = TypeVar("Real", float, NDArray[np.float64])
"""A number, or an array of them to be worked elementwise."""


def binary_entropy(probability: Real) -> Real:
    """Give the entropy, in bits, of a bit that is 1 with this probability; elementwise for an array.

    h(p) = -p log2(p) - (1-p) log2(1-p), and zero at both ends; accurate for tiny p.

    >>> binary_entropy(0.5)
    1.0
    >>> binary_entropy(np.array([0.0, 0.5]))
    array([0., 1.])
    """
    check_probability("probability", probability)
    if isinstance(probability, np.ndarray):
        return _binary_entropies(probability)
    if probability in (0.0, 1.0):
        return 0.0
    rest = 1.0 - probability
    return -(probability * math.log2(probability) + rest * math.log1p(-probability) / math.log(2))


def check_probability(name: str, value: float | NDArray[np.float64]) -> None:
    """Raise `InvalidArgument` unless a number, or every one of an array, is a probability."""
    extremes = (value.min(initial=0.0), value.max(initial=0.0)) if isinstance(value, np.ndarray) else (value,)
    for extreme in extremes:
        check(name, extreme, Probability)


def entropy(probabilities: Iterable[Real]) -> Real:
    """Give the entropy, in bits, of a distribution; entries that are not positive count as zero; arrays elementwise.

    >>> entropy([0.25, 0.25, 0.25, 0.25])
    2.0
    """
    parts = list(probabilities)
    if isinstance(parts[0], np.ndarray):
        return _entropies(parts)
    return -math.fsum(p * math.log2(p) for p in parts if p > 0.0)


def _entropies(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    terms = [np.maximum(part, 0.0) * np.log2(np.maximum(part, np.finfo(float).tiny)) for part in parts]
    bits: NDArray[np.float64] = -np.sum(terms, axis=0)
    return bits


def _binary_entropies(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(probabilities, np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)
    bits = -(inside * np.log2(inside) + (1.0 - inside) * np.log1p(-inside) / math.log(2))
    return np.where((probabilities == 0.0) | (probabilities == 1.0), 0.0, bits)
