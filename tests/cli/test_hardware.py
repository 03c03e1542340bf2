import json
import warnings
from pathlib import Path

import jsonschema
import pytest

from qnet.cli import main
from qnet.hardware import preset, preset_names

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def printed(capsys, *arguments):
    assert main(["hardware", *arguments]) == 0
    return capsys.readouterr().out


def answer(capsys, schema, *arguments):
    tree = json.loads(printed(capsys, *arguments, "--json"))
    jsonschema.validate(tree, json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))
    return tree


def test_the_list_has_every_preset_with_kind_epoch_source_and_year(capsys):
    lines = printed(capsys).splitlines()[2:]
    assert [line.split()[:3] for line in lines] == [[name, kind, epoch] for name, kind, epoch, _ in preset_names()]
    for line, (name, *_) in zip(lines, preset_names(), strict=True):
        assert line.endswith(preset(name).published)
        assert f"({preset(name).year})" in line


def test_one_preset_shows_each_number_with_unit_and_source(capsys):
    text = printed(capsys, "nv-near-term")
    assert "single-click" in text.splitlines()[1]
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    assert "interface.preparation_s" in lines
    assert "3.8e-06 s" in lines["interface.preparation_s"]
    assert "emission delay: Coopmans et al." in lines["interface.preparation_s"]
    assert "assumed: far shorter than an attempt" in lines["detector.dead_time_s"]
    assert {number.name for number in preset("nv-near-term").numbers() if number.source} <= set(lines)
    assert "Left out, or of no effect here (defaults): " in text


def test_the_json_of_the_list_obeys_its_schema(capsys):
    presets = answer(capsys, "qnet.hardware-list-1")["presets"]
    assert len(presets) == len(preset_names()) >= 12
    by_name = {entry["name"]: entry for entry in presets}
    assert (by_name["gys-2004"]["kind"], by_name["gys-2004"]["year"]) == ("qkd", 2004)
    assert by_name["snspd"]["herald"] is None


@pytest.mark.parametrize("name", ["nv-near-term", "toshiba-tokyo", "ingaas"])
def test_the_json_of_a_preset_obeys_its_schema(capsys, name):
    tree = answer(capsys, "qnet.hardware-sheet-1", name)
    assert {entry["name"]: entry["assumed"] for entry in tree["numbers"] if entry["source"]} == {
        number.name: number.name in preset(name).assumed for number in preset(name).numbers() if number.source
    }


def test_what_is_infinite_is_null_and_units_are_in_words(capsys):
    numbers = {entry["name"]: entry for entry in answer(capsys, "qnet.hardware-sheet-1", "trapped-ion")["numbers"]}
    assert numbers["memory.t1_s"]["value"] is None
    assert numbers["fibre.loss_db_per_km"]["unit"] == "dB/km"
    assert (numbers["fibre.group_velocity_km_s"]["unit"], numbers["memory.t2_s"]["unit"]) == ("km/s", "s")
    assert numbers["interface.visibility"]["unit"] == ""


def test_a_data_file_is_shown_like_a_preset(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'schema = "qnet.hardware/1"\nkind = "detector"\nname = "mine"\nepoch = "today"\ndescription = "in the lab"\n'
        "[detector]\nefficiency = 0.8\ndark_count_probability = 1e-6\n"
    )
    text = printed(capsys, str(file))
    assert text.startswith("mine: in the lab\n")
    assert "assumed: given by the user" in text


def test_an_unknown_name_is_refused_with_the_nearest(capsys):
    assert main(["hardware", "nv-nearterm"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("qnet: error: Unknown hardware 'nv-nearterm'; the nearest is 'nv-near-term'")
    assert error.count("\n") == 1


def test_a_number_in_the_wrong_unit_is_flagged_in_one_line(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'schema = "qnet.hardware/1"\nkind = "detector"\nname = "mine"\nepoch = "today"\ndescription = "in the lab"\n'
        "[detector]\ndark_count_probability = 0.9\n"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["hardware", str(file)]) == 0
    error = capsys.readouterr().err
    assert error.startswith("qnet: warning: Argument `dark_count_probability` is usually from 0 to 0.1, but is 0.9")
    assert error.count("\n") == 1
