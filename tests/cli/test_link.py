import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from qnet.cli import main
from qnet.hardware import repeater_hardware
from qnet.link import link_of

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "qnet.link-1.json").read_text(encoding="utf-8"))


def answer(capsys, *arguments):
    assert main(["link", *arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    jsonschema.validate(facts, SCHEMA)
    return facts


@pytest.mark.parametrize("herald", ["single-click", "double-click", "midpoint-source", "emitter-absorber"])
def test_every_herald_obeys_the_schema(capsys, herald):
    facts = answer(capsys, "trapped-ion", "50", "--herald", herald)
    assert facts["herald"] == herald
    assert facts["rate_hz"] == pytest.approx(facts["success_probability"] / facts["cycle_time_s"])
    assert facts["fidelity_at_herald"] < facts["fidelity"]


def test_the_state_is_the_link_s_with_the_frame_undone(capsys):
    facts = answer(capsys, "trapped-ion", "50")
    rho = np.array(facts["state"]["real"]) + 1j * np.array(facts["state"]["imag"])
    assert np.trace(rho) == pytest.approx(1)
    assert (rho[0, 0] + rho[3, 3]).real / 2 + rho[0, 3].real == pytest.approx(facts["fidelity"])  # to Phi+
    assert facts["fidelity"] == pytest.approx(link_of("trapped-ion", 50.0).fidelity)


def test_numbers_can_be_set_by_dotted_and_by_last_name(capsys):
    dotted = answer(capsys, "trapped-ion", "20", "--set", "interface.visibility=1", "--set", "interface.efficiency=0.5")
    last = answer(capsys, "trapped-ion", "20", "--set", "visibility=1", "--set", "efficiency=0.5")
    assert dotted == last
    assert dotted["fidelity"] > 0.99


def test_numbers_that_depend_on_each_other_are_set_at_once(capsys):
    assert answer(capsys, "trapped-ion", "20", "--set", "t2_s=0.2", "--set", "t1_s=0.1")["fidelity"] > 0.9


def test_a_budget_adds_up(capsys):
    facts = answer(capsys, "trapped-ion", "20", "--budget", "--herald", "emitter-absorber")
    parts = facts["budget"]
    assert sum(cost["alone"] for cost in parts["costs"]) + parts["interactions"] == pytest.approx(parts["infidelity"])
    assert 1 - parts["infidelity"] == pytest.approx(facts["fidelity_at_herald"])
    assert answer(capsys, "trapped-ion", "20")["budget"] is None


def test_the_table_names_what_it_shows(capsys):
    assert main(["link", "trapped-ion", "20", "--herald", "emitter-absorber", "--budget"]) == 0
    said = capsys.readouterr().out
    for words in ("trapped-ion over 20 km, emitter-absorber", "at emission", "at herald", "pairs/s", "visibility"):
        assert words in said


def test_a_source_of_pairs_that_hardware_lacks_is_assumed_and_named(capsys):
    line = ["link", "trapped-ion", "50", "--herald", "midpoint-source"]
    assert main(line) == 0
    printed = capsys.readouterr()
    assert printed.err == "qnet: note: trapped-ion has no source of pairs: one of 0.05 pairs a pulse is assumed.\n"
    assert main([*line, "--set", "mean_pairs=0.01"]) == 0
    assert capsys.readouterr().err == ""


def test_a_data_file_is_hardware(capsys, tmp_path):
    file = Path(repeater_hardware.__code__.co_filename).parent / "presets" / "trapped-ion.toml"
    (tmp_path / "mine.toml").write_bytes(file.read_bytes().replace(b'"trapped-ion"', b'"mine"'))
    assert answer(capsys, str(tmp_path / "mine.toml"), "20")["hardware"] == "mine"


def test_a_number_that_looks_like_another_unit_s_is_flagged(capsys):
    assert main(["link", "trapped-ion", "5", "--set", "loss_db_per_km=200"]) == 0
    said = capsys.readouterr().err
    assert said.startswith("qnet: warning: Argument `loss_db_per_km`")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("traped-ion 50", "Unknown repeater hardware 'traped-ion'; the nearest is 'trapped-ion'"),
        ("trapped-ion -5", "Argument `LENGTH_KM` must be greater than 0, but is -5.0."),
        ("trapped-ion far", "Argument `LENGTH_KM` must be a number, but is 'far'."),
        ("trapped-ion", "The following arguments are required: LENGTH_KM"),
        ("trapped-ion 50 --herald singleclick", "Unknown herald model 'singleclick'; the nearest is 'single-click'"),
        ("trapped-ion 50 --set t1_s=0.01", "Argument `t2_s` must be at most 2 t1_s = 0.02, but is 0.085."),
        ("trapped-ion 50 --set interface.efficiency=1.3", "Argument `efficiency` must be at most 1, but is 1.3."),
        ("trapped-ion 50 --set visibilty=1", "Unknown number of hardware 'visibilty'; the nearest is 'visibility'"),
        ("colour-centre 50 --set t2_s=0.5", "must name one of memory.t2_s and storage.memory.t2_s"),
        ("trapped-ion 50 --set detector.efficiency=0.5", "must be 1, since interface.efficiency includes the detector"),
        ("trapped-ion 50 --set visibility", "Argument `--set` must be NAME=VALUE"),
        ("trapped-ion 50 --set visibility=high", "Argument `interface.visibility` must be a number, but is 'high'."),
        ("trapped-ion 50 --set modes=1.5", "Argument `modes` must be a whole number, but is '1.5'."),
        ("trapped-ion 50 --set number_resolving=maybe", "must be true or false, but is 'maybe'."),
        ("trapped-ion 50 --set mean_pairs=0.1", "Argument `--set` must give a PairSource, which the hardware lacks"),
        ("trapped-ion 50 60", "Argument '60' is one too many"),
    ],
)
def test_bad_input_gets_one_line(capsys, line, words):
    assert main(["link", *line.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert words in printed.err
