"""Which intensities to send, how often, and in which basis: the decoy-state session that a channel suits best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
from annotated_types import Gt, Lt

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, check
from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.decoy import DecoySession, check_pulses
from qnet.keys.fractions import ERROR_CORRECTION_EFFICIENCY

__all__ = ["DecoyChoice", "PulseChannel", "expected_counts", "optimal_decoy_session"]


class PulseChannel(Protocol):
    """What to expect of a pulse whose two ends chose one basis; the receivers of `qnet.bounds` are such."""

    def gain(self, intensity: float) -> float:
        """Give the probability that a pulse of this mean photon number clicks."""

    def error_rate(self, intensity: float) -> float:
        """Give the probability that the bit of such a click is wrong."""


@dataclass(frozen=True, kw_only=True)
class DecoyChoice:
    """A declared session with what makes it fill: the bias of the bases and the number of pulses."""

    session: DecoySession
    key_basis_probability: float
    """How often each side chooses the basis of the key."""
    pulses: float
    """Pulses sent until the block is full, on average."""

    @property
    def key_per_pulse(self) -> float:
        """Secret bits per pulse sent, of any basis; zero if there is no key."""
        return (self.session.key_length or 0) / self.pulses


def expected_counts(
    channel: PulseChannel,
    *,
    intensities: Sequence[float],
    probabilities: Sequence[float],
    pulses: float,
    key_basis_probability: float,
) -> DecoyCounts:
    """Give what a session would count on average; to declare a tolerance, describe the worst channel to be tolerated.

    Pulses of intensity k click with probability Q_k and are kept where both sides chose one basis: of N pulses
    N q^2 p_k Q_k in the basis of the key, chosen with probability q, and N (1-q)^2 p_k Q_k in the other.

    >>> class Dim:
    ...     def gain(self, intensity): return 0.1 * intensity
    ...     def error_rate(self, intensity): return 0.02
    >>> pulses = dict(intensities=(0.5, 0.1), probabilities=(0.8, 0.2), pulses=1e4)
    >>> expected_counts(Dim(), **pulses, key_basis_probability=0.9).block
    340.2
    """
    check_pulses(intensities, probabilities)
    check("pulses", pulses, Positive)
    check("key_basis_probability", key_basis_probability, Annotated[float, Gt(0), Lt(1)])
    sent = [pulses * probability for probability in probabilities]
    clicks = [number * channel.gain(intensity) for number, intensity in zip(sent, intensities, strict=True)]
    wrong = [number * channel.error_rate(intensity) for number, intensity in zip(clicks, intensities, strict=True)]
    key, test = key_basis_probability**2, (1.0 - key_basis_probability) ** 2
    return DecoyCounts(
        key_clicks=tuple(key * number for number in clicks),
        key_errors=tuple(key * number for number in wrong),
        test_clicks=tuple(test * number for number in clicks),
        test_errors=tuple(test * number for number in wrong),
    )


def optimal_decoy_session(
    channel: PulseChannel,
    *,
    key_clicks: float,
    decoys: int = 2,
    weakest_intensity: float = 2e-4,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    epsilon: EpsilonBudget | None = None,
) -> DecoyChoice:
    """Choose intensities, their probabilities and the bias of the bases for the most key per pulse.

    `key_clicks` is the size of the block of raw key; `decoys` is 1 or 2, and of two the fainter is given, as faint as
    the modulator allows (mean photon number; Lim et al. 2014 take 2e-4). The search (Nelder and Mead, Comput. J. 7, 308
    (1965)) takes some tenths of a second; around the best the key is flat, so compare keys, not intensities.

    Raises `InvalidArgument` if the block gives no key; it says how large it must be.
    """
    from scipy.optimize import minimize

    check("key_clicks", key_clicks, Positive)
    check("weakest_intensity", weakest_intensity, NonNegative)
    if decoys not in (1, 2):
        raise InvalidArgument.of("decoys", "be 1 or 2, the numbers with a finite-key length", decoys)
    weakest = (weakest_intensity,) if decoys == 2 else ()
    budget = epsilon or EpsilonBudget()

    def search(block: float) -> DecoyChoice:
        def choice(point: Sequence[float]) -> DecoyChoice:
            return _choice(channel, point, block, weakest, error_correction_efficiency, budget)

        def cost(point: Sequence[float]) -> float:
            chosen = choice(point)
            bits = chosen.session.secret_bits or 0.0
            # Key per pulse counts once there is key; below, it would be least bad for pulses that never click.
            return -_LARGE - math.log(bits / chosen.pulses) if bits > 0.0 else -bits / block

        best = np.array(min((_point(*values, decoys) for values in _STARTS), key=cost))
        for step in (0.4, 0.2, 0.1):  # starting anew frees a simplex that has collapsed
            simplex = best + step * np.eye(best.size + 1, best.size, -1)
            options = {"xatol": 0.05 * step, "fatol": 1e-3 * step, "initial_simplex": simplex, "adaptive": True}
            best = minimize(cost, best, method="Nelder-Mead", options=options).x
        return choice(best.tolist())

    best = search(key_clicks)
    if not best.session.key_length:
        raise _error(search, channel, key_clicks)
    return best


def _error(search: Callable[[float], DecoyChoice], channel: PulseChannel, key_clicks: float) -> InvalidArgument:
    """Say how large the block must be.

    The figure is for the choice that suits a somewhat larger block; a stranger choice may do with a little less.
    """
    if not search(_ENDLESS).session.key_length:
        return InvalidArgument.of("channel", "leave a key in an endless session", channel)
    size = key_clicks
    while not (session := search(size).session).key_length:
        size *= 4.0
    rule = f"be at least about {session.smallest_block} for a key over this channel"
    return InvalidArgument.of("key_clicks", rule, key_clicks)


_LARGE = 100.0
"""Puts any key per pulse above e^-100 before none."""
_ENDLESS = 1e15
"""Clicks that no one will ever count."""
_STARTS = (
    (0.15, 0.05, 0.55, 0.48, 0.20),
    (0.4, 0.40, 0.55, 0.35, 0.40),
    (0.5, 0.03, 0.48, 0.48, 0.20),
    (0.7, 0.15, 0.60, 0.45, 0.40),
    (0.85, 0.38, 0.70, 0.42, 0.50),
    (0.93, 0.76, 0.65, 0.44, 0.40),
)
"""Bias of the bases, probability of the signal, share of the weak decoy among the rest, signal, weak over signal."""


def _point(bias: float, signal: float, share: float, intensity: float, weak: float, decoys: int) -> list[float]:
    """Map a choice to numbers without limits, which a search may move freely."""
    shares = (bias, signal, weak) if decoys == 1 else (bias, signal, weak, share)
    return [math.log(intensity), *(math.log(part / (1.0 - part)) for part in shares)]


def _choice(
    channel: PulseChannel,
    point: Sequence[float],
    key_clicks: float,
    weakest: tuple[float, ...],
    efficiency: float,
    epsilon: EpsilonBudget,
) -> DecoyChoice:
    signal = math.exp(min(max(point[0], _FAINTEST), 0.0))
    bias, chance, weak, *share = map(_share, point[1:])
    faintest = sum(weakest)
    intensities = (signal + faintest, faintest + weak * (signal - faintest) if weakest else weak * signal, *weakest)
    rest = 1.0 - chance
    probabilities = (chance, rest * share[0], rest * (1.0 - share[0])) if weakest else (chance, rest)
    gain = sum(p * channel.gain(k) for p, k in zip(probabilities, intensities, strict=True))
    pulses = key_clicks / (bias * bias * gain)
    expected = {"intensities": intensities, "probabilities": probabilities}
    counts = expected_counts(channel, **expected, pulses=pulses, key_basis_probability=bias)
    session = DecoySession(**expected, counts=counts, error_correction_efficiency=efficiency, epsilon=epsilon)
    return DecoyChoice(session=session, key_basis_probability=bias, pulses=pulses)


_RAREST = 0.005
"""No basis and no intensity is chosen less often."""
_FAINTEST = math.log(1e-3)
"""No signal is fainter, nor brighter than one photon."""


def _share(number: float) -> float:
    """Map any number to a share between rare and nearly always."""
    return _RAREST + (1.0 - 2.0 * _RAREST) / (1.0 + math.exp(-max(-30.0, min(30.0, number))))
