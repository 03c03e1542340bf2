"""Declaring a decoy-state session before its pulses: intensities and their shares, bias of the bases, sizes, length."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from qnet import InvalidArgument
from qnet.bounds import ThresholdReceiver, optimal_vacuum_weak
from qnet.keys import (
    DecoyCounts,
    DecoySession,
    EpsilonBudget,
    LinearDecoyBound,
    cautious_session,
    filled_decoy_session,
    linear_decoy_bound,
    optimal_decoy_session,
)

__all__ = ["DecoyPlan", "Pulses", "mean_gain", "plan_decoys"]

_MOST_CLICKS = 2**50
_ENDLESS = 1e8
"""Clicks for which intensities are chosen where fewer give no key."""
_THREE = 0.2, 0.08, 0.0
"""Three decoys: were they fainter or closer together, bounds would hardly tighten, and rest on few clicks."""


@dataclass(frozen=True, kw_only=True)
class Pulses:
    """What the source chooses from, and how often.

    Args:
        intensities: mean photon numbers, brightest first: the signal, then one, two or three decoys.
        probabilities: how often each is sent.
        z_probability: how often each end chooses Z, the basis of the key.
    """

    intensities: tuple[float, ...]
    probabilities: tuple[float, ...]
    z_probability: float

    def __post_init__(self) -> None:
        nothing = (0.0,) * len(self.intensities)
        counts = DecoyCounts(key_clicks=nothing, key_errors=nothing, test_clicks=nothing, test_errors=nothing)
        DecoySession(intensities=self.intensities, probabilities=self.probabilities, counts=counts)  # checks both
        if not 0.0 < self.z_probability < 1.0:
            raise InvalidArgument.of("z_probability", "be above 0 and below 1", self.z_probability)


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoyPlan:
    """A declared decoy-state session.

    Args:
        pulses: what is sent.
        expected: the session that an honest channel should show, on average.
        session: the declared one; the same without a finite-key length.
        bound: of single photons, for endless runs.
        more_clicks: clicks that are missing for any key; None if no number of them would do.
    """

    pulses: Pulses
    expected: DecoySession
    session: DecoySession
    bound: LinearDecoyBound
    more_clicks: int | None = 0

    @property
    def key_bits(self) -> int:
        """Bits of the block that the key is made of."""
        return round(self.session.counts.block)

    @property
    def test_bits(self) -> int:
        """Bits that are compared in the other basis."""
        return round(sum(self.session.counts.test_clicks))

    @property
    def finite(self) -> bool:
        """Whether there is a finite-key length for this number of intensities."""
        return self.session.key_length is not None

    @property
    def reason(self) -> str | None:
        """Why there will be no key; None where there may be one."""
        if not self.finite or self.session.key_length:
            return None
        if self.more_clicks is None:
            return "this channel leaves no key, however many the clicks"
        return f"the block is too small for any key: about {self.more_clicks:,} more clicks are needed"


_ANY = {
    1: Pulses(intensities=(0.5, 0.1), probabilities=(0.6, 0.4), z_probability=0.9),
    2: Pulses(intensities=(0.5, 0.1, 0.0), probabilities=(0.6, 0.3, 0.1), z_probability=0.9),
}


def plan_decoys(
    receiver: ThresholdReceiver,
    clicks: int,
    *,
    epsilon: EpsilonBudget,
    error_correction_efficiency: float,
    decoys: int = 2,
    tolerated_error: float | None = None,
    pulses: Pulses | None = None,
) -> DecoyPlan:
    """Choose what to send and declare a session that so many clicks fill all but certainly.

    Args:
        receiver: the channel as it should be.
        clicks: of all intensities and bases.
        epsilon: of the session.
        error_correction_efficiency: f in the declared leak.
        decoys: 1, 2 or 3; 3 have no finite-key length.
        tolerated_error: error rate of signals on the worst channel that is to make a key; by default that expected.
        pulses: what is sent, in place of the best.

    >>> receiver = ThresholdReceiver(transmission=0.01, dark_count_probability=1e-7, misalignment=0.01)
    >>> given = dict(epsilon=EpsilonBudget(), error_correction_efficiency=1.16)
    >>> plan = plan_decoys(receiver, 1_000_000, **given)
    >>> plan.key_bits < 1_000_000, plan.session.key_length > 150_000
    (True, True)
    >>> plan_decoys(receiver, 1_000, **given).reason[:33]
    'the block is too small for any ke'
    """
    worst = receiver if tolerated_error is None else _with_error(receiver, tolerated_error, pulses)

    def plan(number: int) -> DecoyPlan:
        chosen = pulses or _best_pulses(receiver, number, decoys, epsilon, error_correction_efficiency)
        return _declared(receiver, worst, chosen, number, epsilon, error_correction_efficiency)

    first = plan(clicks)
    if first.reason is None:
        return first
    if (first.expected.asymptotic_fraction or 0.0) <= 0.0:
        return replace(first, more_clicks=None)
    enough = max(1, clicks)
    while enough < _MOST_CLICKS and plan(enough := 4 * enough).reason is not None:
        pass
    if enough >= _MOST_CLICKS:
        return replace(first, more_clicks=None)
    low, high = enough // 4, enough
    while high > 1.05 * low:
        middle = math.isqrt(low * high)
        low, high = (low, middle) if plan(middle).reason is None else (middle, high)
    return replace(first, more_clicks=high - clicks)


def mean_gain(receiver: ThresholdReceiver, pulses: Pulses) -> float:
    """Give the clicks to expect per pulse, over all intensities."""
    return sum(p * receiver.gain(k) for p, k in zip(pulses.probabilities, pulses.intensities, strict=True))


def _declared(
    receiver: ThresholdReceiver,
    worst: ThresholdReceiver,
    pulses: Pulses,
    clicks: int,
    epsilon: EpsilonBudget,
    error_correction_efficiency: float,
) -> DecoyPlan:
    """Fix the sizes of both blocks, and the counts on which the length rests."""
    expected, tolerated = (
        filled_decoy_session(
            channel,
            clicks=clicks,
            intensities=pulses.intensities,
            probabilities=pulses.probabilities,
            key_basis_probability=pulses.z_probability,
            error_correction_efficiency=error_correction_efficiency,
            epsilon=epsilon,
        )
        for channel in (receiver, worst)
    )
    test_bits = round(sum(expected.counts.test_clicks))
    return DecoyPlan(
        pulses=pulses,
        expected=expected,
        session=cautious_session(tolerated),
        bound=linear_decoy_bound(pulses.intensities, receiver, clicks=float(test_bits)),
    )


def _best_pulses(
    receiver: ThresholdReceiver, clicks: int, decoys: int, epsilon: EpsilonBudget, error_correction_efficiency: float
) -> Pulses:
    """Choose for the longest key of a block of this size, or of a large one if this one gives none."""
    if decoys not in (1, 2, 3):
        raise InvalidArgument.of("decoys", "be 1, 2 or 3", decoys)
    if decoys == 3:
        signal, _ = optimal_vacuum_weak(receiver, error_correction_efficiency=error_correction_efficiency)
        return Pulses(intensities=(max(signal, 0.3), *_THREE), probabilities=(0.4, 0.3, 0.2, 0.1), z_probability=0.75)
    settings: dict[str, Any] = {
        "decoys": decoys,
        "error_correction_efficiency": error_correction_efficiency,
        "epsilon": epsilon,
    }
    for block in (0.7 * clicks, _ENDLESS):
        try:
            choice = optimal_decoy_session(receiver, key_clicks=max(block, 1.0), **settings)
        except InvalidArgument:
            continue
        session = choice.session
        return Pulses(
            intensities=session.intensities,
            probabilities=session.probabilities,
            z_probability=choice.key_basis_probability,
        )
    return _ANY[decoys]  # no choice makes a key


def _with_error(receiver: ThresholdReceiver, error: float, pulses: Pulses | None) -> ThresholdReceiver:
    """Give a channel that is worse by its misalignment, so that signals show this error rate."""
    from scipy.optimize import brentq

    intensity = pulses.intensities[0] if pulses else 0.5

    def excess(misalignment: float) -> float:
        return replace(receiver, misalignment=misalignment).error_rate(intensity) - error

    if excess(0.0) >= 0.0 or excess(0.5) <= 0.0:
        least = error + excess(0.0)
        raise InvalidArgument.of("tolerated_error", f"be above {least:.3g}, that of dark counts, and below 0.5", error)
    return replace(receiver, misalignment=float(brentq(excess, 0.0, 0.5, xtol=1e-12)))
