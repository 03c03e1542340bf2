"""Taking entangled pairs by the block: what a declared session asks for, and faster than one by one."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet import Pair, Request, Session
from qnet.experiment import BatchMeans, DeliveryCounts, Observed, OutcomeCounts
from qnet.keys import ExpectedErrors, SiftedBits, SinglePhotonPlan, certain_count, sift
from qnet_protocols.post_processing import Declared, Rounds

__all__ = ["BASES", "Block", "Readings", "believed", "declared_by", "measured", "rounds_in", "talk_s"]

Z, X = 0.0, 90.0
BASES = (Z, X)
"""Settings of Z and X, by the number of the basis."""
_ROUND_TRIPS = 200
"""Reconciliation and all that is said after the rounds takes no more, or hardly ever."""
_CHUNK = 4096
"""Pairs that are held before they are measured."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Readings:
    """What both ends measured: a row for each end, the source's first; a column for each pair."""

    bases: NDArray[np.uint8]
    bits: NDArray[np.uint8]
    at_s: NDArray[np.float64]
    """When each pair was delivered, s of simulated time."""


def believed(session: Session, number: int, deliveries: DeliveryCounts) -> Generator[Any, Any, ExpectedErrors]:
    """Take some pairs, and give the error rates in Z and X that the ends expect by what they were told of these.

    They end after a tenth of the time that the session has.
    They are measured, which frees the memories of pairs that are kept, and what was found is thrown away.
    """
    z, x = BatchMeans(), BatchMeans()  # the next pair is often much like the last one
    until_s = session.now + session.seconds_left / 10.0
    while z.count < number and session.now <= until_s and (pair := (yield session.next_pair())) is not None:
        deliveries.add(pair.tick)
        z.add(session.expected_difference(pair, Z))
        x.add(session.expected_difference(pair, X))
        session.measure_all([pair], [Z], [Z])
    (error_z, deviation_z), (error_x, deviation_x) = _mean(z), _mean(x)
    return ExpectedErrors(error_z=error_z, error_x=error_x, deviation_z=deviation_z, deviation_x=deviation_x)


def _mean(series: BatchMeans) -> tuple[float, float]:
    """Give the mean of error rates and its standard error, which a single one does not tell."""
    estimate = series.estimate()
    if estimate is not None:
        return estimate.value, estimate.standard_error
    return (0.5 if series.mean is None else series.mean), 0.0


def measured(
    session: Session, number: int, key_basis_probability: float, deliveries: DeliveryCounts, *, keep: bool
) -> Generator[Any, Any, Readings]:
    """Take so many pairs and measure them in Z or X.

    Each end chooses Z with `key_basis_probability`. There are fewer pairs if the session closes first; it stays open
    where they are all that it asked for. Pairs that are kept are measured one by one, any others by the block.
    """
    parts, most = [_read(session, [], key_basis_probability)], 1 if keep else _CHUNK
    while number > 0:
        pairs: list[Pair] = []
        while len(pairs) < min(most, number) and (pair := (yield session.next_pair())) is not None:
            deliveries.add(pair.tick)
            pairs.append(pair)
        number = number - len(pairs) if len(pairs) == min(most, number) else 0
        parts.append(_read(session, pairs, key_basis_probability))
    return Readings(
        bases=np.concatenate([part.bases for part in parts], axis=1),
        bits=np.concatenate([part.bits for part in parts], axis=1),
        at_s=np.concatenate([part.at_s for part in parts]),
    )


def _read(session: Session, pairs: Sequence[Pair], key_basis_probability: float) -> Readings:
    bases = (session.chance.generator.random((2, len(pairs))) >= key_basis_probability).astype(np.uint8)
    at_source, at_target = ([BASES[basis] for basis in row] for row in bases.tolist())
    outcomes = session.measure_all(pairs, at_source, at_target)
    bits = np.array([[o.source_bit for o in outcomes], [o.target_bit for o in outcomes]], np.uint8)
    return Readings(bases=bases, bits=bits, at_s=np.array([pair.delivered_s for pair in pairs]))


def rounds_in(session: Session, request: Request, seen: int) -> float:
    """Give how many more pairs will all but certainly have come when it is time to speak; infinite if time is.

    The rate is the predicted one, unless the `seen` pairs came much more slowly.
    """
    if not seen or math.isinf(session.seconds_left):
        return math.inf if seen else 0
    seconds = session.seconds_left - talk_s(session)
    least = seen / session.now * max(0.0, 1.0 - 5.0 / math.sqrt(seen))
    offer = request.plan
    predicted = None if offer is None or offer.predicted is None else offer.predicted.rate_hz
    rate_hz = predicted if predicted is not None and least <= predicted <= 2.0 * seen / session.now else least
    return certain_count(rate_hz * max(0.0, seconds))


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """The rounds of a declared session."""

    plan: SinglePhotonPlan
    expected: ExpectedErrors
    readings: Readings
    sifted: SiftedBits
    rounds: Rounds
    reason: str | None
    """Why there can be no key of these rounds; None if there can."""

    @classmethod
    def of(cls, plan: SinglePhotonPlan, expected: ExpectedErrors, readings: Readings, session: Session) -> Block:
        """Choose the declared numbers of key and test bits at random, and judge the test bits."""
        bases, bits = readings.bases, readings.bits
        sifted = sift(bases[0], bits[0], bases[1], bits[1])
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
            announced=(np.packbits(bases[0]).tobytes(), np.packbits(bases[1]).tobytes()),
            tested=(test.first, test.second),
            kept=(key.first, key.second),
        )
        return cls(plan=plan, expected=expected, readings=readings, sifted=sifted, rounds=rounds, reason=reason)

    @property
    def declared(self) -> Declared:
        """What `key_from` is to know of the session."""
        return Declared.of(self.plan.session, self.expected.error_z)

    @property
    def outcomes(self) -> OutcomeCounts:
        """Outcomes in equal bases, by their settings."""
        counts = OutcomeCounts()
        for basis, setting in enumerate(BASES):
            bits = self.sifted.in_basis(basis)
            totals = np.bincount(2 * bits.first + bits.second, minlength=4).tolist()
            for both, times in enumerate(totals):
                counts.add(f"{setting:g}", f"{setting:g}", both >> 1, both & 1, times)
        return counts

    @property
    def observed(self) -> Observed:
        """What the ends can compare, bit by bit, once reconciliation has shown which key bits were wrong."""
        return Observed(
            wrong=self.sifted.first != self.sifted.second,
            kinds=self.sifted.bases,
            names=("z", "x"),
            expected=self.expected.highest,
            at_s=self.readings.at_s[self.readings.bases[0] == self.readings.bases[1]],
            key_bits=self.rounds.kept[0].size,
        )


def declared_by(plan: SinglePhotonPlan, expected: ExpectedErrors) -> dict[str, Any]:
    """Give what a plan declares, as results state it."""
    wanted = plan.session
    return {
        "expected_error_z": expected.error_z,
        "expected_error_x": expected.error_x,
        "tolerated_error": wanted.tolerated_error,
        "key_error": wanted.declared_key_error,
        "key_bits": wanted.key_bits,
        "test_bits": wanted.test_bits,
        "error_correction_efficiency": wanted.error_correction_efficiency,
        "key_basis_probability": plan.key_basis_probability,
    }


def talk_s(session: Session) -> float:
    """Give the seconds that are left for all that is said after the rounds."""
    return 2.0 * _ROUND_TRIPS * session.propagation_s
