"""Declaring a decoy-state session before its pulses: intensities and their shares, bias of the bases, sizes, length."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from qnet import InvalidArgument
from qnet.bounds import ThresholdReceiver
from qnet.keys import (
    DecoySession,
    EpsilonBudget,
    LinearDecoyBound,
    cautious_session,
    filled_decoy_session,
    linear_decoy_bound,
)
from qnet_protocols.decoy_choice import ANYTHING, Pulses, PulseWish

__all__ = ["DecoyPlan", "plan_decoys"]

_MOST_CLICKS = 2**50


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


def plan_decoys(
    receiver: ThresholdReceiver,
    clicks: int,
    *,
    epsilon: EpsilonBudget,
    error_correction_efficiency: float,
    decoys: int = 2,
    tolerated_error: float | None = None,
    pulses: Pulses | None = None,
    wish: PulseWish = ANYTHING,
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
        wish: what is given of it otherwise; the rest suits the channel best.

    >>> receiver = ThresholdReceiver(transmission=0.01, dark_count_probability=1e-7, misalignment=0.01)
    >>> given = dict(epsilon=EpsilonBudget(), error_correction_efficiency=1.16)
    >>> plan = plan_decoys(receiver, 1_000_000, **given)
    >>> plan.key_bits < 1_000_000, plan.session.key_length > 150_000
    (True, True)
    >>> plan_decoys(receiver, 1_000, **given).reason[:33]
    'the block is too small for any ke'
    """
    given = pulses.intensities if pulses else wish.intensities
    worst = receiver if tolerated_error is None else _with_error(receiver, tolerated_error, given)
    budget = error_correction_efficiency, epsilon

    def plan(number: int, chosen: Pulses) -> DecoyPlan:
        return _declared(receiver, worst, chosen, number, epsilon, error_correction_efficiency)

    def best(number: int) -> Pulses:
        return pulses or wish.best(receiver, number, decoys, *budget)

    first = plan(clicks, best(clicks))
    if first.reason is None:
        return first
    if (first.expected.asymptotic_fraction or 0.0) <= 0.0:
        return replace(first, more_clicks=None)
    enough = _enough(plan, first.pulses, clicks)
    if enough is None or pulses:
        return replace(first, more_clicks=None if enough is None else enough - clicks)
    for part in (4, 2, 2, 2):  # what suits a smaller block needs less
        enough = min(enough, _enough(plan, best(enough // part), max(clicks, enough // 64)) or enough)
    while plan(enough, best(enough)).reason is not None:
        enough += enough // 5
    return replace(first, more_clicks=enough - clicks)


def _enough(plan: Callable[[int, Pulses], DecoyPlan], pulses: Pulses, clicks: int) -> int | None:
    """Give a number of clicks that makes a key of these pulses, hardly more than the least; None if none does."""
    enough = max(1, clicks)
    while plan(enough := 4 * enough, pulses).reason is not None:
        if enough >= _MOST_CLICKS:
            return None
    low, high = enough // 4, enough
    while high > 1.05 * low:
        middle = math.isqrt(low * high)
        low, high = (low, middle) if plan(middle, pulses).reason is None else (middle, high)
    return high


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


def _with_error(receiver: ThresholdReceiver, error: float, intensities: tuple[float, ...] | None) -> ThresholdReceiver:
    """Give a channel that is worse by its misalignment, so that signals show this error rate."""
    from scipy.optimize import brentq

    intensity = intensities[0] if intensities else 0.5

    def excess(misalignment: float) -> float:
        return replace(receiver, misalignment=misalignment).error_rate(intensity) - error

    if excess(0.0) >= 0.0 or excess(0.5) <= 0.0:
        least = error + excess(0.0)
        raise InvalidArgument.of("tolerated_error", f"be above {least:.3g}, that of dark counts, and below 0.5", error)
    return replace(receiver, misalignment=float(brentq(excess, 0.0, 0.5, xtol=1e-12)))
