"""What the protocols on entangled pairs share: take pairs, choose settings, count outcomes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from qnet import Outcome, Pair, Session
from qnet.experiment import DeliveryCounts, OutcomeCounts, Quantity, StrategyRow

__all__ = [
    "BLOCK_BITS",
    "KEY_BITS",
    "PairCounts",
    "Setting",
    "collect",
    "count",
    "counts_of",
    "name_of",
    "row_of",
    "time_to",
]

KEY_BITS = 256
BLOCK_BITS = 1e5

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
        deliveries = self._deliveries
        deliveries.stop(self._session.tick)
        believed = self._believed / deliveries.pairs if deliveries.pairs else None
        return counts_of(self._session, deliveries, self._outcomes, believed)


def counts_of(
    session: Session, deliveries: DeliveryCounts, outcomes: OutcomeCounts, believed_fidelity: float | None = None
) -> PairCounts:
    """Give counts with the facts of a session that turn them into rates."""
    hardware = session.repeater_hardware
    return PairCounts(
        deliveries=deliveries,
        outcomes=outcomes,
        stopped_by=session.stopped_by or "",
        attempts_hz=session.attempts_hz,
        propagation_s=session.propagation_s,
        untrusted_stations=session.untrusted_stations,
        epoch="given" if hardware is None else hardware.epoch,
        believed_fidelity=believed_fidelity,
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
