"""`qnet simulate`: the contract of its output, its files and its refusals."""

import csv
import json
import signal
import sys
from pathlib import Path

import jsonschema
import pytest

from qnet.cli import main

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "qnet.simulate-1.json").read_text(encoding="utf-8"))
SCENARIO = """
schema = "qnet.scenario/1"
name = "small"
duration_s = 0.5
seed = 7
network = "chain:20,20"

[[requests]]
source = "n0"
target = "n2"
tenant = "a"
pairs = 20

[[requests]]
source = "n1"
target = "n2"
tenant = "b"
rate_hz = 1000
deadline_s = 0.4

[[traffic]]
requests_hz = 20
pairs = [1, 3]
duration_s = 0.2

[[faults]]
link = ["n0", "n1"]
from_s = 0.3
to_s = 0.35
"""

END = """
[[faults]]
link = ["n1", "n2"]
from_s = 0.0
"""


@pytest.fixture
def scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SCENARIO, "utf-8")
    return "small.toml"


def printed_json(capsys, *arguments):
    assert main(["simulate", *arguments, "--json"]) == 0
    return capsys.readouterr().out


def untimed(text):
    """What may not differ between equal runs, byte for byte."""
    answer = json.loads(text)
    del answer["timings"]
    return json.dumps(answer)


def test_the_json_obeys_its_schema(scenario, capsys):
    answer = json.loads(printed_json(capsys, scenario))
    jsonschema.validate(answer, SCHEMA)
    first, second, *others = answer["requests"]
    assert (answer["scenario"], answer["seed"], answer["duration_s"]) == ("small", 7, 0.5)
    assert (first["id"], first["delivered"], first["on_time"], first["accepted"]) == (0, 20, True, True)
    assert (second["tenant"], second["on_time"], second["wanted"]) == ("b", False, 400)
    assert second["reason"]
    assert answer["totals"]["requests"] == 2 + len(others) > 5
    assert [tenant["tenant"] for tenant in answer["tenants"]][:2] == ["a", "b"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(scenario, capsys):
    first = untimed(printed_json(capsys, scenario))
    assert untimed(printed_json(capsys, scenario)) == first
    assert untimed(printed_json(capsys, scenario, "--seed", "7")) == first
    assert untimed(printed_json(capsys, scenario, "--seed", "8")) != first


def test_the_tables_say_who_got_what(scenario, capsys):
    assert main(["simulate", scenario]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "small: 0.5 s, ended early, as nobody wanted more; seed 7" in printed.out
    assert max(map(len, printed.out.splitlines())) <= 100
    assert "n0 - n1 - n2: swap as soon as possible" in printed.out
    assert "20/20" in printed.out
    assert "Jain's index of fairness" in printed.out
    assert not Path("out").exists()


def test_files_are_written_and_named(scenario, capsys):
    assert main(["simulate", scenario, "--json", "--out", "there/here"]) == 0
    printed = capsys.readouterr()
    names = ("simulate.json", "requests.csv", "map.png", "space-time.png")
    assert printed.err == f"Wrote {', '.join(f'there/here/{name}' for name in names)}.\n"
    assert {path.name for path in Path("there/here").iterdir()} == set(names)
    assert all(Path("there/here", name).read_bytes().startswith(b"\x89PNG") for name in names[2:])
    assert json.loads(printed.out) == json.loads(Path("there/here/simulate.json").read_text())
    rows = list(csv.DictReader(Path("there/here/requests.csv").read_text().splitlines()))
    assert rows[0]["delivered"] == "20"
    assert len(rows) == json.loads(printed.out)["totals"]["requests"]


def test_without_pairs_there_is_no_picture_of_one(scenario, capsys):
    Path(scenario).write_text(SCENARIO.replace("from_s = 0.3\nto_s = 0.35", "from_s = 0.0") + END, "utf-8")
    assert main(["simulate", scenario, "--out", "out"]) == 0
    assert {path.name for path in Path("out").iterdir()} == {"simulate.json", "requests.csv", "map.png"}


def test_pictures_change_no_figure_and_are_not_missed(scenario, capsys, monkeypatch):
    plain = untimed(printed_json(capsys, scenario))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["simulate", scenario, "--json", "--out", "out"]) == 0
    printed = capsys.readouterr()
    assert untimed(printed.out) == plain
    assert "no picture without matplotlib" in printed.err
    assert {path.name for path in Path("out").iterdir()} == {"simulate.json", "requests.csv"}


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (('target = "n2"', 'target = "n3"'), (), "`requests[0].target`: Unknown node 'n3'"),
        (("", ""), ("--seed", "x"), "Argument `--seed` must be a whole number, but is 'x'"),
        (("", ""), ("--out", "small.toml"), "Argument `--out` must be a folder"),
        (("", ""), ("--sed", "3"), "Unknown option '--sed'; the nearest is '--seed'"),
        (("", ""), ("more.toml",), "Argument 'more.toml' is one too many"),
    ],
)
def test_bad_input_is_one_line(scenario, capsys, change, arguments, words):
    Path(scenario).write_text(SCENARIO.replace(*change) if change[0] else SCENARIO, "utf-8")
    assert main(["simulate", scenario, *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert words in printed.err


def test_a_scenario_is_asked_for(capsys):
    assert main(["simulate"]) == 2
    assert "SCENARIO" in capsys.readouterr().err


def test_ctrl_c_shows_what_was_counted(scenario, capsys, monkeypatch):
    from qnet.network.simulation import Simulation

    run = Simulation.run

    def pressed_while_running(self, **limits):
        if self.now > 0.1:
            self.clock.call(0, 2, lambda _: signal.raise_signal(signal.SIGINT))
        return run(self, **limits)

    monkeypatch.setattr(Simulation, "run", pressed_while_running)
    assert main(["simulate", scenario, "--json"]) == 130
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, SCHEMA)
    assert answer["stopped_by"] == "interrupted"
    assert answer["requests"][0]["delivered"] == 20
    assert {request["status"] for request in answer["requests"]} >= {"closed", "served"}
