"""Shannon entropies in bits."""

from __future__ import annotations

import math
from collections.abc import Iterable

from qnet.fields import Probability, check

__all__ = ["binary_entropy", "entropy"]


def binary_entropy(probability: float) -> float:
    """Give the entropy, in bits, of a bit that is 1 with this probability.

    h(p) = -p log2(p) - (1-p) log2(1-p), and zero at both ends; accurate for tiny p.

    >>> binary_entropy(0.5)
    1.0
    """
    check("probability", probability, Probability)
    if probability in (0.0, 1.0):
        return 0.0
    rest = 1.0 - probability
    return -(probability * math.log2(probability) + rest * math.log1p(-probability) / math.log(2))


def entropy(probabilities: Iterable[float]) -> float:
    """Give the entropy, in bits, of a distribution; entries that are not positive count as zero.

    >>> entropy([0.25, 0.25, 0.25, 0.25])
    2.0
    """
    return -math.fsum(p * math.log2(p) for p in probabilities if p > 0.0)
