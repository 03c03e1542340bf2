"""Laws of times alone: what ends in one way or another, what comes after something else, what comes in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qnet.planning.law import Law, common
from qnet.quantum.pauli import Tensor

__all__ = ["blended", "stateless", "summed", "within"]


def blended(parts: Sequence[tuple[float, Law]], points: int) -> Law:
    """Give the law of what is one thing or another, each with a weight."""
    likely = [(weight, law) for weight, law in parts if weight * law.total > 0.0]
    if len(likely) < 2:
        weight, law = likely[0] if likely else parts[0]
        return law if weight == 1.0 else law.scaled(weight)
    laws = common([law for _, law in likely], points)
    values = np.sum([weight * law.values for (weight, _), law in zip(likely, laws, strict=True)], axis=0)
    return replace(laws[0], values=values)


def summed(law: Law, other: Law | None, points: int) -> Law:
    """Give the law of one time after another, without a state."""
    if other is None:
        return replace(law, values=stateless(law.weights))
    moved = [replace(each, origin_s=0.0) for each in (law, other)]
    size = sum(each.values.shape[-1] for each in moved)
    step = min(law.step_s, other.step_s)
    length = (law.horizon_s + other.horizon_s) / step + 2
    if length > points:
        step, size = (law.horizon_s + other.horizon_s) / (points - 2), points
    else:
        size = math.ceil(length)
    one, two = (each.on(0.0, step, size) for each in moved)
    padded = 2 ** math.ceil(math.log2(2 * size))
    weights = np.fft.irfft(np.fft.rfft(one.weights, padded) * np.fft.rfft(two.weights, padded), padded)[:size]
    slot = law.slot_s if abs(law.slot_s - other.slot_s) < 1e-9 * law.slot_s else 0.0
    return Law(stateless(np.clip(weights, 0.0, None)), step, law.origin_s + other.origin_s, slot)


def within(law: Law, limit_s: float) -> Law:
    """Keep the times up to a limit."""
    if math.isinf(limit_s):
        return law
    times = law.origin_s + law.step_s * np.arange(law.weights.size)
    share = np.clip((limit_s - times) / law.step_s + (1.0 if law.exact else 0.5), 0.0, 1.0)
    return replace(law, values=law.values * (np.floor(share + 1e-6) if law.exact else share))


def stateless(weights: Tensor) -> Tensor:
    """Give the values of a law that has only times."""
    values = np.zeros((4, 4, weights.size))
    values[0, 0] = weights
    return values
