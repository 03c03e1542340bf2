"""How long a key one session of finite length makes, declared for the rates that a simulation showed.

It is declared as protocols declare theirs, so that an honest session hardly ever aborts: blocks that its time fills but
for chances of 1e-6, and tolerances of what is expected and five standard deviations more. Pairs: `SinglePhotonSession`
(Tomamichel, Lim, Gisin and Renner, Nat. Commun. 3, 634 (2012), arXiv:1103.4130). Pulses: `DecoySession` (Lim, Curty,
Walenta, Xu and Zbinden, Phys. Rev. A 89, 022307 (2014), arXiv:1311.7129) over a channel with the gain, background and
error rate that were seen. The hops of a trusted chain share the epsilon from end to end, and the shortest key of a hop
is that of the chain. Characterising the channel, and talking after the rounds, are taken to cost no time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from qnet.bounds import ThresholdReceiver
from qnet.errors import InvalidArgument
from qnet.experiment import Quantity, StrategyRow, binomial_interval
from qnet.keys import (
    DecoyChoice,
    DecoySession,
    EpsilonBudget,
    ExpectedErrors,
    cautious_session,
    certain_count,
    filled_decoy_session,
    optimal_decoy_session,
    plan_single_photons,
)

__all__ = ["SESSION_EPSILON", "finite_key_bits"]

SESSION_EPSILON = 1e-10
"""How far from perfect the key of a session may be, from end to end."""

_USUAL_INTENSITY, _USUAL_KEY_SHARE = 0.3, 0.7
"""Of all clicks, what goes into the key: from these guesses a protocol chooses its intensities, and so does this."""


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
    bits = _of_pulses(result, session_s, epsilon)
    return nothing if bits is None else bits


def _of_pairs(row: StrategyRow, session_s: float, epsilon: EpsilonBudget) -> Quantity:
    assert row.pair_rate_hz is not None
    assert row.qber_z is not None
    assert row.qber_x is not None

    def bits(pairs_hz: float, error_z: float, error_x: float) -> float:
        expected = ExpectedErrors(error_z=min(error_z, 0.5), error_x=min(error_x, 0.5))
        plan = plan_single_photons(certain_count(pairs_hz * session_s), expected, epsilon=epsilon)
        return plan.session.key_length

    return _combined(bits, row.pair_rate_hz, row.qber_z, row.qber_x)


def _of_pulses(result: Any, session_s: float, epsilon: EpsilonBudget) -> Quantity | None:
    signal, vacuum = result.pulses.z[0], result.pulses.z[-1]
    seen = (
        binomial_interval(signal.clicks, signal.pulses),
        binomial_interval(vacuum.clicks, vacuum.pulses),
        binomial_interval(signal.errors, signal.clicks),
    )
    if None in seen:
        return None
    gain, background, error = (quantity for quantity in seen if quantity is not None)
    intensity, hardware = result.intensities[0], result.hardware
    channel = _channel(intensity, gain.value, background.value, error.value)
    clicks = _clicks_within(session_s, hardware, channel.gain(_USUAL_INTENSITY))
    try:
        choice = optimal_decoy_session(channel, key_clicks=_USUAL_KEY_SHARE * clicks, epsilon=epsilon)
    except InvalidArgument:  # no key from such a block
        return None

    def bits(gain: float, background: float, error: float) -> float:
        channel = _channel(intensity, gain, background, error)
        return _declared(choice, channel, session_s, hardware).key_length or 0

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


def _clicks_within(session_s: float, hardware: Any, gain: float) -> int:
    """Give the clicks that a time all but certainly brings, dead time included."""
    blanked = math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9)
    return certain_count(session_s * hardware.clock_hz * gain / (1.0 + blanked * gain))


def _declared(choice: DecoyChoice, channel: ThresholdReceiver, session_s: float, hardware: Any) -> DecoySession:
    """Declare a session that sends what was chosen for so long."""
    chosen = choice.session
    gain = sum(p * channel.gain(k) for p, k in zip(chosen.probabilities, chosen.intensities, strict=True))
    filled = filled_decoy_session(
        channel,
        clicks=_clicks_within(session_s, hardware, gain),
        intensities=chosen.intensities,
        probabilities=chosen.probabilities,
        key_basis_probability=choice.key_basis_probability,
        error_correction_efficiency=chosen.error_correction_efficiency,
        epsilon=chosen.epsilon,
    )
    return cautious_session(filled)


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
