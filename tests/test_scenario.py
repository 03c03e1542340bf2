"""Scenario files: what they may say, what is refused, and what they become."""

import json
import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from qnet.errors import FileError
from qnet.link import Device
from qnet.network import policies
from qnet.planning import nested
from qnet.scenario import LinkDown, MemoriesLost, Scenario

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.toml"))

HEAD = 'schema = "qnet.scenario/1"\nduration_s = 2.0\n'
CHAIN = HEAD + 'network = "chain:20,20"\n'
FULL = (
    HEAD
    + """
name = "full"
seed = 3

[network]
links = [
    { ends = ["a", "b"], length_km = 10.0 },
    { ends = ["b", "c"], length_km = 20.0, link = { success_probability = 0.5, cycle_s = 1e-3, fidelity = 0.9 } },
]

[hardware.device]
t2_s = 1.0
two_qubit_gate_depolarising = 0.01
swap_success_probability = 0.5

[hardware.link]
success_probability = 0.1
cycle_s = 1e-3
bell_diagonal = [0.9, 0.1, 0.0, 0.0]
loss_db_per_km = 1.0

[policies]
policy = "weighted-fair-share"
weights = { x = 2.0 }
controller = "b"
memories = 2
cutoff_s = 0.1

[[requests]]
source = "a"
target = "c"
tenant = "x"
pairs = 3
min_fidelity = 0.7
deadline_s = 1.5

[[requests]]
source = "c"
target = "a"
rate_hz = 2.0
priority = 1
keep = true

[[traffic]]
requests_hz = 2.0
pairs = [1, 3]
min_fidelity = 0.5
duration_s = [0.5, 1.0]
demand = [{ source = "a", target = "b", weight = 2.0 }, { source = "b", target = "c" }]

[[faults]]
link = ["b", "a"]
from_s = 0.5

[[faults]]
node = "b"
at_s = 1.0
"""
)


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        return Scenario.from_file(tmp_path / "mine.toml")

    return read


def faults_of(read, text):
    """What is wrong with a file, without its name."""
    with pytest.raises(FileError) as caught:
        read(text)
    return [line.split("mine.toml: ", 1)[1] for line in str(caught.value).splitlines()]


def test_a_file_becomes_requests_traffic_and_faults(read):
    scenario = read(FULL)
    assert (scenario.name, scenario.seed, scenario.duration_s) == ("full", 3, 2.0)
    first, second = scenario.requests
    assert (first.pairs, first.tenant, first.deadline_s, first.min_fidelity) == (3, "x", 1.5, 0.7)
    assert (second.pairs, second.rate_hz, second.deadline_s, second.keep) == (math.inf, 2.0, math.inf, True)
    (traffic,) = scenario.traffic
    assert (traffic.pairs, traffic.min_fidelity, traffic.duration_s) == ((1, 3), (0.5, 0.5), (0.5, 1.0))
    assert traffic.demand == {("a", "b"): 2.0, ("b", "c"): 1.0}
    assert scenario.faults == (LinkDown("b", "a", 0.5), MemoriesLost("b", 1.0))


def test_links_and_nodes_are_given_by_their_numbers(read):
    scenario = read(FULL)
    short, long = scenario.network.edges
    assert short.link.success_probability == pytest.approx(0.1 * 10 ** (-1.0))
    assert short.link.fidelity == pytest.approx(0.9)
    assert long.link.success_probability == 0.5
    device = scenario.network.repeater
    assert isinstance(device, Device)
    assert device.memory.relaxation_times()[1] == pytest.approx(1.0)
    assert device.swap_success_probability == 0.5


def test_names_become_functions_and_options_of_the_simulation(read):
    options = read(FULL).options
    assert options == {
        "policy": policies.weighted_fair_share, "weights": {"x": 2.0}, "controller": "b",
        "memories": 2, "cutoff_s": 0.1,
    }  # fmt: skip


def test_swaps_in_an_order_become_a_recipe_with_purified_links(read):
    once = read(CHAIN + '[policies]\nswap_order = "nested"').options
    assert (once["recipe"](4), once["restart"]) == (nested(4), "per-pair")
    assert str(read(CHAIN + "[policies]\nswap_order = [2, 1]").options["recipe"](3)) == "(0-1 + (1-2 + 2-3))"
    twice = read(CHAIN + '[policies]\nswap_order = "nested"\npurification = "dejmps"\npurification_rounds = 2')
    assert str(twice.options["recipe"](2)) == "([[0-1 * 0-1] * [0-1 * 0-1]] + [[1-2 * 1-2] * [1-2 * 1-2]])"
    assert read(CHAIN + '[policies]\npurification = "epl"').options["purification"].pairs == 2


