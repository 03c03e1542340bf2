"""Network files: what they say, and every fault in them at once."""

import json
from pathlib import Path

import jsonschema
import pytest

from qnet.errors import FileError
from qnet.network.schema import NetworkFile
from qnet.network.topology import Network

ROOT = Path(__file__).parents[2]
RING = """
schema = "qnet.network/1"
[network]
route_factor = 1.5
lengths_source = "straight lines"
ends = ["Delft", "Gouda"]
nodes = ["Delft", "Gouda", { name = "Leiden", lon = 4.49, lat = 52.16 }]
links = [{ ends = ["Delft", "Leiden"], length_km = 20 }, { ends = ["Leiden", "Gouda"], length_km = 22.0 }]
[hardware]
repeater = "trapped-ion"
qkd = "mine.toml"
"""
HEAD = 'schema = "qnet.network/1"\n[network]\n'


def written(folder, text):
    path = folder / "ring.toml"
    path.write_text(text)
    return path


def test_a_file_gives_lengths_ends_places_and_hardware(tmp_path):
    network = Network.from_file(written(tmp_path, RING))
    assert network.name == "ring"
    assert network.route().lengths_km == (30, 33)
    assert network.lengths_source == "straight lines x route factor 1.5 (ITU-T G.826)"
    assert network.positions == {"Leiden": (4.49, 52.16)}
    assert (network.repeater, network.qkd) == ("trapped-ion", tmp_path / "mine.toml")


def test_the_caller_overrides_the_route_factor_of_the_file(tmp_path):
    network = Network.from_file(written(tmp_path, RING), route_factor=1, min_span_km=21)
    assert network.route().lengths_km == (21, 22)


def test_a_topology_stands_in_for_links(tmp_path):
    path = written(
        tmp_path, HEAD + 'name = "mine"\ntopology = "surfnet"\nroute_factor = 1.25\nends = ["Delft", "Breda"]'
    )
    network = Network.from_file(path)
    assert (network.name, network.default_ends) == ("mine", ("Delft", "Breda"))
    assert network.route_factor == 1.25
    assert "Knight" in network.citation


def test_every_fault_is_told_at_once_with_its_place(tmp_path):
    text = RING.replace("= 22.0", "= -3").replace("lon = 4.49", "lon = 200").replace("repeater", "repeeter")
    with pytest.raises(FileError) as caught:
        Network.from_file(written(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(str(tmp_path / "ring.toml")) for line in lines)
    assert "`network.nodes[2].lon` must be less than or equal to 180, but is 200" in lines[0]
    assert "`network.links[1].length_km` must be greater than or equal to 0, but is -3" in lines[1]
    assert "Unknown key of [hardware] 'repeeter'; the nearest is 'repeater'" in lines[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = ", "not a TOML file"),
        ("[network]", "`schema` must be 'qnet.network/1', but is None"),
        ('schema = "qnet.network/1"', "`network` is missing"),
        (
            'shema = 1\nschema = "qnet.network/1"\n[network]\ntopology = "surfnet"',
            "key 'shema'; the nearest is 'schema'",
        ),
        (HEAD, "either `links` or a `topology`"),
        (HEAD + 'topology = "surfnt"', "nearest is 'surfnet'"),
        (HEAD + 'topology = "surfnet"\nnodes = ["a"]', "leave `nodes`"),
        (HEAD + 'links = [{ ends = ["a", "b"], length_km = "60" }]', "must be a valid number, but is '60'"),
        (HEAD + 'links = [{ ends = ["a", "b"], length_km = nan }]', "must be a finite number"),
        (HEAD + 'links = [{ ends = ["a", "b"], length_km = 0 }]', "--min-span-km"),
        (HEAD + 'links = [{ ends = ["a"], length_km = 1 }]', r"`network.links\[0\].ends\[1\]` is missing"),
        (HEAD + 'links = [{ ends = ["a", "b"], length = 1 }]', r"key of \[network.links\[0\]\] 'length'"),
        (HEAD + 'nodes = [{ name = "a", lon = 4.0 }]', "both `lon` and `lat`"),
        (RING.replace('"Gouda"]', '"Goud"]', 1), "Unknown node 'Goud'; the nearest is 'Gouda'"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path, text, message):
    with pytest.raises(FileError, match=message):
        Network.from_file(written(tmp_path, text))


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "latin.toml"):
        with pytest.raises(FileError) as caught:
            Network.from_file(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_published_schema_is_that_of_the_reader_and_the_shipped_files_obey_it():
    schema = json.loads((ROOT / "docs/schema/qnet.network-1.json").read_text())
    assert schema == NetworkFile.model_json_schema()
    for path in (ROOT / "qnet/network/data").glob("*.json"):
        jsonschema.validate(json.loads(path.read_text()), schema)
