"""How long a key one session of finite length makes, declared for the rates that a simulation showed.

Pairs: `SinglePhotonSession` (Tomamichel, Lim, Gisin and Renner, Nat. Commun. 3, 634 (2012), arXiv:1103.4130) with the
error rate in X tolerated and that in Z corrected. Pulses: `DecoySession` (Lim, Curty, Walenta, Xu and Zbinden, Phys.
Rev. A 89, 022307 (2014), arXiv:1311.7129) over a channel with the gain, background and error rate that were seen. The
hops of a trusted chain share the epsilon from end to end, and the shortest key of a hop is that of the chain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from qnet.bounds import ThresholdReceiver
from qnet.errors import InvalidArgument
from qnet.experiment import Quantity, StrategyRow, binomial_interval
from qnet.keys import (
    ERROR_CORRECTION_EFFICIENCY,
    DecoyChoice,
    DecoySession,
    EpsilonBudget,
    SinglePhotonSession,
    binary_entropy,
    expected_counts,
    optimal_decoy_session,
)
from qnet.keys.finite.blocks import argmax

__all__ = ["SESSION_EPSILON", "finite_key_bits"]

SESSION_EPSILON = 1e-10
"""How far from perfect the key of a session may be, from end to end."""

_RAREST_BASIS = 1e-4
_LEAST_ERROR = 1e-9
"""An error rate of zero would divide by zero; this one costs less than a bit in 10^7."""


def finite_key_bits(result: Any, session_s: float, epsilon: float = SESSION_EPSILON) -> Quantity:
    """Give the secret bits of a session of so many seconds.

    `result` is that of a protocol on pairs, on pulses, or on the hops of a trusted chain; `epsilon` is the security
    parameter from end to end.
    """
    hops = getattr(result, "hops", (result,))
    budgets = [EpsilonBudget.even(epsilon / len(hops))] * len(hops)
    assert EpsilonBudget.of_chain(budgets).total <= epsilon * (1.0 + 1e-9)
    lengths = [_of_hop(hop, session_s, budget) for hop, budget in zip(hops, budgets, strict=True)]
    shortest = min(lengths, key=lambda length: length.value)
    rivals = [length for length in lengths if length.low <= shortest.high]
    return Quantity(shortest.value, min(x.low for x in rivals), max(x.high for x in rivals))


def _of_hop(result: Any, session_s: float, epsilon: EpsilonBudget) -> Quantity:
    row: StrategyRow = result.row("hop")
    nothing = Quantity(0.0, 0.0, row.secret_key_rate_bps.high * session_s)  # never more than an endless session gives
    if not row.secret_key_rate_bps.value:
        return nothing
    if not hasattr(result, "pulses"):
        return _of_pairs(row, session_s, epsilon)
    bits = _of_pulses(result, row, session_s, epsilon)
    return nothing if bits is None else bits


def _of_pairs(row: StrategyRow, session_s: float, epsilon: EpsilonBudget) -> Quantity:
    assert row.pair_rate_hz is not None
    assert row.qber_z is not None
    assert row.qber_x is not None

    def bits(pairs_hz: float, error_z: float, error_x: float) -> float:
        return _most_from_pairs(pairs_hz * session_s, error_z, error_x, epsilon)

    return _combined(bits, row.pair_rate_hz, row.qber_z, row.qber_x)


def _most_from_pairs(rounds: float, error_z: float, error_x: float, epsilon: EpsilonBudget) -> float:
    """Give the key of so many pairs, each end choosing X as often as is best: n = N (1-p)^2 key bits, k = N p^2."""
    tolerated = min(max(error_x, _LEAST_ERROR), 0.5)
    leak = ERROR_CORRECTION_EFFICIENCY * binary_entropy(min(error_z, 0.5)) / binary_entropy(tolerated)

    def bits(chance: float) -> float:
        session = SinglePhotonSession(
            key_bits=max(1, math.floor(rounds * (1.0 - chance) ** 2)),
            test_bits=max(1, math.floor(rounds * chance**2)),
            tolerated_error=tolerated,
            error_correction_efficiency=leak,
            epsilon=epsilon,
        )
        return session.secret_bits

    return math.floor(max(0.0, bits(argmax(bits, _RAREST_BASIS, 0.5))))


def _of_pulses(result: Any, row: StrategyRow, session_s: float, epsilon: EpsilonBudget) -> Quantity | None:
    signal, vacuum = result.pulses.z[0], result.pulses.z[-1]
    seen = (
        binomial_interval(signal.clicks, signal.pulses),
        binomial_interval(vacuum.clicks, vacuum.pulses),
        binomial_interval(signal.errors, signal.clicks),
    )
    clicks_hz = row.pair_rate_hz
    if None in seen or clicks_hz is None:
        return None
    gain, background, error = (quantity for quantity in seen if quantity is not None)
    intensity = result.intensities[0]
    try:
        choice = optimal_decoy_session(
            _channel(intensity, gain.value, background.value, error.value),
            key_clicks=clicks_hz.value * session_s,
            error_correction_efficiency=ERROR_CORRECTION_EFFICIENCY,
            epsilon=epsilon,
        )
    except InvalidArgument:  # no key from such a block
        return None

    def bits(gain: float, background: float, error: float) -> float:
        channel = _channel(intensity, gain, background, error)
        session = _in_time(choice, channel, session_s, result.hardware)
        return math.floor(max(0.0, session.secret_bits or 0.0))

    return _combined(bits, gain, background, error)


def _channel(intensity: float, gain: float, background: float, error: float) -> ThresholdReceiver:
    """Give the channel that shows such a gain and error rate at an intensity, and such a background without light."""
    dark = -math.expm1(0.5 * math.log1p(-background))
    light = max(0.0, math.log1p(-background) - math.log1p(-gain))  # detected photons per pulse
    # without double clicks: E Q = Y0 / 2 + e (1 - exp(-light))
    misalignment = (error * gain - 0.5 * background) / -math.expm1(-light) if light else 0.5
    return ThresholdReceiver(
        transmission=min(1.0, light / intensity),
        dark_count_probability=dark,
        misalignment=min(0.5, max(0.0, misalignment)),
    )


def _in_time(choice: DecoyChoice, channel: ThresholdReceiver, session_s: float, hardware: Any) -> DecoySession:
    """Give the chosen session with the counts that a time brings, dead time included."""
    chosen = choice.session
    pulses = zip(chosen.probabilities, chosen.intensities, strict=True)
    gain = sum(probability * channel.gain(intensity) for probability, intensity in pulses)
    blanked = math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9)
    counts = expected_counts(
        channel,
        intensities=chosen.intensities,
        probabilities=chosen.probabilities,
        pulses=session_s * hardware.clock_hz / (1.0 + blanked * gain),
        key_basis_probability=choice.key_basis_probability,
    )
    return DecoySession(
        intensities=chosen.intensities,
        probabilities=chosen.probabilities,
        counts=counts,
        error_correction_efficiency=chosen.error_correction_efficiency,
        epsilon=chosen.epsilon,
    )


def _combined(function: Callable[..., float], *seen: Quantity) -> Quantity:
    """Give a function of independent estimates: what each one's interval shifts it by adds in squares."""
    values = [quantity.value for quantity in seen]
    value = function(*values)
    down = up = 0.0
    for place, quantity in enumerate(seen):
        ends = [function(*values[:place], end, *values[place + 1 :]) for end in (quantity.low, quantity.high)]
        down += max(0.0, value - min(ends)) ** 2
        up += max(0.0, max(ends) - value) ** 2
    return Quantity(value, max(0.0, value - math.sqrt(down)), value + math.sqrt(up))
