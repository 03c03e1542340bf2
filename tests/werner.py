"""Chains of Werner links and their closed forms, derived here and not taken from qnet.

A Werner pair of fidelity F is w Phi+ + (1 - w) I/4 with w = (4F - 1) / 3. Swapping multiplies the w. Both error rates
are (1 - w) / 2, every correlator is w times that of Phi+, and so is S. Links that restart together, once per delivered
pair, deliver once in E[max of n geometric waits] slots.
"""

import math
from fractions import Fraction

from zscores import record_z

from qnet import Link, Network
from qnet.quantum import State

SLOT_S = 1e-4
AT_ONCE = {"classical_delay": "zero", "restart": "per-pair"}
"""No waiting for messages, and the whole chain starts anew after each pair: what the closed forms speak of."""


def link(fidelity: float = 1.0, probability: float = 1.0, label: int = 0, slot_s: float = SLOT_S) -> Link:
    """A link whose pairs are Werner states around the Bell state of a label, which its herald names."""
    weights = [(1 - fidelity) / 3] * 4
    weights[label] = fidelity
    return Link.from_numbers(probability, slot_s, State.bell_diagonal(weights), label=label)


def chain(hops: int, fidelity: float = 1.0, probability: float = 1.0, **hardware: object) -> Network:
    return Network.chain([10.0] * hops, link=link(fidelity, probability), **hardware)


def w_of(fidelity: float, hops: int = 1) -> float:
    return ((4 * fidelity - 1) / 3) ** hops


def qber_of(fidelity: float, hops: int = 1) -> float:
    return (1 - w_of(fidelity, hops)) / 2


def entropy(p: float) -> float:
    return 0.0 if p in (0, 1) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def mean_longest_wait(hops: int, probability: float) -> float:
    """E[max] of geometric waits, by inclusion and exclusion in exact fractions."""
    q = 1 - Fraction(probability).limit_denominator(10**6)
    return float(sum((-1) ** (k + 1) * math.comb(hops, k) / (1 - q**k) for k in range(1, hops + 1)))


def agrees(successes: int, trials: int, probability: float, what: str = "share") -> bool:
    """Whether a count lies within 4 standard errors of what is expected."""
    if trials == 0:
        return False
    error = math.sqrt(probability * (1 - probability) / trials)
    return abs(record_z(what, successes / trials, error, probability)) <= 4


def half_width(quantity) -> float:
    """One standard error, from a 95 % interval."""
    return (quantity.high - quantity.low) / (2 * 1.96)


def near(quantity, expected: float, largest_share: float = math.inf, what: str = "value") -> bool:
    """Whether a quantity lies within 4 of its standard errors, themselves at most so large a share of it."""
    error = half_width(quantity)
    return error <= largest_share * expected and abs(record_z(what, quantity.value, error, expected)) <= 4