def test_every_fault_is_told_at_once_with_its_path(read):
    text = (
        FULL.replace('controller = "b"', 'controller = "d"')
        .replace("min_fidelity = 0.7", "min_fidelity = 1.7")
        .replace('source = "c"', 'source = "cc"')
        .replace("memories = 2", "memories = 0")
        .replace("weighted-fair-share", "weighted-fare-share")
        .replace("keep = true", "keeep = true")
        .replace("duration_s = 2.0\n", "")
    )
    assert faults_of(read, text) == [
        "`duration_s` is missing.",
        "`policies.policy`: Unknown policy 'weighted-fare-share'; the nearest is 'weighted-fair-share'.",
        "`policies.controller`: Unknown node 'd'; known are 'a', 'b', 'c'.",
        "`policies.memories` must be greater than or equal to 1, but is 0.",
        "`requests[0].min_fidelity` must be less than or equal to 1, but is 1.7.",
        "`requests[1].source`: Unknown node 'cc'; the nearest is 'c'.",
        "Unknown key of [requests[1]] 'keeep'; the nearest is 'keep'.",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('network = "chain:20"', "`schema` must be 'qnet.scenario/1', but is None."),
        (HEAD, "`network` is missing."),
        (HEAD + 'network = "surfnett"', "`network`: Unknown network 'surfnett'; the nearest is 'surfnet' or"),
        (HEAD + "network = 3", "`network` must be an object, but is 3."),
        (HEAD + 'network = "chain:0"', "`network`: Argument `length_km of n0~n1` must be"),
        (CHAIN + "nodes = 3", "Unknown key 'nodes'"),
        (CHAIN + '[hardware]\nrepeater = "rb-atm-today"', "`hardware.repeater`: Unknown repeater hardware 'rb"),
        (CHAIN + '[hardware]\nrepeater = "none.toml"', "`hardware.repeater`: "),
        (CHAIN + "[hardware.device]\nt2_s = 1.0", "`hardware` must have a `link` of its own or for each"),
        (CHAIN + "[hardware.device]\nt1_s = 1.0\nt2_s = 3.0", "`hardware.device` must have a `t2_s` of at most twice"),
        (CHAIN + "[hardware.link]\nsuccess_probability = 0.1\ncycle_s = 1", "`hardware.link` must have either"),
        (CHAIN + '[policies]\nswap_order = "nestd"', "`policies.swap_order`: Unknown swap order 'nestd'"),
        (
            CHAIN + '[policies]\nswap_order = "nested"\nrestart = "pipelined"',
            "`policies` must have a `swap_order` of 'asap'",
        ),
        (CHAIN + "[policies]\nswap_order = [1, 3]", "`policies.swap_order` must be a name, or list each position"),
        (CHAIN + "[policies]\npurification_rounds = 2", "`policies` must have a `purification` and a `swap_order`"),
        (
            CHAIN
            + '[policies]\nweights = { bnak = 2 }\n'
            + '[[requests]]\nsource = "n0"\ntarget = "n1"\npairs = 1\ntenant = "bank"',
            "`policies.weights`: Unknown tenant 'bnak'; the nearest is 'bank'.",
        ),
        (CHAIN + '[[requests]]\nsource = "n0"', "`requests[0].target` is missing."),
        (CHAIN + '[[requests]]\nsource = "n0"\ntarget = "n1"', "`requests[0]` must have `pairs`, `rate_hz` or"),
        (CHAIN + '[[requests]]\nsource = "n0"\ntarget = "n0"\npairs = 1', "`requests[0].target` must differ"),
        (
            CHAIN + '[[requests]]\nsource = "n0"\ntarget = "n2"\nstart_s = 2\ndeadline_s = 1',
            "`requests[0].deadline_s` must be after start_s = 2, but is 1.0.",
        ),
        (CHAIN + '[[requests]]\nsource = "n0"\ntarget = "n2"\npairs = true', "`requests[0].pairs` must be a valid int"),
        (CHAIN + "[[traffic]]\npairs = [3, 1]\nrequests_hz = 1", "`traffic[0].pairs` must be a range"),
        (CHAIN + "[[traffic]]\npairs = 1", "`traffic[0].duration_s` must be finite where requests_hz is None"),
        (CHAIN + "[[traffic]]\nrequests_hz = 1\ndemand_of_topology = true", "`traffic[0]` must list its `demand`"),
        (CHAIN + '[[faults]]\nlink = ["n0", "n2"]\nfrom_s = 1', "`faults[0]` must name as `link` two nodes that"),
        (CHAIN + '[[faults]]\nlink = ["n0", "n1"]\nfrom_s = 1\nto_s = 1', "`faults[0]` must have a `to_s` after"),
        (CHAIN + '[[faults]]\nnode = "n0"', "`faults[0]` must have either `link`"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_the_reason(read, text, line):
    (fault,) = faults_of(read, text)
    assert fault.startswith(line)


def test_a_network_without_a_way_refuses_the_request_beforehand(read):
    links = '[network]\nlinks = [{ ends = ["a", "b"], length_km = 1 }, { ends = ["c", "d"], length_km = 1 }]\n'
    (fault,) = faults_of(read, HEAD + links + '[[requests]]\nsource = "a"\ntarget = "d"\npairs = 1')
    assert fault == "`requests[0]`: No route joins 'a' and 'd' in network 'mine'."


def test_a_network_file_beside_it_is_a_network(read, tmp_path):
    (tmp_path / "net.toml").write_text('schema = "qnet.network/1"\n[network]\ntopology = "star:3,10"\n', "utf-8")
    assert len(read(HEAD + 'network = "net.toml"').network.nodes) == 4


def test_the_demand_of_a_topology_can_be_taken(read):
    pytest.importorskip("topohub")
    scenario = read(
        HEAD + 'network = "topohub:sndlib/nobel-us"\n[[traffic]]\nrequests_hz = 1.0\ndemand_of_topology = true'
    )
    (traffic,) = scenario.traffic
    assert len(traffic.demand) == 91
    assert {node for ends in traffic.demand for node in ends} == set(scenario.network.nodes)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "bad.toml").write_text("schema = ")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "bad.toml"):
        with pytest.raises(FileError) as caught:
            Scenario.from_file(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_published_schema_is_that_of_the_reader():
    from qnet.scenario.schema import ScenarioFile

    schema = json.loads((ROOT / "docs/schema/qnet.scenario-1.json").read_text(encoding="utf-8"))
    assert schema == ScenarioFile.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)


