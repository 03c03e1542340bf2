"""Photon-number splitting: what laser pulses with several photons give away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from qnet.attacks.attack import Facts, given, percent
from qnet.experiment.key_run import AttackReport
from qnet.fields import Positive, check_fields
from qnet.link.pulse_attack import PulseAttack
from qnet.link.pulses import PulseLink
from qnet.network.route import Route

__all__ = ["PhotonNumberSplitting"]


class _Detected(NamedTuple):
    """Probabilities that a pulse has so many photons and one of them at least is detected; of `several` in all."""

    single: float
    several: float
    pulses_of_several: float


@dataclass(frozen=True, kw_only=True)
class PhotonNumberSplitting:
    """Keep one photon of each pulse with two or more, and block single photons, so that as many clicks come as before.

    The kept photon waits for the announcement of the basis and then tells the bit, without any error. What is sent on
    goes through a channel without loss; single photons are blocked (if that is not enough, pulses of several too)
    until the rate of clicks is the honest one. Pulses of another intensity then click at another rate than they should,
    which is what decoys are for. Where the fibre loses too little to hide in, clicks are missing.

    Source: Lutkenhaus, Phys. Rev. A 61, 052304 (2000), quant-ph/9910093; decoys: Hwang, PRL 91, 057901 (2003),
    quant-ph/0211153.

    Args:
        intensity: mean photon number of the pulses whose rate of clicks is kept.
    """

    intensity: Positive = 0.5

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def name(self) -> str:
        """As on the command line."""
        return "photon-number-splitting"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        return given(intensity=self.intensity)

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a simulation."""
        return {"pulse_attack": lambda link, route: self.on(link)}

    def on(self, link: PulseLink) -> PulseAttack:
        """Give what is done to the pulses of a laser system."""
        honest = -math.expm1(-link.receiver_efficiency * link.transmission * self.intensity)
        lossless = _lossless(link, self.intensity)
        if honest >= lossless.several:
            yields = (1.0, min(1.0, (honest - lossless.several) / lossless.single), 1.0)
        else:
            yields = (1.0, 0.0, honest / lossless.several)
        return PulseAttack(yield_of=yields, kept_of=(0, 0, 1), transmission=1.0)

    def known_share(self, link: PulseLink, intensity: float | None = None) -> float:
        """Give the share of clicks that come from pulses with several photons: bits that she knows.

        `intensity` is that of the pulses that make key; by default the one whose clicks are kept.
        """
        lossless = _lossless(link, self.intensity if intensity is None else intensity)
        _, single, several = self.on(link).yield_of or (1.0, 1.0, 1.0)
        quiet = (1.0 - link.dark_count_probability) ** 2
        clicks = 1.0 - quiet * (1.0 - single * lossless.single - several * lossless.several)
        told = lossless.pulses_of_several - quiet * (lossless.pulses_of_several - several * lossless.several)
        return min(1.0, told / clicks)

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        if facts.pulses is None:
            return facts.report(self, "There are no laser pulses to split.", eve_bits=0.0, applies=False)
        known = self.known_share(facts.pulses, facts.run.declared.get("intensity_0"))
        _, single, _ = self.on(facts.pulses).yield_of or (1.0, 1.0, 1.0)
        explanation = (
            f"Eve keeps a photon of every pulse that has several, blocks {percent(1.0 - single)} of the single "
            f"photons, and knows {percent(known)} of the sifted bits without an error."
        )
        return facts.report(self, explanation, eve_bits=known, eve_secret_bits=facts.unproved_bits(known))


def _lossless(link: PulseLink, mean: float) -> _Detected:
    """Give what is detected behind a channel without loss, with a photon kept of several."""
    efficiency = link.receiver_efficiency
    none, one = math.exp(-mean), mean * math.exp(-mean)
    several, missed = 1.0 - none - one, 0.0
    if efficiency < 1.0:  # sum over n >= 2 of P_n (1 - efficiency)**(n - 1): nothing is detected of n - 1 photons
        missed = math.exp(-efficiency * mean) - none - one * (1.0 - efficiency)
        missed /= 1.0 - efficiency
    return _Detected(one * efficiency, several - missed, several)
