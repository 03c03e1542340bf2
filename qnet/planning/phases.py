"""What part of a slot has passed when something happens: attempts begin with slots, so that it decides who waits.

Heralds come at the ends of slots, so whatever happens comes a fixed while after the end of a slot of the link that came
last. For that link the wait until its next attempt is certain. For a link whose slots are of another length, the two
grids drift past each other: it meets all the places that the ratio of their lengths allows, each as often.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from qnet.link import Link
from qnet.planning.plan import Chain
from qnet.planning.recipe import Purify
from qnet.planning.steps import on_devices
from qnet.quantum.pauli import Tensor

__all__ = ["MOST", "START", "Phase", "Phases", "later", "mixed", "reading_s", "settled", "slot_of", "visits", "wait_s"]

_DIGITS = 12
"""Of seconds: the ticks of the simulator."""
MOST = 4
"""No more phases than that are told apart."""
_LEAST = 0.02
"""Rarer ones are not."""
_LONGEST_RATIO = 64


class Phase(NamedTuple):
    """So many seconds have passed since a slot of such a length began."""

    slot_s: float
    since_s: float = 0.0


START = Phase(math.inf)
"""When a network begins, slots of all lengths do."""
Phases = Mapping[Phase, float]
"""The share of each phase."""


def slot_of(link: Link) -> float:
    """Give the length of a link's slots, in seconds, as the clock has it."""
    return round(link.cycle_s, _DIGITS)


def later(phases: Phases, wait_s: float) -> Phases:
    """Give the phases some seconds later."""
    return {_later(phase, wait_s): share for phase, share in phases.items()}


def _later(phase: Phase, wait_s: float) -> Phase:
    since_s = round(math.fmod(phase.since_s + wait_s, phase.slot_s), _DIGITS)
    return Phase(phase.slot_s, 0.0 if since_s >= phase.slot_s else since_s)


def mixed(parts: Sequence[tuple[float, Phases]]) -> Phases:
    """Give the phases of what is one thing or another, each with a weight; they need not add to 1."""
    total: dict[Phase, float] = {}
    for weight, phases in parts:
        for phase, share in phases.items():
            total[phase] = total.get(phase, 0.0) + weight * share
    return total


def wait_s(start_s: float, phase: Phase, slot_s: float) -> float:
    """Give the mean time from now until a link's first slot from `start_s` on begins.

    >>> wait_s(0.5, Phase(3.0, 1.0), 3.0)
    2.0
    >>> wait_s(0.0, Phase(3.0, 0.0), 2.0)
    0.5
    """
    if phase.slot_s in (slot_s, math.inf):
        return math.ceil((start_s + phase.since_s) / slot_s - 1e-6) * slot_s - phase.since_s
    places = _places(phase.slot_s, slot_s)
    if not places:
        return start_s + slot_s / 2.0
    step_s = slot_s / places
    nearest_s = math.ceil((start_s + phase.since_s) / step_s - 1e-6) * step_s - phase.since_s
    return nearest_s + (places - 1) / 2.0 * step_s


@lru_cache(maxsize=1024)
def _places(slot_s: float, other_s: float) -> int:
    """Give in how many places of the other's slots those of one begin; 0 if anywhere."""
    ratio = Fraction(slot_s / other_s).limit_denominator(_LONGEST_RATIO)
    return ratio.denominator if abs(float(ratio) * other_s / slot_s - 1.0) < 1e-9 else 0


def settled(first: Phases, follow: Callable[[Phase], Phases], most: int = MOST) -> tuple[list[Phase], Tensor, Tensor]:
    """Give the phases that occur, the weights of the first ones, and the matrix from one to the next.

    Rare ones are left out; what would have been theirs goes to the others in proportion.
    """
    known = _frequent(first, first)[:most]
    rows: list[Phases] = []
    while len(rows) < len(known):
        rows.append(follow(known[len(rows)]))
        new = [phase for phase in _frequent(rows[-1], first) if phase not in known]
        known += new[: most - len(known)]
    return known, _weights(first, known), np.array([_weights(row, known) for row in rows])


def _frequent(phases: Phases, first: Phases) -> list[Phase]:
    """Give the phases that matter, the most frequent first."""
    least = _LEAST * max(sum(phases.values()), _LEAST * sum(first.values()))
    return sorted((phase for phase, share in phases.items() if share > least), key=lambda one: (-phases[one], one))


def _weights(phases: Phases, known: Sequence[Phase]) -> Tensor:
    weights = np.array([phases.get(phase, 0.0) for phase in known])
    kept, total = float(weights.sum()), math.fsum(phases.values())
    spread: Tensor = weights * (total / kept) if kept else np.full(len(known), total / len(known))
    return spread


def visits(first: Tensor, matrix: Tensor) -> Tensor:
    """Give how often each phase occurs if each is followed by others with the matrix's chances, or by none.

    Where one always follows, these are the shares in the long run.
    """
    size = len(first)
    if np.allclose(matrix.sum(axis=1), 1.0, atol=1e-6):
        equations = np.vstack([matrix.T - np.eye(size), np.ones(size)])
        return np.asarray(np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0], dtype=np.float64)
    return np.asarray(np.linalg.solve(np.eye(size) - matrix.T, first), dtype=np.float64)


def reading_s(chain: Chain, purify: Purify) -> tuple[float, float]:
    """Give how long a purification's circuit takes, and how long it is from there until both ends know both records."""
    first, last = purify.ends
    source, target = chain.devices[first], chain.devices[last]
    busy_s = on_devices(purify.purification, source, target).duration_s
    return busy_s, max(source.measurement_s, target.measurement_s) + chain.delay_s(first, last)
