"""Taking entangled pairs by the block: what a declared session asks for, and faster than one by one."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet import Pair, Request, Session
from qnet.experiment import DeliveryCounts, OutcomeCounts
from qnet.keys import SiftedBits, sift
from qnet_protocols.declaration import Expected, Plan, certain
from qnet_protocols.entanglement import PairCounts
from qnet_protocols.post_processing import Declared, Rounds

__all__ = ["BASES", "ROUND_TRIPS", "Block", "Columns", "believed", "counts_of", "measured", "rounds_in"]

Z, X = 0.0, 90.0
BASES = (Z, X)
"""Settings of Z and X, by the number of the basis."""
ROUND_TRIPS = 200
"""Reconciliation and all that is said after the rounds takes no more, or hardly ever."""
_CHUNK = 4096
"""Pairs that are held before they are measured."""

Columns = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def believed(session: Session, number: int, deliveries: DeliveryCounts) -> Generator[Any, Any, Expected]:
    """Take some pairs, and give the error rates in Z and X that the ends expect by what they were told of these.

    They are measured, which frees the memories of pairs that are kept, and what was found is thrown away.
    """
    errors: list[list[float]] = []
    while len(errors) < number and (pair := (yield session.next_pair())) is not None:
        deliveries.add(pair.tick)
        errors.append([session.expected_difference(pair, setting) for setting in BASES])
        session.measure_all([pair], [Z], [Z])
    if not errors:
        return Expected(error_z=0.5, error_x=0.5)
    means, spreads = np.mean(errors, axis=0), np.std(errors, axis=0) / math.sqrt(len(errors))
    return Expected(
        error_z=float(means[0]),
        error_x=float(means[1]),
        deviation_z=float(spreads[0]),
        deviation_x=float(spreads[1]),
    )


def measured(
    session: Session, number: int, key_basis_probability: float, deliveries: DeliveryCounts, *, keep: bool
) -> Generator[Any, Any, Columns]:
    """Take so many pairs and measure them in Z or X: bases and bits of the source, then those of the target.

    Each end chooses Z with `key_basis_probability`. There are fewer pairs if the session closes first; it stays open
    where they are all that it asked for. Pairs that are kept are measured one by one, any others by the block.
    """
    columns, most = [_nothing()], 1 if keep else _CHUNK
    while number > 0:
        pairs: list[Pair] = []
        while len(pairs) < min(most, number) and (pair := (yield session.next_pair())) is not None:
            deliveries.add(pair.tick)
            pairs.append(pair)
        number = number - len(pairs) if len(pairs) == min(most, number) else 0
        columns.append(_read(session, pairs, key_basis_probability))
    a, b, c, d = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return a, b, c, d


def _read(session: Session, pairs: Sequence[Pair], key_basis_probability: float) -> Columns:
    bases = (session.chance.generator.random((2, len(pairs))) >= key_basis_probability).astype(np.uint8)
    at_source, at_target = ([BASES[basis] for basis in row] for row in bases.tolist())
    outcomes = session.measure_all(pairs, at_source, at_target)
    bits = np.array([(o.source_bit, o.target_bit) for o in outcomes], np.uint8).reshape(-1, 2)
    return bases[0], bits[:, 0], bases[1], bits[:, 1]


def rounds_in(session: Session, request: Request, seen: int) -> float:
    """Give how many more pairs will all but certainly have come when it is time to speak; infinite if time is.

    The rate is the predicted one, unless the `seen` pairs came much more slowly.
    """
    if not seen or math.isinf(session.seconds_left):
        return math.inf if seen else 0
    seconds = session.seconds_left - 2.0 * ROUND_TRIPS * session.propagation_s
    least = seen / session.now * max(0.0, 1.0 - 5.0 / math.sqrt(seen))
    offer = request.plan
    predicted = None if offer is None or offer.predicted is None else offer.predicted.rate_hz
    rate_hz = predicted if predicted is not None and least <= predicted <= 2.0 * seen / session.now else least
    return certain(rate_hz * max(0.0, seconds))


def _count(columns: Columns) -> tuple[SiftedBits, OutcomeCounts]:
    """Sift, and count the outcomes in equal bases by their settings."""
    sifted, outcomes = sift(*columns), OutcomeCounts()
    for number, setting in enumerate(BASES):
        bits = sifted.in_basis(number)
        totals = np.bincount(2 * bits.first + bits.second, minlength=4).tolist()
        for both, times in enumerate(totals):
            outcomes.add(f"{setting:g}", f"{setting:g}", both >> 1, both & 1, times)
    return sifted, outcomes


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """The rounds of a declared session."""

    plan: Plan
    expected: Expected
    sifted: SiftedBits
    outcomes: OutcomeCounts
    rounds: Rounds
    reason: str | None
    """Why there can be no key of these rounds; None if there can."""

    @classmethod
    def of(cls, plan: Plan, expected: Expected, columns: Columns, session: Session) -> Block:
        """Choose the declared numbers of key and test bits at random, and judge the test bits."""
        sifted, outcomes = _count(columns)
        z, x, wanted = sifted.in_basis(0), sifted.in_basis(1), plan.session
        generator = session.chance.generator
        key, _ = z.split(min(len(z), wanted.key_bits), generator)
        test, _ = x.split(min(len(x), wanted.test_bits), generator)
        reason = plan.reason
        if reason is None and (len(key) < wanted.key_bits or len(test) < wanted.test_bits):
            reason = f"{len(z)} and {len(x)} bits do not fill the blocks of {wanted.key_bits} and {wanted.test_bits}"
        if reason is None:
            reason = wanted.reason_to_abort(test_errors=test.errors)
        rounds = Rounds(
            announced=(np.packbits(columns[0]).tobytes(), np.packbits(columns[2]).tobytes()),
            tested=(test.first, test.second),
            kept=(key.first, key.second),
        )
        return cls(plan=plan, expected=expected, sifted=sifted, outcomes=outcomes, rounds=rounds, reason=reason)

    @property
    def declared(self) -> Declared:
        """What `key_from` is to know of the session."""
        return Declared.of(self.plan.session, self.expected.error_z)


def counts_of(session: Session, deliveries: DeliveryCounts, outcomes: OutcomeCounts) -> PairCounts:
    """Give counts with the facts that turn them into rates."""
    hardware = session.repeater_hardware
    return PairCounts(
        deliveries=deliveries,
        outcomes=outcomes,
        stopped_by=session.stopped_by or "",
        attempts_hz=session.attempts_hz,
        propagation_s=session.propagation_s,
        untrusted_stations=session.untrusted_stations,
        epoch="given" if hardware is None else hardware.epoch,
    )


def _nothing() -> Columns:
    empty = np.zeros(0, np.uint8)
    return empty, empty, empty, empty
