"""Spans of fibre between nodes, and how raw lengths become fibre kilometres."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Positive, check

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["SHORT_ROUTE_FACTOR", "Edge", "check_edges", "fibre_spans", "kilometres", "shortest_edges"]

SHORT_ROUTE_FACTOR = 1.5
"""Fibre length over straight-line distance for distances under 1,000 km (ITU-T G.826)."""


@dataclass(frozen=True)
class Edge:
    """A fibre span between two nodes.

    Args:
        source: one end.
        target: the other end; a span has no direction.
        length_km: length of the fibre (km), route factor included.
        link: hardware of this span alone, a `qnet.link.Link`, or None for that of the network.
    """

    source: str
    target: str
    length_km: float
    link: object | None = None

    def __str__(self) -> str:
        return f"{self.source}~{self.target}"


def check_edges(edges: Iterable[Edge], nodes: Sequence[str]) -> None:
    """Raise unless every edge joins two different known nodes, no two edges the same ones, and lengths are positive."""
    known, joined = set(nodes), set[frozenset[str]]()
    for edge in edges:
        ends = frozenset((edge.source, edge.target))
        for node in ends - known:
            raise UnknownName.of("node", node, nodes)
        if len(ends) < 2 or ends in joined:
            raise InvalidArgument.of("edges", "join each two different nodes at most once", str(edge))
        joined.add(ends)
        _check_length(edge)


def _check_length(edge: Edge) -> None:
    name = f"length_km of {edge}"
    if edge.length_km == 0:
        raise InvalidArgument.of(name, "be greater than 0 (min_span_km, --min-span-km, sets a floor)", edge.length_km)
    check(name, edge.length_km, Positive)
    if math.isinf(edge.length_km):
        raise InvalidArgument.of(name, "be finite", edge.length_km)


def fibre_spans(
    edges: Iterable[Edge], *, route_factor: float, min_span_km: float | None
) -> tuple[tuple[Edge, ...], str]:
    """Multiply raw lengths by the route factor and raise short spans to `min_span_km` (km, after the factor).

    Returns the edges and what to add to the sentence on the source of the lengths.

    >>> fibre_spans([Edge("a", "b", 0.0)], route_factor=1.0, min_span_km=0.5)[1]
    '; 1 span raised to 0.5 km'
    """
    check("route_factor", route_factor, Positive)
    spans: list[Edge] = []
    for edge in edges:
        check(f"length_km of {edge}", edge.length_km, float)
        spans.append(replace(edge, length_km=edge.length_km * route_factor))
    note = "" if route_factor == 1 else f" x route factor {route_factor:g}"
    if route_factor == SHORT_ROUTE_FACTOR:
        note += " (ITU-T G.826)"
    if min_span_km is None:
        return tuple(spans), note
    check("min_span_km", min_span_km, Positive)
    # A negative length is an error, not a short span: leave it for the check.
    short = [index for index, edge in enumerate(spans) if 0 <= edge.length_km < min_span_km]
    for index in short:
        spans[index] = replace(spans[index], length_km=min_span_km)
    if short:
        note += f"; {len(short)} span{'s' if len(short) > 1 else ''} raised to {min_span_km:g} km"
    return tuple(spans), note


def shortest_edges(graph: nx.Graph, length: str) -> list[Edge]:
    """List the edges of a graph once per pair of nodes: the shortest of parallel ones, and no loops."""
    shortest: dict[frozenset[str], Edge] = {}
    for source, target, data in graph.edges(data=True):
        edge = Edge(str(source), str(target), data.get(length, math.nan), data.get("link"))
        check(f"{length} of {edge}", edge.length_km, float)  # NaN, a missing length, would pass for the shortest
        ends = frozenset((edge.source, edge.target))
        if len(ends) == 2 and (ends not in shortest or edge.length_km < shortest[ends].length_km):
            shortest[ends] = edge
    return list(shortest.values())


def kilometres(length_km: float) -> str:
    """Write a length with four digits.

    >>> kilometres(22.5), kilometres(12208.2)
    ('22.5', '12,208')
    """
    return f"{length_km:.4g}" if length_km < 1000 else f"{length_km:,.0f}"
