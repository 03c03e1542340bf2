"""Networks: what their constructors accept, what they refuse, what they keep."""

import pickle

import networkx as nx
import pytest

from qnet.errors import InvalidArgument, NoRoute, UnknownName
from qnet.link import Device, Link
from qnet.network.topology import Edge, Network
from qnet.quantum import State


def triangle() -> nx.Graph:
    graph = nx.Graph()
    graph.add_edge("a", "b", km=10.0)
    graph.add_edge("b", "c", km=20)
    graph.add_edge("a", "c", km=40.0, link="special")
    return graph


def test_a_chain_names_its_nodes_and_ends():
    network = Network.chain([60, 45, 70], hardware="trapped-ion", qkd_hardware="gys-2004")
    assert network.nodes == ("n0", "n1", "n2", "n3")
    assert network.default_ends == ("n0", "n3")
    assert (network.repeater, network.qkd, network.route_factor) == ("trapped-ion", "gys-2004", 1.0)
    assert network.route().lengths_km == (60, 45, 70)


def test_a_chain_takes_one_link_for_all_spans_or_one_for_each():
    one, two = object(), object()
    assert [edge.link for edge in Network.chain([1, 2], link=one).edges] == [one, one]
    assert Network.chain([1, 2], link=[one, two]).route("n2", "n0").links == (two, one)
    with pytest.raises(InvalidArgument, match="hold 2 links"):
        Network.chain([1, 2], link=[one])


@pytest.mark.parametrize(
    ("lengths_km", "message"),
    [
        ([], "one length or more"),
        ([3, -1.0], "`length_km of n1~n2` must be greater than 0, but is -1"),
        ([float("nan")], "must be a number"),
        ([float("inf")], "must be finite"),
        (["60"], "must be a number"),
        ([5, 0], r"n1~n2.*--min-span-km"),
    ],
)
def test_bad_lengths_are_refused_by_the_name_of_their_span(lengths_km, message):
    with pytest.raises(InvalidArgument, match=message):
        Network.chain(lengths_km)


def test_a_floor_raises_short_spans_and_says_so_but_excuses_no_negative_one():
    network = Network.chain([0, 0.4, 3], min_span_km=1)
    assert network.route().lengths_km == (1, 1, 3)
    assert network.lengths_source == "fibre lengths as given; 2 spans raised to 1 km"
    with pytest.raises(InvalidArgument, match="greater than 0, but is -1"):
        Network.chain([-1], min_span_km=1)


def test_a_graph_is_multiplied_by_the_route_factor_and_keeps_its_links():
    network = Network.from_graph(triangle(), length="km", route_factor=1.5, lengths_source="straight lines")
    assert network.route("a", "c").lengths_km == (15, 30)
    assert network.route("a", "c").lengths_source == "straight lines x route factor 1.5 (ITU-T G.826)"
    assert network.graph().edges["a", "c"] == {"length_km": 60, "link": "special"}


def test_a_graph_without_lengths_is_refused():
    with pytest.raises(InvalidArgument, match="`length_km of a~b` must be a number"):
        Network.from_graph(triangle())


def test_parallel_edges_and_loops_give_way_to_the_shortest():
    graph = nx.MultiGraph([("a", "b", {"length_km": 7}), ("b", "a", {"length_km": 5}), ("a", "a", {"length_km": 0})])
    assert Network.from_graph(graph).edges == (Edge("a", "b", 5.0),)


def test_routes_refuse_what_they_cannot_join():
    graph = triangle()
    graph.add_edge("Delft", "Gouda", km=25)
    network = Network.from_graph(graph, length="km", name="islands")
    with pytest.raises(UnknownName, match="nearest is 'Delft'"):
        network.route("Delf", "Gouda")
    with pytest.raises(NoRoute, match="'a' and 'Delft'"):
        network.route("a", "Delft")
    with pytest.raises(InvalidArgument, match="differ from the source"):
        network.route("a", "a")
    with pytest.raises(InvalidArgument, match="islands has no default ends"):
        network.route("a")


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (("a", "b"), (Edge("a", "c", 1),), "Unknown node 'c'"),
        (("a", "b"), (Edge("a", "b", 1), Edge("b", "a", 2)), "at most once"),
        (("a", "b"), (Edge("a", "a", 1),), "two different nodes"),
        (("a", "a"), (), "different nodes"),
    ],
)
def test_nodes_and_edges_must_fit(nodes, edges, message):
    with pytest.raises((InvalidArgument, UnknownName), match=message):
        Network(name="odd", nodes=nodes, edges=edges)


def test_copies_change_what_they_say_and_nothing_else():
    network = Network.chain([60, 45], hardware="trapped-ion")
    longer = network.with_route_factor(1.2).with_hardware(qkd="gys-2004")
    assert longer.route().lengths_km == pytest.approx((72, 54))
    assert (longer.repeater, longer.qkd, longer.route_factor) == ("trapped-ion", "gys-2004", 1.2)
    assert longer.lengths_source.endswith("rescaled to route factor 1.2")
    assert network.route().total_km == 105


def test_the_graph_is_a_copy():
    network = Network.chain([60, 45])
    network.graph().edges["n0", "n1"]["length_km"] = 1
    assert network.route().total_km == 105


def test_devices_go_with_links_of_their_own():
    link = Link.from_numbers(0.1, 1e-3, State.werner(0.95))
    with pytest.raises(InvalidArgument, match="`hardware` must be repeater hardware where no span has"):
        Network.parse("ring:6,20").with_hardware(Device())
    with pytest.raises(InvalidArgument, match="no span has a link of its own"):
        Network.chain([20, 20], hardware=Device())
    assert Network.chain([20, 20], link=link).with_hardware(Device()).edges[0].link is link


def test_a_network_travels_to_a_worker():
    network = pickle.loads(pickle.dumps(Network.chain([60, 45])))
    assert str(network.route()) == "n0 -60- n1 -45- n2: 105 km, 2 spans"


def test_it_prints_what_matters():
    lines = str(Network.chain([600, 1450], hardware="trapped-ion")).splitlines()
    assert lines[0] == "Network chain: 3 nodes, 2 spans, 2,050 km of fibre"
    assert lines[2:] == ["  ends: n0 - n2", "  repeater: trapped-ion"]
