"""Sources of entangled photon pairs: how many pairs a pulse has, and the circuit that makes them.

A pair is ``(|early early> + |late late>) / sqrt 2`` (or of two polarisations), one photon to each side. A pulse may
have several. Where they share their temporal mode they are the light of two two-mode squeezers, and n pairs are the
state ``sum |j, n - j>_A |j, n - j>_B / sqrt(n + 1)`` (Ma, Fung and Lo, PRA 76, 012307, 2007, arXiv quant-ph/0703122).
"""

from __future__ import annotations

import math
from itertools import product
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from qnet.errors import UnknownName
from qnet.fields import Probability, check

__all__ = [
    "MOST_PAIRS",
    "Statistics",
    "check_pairs",
    "dropped_weight",
    "held_probabilities",
    "pair_probabilities",
    "preparation",
    "twin_registers",
]

Statistics = Literal["thermal", "poissonian", "single"]
"""Law of the number of pairs in a pulse of mean number mu.

- "thermal": all pairs in one temporal mode, ``P(n) = (n + 1) lam**n / (1 + lam)**(n + 2)`` with ``lam = mu / 2``.
- "poissonian": pulses much longer than the coherence of the pairs, which are in modes of their own.
- "single": one pair with probability mu, otherwise none.
"""
_Number = Annotated[float, Ge(0), Lt(math.inf)]
_STATISTICS = ("thermal", "poissonian", "single")

MOST_PAIRS = 3
"""What two registers of two qubits hold, however the photons are spread over them."""


def check_pairs(mean_pairs: float, statistics: Statistics) -> None:
    """Raise `UnknownName` or `InvalidArgument` unless there is such a source."""
    if statistics not in _STATISTICS:
        raise UnknownName.of("pair statistics", str(statistics), _STATISTICS)
    check("mean_pairs", mean_pairs, Probability if statistics == "single" else _Number)


def pair_probabilities(mean_pairs: float, statistics: Statistics) -> tuple[float, ...]:
    """Give the probabilities of 0 to 3 pairs in a pulse.

    >>> pair_probabilities(0.1, "single")
    (0.9, 0.1, 0.0, 0.0)
    """
    check_pairs(mean_pairs, statistics)
    numbers = range(MOST_PAIRS + 1)
    if statistics == "single":
        return (1.0 - mean_pairs, mean_pairs, 0.0, 0.0)
    if statistics == "poissonian":
        return tuple(math.exp(-mean_pairs) * mean_pairs**n / math.factorial(n) for n in numbers)
    squeezed = mean_pairs / (2.0 + mean_pairs)  # tanh**2 of the squeezing
    return tuple((n + 1) * squeezed**n * (1.0 - squeezed) ** 2 for n in numbers)


def held_probabilities(mean_pairs: float, statistics: Statistics) -> tuple[float, ...]:
    """Give the same as the registers hold it: three pairs stand for three or more.

    >>> sum(held_probabilities(0.8, "thermal"))
    1.0
    """
    *below, _ = pair_probabilities(mean_pairs, statistics)
    return (*below, max(0.0, 1.0 - math.fsum(below)))


def dropped_weight(mean_pairs: float, statistics: Statistics) -> float:
    """Give the probability of more than three pairs, which the circuits take for three.

    >>> round(dropped_weight(0.1, "thermal"), 9)
    2.473e-05
    """
    return max(0.0, 1.0 - math.fsum(pair_probabilities(mean_pairs, statistics)))


def twin_registers(mean_pairs: float, statistics: Statistics) -> Any:
    """Give the gate that writes one side's photon numbers into two empty registers of two qubits each.

    Copied to the other side, qubit by qubit, this is the light of the source, without the pairs above three.
    Amplitudes of "poissonian" are right for counting only, since pairs in modes of their own do not interfere.

    >>> twin_registers(0.1, "thermal").num_qubits
    4
    """
    chances = held_probabilities(mean_pairs, statistics)
    weights = np.zeros((4, 4))
    for first, second in product(range(MOST_PAIRS + 1), repeat=2):
        total = first + second
        if total <= MOST_PAIRS:
            ways = math.comb(total, first) / 2**total if statistics == "poissonian" else 1.0 / (total + 1)
            weights[second, first] = chances[total] * ways
    return preparation(np.sqrt(weights.ravel()), "pairs")


def preparation(amplitudes: NDArray[np.float64], label: str) -> Any:
    """Give a gate that turns ``|0..0>`` into the state of these real amplitudes (Householder's reflection)."""
    from qiskit.circuit.library import UnitaryGate

    first = np.zeros_like(amplitudes)
    first[0] = 1.0
    normal = amplitudes / np.linalg.norm(amplitudes) - first
    length = float(normal @ normal)
    reflection = np.eye(amplitudes.size) - (2.0 / length * np.outer(normal, normal) if length else 0.0)
    return UnitaryGate(reflection, label=label)