def keys(model, prefix=""):
    """Every key that a file may have, from the fields of the models."""
    from qnet.scenario.reading import models_in

    for name, field in model.model_fields.items():
        yield field.alias or name
        for part in models_in(field.annotation):
            yield from keys(part)


def test_the_page_of_scenarios_explains_every_key():
    from qnet.scenario.names import POLICIES, PURIFICATIONS, SWAP_ORDERS
    from qnet.scenario.schema import ScenarioFile

    page = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    explained = set(re.findall(r'`"?([\w-]+)"?`', page)) | {
        "lon",
        "lat",
        "source",
        "target",
        "ends",
        "length_km",
        "weight",
    }
    assert not {*keys(ScenarioFile), *POLICIES, *PURIFICATIONS, *SWAP_ORDERS} - explained


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_can_be_read_and_obey_the_schema(path):
    scenario = Scenario.from_file(path)
    assert scenario.name == path.stem
    tree = tomllib.loads(path.read_text("utf-8"))
    jsonschema.validate(tree, json.loads((ROOT / "docs/schema/qnet.scenario-1.json").read_text("utf-8")))


def test_the_published_repeater_delivers_what_is_known_exactly():
    scenario = Scenario.from_file(ROOT / "docs" / "examples" / "two-links.toml")
    short = replace(scenario, requests=tuple(replace(terms, pairs=400) for terms in scenario.requests))
    records = short.run(seed=5).report.requests
    for record, rate_hz, fidelity in zip(records, (3818.4, 111.50, 5.67), (0.9909, 0.9607, 0.7208), strict=True):
        assert record.predicted_rate_hz.value == pytest.approx(rate_hz, rel=1e-3)
        assert record.predicted_fidelity.value == pytest.approx(fidelity, abs=1e-4)
        assert record.rate_hz.low < rate_hz < record.rate_hz.high
        assert record.fidelity.value == pytest.approx(fidelity, abs=4 * 0.25 * (1 - fidelity) / 20 + 1e-3)
