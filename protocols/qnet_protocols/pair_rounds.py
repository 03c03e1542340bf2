"""Rounds of entangled pairs for keys without a finite-key proof: take them, measure them, say how many are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet import Outcome, Pair, Session
from qnet_protocols.entanglement import Setting
from qnet_protocols.pair_blocks import talk_s

__all__ = ["CUT_SHORT", "Taken", "leak_bound", "missing", "take"]

CUT_SHORT = "the run ended before the key was made"
_BLOCK = 4096
"""Pairs that are held before they are measured."""
_BELIEFS = 300
"""Pairs by which the ends judge what to expect."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Taken:
    """Pairs of a session, what was measured of them, and what the ends expected.

    Args:
        pairs, outcomes: in the order of delivery.
        expected: of each setting that was asked for, the highest probability likely that the bits of both ends differ.
        in_time: whether the session is still open, so that its ends may talk.
    """

    pairs: Sequence[Pair]
    outcomes: Sequence[Outcome]
    expected: Sequence[float]
    in_time: bool

    @property
    def bits(self) -> NDArray[np.uint8]:
        """Bits of source and target, a row for each pair."""
        return np.array([(o.source_bit, o.target_bit) for o in self.outcomes], np.uint8).reshape(-1, 2)

    @property
    def at_s(self) -> NDArray[np.float64]:
        """When each pair was delivered, in seconds of simulated time."""
        return np.array([pair.delivered_s for pair in self.pairs])


def take(
    session: Session,
    choose: Callable[[int], tuple[Sequence[Setting], Sequence[Setting]]],
    settings: Sequence[Setting],
    *,
    keep: bool,
    min_fidelity: float,
) -> Generator[Any, Any, Taken]:
    """Take the pairs that a session is to have, or for which it has time, and measure them; it stays open to talk.

    `choose` gives the settings of both ends for so many pairs. They are measured by the block, since what was delivered
    does not change any more; only pairs that are kept do, and are measured at once. What is expected at `settings`
    follows from what the ends were told of the first pairs.
    """
    pairs: list[Pair] = []
    outcomes: list[Outcome] = []
    beliefs: list[list[float]] = []
    session.request(pairs=session.pair_limit, keep=keep, min_fidelity=min_fidelity)
    time_is_up = (
        session.wait(max(0.0, session.seconds_left - talk_s(session))) if session.seconds_left < math.inf else None
    )
    while len(pairs) < session.pair_limit and (pair := (yield from _next(session, time_is_up))) is not None:
        pairs.append(pair)
        if len(beliefs) < _BELIEFS:
            beliefs.append([session.expected_difference(pair, setting) for setting in settings])
        if keep or len(pairs) - len(outcomes) == _BLOCK:
            outcomes += _measured(session, pairs[len(outcomes) :], choose)
    outcomes += _measured(session, pairs[len(outcomes) :], choose)
    expected = _highest(beliefs) if beliefs else [0.5] * len(settings)
    return Taken(pairs=pairs, outcomes=outcomes, expected=expected, in_time=session.stopped_by is None)


def leak_bound(expected_error: float, bits: int) -> float:
    """Give an error rate that honest bits hardly exceed: three standard deviations above what is expected of so many.

    Four errors more are allowed for: to find that there are none takes some parities, too.
    """
    errors = expected_error * bits
    return min(0.5, (errors + 3.0 * math.sqrt(errors) + 4.0) / max(bits, 1))


def missing(pairs: int, key_length: Callable[[float], int]) -> str:
    """Say how many more pairs give a key, with the `key_length` of so many times as many pairs; or that none do."""
    enough = next((factor for factor in (1.2**power for power in range(1, 120)) if key_length(factor)), None)
    if enough is None:
        return "a longer run would not help"
    return f"about {math.ceil(pairs * (enough - 1.0)):,} more pairs are needed"


def _next(session: Session, time_is_up: Any) -> Generator[Any, Any, Pair | None]:
    """Wait for a pair; None if no more will come, or time is up."""
    arrival = session.next_pair()
    yield arrival if time_is_up is None else arrival | time_is_up
    return arrival.value if arrival.triggered else None


def _highest(beliefs: Sequence[Sequence[float]]) -> list[float]:
    """Give the mean of each column and five of its standard errors, as a probability."""
    columns = np.array(beliefs)
    highest = columns.mean(axis=0) + 5.0 * columns.std(axis=0) / math.sqrt(len(columns))
    return [min(max(float(value), 0.0), 1.0) for value in highest]


def _measured(session: Session, pairs: Sequence[Pair], choose: Any) -> list[Outcome]:
    return session.measure_all(pairs, *choose(len(pairs))) if pairs else []
