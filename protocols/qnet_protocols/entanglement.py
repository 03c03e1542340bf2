"""What the protocols on entangled pairs share: take pairs, choose settings, count outcomes."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from qnet import Outcome, Pair, Session
from qnet.experiment import DeliveryCounts, OutcomeCounts, Quantity, StrategyRow

__all__ = [
    "BLOCK_BITS",
    "CUT_SHORT",
    "KEY_BITS",
    "PairCounts",
    "Setting",
    "Taken",
    "collect",
    "count",
    "name_of",
    "row_of",
    "take",
    "time_to",
]

KEY_BITS = 256
BLOCK_BITS = 1e5
CUT_SHORT = "the run ended before the key was made"
_BLOCK = 4096
"""Pairs that are held before they are measured."""
_BELIEFS = 300
"""Pairs by which the ends judge what to expect."""
_ROUND_TRIPS = 200
"""Reconciliation and all that is said after the rounds takes no more, or hardly ever."""

Setting: TypeAlias = float | Literal["y"]
"""A Bloch angle between Z (0) and X (90), in degrees, or "y"."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PairCounts:
    """What was counted on one route, and the facts that turn counts into rates.

    Args:
        deliveries: times and fidelities of the delivered pairs.
        outcomes: bits by pair of settings (as `name_of` names them), in the frame of Phi+; in Y its bits differ.
        stopped_by: "pairs", "sim-time", "events" or "interrupted".
        attempts_hz: attempts per second on the slowest link.
        propagation_s: time a signal takes from end to end.
        untrusted_stations: powered stations between the ends that need no trust.
        epoch: of the hardware.
        believed_fidelity: mean fidelity that the ends expected; differs from the truth under attack.
    """

    deliveries: DeliveryCounts = field(default_factory=DeliveryCounts)
    outcomes: OutcomeCounts = field(default_factory=OutcomeCounts)
    stopped_by: str = ""
    attempts_hz: float
    propagation_s: float
    untrusted_stations: int
    epoch: str
    believed_fidelity: float | None = None

    @property
    def first_pair_s(self) -> float | None:
        """Seconds from the start to the first pair; None if there was none."""
        first = self.deliveries.first_s()
        return None if first is None else first.value


def collect(
    session: Session, choose: Callable[[Session], tuple[Setting, Setting]], *, keep: bool, min_fidelity: float
) -> Generator[Any, Any, PairCounts]:
    """Take pairs until the session closes; `choose` gives the settings of both ends for each."""
    tally = _Tally(session)
    session.request(keep=keep, min_fidelity=min_fidelity)
    while (pair := (yield session.next_pair())) is not None:
        tally.add(pair, session.measure(pair, *choose(session)))
    return tally.counts()


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
        session.wait(max(0.0, session.seconds_left - _talk_s(session))) if session.seconds_left < math.inf else None
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


def _talk_s(session: Session) -> float:
    return 2.0 * _ROUND_TRIPS * session.propagation_s


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


def count(session: Session, pairs: Sequence[Pair], outcomes: Sequence[Outcome]) -> PairCounts:
    """Count pairs and what was measured of them, when the session has closed."""
    tally = _Tally(session)
    for pair, outcome in zip(pairs, outcomes, strict=True):
        tally.add(pair, outcome)
    return tally.counts()


class _Tally:
    """Counts that grow with every measured pair of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deliveries, self._outcomes = DeliveryCounts(), OutcomeCounts()
        self._believed = 0.0

    def add(self, pair: Pair, outcome: Outcome) -> None:
        self._deliveries.add(pair.tick, pair.fidelity())
        self._believed += pair.believed_fidelity()
        settings = name_of(outcome.source_setting), name_of(outcome.target_setting)
        self._outcomes.add(*settings, outcome.source_bit, outcome.target_bit)

    def counts(self) -> PairCounts:
        """Give the sums; the time that counts ends now."""
        session, deliveries = self._session, self._deliveries
        deliveries.stop(session.tick)
        hardware = session.repeater_hardware
        return PairCounts(
            deliveries=deliveries,
            outcomes=self._outcomes,
            stopped_by=session.stopped_by or "",
            attempts_hz=session.attempts_hz,
            propagation_s=session.propagation_s,
            untrusted_stations=session.untrusted_stations,
            epoch="given" if hardware is None else hardware.epoch,
            believed_fidelity=self._believed / deliveries.pairs if deliveries.pairs else None,
        )


def name_of(setting: Setting) -> str:
    """Give the name under which outcomes of a setting are counted: "0" for Z, "90" for X, "y"."""
    return setting if isinstance(setting, str) else f"{setting:g}"


def row_of(counts: PairCounts, name: str, key: Quantity, **figures: Any) -> StrategyRow:
    """Give a key rate and what it rests on as a row of a comparison; `figures` are those of one protocol only."""
    pair_rate = counts.deliveries.rate_hz()
    return StrategyRow(
        name=name,
        epoch=counts.epoch,
        untrusted_stations=counts.untrusted_stations,
        attempts_hz=Quantity.exact(counts.attempts_hz),
        pair_rate_hz=pair_rate,
        fidelity=counts.deliveries.fidelity(),
        key_per_channel_use=key.scaled(1.0 / counts.attempts_hz),
        secret_key_rate_bps=key,
        first_pair_s=counts.deliveries.first_s(),
        time_to_256_bits_s=time_to(KEY_BITS, key, counts.propagation_s),
        time_to_block_s=time_to(BLOCK_BITS, pair_rate, counts.propagation_s),
        pairs=counts.deliveries.pairs,
        stopped_by=counts.stopped_by,
        **figures,
    )


def time_to(bits: float, rate: Quantity | None, propagation_s: float) -> Quantity | None:
    """Give the seconds until so many bits have come at a rate; None at rate zero."""
    if rate is None or not rate.value > 0.0:
        return None
    return rate.mapped(lambda bits_per_s: bits / bits_per_s + propagation_s)
