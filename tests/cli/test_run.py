import json
import signal
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

import qnet.cli.run as run
from qnet.attacks import ATTACKS
from qnet.cli import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "qnet.run-1.json").read_text(encoding="utf-8"))
FILE = """\
schema = "qnet.network/1"

[network]
name = "repeaters only"
ends = ["a", "b"]
links = [{ ends = ["a", "b"], length_km = 10.0 }]

[hardware]
repeater = "trapped-ion"
"""
SMALL = ("run", "bbm92", "chain:10", "--pairs", "600", "--seed", "7")


def told(capsys, *line: str, status: int = 0) -> str:
    """What a run prints."""
    assert main(line) == status
    return capsys.readouterr().out


def refused(capsys, *line: str) -> str:
    """The one line that says what is wrong."""
    assert main(("run", *line)) == 2
    out, said = capsys.readouterr()
    (error,) = said.splitlines()
    assert not out
    return error


def test_the_json_obeys_its_schema(capsys) -> None:
    answer = json.loads(told(capsys, *SMALL, "--json"))
    jsonschema.validate(answer, SCHEMA)
    assert set(SCHEMA["required"]) == set(answer)
    assert (answer["protocol"], answer["seed"], answer["raw"]) == ("bbm92", 7, 600)
    assert answer["route"]["nodes"] == ["n0", "n1"]
    assert "more rounds are needed" in answer["reason"]
    assert answer["timings"]["total_s"] > 0


def test_an_attack_is_reported_and_obeys_the_schema(capsys) -> None:
    line = (*SMALL, "n0", "n1", "--attack", "intercept-resend:fraction=1", "--json")
    answer = json.loads(told(capsys, *line))
    jsonschema.validate(answer, SCHEMA)
    assert answer["aborted"]
    assert answer["attack"]["noticed"]
    assert answer["attack"]["parameters"]["fraction"] == 1.0
    assert answer["attack"]["eve_secret_bits"] == 0


def test_equal_seeds_differ_in_nothing_but_timings(capsys) -> None:
    first, again, other = (
        {
            name: value
            for name, value in json.loads(told(capsys, *SMALL[:-1], seed, "--json")).items()
            if name != "timings"
        }
        for seed in ("7", "7", "8")
    )
    assert first == again != other


def test_the_table_names_the_hardware_taken_by_default(capsys) -> None:
    assert main(SMALL) == 0
    out, said = capsys.readouterr()
    assert out.startswith("bbm92 from n0 to n1: 10 km in 1 span, seed 7")
    assert "qnet: note: the repeaters are rb-atom-projected" in said
    assert max(map(len, out.splitlines())) <= 100


def test_seconds_limit_the_run(capsys) -> None:
    answer = json.loads(told(capsys, *SMALL[:3], "--seconds", "0.5", "--hardware", "trapped-ion", "--json"))
    assert 0 < answer["elapsed_s"] <= 0.5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("bbm9", "chain:10"), "Unknown protocol 'bbm9'; the nearest is 'bbm92'"),
        (("bbm92", "chain:10", "n0", "n9"), "Unknown node 'n9'"),
        (("bbm92", "chain:10", "n0"), "`TARGET` must be given beside SOURCE, 'n0'"),
        (("bbm92", "chain:10", "--epsilon", "0"), "`--epsilon` must be greater than 0"),
        (("bbm92", "chain:10", "--epsilon", "1"), "`--epsilon` must be less than 1"),
        (("bbm92", "chain:10", "--pairs", "0"), "`--pairs` must be a whole number from 1 on"),
        (("bbm92", "chain:10", "--pairs", "9", "--seconds", "1"), "not be given together with --pairs"),
        (("bbm92", "chain:10", "--seconds", "-1"), "`--seconds` must be greater than 0"),
        (("bbm92", "chain:10", "--seed", "x"), "`--seed` must be a whole number"),
        (
            ("bbm92", "chain:10", "--attack", "intercept"),
            "Unknown attack 'intercept'; the nearest is 'intercept-resend'",
        ),
        (("bbm92", "chain:10", "--attack", "intercept-resend:fraction=2"), "`fraction` must be"),
        (("bbm92", "chain:10", "--attack", "message-forgery", "--attack", "entangling-probe"), "be given once"),
        (("bbm92", "chain:10", "--hardware", "gys-2004"), "that is qkd hardware"),
        (("decoy-bb84", "chain:10", "--hardware", "trapped-ion"), "that is repeater hardware"),
        (("bbm92",), "NETWORK"),
        (("bbm92", "chain:10", "--colour", "red"), "Unknown option '--colour'"),
    ],
)
def test_bad_input_is_one_clear_line(capsys, line, words) -> None:
    assert words in refused(capsys, *line)


def test_a_plug_in_that_makes_no_key_run_is_named(capsys, monkeypatch) -> None:
    monkeypatch.setattr(run, "_protocol", lambda name: SimpleNamespace(make_key=lambda *_, **__: 7))
    assert "make_key of protocol 'mine' must give a qnet.experiment.KeyRun, but gave int" in refused(
        capsys, "mine", "chain:10"
    )


def test_a_route_without_qkd_hardware_is_refused(capsys, tmp_path) -> None:
    file = tmp_path / "repeaters.toml"
    file.write_text(FILE, encoding="utf-8")
    assert "`--hardware` must name QKD systems" in refused(capsys, "decoy-bb84", str(file))
    assert "repeaters" not in refused(capsys, "bbm92", str(file), "--pairs", "-1")


def test_help_names_what_there_is(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("run", "--help"))
    page = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in page for name in ATTACKS)
    for name in ("bbm92", "e91", "six-state", "bb84", "decoy-bb84", "trusted-bb84"):
        assert name in page
        (point,) = entry_points(group="qnet.protocols", name=name)
        assert callable(point.load().make_key)


def documented() -> list[str]:
    """The commands that the page shows."""
    page = (Path(__file__).parents[2] / "docs" / "run.md").read_text(encoding="utf-8")
    lines = [line.removeprefix("$ ").split("#")[0] for line in page.splitlines() if line.startswith("$ qnet run ")]
    return [line for line in lines if "--help" not in line]


@pytest.mark.parametrize("line", documented())
def test_commands_of_the_page_can_be_read(line: str) -> None:
    values = run._parser().read(line.split()[2:])
    options = run._options(values)
    assert options["stop"].pairs < 1e8 or options["stop"].seconds < 1e8
    assert run._equipped(values)[0].route(values.source, values.target).hops


def test_ctrl_c_ends_a_long_run(capsys) -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        assert main(("run", "bbm92", "chain:10", "--pairs", "100_000_000")) == 130
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    out, said = capsys.readouterr()
    assert "none: interrupted" in out or "interrupted" in said  # the alarm may come before the first pair
