"""What every attack is: options for a simulation, and a report on what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

from qnet.attacks.knowledge import Branches, Knowledge, along, link_branches
from qnet.errors import UnknownName
from qnet.experiment.key_run import AttackReport, KeyRun
from qnet.keys import Alarm, watch
from qnet.link import Link
from qnet.link.pulses import PulseLink
from qnet.network.route import Route
from qnet.quantum import Operation, State

__all__ = ["Attack", "Facts", "Links", "given", "percent", "tapped_spans"]

Links = Sequence[tuple[str, str]] | None
"""The links that are attacked, each by its two nodes in whatever order; None for all of the route."""


_PERFECT = Link.from_numbers(1.0, 1.0, State.bell())


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """What a report is made of: a run under attack, and what the simulator knows of it.

    Args:
        run: its result; its `observed` is what the ends had to notice the attack by.
        route: over which it went.
        links: of the route, in order, without taps; empty where nothing is entangled.
        pulses: the laser system, without the attack; None where there is none.
        trusted: nodes between the ends that hold the key in the clear.
    """

    run: KeyRun
    route: Route
    links: tuple[Link, ...] = ()
    pulses: PulseLink | None = None
    trusted: tuple[str, ...] = ()

    @cached_property
    def alarm(self) -> Alarm | None:
        """What a test of the error rates says; None where nothing was compared."""
        seen = self.run.observed
        return None if seen is None else watch(seen.wrong, seen.expected, kinds=seen.kinds)

    @property
    def after_s(self) -> float | None:
        """Simulated seconds until the bit that set the alarm off."""
        seen, alarm = self.run.observed, self.alarm
        if seen is None or seen.at_s is None or alarm is None or alarm.after_bits is None:
            return None
        return float(seen.at_s[alarm.after_bits - 1])

    @property
    def key_bits(self) -> int:
        """Bits that the key was made of."""
        return 0 if self.run.observed is None else self.run.observed.key_bits

    def report(
        self,
        attack: Attack,
        explanation: str,
        *,
        eve_bits: float | None = None,
        eve_secret_bits: int = 0,
        applies: bool = True,
    ) -> AttackReport:
        """Join what an attack says of itself with what the alarm says; `applies` unless there is nothing to attack."""
        alarm, seen = self.alarm, self.run.observed
        after = None if alarm is None or seen is None else alarm.after_bits
        return AttackReport(
            name=attack.name,
            parameters=attack.parameters,
            noticed=applies and alarm is not None and alarm.noticed,
            confidence=None if alarm is None else alarm.confidence,
            after_bits=None if after is None or seen is None else -(-after // seen.per_bit),
            after_s=self.after_s,
            eve_bits_per_sifted_bit=eve_bits,
            eve_secret_bits=eve_secret_bits,
            explanation=explanation,
            applies=applies,
        )

    def knowledge(
        self,
        taps: Mapping[tuple[str, str], Sequence[Operation]] | None = None,
        swaps: Mapping[str, Branches] | None = None,
    ) -> Knowledge:
        """Say what taps tell of a key bit, and dishonest nodes, by name.

        A photon that is sent tells what half of a perfect pair does. Between trusted nodes key bits are made anew, and
        those of which most is known count.
        """
        on = {frozenset(ends): operations for ends, operations in (taps or {}).items()}
        links = [
            link_branches(link, on.get(frozenset(ends), ()))
            for link, ends in zip(self.links or (_PERFECT,) * self.route.hops, pairwise(self.route.nodes), strict=True)
        ]
        inside = [(swaps or {}).get(node) for node in self.route.nodes[1:]]
        parts = [self._known(links[part], inside[part][:-1]) for part in self.parts]
        return max(parts, key=lambda known: known.information_bits)

    @property
    def parts(self) -> list[slice]:
        """The spans between nodes that make keys: all of the route, unless nodes on it are trusted."""
        cuts = [place for place, node in enumerate(self.route.nodes) if node in self.trusted]
        ends = sorted({0, *cuts, self.route.hops})
        return [slice(start, stop) for start, stop in pairwise(ends)]

    def _known(self, links: Sequence[Branches], swaps: Sequence[Branches | None]) -> Knowledge:
        bases = {"z": 1.0} if self.run.observed is None else self.run.observed.key_bases
        return Knowledge.mean([(share, along(links, basis, swaps=swaps)) for basis, share in bases.items()])

    def unproved_bits(self, eve_bits: float) -> int:
        """Give how many bits of the final key are beyond what is secret of the raw key, if she knows so much of it."""
        if not self.run.secret_bits:
            return 0
        secret = self.key_bits * (1.0 - eve_bits) - self.run.leaked_bits
        return max(0, self.run.secret_bits - max(0, int(secret)))


class Attack(Protocol):
    """An attack on links, a node or messages: a value that is given to a protocol's `make_key`."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers, as on the command line."""
        ...

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a simulation of a route.

        They are those of `Network.simulate`, and `forger`, which is for the protocol.
        """
        ...

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        ...


def tapped_spans(route: Route, links: Links) -> list[tuple[str, str]]:
    """Give the spans of a route that are attacked.

    Raises:
        UnknownName: a link is none of the route's.
    """
    spans = list(pairwise(route.nodes))
    if links is None:
        return spans
    wanted = {frozenset(ends): ends for ends in links}
    for ends in wanted.keys() - {frozenset(span) for span in spans}:
        raise UnknownName.of("link of the route", "~".join(wanted[ends]), ["~".join(span) for span in spans])
    return [span for span in spans if frozenset(span) in wanted]


def given(links: Links = None, **values: Any) -> dict[str, Any]:
    """Give the parameters that are not left open, as text can say them."""
    known = {name: value for name, value in values.items() if value is not None}
    return known if links is None else known | {"links": "+".join("~".join(ends) for ends in links)}


def percent(share: float) -> str:
    """Write a share for a sentence.

    >>> percent(0.125)
    '12.5 %'
    """
    return f"{100.0 * share:.3g} %"
