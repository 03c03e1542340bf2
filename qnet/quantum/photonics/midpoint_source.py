"""Midpoint source: entangled photon pairs from the middle of a span, and at each end a memory that takes one in.

The scheme of Jones et al., NJP 18, 083015 (2016), arXiv 1505.01536: both memories announce what they have taken in, and
a pair is there when both have. A memory takes in one photon of those that it couples to, each of them being equally
likely; the others are lost. Two pairs in a pulse may therefore leave two memories that know nothing of each other.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.fields import Probability, check
from qnet.quantum.operations import Assignment, Operation
from qnet.quantum.photonics.arms import IDEAL, PHI_PLUS
from qnet.quantum.photonics.herald import Herald
from qnet.quantum.photonics.modes import channel, loss, phase_flip
from qnet.quantum.photonics.pairs import (
    MOST_PAIRS,
    Statistics,
    check_pairs,
    dropped_weight,
    held_probabilities,
    preparation,
    twin_registers,
)

__all__ = ["midpoint_source", "midpoint_source_operation"]

_BOTH = 3  # the record, if both announce

_EMPTY = 7  # in three qubits, that nothing has been taken in; below are the numbers of photons left behind
_LEFT_BEHIND = [(early, total - early) for total in range(MOST_PAIRS) for early in range(total + 1)]


@lru_cache(maxsize=1024)
def midpoint_source(
    *,
    mean_pairs: float,
    statistics: Statistics,
    efficiency_a: float,
    efficiency_b: float,
    latch_probability_a: float,
    latch_probability_b: float,
    false_latch_probability: float = 0.0,
    visibility: float = 1.0,
) -> Herald:
    """Compute what one pulse of the source gives, from the circuit of `midpoint_source_operation`.

    Args:
        mean_pairs: mean number of pairs in a pulse; with "single", the probability of the pair.
        statistics: "thermal", "poissonian" or "single", see `pairs.Statistics`.
        efficiency_a, efficiency_b: probability that a photon is collected from the source, passes the fibre of that
            side and enters the receiver of the memory.
        latch_probability_a, latch_probability_b: that a photon which has arrived is taken into the memory and
            announced.
        false_latch_probability: that a memory announces although it has taken in nothing. It is then fully mixed.
        visibility: share of the coherence between a pair's two alternatives, early or late, that the source makes.

    Returns:
        The probability that both announce; the state, of which Phi+ (label 0) is the ideal; and the probability of
        more than three pairs, which the circuit takes for three.

    >>> arms = {"efficiency_a": 0.1, "efficiency_b": 0.1, "latch_probability_a": 0.5, "latch_probability_b": 0.5}
    >>> herald = midpoint_source(mean_pairs=0.05, statistics="single", visibility=0.9, **arms)
    >>> round(herald.success_probability, 12), round(herald.fidelity, 12)
    (0.000125, 0.95)
    """
    operation = midpoint_source_operation(
        mean_pairs=mean_pairs,
        statistics=statistics,
        efficiency_a=efficiency_a,
        efficiency_b=efficiency_b,
        latch_probability_a=latch_probability_a,
        latch_probability_b=latch_probability_b,
        false_latch_probability=false_latch_probability,
        visibility=visibility,
    )
    heralded = operation.instrument.tensor[_BOTH]
    return Herald.of((PHI_PLUS, heralded), dropped_weight=dropped_weight(mean_pairs, statistics))


def midpoint_source_operation(
    *,
    mean_pairs: float,
    statistics: Statistics,
    efficiency_a: float,
    efficiency_b: float,
    latch_probability_a: float,
    latch_probability_b: float,
    false_latch_probability: float = 0.0,
    visibility: float = 1.0,
) -> Operation:
    """Build the circuit of one pulse; arguments as in `midpoint_source`.

    No inputs; the outputs are the two memories. The record is 1 if A announces, plus 2 if B does.
    """
    check_pairs(mean_pairs, statistics)
    for name, value in (
        ("efficiency_a", efficiency_a),
        ("efficiency_b", efficiency_b),
        ("latch_probability_a", latch_probability_a),
        ("latch_probability_b", latch_probability_b),
        ("false_latch_probability", false_latch_probability),
        ("visibility", visibility),
    ):
        check(name, value, Probability)
    # a photon that arrives and is not taken in is as good as lost on the way
    taken = (efficiency_a * latch_probability_a, efficiency_b * latch_probability_b)
    if statistics == "poissonian":
        circuit, outputs = _pairs_in_modes_of_their_own(mean_pairs, taken, visibility), (0, 3)
        announced = tuple(_announcement((bit, bit + 1), (0,), false_latch_probability) for bit in (0, 2))
    else:
        circuit, outputs = _pairs_in_one_mode(mean_pairs, statistics, taken, visibility), (0, 4)
        announced = tuple(_announcement(range(b, b + 3), (_EMPTY,), false_latch_probability) for b in (0, 3))
    return Operation(circuit, outputs=outputs, noise=IDEAL, assignments=announced)


def _pairs_in_one_mode(mean_pairs: float, statistics: Statistics, taken: tuple[float, float], visibility: float) -> Any:
    """Draw both modes of each side as registers; a memory is the first qubit of what its side's registers become."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    names = ("early_A", "late_A", "early_B", "late_B")
    bits = (ClassicalRegister(3, "left_A"), ClassicalRegister(3, "left_B"))
    circuit = QuantumCircuit(*(QuantumRegister(2, name) for name in names), *bits, name="midpoint_source")
    side_a, side_b = range(4), range(4, 8)
    circuit.append(twin_registers(mean_pairs, statistics), side_a)
    circuit.cx(side_a, side_b)
    if visibility < 1.0:
        circuit.append(phase_flip((1.0 - visibility) / 2.0), [2])  # of each late pair: odd numbers change their sign
    for side, efficiency in zip((side_a, side_b), taken, strict=True):
        for mode in (side[:2], side[2:]):
            circuit.append(loss(efficiency, qubits=2), mode)
        circuit.append(channel(_take_one(), "take one"), side)
    circuit.measure([*side_a[1:], *side_b[1:]], range(6))
    return circuit


