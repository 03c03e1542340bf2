import json
import math
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from qnet.errors import InvalidArgument, UnknownName
from qnet.hardware import detector_hardware, preset, preset_names, qkd_hardware, repeater_hardware

REFERENCE = {
    case["id"]: case["inputs"]
    for case in json.loads((Path(__file__).parents[1] / "analytic" / "reference.json").read_text())
}
READERS = {"repeater": repeater_hardware, "qkd": qkd_hardware, "detector": detector_hardware}


def silent(value, herald, prefix=""):
    """Name the defaults that leave an effect out or belong to another herald model, and may go without a source."""
    for field in fields(value):
        part = getattr(value, field.name)
        if is_dataclass(part):
            yield from silent(part, herald, f"{prefix}{field.name}.")
        elif part == field.default and herald not in field.metadata.get("heralds", (herald,)):
            yield f"{prefix}{field.name}"


@pytest.mark.parametrize(("name", "kind", "epoch", "description"), preset_names())
def test_every_number_of_a_preset_has_a_source_or_a_reason(name, kind, epoch, description):
    hardware = READERS[kind](name)
    assert (hardware.name, hardware.epoch, hardware.description) == (name, epoch, description)
    unsourced = {number.name for number in hardware.numbers() if number.source is None}
    assert unsourced <= set(silent(hardware, getattr(hardware, "herald", None)))
    assert set(hardware.sources) == {number.name for number in hardware.numbers()} - unsourced
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


def test_who_has_one_interface_and_who_moves_to_storage():
    sheets = [repeater_hardware(name) for name, kind, _, _ in preset_names() if kind == "repeater"]
    one = {sheet.name for sheet in sheets if sheet.optical_interfaces == 1}
    assert one == {"colour-centre", "nv-near-term"}
    assert {sheet.name for sheet in sheets if sheet.storage} == one | {"sr-ion-oxford"}


def test_the_platforms_are_those_of_the_published_table():
    table = {
        "nv-centre-today": (0.05, 50e6, 10e-3),
        "nv-centre-projected": (0.5, 250e6, 10.0),
        "siv-today": (0.05, 30e6, 1e-3),
        "siv-projected": (0.5, 500e6, 100e-3),
        "quantum-dot-today": (0.1, 1e9, 3e-6),
        "quantum-dot-projected": (0.6, 1e9, 300e-6),
        "ca-ion-today": (0.25, 0.47e6, 20e-3),
        "ca-ion-projected": (0.5, 10e6, 300e-3),
        "rb-atom-today": (0.5, 5e6, 100e-3),
        "rb-atom-projected": (0.7, 10e6, 1.0),
    }
    for name, (efficiency, clock_hz, t2_s) in table.items():
        sheet = repeater_hardware(name)
        assert (sheet.interface.efficiency, sheet.memory.t2_s) == (efficiency, t2_s)
        assert 1 / sheet.interface.preparation_s == pytest.approx(clock_hz, rel=1e-5)
        dark_hz = sheet.detector.dark_count_probability / sheet.interface.preparation_s
        assert dark_hz == pytest.approx(130, rel=0.01)
        assert name.endswith(sheet.epoch)


def test_oxford_is_the_system_of_the_reference():
    ions, published = repeater_hardware("sr-ion-oxford"), REFERENCE["E-stephenson2020"]
    assert ions.interface.efficiency**2 / 2 == pytest.approx(published["p_success"]["value"], rel=1e-3)
    assert 1 / ions.interface.preparation_s == pytest.approx(published["attempt_rate"]["value"], rel=1e-3)
    assert {"interface.efficiency", "interface.preparation_s", "interface.visibility"} <= set(ions.assumed)


def test_toshiba_is_the_system_of_the_reference():
    laser, given = qkd_hardware("toshiba-tokyo"), REFERENCE["E-tokyo-toshiba-model"]
    assert laser.fibre.loss_db_per_km * 45 == pytest.approx(given["loss"]["value"], abs=0.01)
    assert (laser.receiver_efficiency, laser.misalignment) == (given["eta_detector"]["value"], given["e_det"]["value"])
    assert laser.y0 == pytest.approx(given["Y0"]["value"], rel=1e-5)
    assert (laser.clock_hz, laser.error_correction_efficiency) == (given["clock"]["value"], given["f_EC"]["value"])


def test_munich_gives_the_published_rate_and_fidelity_over_33_km():
    """The link's figures, some of them from memory, fit together: double click, then both atoms wait for the herald."""
    atoms = repeater_hardware("rb-atom-munich")
    cycle_s = atoms.interface.preparation_s + atoms.fibre.delay_s(33)
    arm = atoms.interface.efficiency * atoms.fibre.transmission(16.5)
    coherence = atoms.interface.visibility * math.exp(-2 * atoms.fibre.delay_s(33) / atoms.memory.t2_s)
    assert arm**2 / 2 / cycle_s == pytest.approx(0.01, rel=0.15)
    assert (1 + coherence) / 2 == pytest.approx(0.622, abs=0.015)


def test_the_ensembles_herald_at_the_published_rate():
    """Lago-Rivera et al. (2021): up to 1.4 kHz without fibre, from which the efficiency is inferred."""
    crystals = repeater_hardware("afc-ensemble")
    click = 2 * crystals.interface.bright_state_population * crystals.interface.efficiency
    assert crystals.modes * click / crystals.interface.preparation_s == pytest.approx(1400, rel=0.01)


def test_every_preset_has_a_citation_with_a_year():
    for name, _, _, _ in preset_names():
        assert 2004 <= preset(name).year <= 2026


def test_presets_of_any_kind_are_read_by_name():
    assert preset("snspd") == detector_hardware("snspd")
    assert preset("nv-near-term") == repeater_hardware("nv-near-term")
    with pytest.raises(UnknownName, match="Unknown hardware 'snpd'; the nearest is 'snspd'"):
        preset("snpd")


def test_a_value_passes_through():
    hardware = repeater_hardware("trapped-ion").improved(3)
    assert repeater_hardware(hardware) is hardware


def test_unknown_names_and_wrong_kinds():
    with pytest.raises(UnknownName, match="Unknown repeater hardware 'traped-ion'; the nearest is 'trapped-ion'"):
        repeater_hardware("traped-ion")
    with pytest.raises(UnknownName, match="Unknown qkd hardware 'trapped-ion': that is repeater hardware"):
        qkd_hardware("trapped-ion")
    with pytest.raises(InvalidArgument, match="`name_or_file` must be a name, a path or a QkdHardware"):
        qkd_hardware(repeater_hardware("trapped-ion"))


def test_what_was_not_read_in_a_source_is_assumed():
    for name, kind, _, _ in preset_names():
        sources = READERS[kind](name).sources.values()
        assert not [text for text in sources if "from memory" in text and not text.startswith("assumed: ")]
    for name in ("rb-atom-today", "rb-atom-projected"):
        assert "processor.initialisation_depolarising" in repeater_hardware(name).assumed


def test_the_page_lists_every_preset_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "hardware.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line.split(" | ")[1:] for line in page.splitlines() if line.startswith("| `")}
    for name, kind, epoch, _ in preset_names():
        if kind != "repeater":
            assert f"`{name}`" in page
            continue
        sheet = repeater_hardware(name)
        assert rows[name][:3] == [epoch, sheet.herald, f"{sheet.interface.efficiency:.3g}"]
        assert rows[name][5] == f"{len(sheet.assumed)} of {len(sheet.sources)}"
        assert rows[name][6] == f"{sheet.published} |"
