"""Which of several pairs that wait for each other comes last, and which first where they wait in vain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qnet.planning.law import Law, ahead, window_of
from qnet.quantum.pauli import Tensor

__all__ = ["first_in_vain", "last_in_time"]


def last_in_time(laws: Sequence[Law], cutoff_s: float) -> Tensor:
    """Give the chance of each pair to be the last, if all come within the cut-off of the first; laws on one lattice.

    What comes at one time of the lattice may come in any order.
    """
    window = window_of(cutoff_s, laws[0])
    now = [law.weights for law in laws]
    before = [_before(weights, window) for weights in now]
    return _normalised(_products(now, [one + other / 2.0 for one, other in zip(before, now, strict=True)]))


def first_in_vain(laws: Sequence[Law], cutoff_s: float) -> Tensor:
    """Give the chance of each pair to be the first, if the others do not all come within the cut-off."""
    window = window_of(cutoff_s, laws[0])
    if window is None:
        return np.full(len(laws), 1.0 / len(laws))
    now = [law.weights for law in laws]
    ever = [np.cumsum(weights[::-1])[::-1] - weights / 2.0 for weights in now]
    soon = [ahead(weights, window) + weights / 2.0 for weights in now]
    in_vain: Tensor = _products(now, ever) - _products(now, soon)
    return _normalised(in_vain)


def _before(weights: Tensor, window: tuple[int, float] | None) -> Tensor:
    """Give the probability of the last times before each, as far back as the window goes."""
    if window is None:
        return np.asarray(np.cumsum(weights) - weights)
    return ahead(weights[::-1], window)[::-1]


def _products(now: Sequence[Tensor], others: Sequence[Tensor]) -> Tensor:
    """Give, for each pair, the chance that it comes at some time and the others do what is said of them then."""
    products = []
    for k, weights in enumerate(now):
        rest = [other for j, other in enumerate(others) if j != k]
        products.append(float(weights @ np.prod(rest, axis=0)) if rest else float(weights.sum()))
    return np.array(products)


def _normalised(chances: Tensor) -> Tensor:
    chances = np.clip(chances, 0.0, None)
    total = float(chances.sum())
    shares: Tensor = chances / total if total > 0.0 else np.full(len(chances), 1.0 / len(chances))
    return shares
