"""What to declare before the rounds, so that honest ones hardly ever abort: sizes, tolerance, bias of the bases."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.finite.caution import HONEST_DEVIATIONS
from qnet.keys.finite.choice import PulseChannel, expected_counts
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.decoy import DecoySession
from qnet.keys.finite.single import SinglePhotonSession
from qnet.keys.fractions import ERROR_CORRECTION_EFFICIENCY

__all__ = ["ExpectedErrors", "SinglePhotonPlan", "certain_count", "filled_decoy_session", "plan_single_photons"]

_UNFILLED = 1e-6
"""How likely it may be that the rounds do not fill the declared blocks."""
_MOST_ROUNDS = 2**50
_GRID = 40


@dataclass(frozen=True, kw_only=True)
class ExpectedErrors:
    """The error rates that the ends expect in the basis of the key and in that of the test, by model or belief.

    `deviation_z` and `deviation_x` say how well they know them: one standard deviation.
    """

    error_z: float
    error_x: float
    deviation_z: float = 0.0
    deviation_x: float = 0.0

    @property
    def highest(self) -> tuple[float, float]:
        """The highest error rates, in Z and X, that this knowledge leaves likely."""
        known = (self.error_z, self.deviation_z), (self.error_x, self.deviation_x)
        z, x = (min(0.5, rate + HONEST_DEVIATIONS * deviation) for rate, deviation in known)
        return z, x

    def tolerated(self, test_bits: int) -> float:
        """Give an error rate that a sample in X passes only by chance beyond five standard deviations."""
        return _hardly_passed(self.error_x, self.deviation_x, test_bits)

    def key_error(self, key_bits: int) -> float:
        """Give an error rate that a block in Z passes only by chance beyond five standard deviations."""
        return _hardly_passed(self.error_z, self.deviation_z, key_bits)


def _hardly_passed(rate: float, deviation: float, bits: int) -> float:
    """Add five standard deviations, those of what is known and of a sample.

    The sample's variance is counted with one error more: where none is expected, one is still possible.
    """
    spread = math.hypot(deviation, math.sqrt((rate * (1.0 - rate) + 1.0 / bits) / bits))
    return min(0.5, rate + HONEST_DEVIATIONS * spread)


@dataclass(frozen=True, kw_only=True)
class SinglePhotonPlan:
    """A declared session, with how often each side chooses the basis of the key."""

    session: SinglePhotonSession
    key_basis_probability: float
    more_rounds: int | None = 0
    """Rounds that are missing for any key; None if no number of them would do."""

    @property
    def reason(self) -> str | None:
        """Why there will be no key; None where there may be one."""
        if self.session.key_length:
            return None
        if self.more_rounds is None:
            test, key = 100.0 * self.session.tolerated_error, 100.0 * self.session.declared_key_error
            rate = f"{test:.2f} %" if test == key else f"{key:.2f} % in the key and {test:.2f} % in the test"
            return f"a tolerated error rate of {rate} leaves no key, however many the rounds"
        return f"the block is too small for any key: {self.more_rounds:,} more rounds are needed"


def plan_single_photons(
    rounds: int,
    expected: ExpectedErrors,
    *,
    epsilon: EpsilonBudget,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
) -> SinglePhotonPlan:
    """Choose blocks and bases for the longest key that so many detected rounds give all but certainly.

    Args:
        rounds: in which both ends detect something, each in a basis of its own choice.
        expected: error rates; what is tolerated follows from that in X, and what is declared of the key from that in Z.
        epsilon: of the session.
        tolerated_error: above it the session aborts; if given, it is declared of the key as well.
        key_error: the share of wrong bits to declare of the key, whatever is tolerated of the test.
        error_correction_efficiency: f in the declared leak.

    >>> plan = plan_single_photons(100_000, ExpectedErrors(error_z=0.02, error_x=0.02), epsilon=EpsilonBudget())
    >>> plan.session.key_length, round(plan.key_basis_probability, 2), plan.reason
    (19503, 0.75, None)
    >>> plan_single_photons(1_000, ExpectedErrors(error_z=0.02, error_x=0.02), epsilon=EpsilonBudget()).reason
    'the block is too small for any key: 8,259 more rounds are needed'
    """

    def plan(number: int, bias: float) -> SinglePhotonPlan:
        key_bits, test_bits = (max(1, certain_count(number * share * share)) for share in (bias, 1.0 - bias))
        declared = expected.key_error(key_bits) if key_error is None and tolerated_error is None else key_error
        session = SinglePhotonSession(
            key_bits=key_bits,
            test_bits=test_bits,
            tolerated_error=expected.tolerated(test_bits) if tolerated_error is None else tolerated_error,
            key_error=declared,
            error_correction_efficiency=error_correction_efficiency,
            epsilon=epsilon,
        )
        return SinglePhotonPlan(session=session, key_basis_probability=bias)

    def best(number: int) -> SinglePhotonPlan:
        rarest = min(0.25, max(0.01, 10.0 / math.sqrt(number)))
        plans = (plan(number, 1.0 - float(share)) for share in np.geomspace(0.5, rarest, _GRID))
        return max(plans, key=lambda each: each.session.secret_bits)

    chosen = best(max(1, rounds))
    if chosen.session.key_length:
        return chosen
    enough = _smallest(lambda number: bool(best(number).session.key_length), max(1, rounds))
    return replace(chosen, more_rounds=None if enough is None else enough - rounds)


def _smallest(suffices: Callable[[int], bool], too_few: int) -> int | None:
    """Give a number of rounds that suffices, at most 0.1 % above the smallest; None if none does."""
    low, high = too_few, 2 * too_few
    while not suffices(high):
        low, high = high, 4 * high
        if high > _MOST_ROUNDS:
            return None
    while high - low > max(1, high // 1000):
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def certain_count(mean: float) -> int:
    """Give a count that independent chances with this mean reach together but for 5e-7 (Chernoff's bound)."""
    return max(0, math.floor(mean - math.sqrt(2.0 * mean * math.log(2.0 / _UNFILLED))))


def filled_decoy_session(
    channel: PulseChannel,
    *,
    clicks: float,
    intensities: Sequence[float],
    probabilities: Sequence[float],
    key_basis_probability: float,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    epsilon: EpsilonBudget | None = None,
) -> DecoySession:
    """Give a session whose blocks so many clicks fill all but certainly, with the counts to expect in them.

    `clicks` are those of all intensities and both bases. Its counts are means: an honest session falls short of the
    length half of the time. Declare the `cautious_session` of it.

    >>> class Dim:
    ...     def gain(self, intensity): return 0.1 * intensity
    ...     def error_rate(self, intensity): return 0.02
    >>> pulses = dict(intensities=(0.5, 0.1), probabilities=(0.8, 0.2), key_basis_probability=0.9)
    >>> round(filled_decoy_session(Dim(), clicks=1e6, **pulses).counts.block)
    805151
    """
    counts = expected_counts(
        channel, intensities=intensities, probabilities=probabilities, pulses=1.0, key_basis_probability=0.5
    )
    columns = {}
    for name, share in (("key", key_basis_probability), ("test", 1.0 - key_basis_probability)):
        size = max(1, certain_count(clicks * share**2))
        for what in ("clicks", "errors"):
            of_both = getattr(counts, f"key_{what}")  # alike in both bases
            columns[f"{name}_{what}"] = tuple(size * count / counts.block for count in of_both)
    return DecoySession(
        intensities=tuple(intensities),
        probabilities=tuple(probabilities),
        counts=DecoyCounts(**columns),
        error_correction_efficiency=error_correction_efficiency,
        epsilon=epsilon or EpsilonBudget(),
    )
