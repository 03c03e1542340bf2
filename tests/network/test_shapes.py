"""Graphs of common shapes."""

import math

import networkx as nx
import pytest

from qnet.errors import InvalidArgument
from qnet.network.shapes import gabriel, grid, named_shape, ring, star, waxman
from qnet.network.topology import Network


@pytest.mark.parametrize(
    ("graph", "nodes", "edges", "diameter"),
    [(ring(6, 20.0), 6, 6, 3), (star(5, 20.0), 6, 5, 2), (grid(3, 4, 20.0), 12, 17, 5)],
)
def test_regular_shapes_have_equal_spans_and_places_to_match(
    graph: nx.Graph, nodes: int, edges: int, diameter: int
) -> None:
    assert (graph.number_of_nodes(), graph.number_of_edges(), nx.diameter(graph)) == (nodes, edges, diameter)
    places = graph.nodes(data="pos")
    for a, b, length_km in graph.edges(data="length_km"):
        assert length_km == 20.0
        assert math.dist(places[a], places[b]) == pytest.approx(20.0)


@pytest.mark.parametrize(
    "make", [lambda seed: waxman(25, 100.0, seed=seed), lambda seed: gabriel(25, 100.0, seed=seed)]
)
def test_random_graphs_are_connected_and_depend_on_the_seed_alone(make) -> None:  # type: ignore[no-untyped-def]
    first, again, other = make(1), make(1), make(2)
    assert nx.is_connected(first)
    assert nx.utils.graphs_equal(first, again)
    assert not nx.utils.graphs_equal(first, other)


def test_no_third_node_lies_in_the_circle_over_a_gabriel_span() -> None:
    graph = gabriel(15, 50.0, seed=4)
    places = dict(graph.nodes(data="pos"))
    for a in graph:
        for b in graph:
            if a < b:
                middle = tuple((x + y) / 2 for x, y in zip(places[a], places[b], strict=True))
                inside = [
                    c for c in graph if c not in (a, b) and math.dist(middle, places[c]) < math.dist(places[a], middle)
                ]
                assert graph.has_edge(a, b) == (not inside)


def test_waxman_prefers_short_spans() -> None:
    graph = waxman(60, 100.0, alpha=0.1, beta=1.0, seed=1)
    lengths = [length_km for _, _, length_km in graph.edges(data="length_km")]
    places = dict(graph.nodes(data="pos"))
    everything = [math.dist(places[a], places[b]) for a in graph for b in graph if a < b]
    assert sum(lengths) / len(lengths) < 0.6 * sum(everything) / len(everything)


def test_text_names_a_shape() -> None:
    network = Network.parse("grid:2x3,20")
    assert network.route("n0", "n5").total_km == 60
    assert named_shape("gabriel:9,50,3").edges == gabriel(9, 50.0, seed=3).edges


@pytest.mark.parametrize(
    ("text", "says"),
    [("ring:2,20", "`nodes` must be a whole number from 3"), ("grid:3,20", "must be written grid:ROWSxCOLUMNS,KM"),
     ("star:4,-1", "`length_km` must be"), ("gabriel:4", "must be written gabriel:")],
)  # fmt: skip
def test_a_shape_that_cannot_be_made_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        Network.parse(text)
