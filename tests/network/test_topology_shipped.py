"""Networks by name: shipped ones, topohub's, chains written as text."""

import pytest

from qnet.errors import FileError, InvalidArgument, UnknownName
from qnet.network.shipped import network_names
from qnet.network.topology import Network


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_network_has_a_route_a_source_and_a_citation(name):
    network = Network.shipped(name)
    assert network.name == name
    assert network.route().total_km > 0
    assert network.citation
    assert network_names()[name].endswith(".")


def test_surfnet_joins_delft_and_eindhoven_by_straight_lines_times_the_factor():
    network = Network.shipped("surfnet")
    assert len(network.nodes) == 50
    assert network.route().nodes == ("Delft", "Rotterdam", "Dordrecht", "Breda", "Tilburg", "Eindhoven")
    assert network.route().total_km == pytest.approx(1.5 * (12.63 + 18.3 + 25.83 + 22.07 + 29.65))
    assert "route factor 1.5 (ITU-T G.826)" in network.lengths_source


@pytest.mark.parametrize(("name", "hops"), [("surfnet-fibre", 2), ("surfnet-fibre-sites", 5)])
def test_the_published_fibre_is_226_km_with_no_factor(name, hops):
    network = Network.shipped(name)
    assert (network.route_factor, network.route().hops) == (1.0, hops)
    assert network.route().total_km == pytest.approx(226.5)
    assert "Avis" in network.lengths_source


def test_surfnet_is_what_topohub_has():
    ours, theirs = Network.shipped("surfnet"), Network.from_topohub("topozoo/Surfnet", hardware="trapped-ion")
    assert theirs.repeater == "trapped-ion"
    assert sorted(e.length_km for e in ours.edges) == sorted(e.length_km for e in theirs.edges)


def test_topohubs_spans_of_length_zero_need_a_floor():
    with pytest.raises(InvalidArgument, match="--min-span-km"):
        Network.from_topohub("topozoo/Garr201201")
    network = Network.from_topohub("topozoo/Garr201201", min_span_km=1)
    assert network.lengths_source.endswith("15 spans raised to 1 km")


def test_topohubs_nodes_of_one_name_are_told_apart():
    nodes = Network.from_topohub("topozoo/Garr200112", min_span_km=1).nodes
    assert {"MI", "MI (2)"} <= set(nodes)


@pytest.mark.parametrize(
    ("text", "nodes", "total_km"),
    [("surfnet-fibre", 3, 226.5), ("chain:60,45, 70", 4, 175), ("topohub:topozoo/Abilene", 11, None)],
)
def test_text_names_a_network(text, nodes, total_km):
    network = Network.parse(text)
    assert len(network.nodes) == nodes
    assert total_km is None or network.route().total_km == pytest.approx(total_km)


def test_text_names_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('schema = "qnet.network/1"\n[network]\ntopology = "chain:60,45"')
    assert Network.parse(str(path)).route().total_km == 105


def test_the_route_factor_reaches_every_kind_of_name():
    assert Network.parse("chain:60,45", route_factor=2).route().lengths_km == (120, 90)
    assert Network.parse("surfnet", route_factor=1).route().total_km == pytest.approx(108.48)
    assert Network.parse("topohub:topozoo/Surfnet", route_factor=1).route_factor == 1


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("surfnt", UnknownName, "nearest is 'surfnet'"),
        ("topohub:topozoo/Abilen", UnknownName, "nearest is 'topozoo/Abilene'"),
        ("chain:60,x", InvalidArgument, "as in chain:60,45,70"),
        ("chain:60,-4", InvalidArgument, "greater than 0, but is -4"),
        ("nowhere.toml", FileError, "Cannot read network file 'nowhere.toml'"),
    ],
)
def test_text_that_names_nothing_is_refused(text, error, message):
    with pytest.raises(error, match=message):
        Network.parse(text)
