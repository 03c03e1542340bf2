"""Graphs of common shapes, for `Network.from_graph`; in text, as `Network.parse` reads it, "ring:6,20" and the like.

Nodes are called n0, n1, ...; lengths (km) are edge attributes `length_km`, places in the plane (km) node attributes
`pos`. Random graphs come from the library's own streams: the same seed, the same graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.rng import Purpose, Stream

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["SHAPES", "gabriel", "grid", "named_shape", "ring", "star", "waxman"]

_Places = dict[str, tuple[float, float]]


def ring(nodes: int, length_km: float) -> nx.Graph:
    """Make a ring of spans of one length (km).

    >>> ring(5, 20.0).number_of_edges()
    5
    """
    _whole("nodes", nodes, 3)
    radius = length_km / (2.0 * math.sin(math.pi / nodes))
    angles = [2.0 * math.pi * k / nodes for k in range(nodes)]
    places = {f"n{k}": (radius * math.sin(a), radius * math.cos(a)) for k, a in enumerate(angles)}
    return _equal_spans(places, [(f"n{k}", f"n{(k + 1) % nodes}") for k in range(nodes)], length_km)


def star(arms: int, length_km: float) -> nx.Graph:
    """Make a star: n0 in the middle, and so many arms of one length (km).

    >>> star(4, 20.0).degree["n0"]
    4
    """
    _whole("arms", arms, 2)
    angles = [2.0 * math.pi * k / arms for k in range(arms)]
    places = {"n0": (0.0, 0.0)}
    places |= {f"n{k}": (length_km * math.sin(a), length_km * math.cos(a)) for k, a in enumerate(angles, 1)}
    return _equal_spans(places, [("n0", f"n{k}") for k in range(1, arms + 1)], length_km)


def grid(rows: int, columns: int, length_km: float) -> nx.Graph:
    """Make a rectangular grid of spans of one length (km); node r * columns + c stands in row r and column c.

    >>> grid(7, 7, 20.0).number_of_edges()
    84
    """
    _whole("rows", rows, 1)
    _whole("columns", columns, 1)
    name = {(r, c): f"n{r * columns + c}" for r in range(rows) for c in range(columns)}
    places = {name[r, c]: (c * length_km, r * length_km) for r, c in name}
    spans = [
        (name[r, c], name[r + dr, c + dc]) for r, c in name for dr, dc in ((0, 1), (1, 0)) if (r + dr, c + dc) in name
    ]
    return _equal_spans(places, spans, length_km)


def waxman(nodes: int, side_km: float, *, alpha: float = 0.4, beta: float = 0.4, seed: int = 0) -> nx.Graph:
    """Make a random graph in a square: two nodes are joined with probability beta exp(-d / (alpha L)).

    d is their distance and L the diagonal of the square (Waxman, IEEE J. Sel. Areas Commun. 6, 1617, 1988). What is
    left unconnected is joined by the shortest spans that do it, since a network in pieces serves nobody.

    Args:
        nodes: how many, at random places.
        side_km: side of the square, km.
        alpha: how far spans reach.
        beta: how dense they are.
        seed: of the graph.
    """
    for what, value in (("alpha", alpha), ("beta", beta)):
        check(what, value, Positive)
    places, stream = _scatter(nodes, side_km, seed, "waxman")
    reach = alpha * side_km * math.sqrt(2.0)
    spans = [
        (a, b)
        for a, b in combinations(places, 2)
        if stream.uniform() < beta * math.exp(-math.dist(places[a], places[b]) / reach)
    ]
    return _connected(_measured_spans(places, spans))


def gabriel(nodes: int, side_km: float, *, seed: int = 0) -> nx.Graph:
    """Make a random planar graph: nodes are joined if no third lies in the circle over their span.

    Gabriel and Sokal, Syst. Zool. 18, 259 (1969); it is planar and connected, and close to how fibre is laid.

    >>> import networkx as nx
    >>> nx.is_planar(gabriel(20, 100.0, seed=3)), nx.is_connected(gabriel(20, 100.0, seed=3))
    (True, True)
    """
    places, _ = _scatter(nodes, side_km, seed, "gabriel")
    names, at = list(places), np.array(list(places.values()))
    squared = ((at[:, None] - at[None]) ** 2).sum(axis=-1)
    spans = [
        (names[a], names[b])
        for a, b in combinations(range(nodes), 2)
        if not np.any(np.delete(squared[a] + squared[b], [a, b]) < squared[a, b])
    ]
    return _measured_spans(places, spans)


def _grid_text(size: str, length_km: float) -> nx.Graph:
    rows, columns = size.split("x")
    return grid(int(rows), int(columns), length_km)


SHAPES: Mapping[str, tuple[str, Callable[..., nx.Graph]]] = {
    "ring": ("ring:NODES,KM", lambda nodes, km: ring(int(nodes), float(km))),
    "star": ("star:ARMS,KM", lambda arms, km: star(int(arms), float(km))),
    "grid": ("grid:ROWSxCOLUMNS,KM", lambda size, km: _grid_text(size, float(km))),
    "waxman": ("waxman:NODES,SIDE_KM,SEED", lambda n, km, seed="0": waxman(int(n), float(km), seed=int(seed))),
    "gabriel": ("gabriel:NODES,SIDE_KM,SEED", lambda n, km, seed="0": gabriel(int(n), float(km), seed=int(seed))),
}
"""By name: how a shape is written as text, and what makes it."""


def named_shape(text: str) -> nx.Graph:
    """Make the graph that a text such as "grid:7x7,20" names.

    >>> named_shape("star:3,10").number_of_nodes()
    4
    """
    name, _, numbers = text.partition(":")
    form, make = SHAPES[name]
    try:
        return make(*numbers.split(","))
    except (ValueError, TypeError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument.of("network", f"be written {form}", text) from None


def _scatter(nodes: int, side_km: float, seed: int, shape: str) -> tuple[_Places, Stream]:
    """Give nodes random places in a square, and the stream to go on with."""
    _whole("nodes", nodes, 2)
    check("side_km", side_km, Positive)
    stream = Stream(seed, Purpose.TRAFFIC, f"graph|{shape}")
    return {f"n{k}": (side_km * stream.uniform(), side_km * stream.uniform()) for k in range(nodes)}, stream


def _measured_spans(places: _Places, spans: list[tuple[str, str]]) -> nx.Graph:
    graph = _empty(places)
    graph.add_edges_from((a, b, {"length_km": math.dist(places[a], places[b])}) for a, b in spans)
    return graph


def _equal_spans(places: _Places, spans: list[tuple[str, str]], length_km: float) -> nx.Graph:
    check("length_km", length_km, Positive)
    graph = _empty(places)
    graph.add_edges_from((a, b, {"length_km": length_km}) for a, b in spans)
    return graph


def _empty(places: _Places) -> nx.Graph:
    import networkx as nx  # takes as long to import as all the rest

    graph = nx.Graph()
    graph.add_nodes_from((node, {"pos": place}) for node, place in places.items())
    return graph


def _connected(graph: nx.Graph) -> nx.Graph:
    """Join the pieces of a graph by the shortest spans between them."""
    import networkx as nx

    places: Any = graph.nodes(data="pos")
    while not nx.is_connected(graph):
        piece = next(nx.connected_components(graph))
        pairs = ((a, b) for a in graph.nodes if a in piece for b in graph.nodes if b not in piece)
        a, b = min(pairs, key=lambda pair: math.dist(places[pair[0]], places[pair[1]]))
        graph.add_edge(a, b, length_km=math.dist(places[a], places[b]))
    return graph


def _whole(name: str, number: int, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise InvalidArgument.of(name, f"be a whole number from {least} on", number)
