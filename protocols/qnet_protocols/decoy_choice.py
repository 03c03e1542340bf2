"""What a decoy-state source sends: intensities, how often each, and in which basis; what is not given suits best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from qnet import InvalidArgument
from qnet.bounds import ThresholdReceiver, optimal_vacuum_weak
from qnet.keys import DecoyCounts, DecoySession, EpsilonBudget, filled_decoy_session, optimal_decoy_session

__all__ = ["ANYTHING", "PulseWish", "Pulses", "mean_gain"]

_ENDLESS = 1e8
"""Clicks for which pulses are chosen where fewer give no key."""
_FEWEST = 1_000
"""Clicks of which it is not even tried to make a key: to find that nothing does takes seconds."""
_THREE = 0.2, 0.08, 0.0
"""Three decoys: were they fainter or closer together, bounds would hardly tighten, and rest on few clicks."""
_THREE_SHARES, _THREE_BIAS = (0.4, 0.3, 0.2, 0.1), 0.75
_WITH_A_PROOF = 3
"""Intensities, at most."""
_LARGE = 100.0
"""Puts any key per pulse above e^-100 before none."""
_TESTED = 1e-3
"""No basis and no intensity is chosen less often by a search."""


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


_ANY = {
    1: Pulses(intensities=(0.5, 0.1), probabilities=(0.6, 0.4), z_probability=0.9),
    2: Pulses(intensities=(0.5, 0.1, 0.0), probabilities=(0.6, 0.3, 0.1), z_probability=0.9),
}


@dataclass(frozen=True, kw_only=True)
class PulseWish:
    """What the user gives of `Pulses`; None is left to choose."""

    intensities: tuple[float, ...] | None = None
    probabilities: tuple[float, ...] | None = None
    z_probability: float | None = None

    def best(
        self,
        receiver: ThresholdReceiver,
        clicks: int,
        decoys: int,
        error_correction_efficiency: float,
        epsilon: EpsilonBudget,
    ) -> Pulses:
        """Choose the rest for the most key per pulse of so many clicks, or of a great many if these give none."""
        settings: dict[str, Any] = {"error_correction_efficiency": error_correction_efficiency, "epsilon": epsilon}
        rest = _optimal(receiver, clicks, decoys, settings) if self.intensities is None else _usual(self.intensities)
        start = Pulses(
            intensities=rest.intensities,
            probabilities=self.probabilities or rest.probabilities,
            z_probability=rest.z_probability if self.z_probability is None else self.z_probability,
        )
        chosen = self.intensities is None and start == rest
        given = self.probabilities is not None and self.z_probability is not None
        if chosen or given or len(start.intensities) > _WITH_A_PROOF:
            return start
        found = (self._searched(start, receiver, block, settings) for block in (clicks, _ENDLESS))
        return next((pulses for pulses in found if pulses is not None), start)

    def _searched(
        self, start: Pulses, receiver: ThresholdReceiver, clicks: float, settings: dict[str, Any]
    ) -> Pulses | None:
        """Vary what is not given, from `start`; None if there is no key."""
        from scipy.optimize import minimize

        def at(point: Any) -> Pulses:
            bias = self.z_probability or _TESTED + (1.0 - 2.0 * _TESTED) / (1.0 + math.exp(-max(-30.0, point[0])))
            weights = [1.0, *(_TESTED + math.exp(min(10.0, power)) for power in point[1:])]
            shares = self.probabilities or tuple(weight / sum(weights) for weight in weights)
            return Pulses(intensities=start.intensities, probabilities=shares, z_probability=bias)

        def key(pulses: Pulses) -> float:
            session = filled_decoy_session(
                receiver,
                clicks=clicks,
                intensities=pulses.intensities,
                probabilities=pulses.probabilities,
                key_basis_probability=pulses.z_probability,
                **settings,
            )
            return session.secret_bits or 0.0

        def cost(point: Any) -> float:
            pulses = at(point)
            bits = key(pulses)
            return -_LARGE - math.log(bits * mean_gain(receiver, pulses)) if bits > 0.0 else -bits / clicks

        signal, *others = start.probabilities
        first = [math.log(start.z_probability / (1.0 - start.z_probability)), *(math.log(p / signal) for p in others)]
        simplex = np.array(first) + 0.4 * np.eye(len(first) + 1, len(first), -1)
        options = {"xatol": 0.01, "fatol": 1e-3, "initial_simplex": simplex}
        best = at(minimize(cost, first, method="Nelder-Mead", options=options).x)
        return best if key(best) > 0.0 else None


ANYTHING = PulseWish()
"""Nothing is given."""


def _usual(intensities: tuple[float, ...]) -> Pulses:
    """Give shares and a bias to begin with."""
    if len(intensities) > _WITH_A_PROOF:
        return Pulses(intensities=intensities, probabilities=_THREE_SHARES, z_probability=_THREE_BIAS)
    others = max(1, len(intensities) - 1)
    return Pulses(intensities=intensities, probabilities=(0.5, *[0.5 / others] * others), z_probability=0.8)


def _optimal(receiver: ThresholdReceiver, clicks: int, decoys: int, settings: dict[str, Any]) -> Pulses:
    """Choose everything for the longest key of a block of this size, or of a large one if this one gives none."""
    if decoys not in (1, 2, 3):
        raise InvalidArgument.of("decoys", "be 1, 2 or 3", decoys)
    if decoys == 3:
        efficiency = settings["error_correction_efficiency"]
        signal, _ = optimal_vacuum_weak(receiver, error_correction_efficiency=efficiency)
        return _usual((max(signal, 0.3), *_THREE))
    for block in (0.7 * clicks, _ENDLESS):
        if block < _FEWEST:
            continue
        try:
            choice = optimal_decoy_session(receiver, key_clicks=block, decoys=decoys, **settings)
        except InvalidArgument:
            continue
        session = choice.session
        return Pulses(
            intensities=session.intensities,
            probabilities=session.probabilities,
            z_probability=choice.key_basis_probability,
        )
    return _ANY[decoys]  # no choice makes a key


def mean_gain(receiver: ThresholdReceiver, pulses: Pulses) -> float:
    """Give the clicks to expect per pulse, over all intensities."""
    return sum(p * receiver.gain(k) for p, k in zip(pulses.probabilities, pulses.intensities, strict=True))
