import pytest

from qnet.errors import FileError
from qnet.hardware import qkd_hardware, repeater_hardware

GOOD = """
schema = "qnet.hardware/1"
kind = "qkd"
name = "mine"
epoch = "today"
description = "a system of mine"
clock_hz = 1e8
receiver_efficiency = { value = 0.1, source = "my data sheet" }
dark_count_probability = { value = 1e-6, assumed = "a guess" }
misalignment = 0.01
dead_time_s = 0
[fibre]
loss_db_per_km = 0.18
"""


def read(tmp_path, content, reader=qkd_hardware):
    path = tmp_path / "mine.toml"
    path.write_text(content)
    return reader(path)


def test_what_a_file_says_about_its_numbers_is_kept(tmp_path):
    hardware = read(tmp_path, GOOD)
    assert (hardware.clock_hz, hardware.fibre.loss_db_per_km) == (1e8, 0.18)
    assert hardware.sources["receiver_efficiency"] == "my data sheet"
    assert hardware.sources["dark_count_probability"] == "assumed: a guess"
    assert hardware.sources["misalignment"] == "assumed: given by the user"
    assert hardware.sources["fibre.connector_loss_db"] == "assumed: the default"
    assert "receiver_efficiency" not in hardware.assumed
    assert "fibre.loss_db_per_km" in hardware.assumed
    assert qkd_hardware(str(tmp_path / "mine.toml")) == hardware
    assert (hardware.published, hardware.year) == ("", None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "misalignment = 0.01",
            "misalignment = -0.01",
            "`misalignment` must be greater than or equal to 0, but is -0.01",
        ),
        ("misalignment = 0.01", "misalignment = nan", "`misalignment` must be .*, but is nan"),
        ("misalignment = 0.01", 'misalignment = "0.01"', "`misalignment` must be a valid number, but is '0.01'"),
        ("misalignment = 0.01", "misalignment = true", "`misalignment` must be a valid number, but is True"),
        ("misalignment = 0.01", "", "`misalignment` is missing"),
        ("misalignment", "misalignement", "Unknown key 'misalignement'; the nearest is 'misalignment'"),
        (
            "loss_db_per_km = 0.18",
            "loss_db_km = 0.18",
            r"Unknown key of \[fibre\] 'loss_db_km'; the nearest is 'loss_db",
        ),
        ("assumed =", "asumed =", "Unknown key of `dark_count_probability` 'asumed'; the nearest is 'assumed'"),
        ("value = 0.1, source", 'value = 0.1, assumed = "so", source', "`receiver_efficiency` must be either"),
        ('"today"', '"soon"', "`epoch` must be 'today' or 'projected', but is 'soon'"),
        ("hardware/1", "hardware/2", "`schema` must be 'qnet.hardware/1', but is 'qnet.hardware/2'"),
        ('kind = "qkd"', 'kind = "repeater"', "`kind` must be 'qkd', but is 'repeater'"),
        ('kind = "qkd"', 'kind = "qdk"', "`kind` must be 'repeater' or 'qkd' or 'detector', but is 'qdk'"),
        ("[fibre]", "[fibre", "not a TOML file"),
    ],
)
def test_each_mistake_is_named_with_its_file(tmp_path, old, new, message):
    with pytest.raises(FileError, match=rf"mine\.toml: {message}"):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(FileError) as caught:
        read(tmp_path, GOOD.replace("1e8", "0").replace("dead_time_s", "dead_time").replace("0.18", "inf"))
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    for name, line in zip(("'dead_time'", "`clock_hz`", "`fibre.loss_db_per_km`", "`dead_time_s`"), lines, strict=True):
        assert name in line


def test_a_rule_between_two_numbers_holds_in_files_too(tmp_path):
    content = 'schema = "qnet.hardware/1"\nkind = "repeater"\n[memory]\nt1_s = 1\nt2_s = 3\n'
    with pytest.raises(FileError, match=r"`memory\.t2_s` must be at most 2 t1_s = 2\.0, but is 3\.0"):
        read(tmp_path, content, repeater_hardware)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match=r"Cannot read hardware file '.*none\.toml': No such file"):
        repeater_hardware(str(tmp_path / "none.toml"))


def test_only_the_defaults_of_the_own_herald_model_count_as_assumed(tmp_path):
    text = """
schema = "qnet.hardware/1"
kind = "repeater"
name = "mine"
epoch = "today"
description = "mine"
herald = "HERALD"
optical_interfaces = 2
[fibre]
[interface]
efficiency = 0.1
preparation_s = 1e-6
visibility = 0.9
[detector]
dark_count_probability = 1e-7
[memory]
t2_s = 1
[processor]
one_qubit_gate_depolarising = 0
one_qubit_gate_s = 0
two_qubit_gate_depolarising = 0
two_qubit_gate_s = 0
initialisation_depolarising = 0
initialisation_s = 0
readout_error_0 = 0
readout_error_1 = 0
measurement_s = 0
"""
    double, single, absorber = (
        read(tmp_path, text.replace("HERALD", herald), repeater_hardware)
        for herald in ("double-click", "single-click", "emitter-absorber")
    )
    assert single.sources["interface.bright_state_population"] == "assumed: the default"
    assert "interface.bright_state_population" not in double.sources
    assert set(single.assumed) - set(double.assumed) == {
        "interface.bright_state_population",
        "interface.phase_sigma_rad",
        "interface.double_excitation_probability",
    }
    assert set(absorber.assumed) - set(double.assumed) == {
        "interface.latch_probability",
        "interface.false_latch_probability",
    }


def test_a_pair_source_is_read_with_its_numbers(tmp_path):
    content = (
        'schema = "qnet.hardware/1"\nkind = "repeater"\nherald = "midpoint-source"\n[pair_source]\nmean_pairs = -1\n'
    )
    with pytest.raises(FileError, match=r"`pair_source\.mean_pairs` must be greater than or equal to 0, but is -1"):
        read(tmp_path, content, repeater_hardware)
