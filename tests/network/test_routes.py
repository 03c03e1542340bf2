"""Routes: least total length, spans split no more than needed, totals kept."""

import itertools
import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.network.route import Route
from qnet.network.topology import Network

lengths = st.floats(min_value=0.01, max_value=2000)
spans = st.lists(lengths, min_size=1, max_size=8)


@given(spans)
def test_the_total_of_a_route_is_the_sum_of_its_spans(lengths_km):
    route = Network.chain(lengths_km).route()
    assert route.hops == len(lengths_km)
    assert route.total_km == math.fsum(lengths_km)


@given(spans, st.floats(min_value=50, max_value=500))
def test_splitting_keeps_the_total_obeys_the_bound_and_needs_every_station(lengths_km, max_span_km):
    route = Network.chain(lengths_km).route()
    split = route.with_max_span(max_span_km)
    assert split.total_km == pytest.approx(route.total_km)
    assert max(split.lengths_km) <= max_span_km * (1 + 1e-6)
    assert len(split.stations) == split.hops - route.hops
    for number, length_km in enumerate(lengths_km):
        inserted = sum(node.startswith(f"n{number}~") for node in split.stations)
        assert inserted == 0 or length_km / inserted > max_span_km


@given(st.lists(lengths, min_size=10, max_size=10))
def test_no_simple_path_is_shorter_than_the_route(lengths_km):
    graph = nx.Graph()
    for (source, target), length_km in zip(itertools.combinations("abcde", 2), lengths_km, strict=True):
        graph.add_edge(source, target, length_km=length_km)
    total_km = Network.from_graph(graph).route("a", "e").total_km
    for path in nx.all_simple_paths(graph, "a", "e"):
        assert total_km <= nx.path_weight(graph, path, "length_km") * (1 + 1e-12)


@given(spans, lengths)
def test_scaling_sets_the_total_and_keeps_the_proportions(lengths_km, total_km):
    route = Network.chain(lengths_km).route()
    scaled = route.scaled(total_km)
    assert scaled.total_km == pytest.approx(total_km)
    ratios = [new / old for new, old in zip(scaled.lengths_km, route.lengths_km, strict=True)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))


def test_a_whole_multiple_of_the_bound_gets_no_station_too_many():
    route = Network.chain([150], names=["Delft", "Rotterdam"]).route().with_max_span(50)
    assert route.nodes == ("Delft", "Delft~Rotterdam#1", "Delft~Rotterdam#2", "Rotterdam")
    assert route.stations == route.nodes[1:3]
    assert Network.chain([0.3]).route().with_max_span(0.1).hops == 3


def test_splitting_twice_names_every_station_once():
    route = Network.chain([150]).route().with_max_span(80).with_max_span(40)
    assert len(set(route.nodes)) == 5
    assert set(route.stations) == set(route.nodes) - {"n0", "n1"}


def test_a_span_with_a_link_of_its_own_is_neither_split_nor_stretched():
    route = Network.chain([30, 80], link=[None, object()]).route()
    assert route.with_max_span(80) == route
    with pytest.raises(InvalidArgument, match="at least 80, since the span n1~n2"):
        route.with_max_span(50)
    with pytest.raises(InvalidArgument, match="its own link"):
        route.scaled(200)


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_lengths_asked_for_must_be_positive(value):
    route = Network.chain([60]).route()
    with pytest.raises(InvalidArgument, match="max_span_km"):
        route.with_max_span(value)
    with pytest.raises(InvalidArgument, match="total_km"):
        route.scaled(value)


@pytest.mark.parametrize(
    "fields",
    [
        {"nodes": ("a",), "lengths_km": ()},
        {"nodes": ("a", "a"), "lengths_km": (1,)},
        {"nodes": ("a", "b"), "lengths_km": (1, 2)},
        {"nodes": ("a", "b"), "lengths_km": (-1,)},
        {"nodes": ("a", "b"), "lengths_km": (math.inf,)},
        {"nodes": ("a", "b"), "lengths_km": (1,), "stations": ("c",)},
        {"nodes": ("a", "b"), "lengths_km": (1,), "links": (None, None)},
        {"nodes": ("a", "b"), "lengths_km": (1,), "route_factor": 0},
    ],
)
def test_a_route_that_does_not_fit_together_is_refused(fields):
    with pytest.raises(InvalidArgument):
        Route(**fields)
