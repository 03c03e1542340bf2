"""A route: the fibre spans between two ends, in order, each with its length and what stands at its ends."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check, check_fields
from qnet.network.spans import kilometres

__all__ = ["Route", "fibre_between"]

# 150 km in spans of at most 50 km are three parts, also where 150/50 comes out a rounding error above 3.
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Route:
    """Hold a path through a network, as values.

    Args:
        nodes: the names along the path, ends included, all different.
        lengths_km: fibre length of each span (km); one less than the nodes.
        stations: those of the nodes that were inserted to shorten spans and are no places of the network.
        links: for each span the hardware that overrides the nodes' own, or None; empty means no overrides.
        route_factor: what straight lines were multiplied by to give the lengths; 1 where fibre was measured.
        lengths_source: one sentence saying where the lengths come from.

    >>> route = Route(nodes=("Delft", "Gouda", "Utrecht"), lengths_km=(40.0, 45.0))
    >>> print(route.with_max_span(25))
    Delft -20- Delft~Gouda#1 -20- Gouda -22.5- Gouda~Utrecht#1 -22.5- Utrecht: 85 km, 4 spans, 2 inserted stations
    """

    nodes: tuple[str, ...]
    lengths_km: tuple[float, ...]
    stations: tuple[str, ...] = ()
    links: tuple[object | None, ...] = ()
    route_factor: Positive = 1.0
    lengths_source: str = "fibre lengths as given"

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.nodes) < 2 or len(set(self.nodes)) < len(self.nodes):
            raise InvalidArgument.of("nodes", "name two or more different nodes", self.nodes)
        if len(self.lengths_km) != len(self.nodes) - 1:
            raise InvalidArgument.of("lengths_km", f"hold {len(self.nodes) - 1} spans", self.lengths_km)
        for length_km in self.lengths_km:
            check("lengths_km", length_km, Positive)
        if math.isinf(self.total_km):
            raise InvalidArgument.of("lengths_km", "be finite", self.lengths_km)
        if not set(self.stations) <= set(self.nodes):
            raise InvalidArgument.of("stations", "be nodes of the route", self.stations)
        object.__setattr__(self, "links", self.links or (None,) * self.hops)
        if len(self.links) != self.hops:
            raise InvalidArgument.of("links", f"hold {self.hops} entries", self.links)

    @property
    def total_km(self) -> float:
        """Give the fibre length from end to end (km)."""
        return math.fsum(self.lengths_km)

    @property
    def hops(self) -> int:
        """Give the number of spans."""
        return len(self.lengths_km)

    def spans(self) -> tuple[Route, ...]:
        """Give each span as a route of its own.

        >>> [span.total_km for span in Route(nodes=("a", "b", "c"), lengths_km=(1.0, 2.0)).spans()]
        [1.0, 2.0]
        """
        return tuple(
            replace(self, nodes=ends, lengths_km=(length_km,), links=(link,), stations=())
            for ends, length_km, link in zip(
                zip(self.nodes, self.nodes[1:], strict=False), self.lengths_km, self.links, strict=True
            )
        )

    def with_max_span(self, max_span_km: float) -> Route:
        """Split each span longer than `max_span_km` into the least number of equal parts.

        The stations inserted are named after the span and counted along it: "Delft~Rotterdam#1".

        Raises:
            InvalidArgument: `max_span_km` is not positive, or a span to be split has a link of its own, which was
                made for the whole span.
        """
        check("max_span_km", max_span_km, Positive)
        nodes, lengths_km, stations, links = [self.nodes[0]], list[float](), list(self.stations), list[object | None]()
        for source, target, length_km, link in zip(
            self.nodes, self.nodes[1:], self.lengths_km, self.links, strict=False
        ):
            parts = max(1, math.ceil(length_km / max_span_km - _ROUNDING))
            if parts > 1 and link is not None:
                rule = f"be at least {length_km:g}, since the span {source}~{target} has a link of its own"
                raise InvalidArgument.of("max_span_km", rule, max_span_km)
            inserted = [f"{source}~{target}#{number}" for number in range(1, parts)]
            nodes += [*inserted, target]
            stations += inserted
            lengths_km += [length_km / parts] * parts
            links += [link] * parts
        return replace(
            self, nodes=tuple(nodes), lengths_km=tuple(lengths_km), stations=tuple(stations), links=tuple(links)
        )

    def scaled(self, total_km: float) -> Route:
        """Stretch or shrink all spans in proportion, to `total_km` from end to end, for sweeps over distance.

        Raises:
            InvalidArgument: `total_km` is not positive, or a span has a link of its own, which knows one length only.
        """
        check("total_km", total_km, Positive)
        if any(link is not None for link in self.links):
            raise InvalidArgument.of("total_km", f"stay {self.total_km:g}, since a span has its own link", total_km)
        stretch = total_km / self.total_km
        lengths_km = tuple(length_km * stretch for length_km in self.lengths_km)
        return replace(self, lengths_km=lengths_km, lengths_source=f"{self.lengths_source}; scaled to {total_km:g} km")

    def __str__(self) -> str:
        steps = (
            f" -{kilometres(length)}- {node}" for length, node in zip(self.lengths_km, self.nodes[1:], strict=True)
        )
        spans = f"{self.hops} span{'s' if self.hops > 1 else ''}"
        count = len(self.stations)
        inserted = f", {count} inserted station{'s' if count > 1 else ''}" if count else ""
        return f"{self.nodes[0]}{''.join(steps)}: {kilometres(self.total_km)} km, {spans}{inserted}"


def fibre_between(a: str, b: str) -> frozenset[str]:
    """Give the two places whose fibre joins two nodes; stations inserted on the way are named after it.

    >>> sorted(fibre_between("Delft", "Delft~Gouda#1"))
    ['Delft', 'Gouda']
    """
    for name in (a, b):
        if "~" in name:
            return frozenset(name.rpartition("#")[0].split("~"))
    return frozenset((a, b))
