"""Attacks on the qubits of a link: circuits through which each of them goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le

from qnet.attacks.attack import Facts, Links, given, percent, tapped_spans
from qnet.attacks.knowledge import holevo_bits
from qnet.errors import InvalidArgument
from qnet.experiment.key_run import AttackReport
from qnet.fields import Probability, check_fields
from qnet.link.pulse_attack import PulseAttack
from qnet.link.pulses import PulseLink
from qnet.network.route import Route
from qnet.quantum import Operation, entangling_probe
from qnet.quantum.library.attacks import intercept_some

__all__ = ["EntanglingProbe", "InterceptResend"]


@dataclass(frozen=True, kw_only=True)
class InterceptResend:
    """Measure a share of the qubits on their way, and send on what was found.

    Args:
        fraction: share of the qubits that is measured; the others pass untouched.
        angle_deg: measures ``cos(angle) Z + sin(angle) X``, degrees on the Bloch sphere; 45 is the basis of Breidbart,
            between the two. None for Z or X, as a coin says.
        links: those attacked, each by its two nodes; None for all links of the route.

    A share p, measured in Z or X, makes p/4 of the bits wrong in both bases and tells p/2 of each; at Breidbart's angle
    as many are wrong, and it tells ``p (1 - h((2 + sqrt(2)) / 4))``, about 0.4 p: less, but more often right.
    Source: Bennett, Bessette, Brassard, Salvail and Smolin, J. Cryptology 5, 3 (1992).

    >>> attack = InterceptResend(fraction=0.2)
    >>> attack.error_rate("z"), attack.error_rate("x")
    (0.05, 0.05)
    """

    fraction: Probability = 1.0
    angle_deg: float | None = None
    links: Links = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.angle_deg is not None and not math.isfinite(self.angle_deg):
            raise InvalidArgument.of("angle_deg", "be finite", self.angle_deg)

    @property
    def name(self) -> str:
        """As on the command line."""
        return "intercept-resend"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        return given(fraction=self.fraction, angle_deg=self.angle_deg, links=self.links)

    @cached_property
    def tap(self) -> Operation:
        """The operation on a qubit. Records: 0 passed; 1, 2 read +, -; of the coin's other basis (X) 3, 4."""
        angles = (0.0, math.pi / 2) if self.angle_deg is None else (math.radians(self.angle_deg),)
        return intercept_some(self.fraction, angles)

    def error_rate(self, basis: str) -> float:
        """Give the share of wrong bits that it makes in "z" or "x"."""
        return _error_rate(self.tap, basis)

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a simulation."""
        return _options(self.tap, tapped_spans(route, self.links))

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        where = " in Z or X at random" if self.angle_deg is None else f" in a basis {self.angle_deg:g} degrees from Z"
        return _report(self, self.tap, self.links, facts, f"Eve measures {percent(self.fraction)} of the qubits", where)


@dataclass(frozen=True, kw_only=True)
class EntanglingProbe:
    """Entangle each qubit with a probe, and measure the probe for the bit.

    Args:
        disturbance: error rate D in the conjugate basis, 0 to 1/2; the basis looked at has none.
        angle_deg: of the basis looked at, degrees on the Bloch sphere from Z towards X.
        links: those attacked, each by its two nodes; None for all links of the route.

    The probe tells the bit with probability ``1/2 + sqrt(D (1 - D))``; no attack on single qubits tells more for this
    disturbance (Fuchs and Peres, PRA 53, 2038 (1996), quant-ph/9512023). Had she kept the probes until all was said,
    she could know ``h(D)``.

    >>> round(EntanglingProbe(disturbance=0.11).holevo_bits, 3)
    0.5
    """

    disturbance: Annotated[float, Ge(0), Le(0.5)] = 0.05
    angle_deg: float = 0.0
    links: Links = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.angle_deg):
            raise InvalidArgument.of("angle_deg", "be finite", self.angle_deg)

    @property
    def name(self) -> str:
        """As on the command line."""
        return "entangling-probe"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        return given(disturbance=self.disturbance, angle_deg=self.angle_deg, links=self.links)

    @cached_property
    def tap(self) -> Operation:
        """The operation on a qubit; its record is the guess."""
        return entangling_probe(self.disturbance, math.radians(self.angle_deg))

    @property
    def holevo_bits(self) -> float:
        """What she could know of a bit in the basis looked at, had she kept the probe."""
        return holevo_bits([self.tap], self.angle_deg)

    def error_rate(self, basis: str) -> float:
        """Give the share of wrong bits that it makes in "z" or "x"."""
        return _error_rate(self.tap, basis)

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a simulation."""
        return _options(self.tap, tapped_spans(route, self.links))

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        return _report(self, self.tap, self.links, facts, "Eve entangles every qubit", " with a probe")


def _whole(tap: Operation) -> Any:
    """Give what the tap does if nobody asks for its record."""
    return tap.instrument.tensor.sum(axis=0)


def _error_rate(tap: Operation, basis: str, times: int = 1) -> float:
    place = {"x": 1, "y": 2, "z": 3}[basis]
    left = float(np.linalg.matrix_power(_whole(tap), times)[place, place])
    return round((1.0 - left) / 2.0, 15)


def _options(tap: Operation, spans: Sequence[tuple[str, str]]) -> dict[str, Any]:
    attacked = {frozenset(span) for span in spans}

    def pulse_attack(link: PulseLink, route: Route) -> PulseAttack | None:
        times = sum(frozenset(span) in attacked for span in pairwise(route.nodes))
        return _on_pulses(tap, times) if times else None

    return {"taps": {span: (tap,) for span in spans}, "pulse_attack": pulse_attack}


def _on_pulses(tap: Operation, times: int) -> PulseAttack:
    """Turn the light of a pulse as often as a single photon is turned."""
    z, x = (_error_rate(tap, basis, times) for basis in "zx")
    return PulseAttack(error_z_of=(0.0, z), error_x_of=(0.0, x))


def _report(attack: Any, tap: Operation, links: Links, facts: Facts, done: str, how: str) -> AttackReport:
    spans = tapped_spans(facts.route, links)
    known = facts.knowledge({span: (tap,) for span in spans})
    struck = [span in spans for span in pairwise(facts.route.nodes)]
    times = max(sum(struck[part]) for part in facts.parts)
    z, x = (percent(_error_rate(tap, basis, times)) for basis in "zx")
    told = f"She guesses a key bit with probability {known.guess_probability:.3f}."
    where = f" on each of {times} links" if times > 1 else ""
    shown = f"{done}{where}{how}, which makes {z} of the bits wrong in Z and {x} in X. {told}"
    return facts.report(attack, shown, eve_bits=known.information_bits)
