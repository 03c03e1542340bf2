"""What is asked of a trusted relay, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qnet import InvalidArgument
from qnet.keys import honest_probability
from qnet_protocols.hop import HopRecord

__all__ = ["KeyRequest", "Outage", "Outcome", "RelayRun"]


def _no_bits() -> NDArray[np.uint8]:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, kw_only=True)
class KeyRequest:
    """Ask for a key between two nodes.

    Args:
        source, target: its ends.
        bits: how long it is to be.
        start_s: when it is asked for.
        deadline_s: how long the request waits where hops are exhausted, in seconds; 0 refuses it at once.
        paths: node-disjoint paths whose keys are XORed; refused at once where the network has not so many.
    """

    source: str
    target: str
    bits: int
    start_s: float = 0.0
    deadline_s: float = math.inf
    paths: int = 1

    def __post_init__(self) -> None:
        for name in ("bits", "paths"):
            number = getattr(self, name)
            if not isinstance(number, int) or number < 1:
                raise InvalidArgument.of(name, "be a whole number from 1 on", number)
        if not 0.0 <= self.start_s < math.inf:
            raise InvalidArgument.of("start_s", "be a finite number from 0 on", self.start_s)
        if not self.deadline_s >= 0.0:
            raise InvalidArgument.of("deadline_s", "be a number from 0 on", self.deadline_s)
        if self.source == self.target:
            raise InvalidArgument.of("target", f"be another node than {self.source!r}", self.target)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A hop is down for a time, in seconds."""

    ends: tuple[str, str]
    from_s: float = 0.0
    to_s: float = math.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What became of a request.

    Args:
        request: as asked.
        status: "delivered", "refused", or "waiting" when the run ended.
        reason: why not delivered.
        paths: that were taken, from source to target.
        delivered_s: when the source had the key; the target has had it before.
        epsilon: of all blocks that its bits came from, added; None where one has no finite-key proof.
        source_key, target_key: the key as its two ends hold it.
    """

    request: KeyRequest
    status: Literal["delivered", "refused", "waiting"]
    reason: str | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    delivered_s: float | None = None
    epsilon: float | None = None
    source_key: NDArray[np.uint8] = field(default_factory=_no_bits, repr=False)
    target_key: NDArray[np.uint8] = field(default_factory=_no_bits, repr=False)

    @property
    def keys_match(self) -> bool | None:
        """Whether both ends hold the same key, as only the simulator can tell; None without one."""
        return bool(np.array_equal(self.source_key, self.target_key)) if self.source_key.size else None

    @property
    def trusted(self) -> tuple[frozenset[str], ...]:
        """Sets of nodes that would learn the key together: any node of every path; none if a path has no node."""
        return tuple(frozenset(nodes) for nodes in product(*(path[1:-1] for path in self.paths))) if self.paths else ()

    def is_known_to(self, nodes: Iterable[str]) -> bool:
        """Whether these nodes learn the key between them, beside its ends."""
        held = set(nodes)
        return bool(self.paths) and all(held & set(path[1:-1]) for path in self.paths)

    def secret_probability(self, node_honest: float) -> float:
        """Give the probability that no one learns the key, if each node is honest independently."""
        if not self.paths:
            return 1.0
        return 1.0 - math.prod(1.0 - honest_probability(node_honest, len(path) - 2) for path in self.paths)

    def __str__(self) -> str:
        asked = self.request
        what = f"{asked.bits} bits from {asked.source} to {asked.target}"
        if self.delivered_s is None:
            return f"{what}: {self.status}, {self.reason}"
        ways = " and ".join("-".join(path) for path in self.paths)
        same = "the same at both ends" if self.keys_match else "DIFFERENT at the two ends"
        known = " and ".join(" or ".join(path[1:-1]) for path in self.paths)
        whom = f"{known} could know it" if self.trusted else "no other node could know it"
        together = ", together," if len(self.paths) > 1 and self.trusted else ""
        whom = whom.replace(" could", f"{together} could", 1)
        return f"{what} by {ways}: delivered after {self.delivered_s - asked.start_s:.4g} s, {same}; {whom}"


@dataclass(frozen=True, kw_only=True, eq=False)
class RelayRun:
    """What a network of trusted relays did."""

    outcomes: tuple[Outcome, ...]
    """One for each request, in the order asked."""
    hops: tuple[HopRecord, ...]
    simulated_s: float
    seed: int

    def hop(self, a: str, b: str) -> HopRecord:
        """Give the record of the hop between two nodes."""
        for record in self.hops:
            if set(record.ends) == {a, b}:
                return record
        raise InvalidArgument.of("b", f"be a neighbour of {a!r}", b)

    @cached_property
    def delivered(self) -> tuple[Outcome, ...]:
        """The requests that got their key."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "delivered")

    @property
    def delivered_bits(self) -> int:
        """Bits of all keys delivered."""
        return sum(outcome.request.bits for outcome in self.delivered)

    @property
    def keys_match(self) -> bool | None:
        """Whether all keys are the same at both ends; None without any."""
        return all(outcome.keys_match for outcome in self.delivered) if self.delivered else None

    def learned_by(self, *nodes: str) -> tuple[Outcome, ...]:
        """Give the keys that these nodes learn between them, if they are not honest."""
        return tuple(outcome for outcome in self.delivered if outcome.is_known_to(nodes))

    def __str__(self) -> str:
        count = {status: sum(o.status == status for o in self.outcomes) for status in ("refused", "waiting")}
        others = "".join(f", {number} {status}" for status, number in count.items() if number)
        lines = [
            f"Trusted relay, {self.simulated_s:.4g} s: {len(self.delivered)} of {len(self.outcomes)} keys delivered"
            f"{others}, {self.delivered_bits} bits"
        ]
        for hop in self.hops:
            spells = math.fsum(to - since for since, to in hop.exhausted_s)
            dry = f", exhausted for {spells:.4g} s" if hop.exhausted_s else ""
            lines.append(
                f"  {'~'.join(hop.ends)}: {hop.made_bits} bits made, {hop.relayed_bits} relayed, "
                f"{hop.levels[-1][1]} left{dry}"
            )
        return "\n".join(lines)
