"""Attacks by nodes: repeaters that do something else than they say, and trusted nodes that tell what they know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np

from qnet.attacks.attack import Facts, given, percent
from qnet.attacks.knowledge import Branches
from qnet.errors import InvalidArgument, UnknownName
from qnet.experiment.key_run import AttackReport
from qnet.fields import Probability, check_fields
from qnet.link import Device
from qnet.network.route import Route
from qnet.network.station import FAILED, NodeView
from qnet.quantum import Operation, bell_measurement
from qnet.quantum.library.attacks import measure_both
from qnet.rng import Stream

__all__ = ["CompromisedNode", "DishonestRepeater"]

_BASES = ("either", "z", "x")


@dataclass(frozen=True, kw_only=True)
class DishonestRepeater:
    """A repeater that measures the qubits it should swap, or lies about what it found.

    Args:
        node: its name.
        mode: "measures" (both halves one by one, instead of jointly; half of the record that it announces agrees with
            what it found, the other half is random) or "lies" (it swaps, and announces one of the three wrong records).
        fraction: share of the swaps in which it does so.
        basis: in which it measures: "z", "x", or "either" as a coin says.

    Measuring is intercepting at two links at once: in Z it tells all bits of Z and makes half of those of X wrong.
    A lie tells nothing, and makes two of three bits wrong in each basis. Its own devices are perfect when it measures.

    >>> DishonestRepeater(node="n1").error_rate("x"), DishonestRepeater(node="n1", basis="z").error_rate("x")
    (0.25, 0.5)
    """

    node: str
    mode: Literal["measures", "lies"] = "measures"
    fraction: Probability = 1.0
    basis: Literal["either", "z", "x"] = "either"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.mode not in ("measures", "lies"):
            raise InvalidArgument.of("mode", "be 'measures' or 'lies'", self.mode)
        if self.basis not in _BASES:
            raise InvalidArgument.of("basis", f"be one of {_BASES}", self.basis)

    @property
    def name(self) -> str:
        """As on the command line."""
        return "dishonest-repeater"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        basis = self.basis if self.mode == "measures" else None
        return given(node=self.node, mode=self.mode, fraction=self.fraction, basis=basis)

    def error_rate(self, basis: Literal["z", "x"]) -> float:
        """Give the share of wrong bits that it makes in a basis, on perfect pairs."""
        if self.mode == "lies":
            return self.fraction * 2.0 / 3.0
        return self.fraction * {"either": 0.25, basis: 0.0}.get(self.basis, 0.5)

    @cached_property
    def measured(self) -> Operation:
        """What it does to two halves instead of swapping; its record is read by `label_of`."""
        return measure_both(self.basis)

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a simulation."""
        if self.node not in route.nodes:
            raise UnknownName.of("node of the route", self.node, route.nodes)
        return {"behaviours": {self.node: _Measurer(self) if self.mode == "measures" else _Liar(self.fraction)}}

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        if self.node in facts.trusted:
            return _told_everything(self, facts)
        if self.node not in facts.route.nodes[1:-1] or not facts.links:
            return facts.report(self, f"{self.node} swaps nothing on this route.", eve_bits=0.0, applies=False)
        known = facts.knowledge(swaps={self.node: self._branches()})
        z, x = (percent(self.error_rate(basis)) for basis in ("z", "x"))
        does = "measures both halves of" if self.mode == "measures" else "announces a wrong record for"
        explanation = (
            f"{self.node} {does} {percent(self.fraction)} of the swaps, which makes {z} of the bits wrong in Z and {x} "
            f"in X; it guesses a key bit with probability {known.guess_probability:.3f}."
        )
        return facts.report(self, explanation, eve_bits=known.information_bits)

    def _branches(self) -> Branches:
        """What the node does, for each record that it sees."""
        swap = bell_measurement().instrument.tensor
        if self.mode == "lies":
            return swap
        return np.concatenate([(1.0 - self.fraction) * swap, self.fraction * self.measured.instrument.tensor])


@dataclass(frozen=True, kw_only=True)
class CompromisedNode:
    """A node that tells an eavesdropper all that it knows, and does everything as it should: nobody can notice.

    A trusted node knows every key that passes it. A repeater knows its records, which are public anyway.

    Args:
        node: its name.
    """

    node: str

    @property
    def name(self) -> str:
        """As on the command line."""
        return "compromised-node"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        return given(node=self.node)

    def options(self, route: Route) -> dict[str, Any]:
        """Give no keywords: it works as all others do."""
        if self.node not in route.nodes:
            raise UnknownName.of("node of the route", self.node, route.nodes)
        return {}

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        if self.node in facts.trusted:
            return _told_everything(self, facts)
        if self.node in (facts.route.nodes[0], facts.route.nodes[-1]):
            explanation = f"{self.node} is an end of the key: who reads its memory has the key."
            return facts.report(self, explanation, eve_bits=1.0, eve_secret_bits=facts.run.secret_bits)
        explanation = f"{self.node} is not trusted: it holds no key, and the records it knows are public."
        return facts.report(self, explanation, eve_bits=0.0, applies=False)


class _Measurer:
    """Measures instead of swapping; the simulator believes otherwise."""

    def __init__(self, attack: DishonestRepeater) -> None:
        self._attack = attack
        self._measured = False
        self._possible: tuple[int, ...] = ()

    def swap(self, device: Device, chance: Stream) -> Operation:
        self._measured = chance.uniform() < self._attack.fraction
        self._possible = _labels(device)
        assert device.swap is not None
        return self._attack.measured if self._measured else device.swap

    def announce(self, view: NodeView, record: int) -> int:
        if not self._measured:
            return record
        label = label_of(record)
        return label if label in self._possible else FAILED


class _Liar:
    """Swaps as it should, and announces one of the wrong records."""

    def __init__(self, fraction: float) -> None:
        self._fraction = fraction
        self._possible: tuple[int, ...] = ()
        self._choice: float | None = None

    def swap(self, device: Device, chance: Stream) -> Operation:
        self._choice = chance.uniform() if chance.uniform() < self._fraction else None
        self._possible = _labels(device)
        assert device.swap is not None
        return device.swap

    def announce(self, view: NodeView, record: int) -> int:
        wrong = [label for label in self._possible if label != record]
        return record if self._choice is None or not wrong else wrong[int(self._choice * len(wrong))]


@cache
def _labels(device: Device) -> tuple[int, ...]:
    """Give the Bell states that a device can tell; those of linear optics are two, and it fails at the others."""
    assert device.swap is not None
    return tuple(label for label in range(4) if device.swap.instrument.tensor[label, 0, 0] > 0.0)


def label_of(record: int) -> int:
    """Give the Bell label to announce after `measure_both`: what it found in its basis, the rest by the coin."""
    same, coin, _, in_x = ((record >> place) & 1 for place in range(4))
    return same + 2 * coin if in_x else coin + 2 * same


def _told_everything(attack: Any, facts: Facts) -> AttackReport:
    explanation = f"{attack.node} is trusted, and holds every key that passes it: it leaks all of it, without a trace."
    return facts.report(attack, explanation, eve_bits=1.0, eve_secret_bits=facts.run.secret_bits)
