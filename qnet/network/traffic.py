"""Traffic: many requests, drawn from a few numbers. The same seed gives the same requests, whatever serves them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import NonNegative, Positive, check, check_fields
from qnet.network.terms import Terms
from qnet.rng import Purpose, Stream

if TYPE_CHECKING:
    from qnet.network.topology import Network

__all__ = ["Range", "Traffic"]

Range = tuple[float, float]
"""From and to, both included; equal for a fixed number."""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Describe requests that come by themselves.

    Args:
        requests_hz: mean number of requests per second in the whole network, at times of a Poisson process; None has
            every source ask anew as soon as its last request is over (`duration_s` long).
        pairs: how many pairs a request asks for: a whole number from this range.
        min_fidelity: fidelity asked of each pair, from this range.
        duration_s: from a request's start to its deadline, s, from this range.
        demand: weight of each (source, target); empty for all pairs of nodes alike.
        tenants: who asks, in proportion to these weights; empty makes each source a tenant of its own.
        name: of the random stream, so that two kinds of traffic in one run differ.

    >>> import qnet
    >>> traffic = Traffic(requests_hz=2.0, pairs=(1, 5), duration_s=(1.0, 3.0))
    >>> terms = list(traffic.requests(qnet.Network.chain([20, 20]), until_s=100.0, seed=1))
    >>> 150 < len(terms) < 250, max(each.pairs for each in terms)
    (True, 5)
    """

    requests_hz: float | None
    pairs: Range = (1, 1)
    min_fidelity: Range = (0.0, 0.0)
    duration_s: Range = (math.inf, math.inf)
    demand: Mapping[tuple[str, str], float] = field(default_factory=dict)
    tenants: Mapping[str, float] = field(default_factory=dict)
    name: str = "traffic"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.requests_hz is not None:
            check("requests_hz", self.requests_hz, Positive)
        elif not math.isfinite(self.duration_s[1]):
            raise InvalidArgument.of("duration_s", "be finite where requests_hz is None", self.duration_s)
        for name, least in (("pairs", 1.0), ("min_fidelity", 0.0), ("duration_s", 0.0)):
            low, high = getattr(self, name)
            if not least <= low <= high or (name == "duration_s" and low == 0.0):
                raise InvalidArgument.of(name, f"be a range (low, high) from {least:g} on", (low, high))
        if self.min_fidelity[1] > 1.0:
            raise InvalidArgument.of("min_fidelity", "be a range within 0 to 1", self.min_fidelity)
        for weights in (self.demand, self.tenants):
            for key, weight in weights.items():
                check(f"weight of {key}", weight, Positive)

    def requests(self, network: Network, *, until_s: float, seed: int, replica: int = 0) -> Iterator[Terms]:
        """Draw the requests for a network up to a simulated time, in the order of their starts."""
        check("until_s", until_s, NonNegative)
        if math.isinf(until_s):
            raise InvalidArgument.of("until_s", "be finite", until_s)
        for node in (node for ends in self.demand for node in ends):
            if node not in network.nodes:
                raise UnknownName.of("node", node, network.nodes)
        ends = self.demand or dict.fromkeys(permutations(network.nodes, 2), 1.0)
        if self.requests_hz is not None:
            yield from self._poisson(ends, until_s, Stream(seed, Purpose.TRAFFIC, self.name, replica))
            return
        drawn = [
            terms
            for source in dict.fromkeys(a for a, _ in ends)
            for terms in self._in_turn(
                source, ends, until_s, Stream(seed, Purpose.TRAFFIC, f"{self.name}|{source}", replica)
            )
        ]
        yield from sorted(drawn, key=lambda terms: terms.start_s)

    def _poisson(self, ends: Mapping[tuple[str, str], float], until_s: float, stream: Stream) -> Iterator[Terms]:
        assert self.requests_hz is not None
        pairs, weights = list(ends), list(ends.values())
        now = 0.0
        while (now := now - math.log1p(-stream.uniform()) / self.requests_hz) < until_s:
            yield self._terms(*pairs[stream.choose(weights)], now, stream)

    def _in_turn(
        self, source: str, ends: Mapping[tuple[str, str], float], until_s: float, stream: Stream
    ) -> Iterator[Terms]:
        targets = {b: weight for (a, b), weight in ends.items() if a == source}
        now = 0.0
        while now < until_s:
            terms = self._terms(source, list(targets)[stream.choose(list(targets.values()))], now, stream)
            yield terms
            now = terms.deadline_s

    def _terms(self, source: str, target: str, now: float, stream: Stream) -> Terms:
        pairs = math.floor(_between(self.pairs[0], self.pairs[1] + 1.0, stream))
        tenants = list(self.tenants)
        return Terms(
            source=source,
            target=target,
            pairs=min(pairs, math.floor(self.pairs[1])),
            min_fidelity=_between(*self.min_fidelity, stream),
            start_s=now,
            deadline_s=now + _between(*self.duration_s, stream),
            tenant=tenants[stream.choose(list(self.tenants.values()))] if tenants else source,
        )


def _between(low: float, high: float, stream: Stream) -> float:
    """Draw a number from a range; also from a fixed one, so that fixing one number moves no other."""
    share = stream.uniform()
    return low if low == high else low + share * (high - low)
