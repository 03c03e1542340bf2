import json
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from qnet.errors import InvalidArgument, UnknownName
from qnet.hardware import preset_names, qkd_hardware, repeater_hardware

REFERENCE = {
    case["id"]: case["inputs"]
    for case in json.loads((Path(__file__).parents[1] / "analytic" / "reference.json").read_text())
}
READERS = {"repeater": repeater_hardware, "qkd": qkd_hardware}


def numbers(value, herald, prefix=""):
    """Name the numbers of a preset, but for defaults that leave an effect out or belong to another herald model."""
    for field in fields(value):
        part = getattr(value, field.name)
        silent = part == field.default and herald not in field.metadata.get("heralds", (herald,))
        if is_dataclass(part):
            yield from numbers(part, herald, f"{prefix}{field.name}.")
        elif isinstance(part, (int, float)) and not silent:
            yield f"{prefix}{field.name}"


@pytest.mark.parametrize(("name", "kind", "epoch", "description"), preset_names())
def test_every_number_of_a_preset_has_a_source_or_a_reason(name, kind, epoch, description):
    hardware = READERS[kind](name)
    assert (hardware.name, hardware.epoch, hardware.description) == (name, epoch, description)
    assert set(hardware.sources) == set(numbers(hardware, getattr(hardware, "herald", None)))
    assert all(len(text) > 10 and "the default" not in text for text in hardware.sources.values())
    assert set(hardware.assumed) == {key for key, text in hardware.sources.items() if text.startswith("assumed: ")}


@pytest.mark.parametrize(("name", "case"), [("colour-centre", "E-avis-NV-10.0km"), ("trapped-ion", "E-avis-ion-1.0km")])
def test_links_of_today_are_those_of_the_reference(name, case):
    hardware, given = repeater_hardware(name), REFERENCE[case]
    assert hardware.interface.efficiency == given["eta_init_per_side"]["value"]
    assert hardware.interface.visibility == given["visibility"]["value"]
    assert hardware.detector.dark_count_probability == given["p_dark"]["value"]
    assert hardware.fibre.loss_db_per_km == given["attenuation"]["value"]
    assert hardware.fibre.group_velocity_km_s == given["c_fibre"]["value"]


def test_gys_is_the_system_of_the_reference():
    gys, given = qkd_hardware("gys-2004"), REFERENCE["D-gys-20"]
    assert gys.y0 == pytest.approx(given["Y0"]["value"], rel=1e-6)
    assert (gys.receiver_efficiency, gys.misalignment) == (given["eta_Bob"]["value"], given["e_detector"]["value"])
    assert (gys.fibre.loss_db_per_km, gys.error_correction_efficiency) == (0.21, given["f_EC"]["value"])


def test_both_sides_of_the_comparison_have_the_same_detectors():
    atoms, laser = repeater_hardware("rb-atom-projected"), qkd_hardware("decoy-bb84-1ghz")
    dark_hz = atoms.detector.dark_count_probability / atoms.interface.preparation_s
    assert dark_hz == pytest.approx(laser.dark_count_probability * laser.clock_hz)
    assert atoms.detector.dead_time_s == laser.dead_time_s


def test_only_the_colour_centre_has_one_interface_and_a_storage():
    names = [name for name, kind, _, _ in preset_names() if kind == "repeater"]
    assert [name for name in names if repeater_hardware(name).storage] == ["colour-centre"]
    assert [name for name in names if repeater_hardware(name).optical_interfaces == 1] == ["colour-centre"]


def test_a_value_passes_through():
    hardware = repeater_hardware("trapped-ion").improved(3)
    assert repeater_hardware(hardware) is hardware


def test_unknown_names_and_wrong_kinds():
    with pytest.raises(UnknownName, match="Unknown repeater hardware 'traped-ion'; the nearest is 'trapped-ion'"):
        repeater_hardware("traped-ion")
    with pytest.raises(UnknownName, match="Unknown qkd hardware 'trapped-ion'"):
        qkd_hardware("trapped-ion")
    with pytest.raises(InvalidArgument, match="`name_or_file` must be a name, a path or a QkdHardware"):
        qkd_hardware(repeater_hardware("trapped-ion"))


def test_what_was_not_read_in_a_source_is_assumed():
    for name, kind, _, _ in preset_names():
        sources = READERS[kind](name).sources.values()
        assert not [text for text in sources if "from memory" in text and not text.startswith("assumed: ")]
    for name in ("rb-atom-today", "rb-atom-projected"):
        assert "processor.initialisation_depolarising" in repeater_hardware(name).assumed
