"""Measuring pairs: the joint probabilities of the two ends' outcomes, for many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qnet.quantum import Operation
from qnet.quantum.pauli import Tensor

__all__ = ["joint_outcomes", "joint_probabilities"]


def joint_probabilities(tensors: Sequence[Tensor], source: Operation, target: Operation) -> NDArray[np.float64]:
    """Give the probabilities of the bits 00, 01, 10 and 11, the source's first: a row for each pair.

    ``p(a, b) = K_a . T . K'_b``, with the Pauli tensor T of a pair and the rows K of the two compiled measurements.
    """
    at_source, at_target = source.instrument.tensor, target.instrument.tensor
    joint: NDArray[np.float64] = at_source @ np.array(tensors) @ at_target.T
    return joint.reshape(-1, 4)


def joint_outcomes(probabilities: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw 0 to 3 for each row, by a number uniform on [0, 1) each."""
    sums = np.cumsum(probabilities, axis=1)
    passed: NDArray[np.int64] = (uniform[:, None] * sums[:, 3:] >= sums[:, :3]).sum(axis=1)
    return passed