def _take_one() -> list[NDArray[np.float64]]:
    """Take one photon out of two modes, early into |0> and late into |1>: ``K = (|0> a + |1> b) / sqrt(a'a + b'b)``.

    The memory is the first qubit afterwards, and the three others tell what was left behind. Where there is nothing,
    or more than is kept count of, nothing is taken, and the memory is fully mixed.
    """
    taking = np.zeros((16, 16))
    operators = [taking]
    for early in range(4):
        for late in range(4):
            column, total = early + 4 * late, early + late
            if 1 <= total <= MOST_PAIRS:
                for memory, (count, rest) in enumerate([(early, (early - 1, late)), (late, (early, late - 1))]):
                    if count:
                        taking[memory + 2 * _LEFT_BEHIND.index(rest), column] = math.sqrt(count / total)
                continue
            for memory in range(2):
                nothing = np.zeros((16, 16))
                nothing[memory + 2 * _EMPTY, column] = math.sqrt(0.5)
                operators.append(nothing)
    return operators


def _pairs_in_modes_of_their_own(mean_pairs: float, taken: tuple[float, float], visibility: float) -> Any:
    """Draw the memories as if they always took from one pair, and count pairs: the others are alike, but unrelated."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    sides = [
        QuantumRegister(size, name) for side in "AB" for size, name in ((1, f"memory_{side}"), (2, f"pairs_{side}"))
    ]
    bits = (ClassicalRegister(2, "taken_A"), ClassicalRegister(2, "taken_B"))
    circuit = QuantumCircuit(*sides, *bits, name="midpoint_source")
    memory_a, count_a, memory_b, count_b = 0, (1, 2), 3, (4, 5)
    circuit.append(preparation(np.sqrt(held_probabilities(mean_pairs, "poissonian")), "pairs"), count_a)
    circuit.cx(count_a, count_b)
    circuit.h(memory_a)
    circuit.cx(memory_a, memory_b)
    if visibility < 1.0:
        circuit.append(phase_flip((1.0 - visibility) / 2.0), [memory_a])
    # whatever is lost, A's photon is of any of n pairs with equal chance, and so is B's
    circuit.append(channel(_mixing([0.0, 0.0, 1 / 2, 2 / 3]), "other pair"), [memory_b, *count_b])
    for memory, count, efficiency in zip((memory_a, memory_b), (count_a, count_b), taken, strict=True):
        circuit.append(loss(efficiency, qubits=2), count)
        circuit.append(channel(_mixing([1.0, 0.0, 0.0, 0.0]), "if none"), [memory, *count])
    circuit.measure([*count_a, *count_b], range(4))
    return circuit


def _mixing(probabilities: list[float]) -> list[NDArray[np.float64]]:
    """Replace the first qubit by a fully mixed one, with a probability that the number in the next two decides."""
    keep = np.diag(np.repeat(np.sqrt(1.0 - np.array(probabilities)), 2))
    operators = [keep]
    for number, probability in enumerate(probabilities):
        for old in range(2):
            for new in range(2):
                replace = np.zeros((8, 8))
                replace[new + 2 * number, old + 2 * number] = math.sqrt(probability / 2.0)
                operators.append(replace)
    return [operator for operator in operators if operator.any()]


def _announcement(bits: Any, nothing: tuple[int, ...], false_latch_probability: float) -> Assignment:
    """Announce every number in these bits, low bit first, but those that stand for nothing: these only by mistake."""
    chances = [false_latch_probability if n in nothing else 1.0 for n in range(2 ** len(bits))]
    weights = tuple((bit, 2**place) for place, bit in enumerate(bits))
    return Assignment(weights, (tuple(1.0 - chance for chance in chances), tuple(chances)))
