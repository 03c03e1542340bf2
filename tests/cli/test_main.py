import subprocess
import sys

import pytest

from qnet.cli import main


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(capsys, *arguments):
    """What is said about bad input, of which nothing else may come."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("qnet: error: ")
    return printed.err.removeprefix("qnet: error: ").rstrip()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_the_commands(capsys, arguments):
    assert main(arguments) == 0
    assert "compare " in capsys.readouterr().out


def test_help_of_a_command_names_its_options(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    assert "--sweep-km FROM:TO:STEP" in capsys.readouterr().out


def test_version(capsys):
    from qnet import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"qnet {__version__}\n"


def test_help_loads_nothing_heavy():
    heavy = {"qiskit", "matplotlib", "pandas", "rich", "pydantic", "scipy.stats"}
    code = f"import sys, qnet.cli; qnet.cli.main(['--help']); print(sorted({heavy!r} & set(sys.modules)))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert fresh.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("compar", "Unknown command 'compar'; the nearest is 'compare'."),
        ("--versio", "Unknown option '--versio'; the nearest is '--version'"),
        ("networks surfnett", "Unknown network 'surfnett'; the nearest is 'surfnet'"),
        ("compare surfnett", "Unknown network 'surfnett'; the nearest is 'surfnet'"),
        ("compare surfnet Delf", "Unknown node 'Delf'; the nearest is 'Delft'."),
        ("compare surfnet Delft Delft", "Argument `target` must differ from the source, but is 'Delft'."),
        ("compare chain:60,,70", "Argument `network` must list span lengths in km, as in chain:60,45,70, but is"),
        ("compare chain:60,-3", "Argument `length_km of n1~n2` must be greater than 0, but is -3.0."),
        ("compare chain:60,nan", "Argument `length_km of n1~n2` must be a number, but is nan."),
        ("compare chain:60,0", "must be greater than 0 (min_span_km, --min-span-km, sets a floor), but is 0.0."),
        ("compare missing.toml", "Cannot read network file 'missing.toml': No such file or directory."),
        ("compare --pairs 0", "Argument `--pairs` must be a whole number from 1 on, but is 0."),
        ("compare --pairs -5", "Argument `--pairs` must be a whole number from 1 on, but is -5."),
        ("compare --pairs 1.5", "Argument `--pairs` must be a whole number from 1 on, but is '1.5'."),
        ("compare --pairs", "Argument --pairs: expected one argument; see qnet compare --help."),
        ("compare --seed x", "Argument `--seed` must be a whole number, but is 'x'."),
        ("compare --max-sim-time nan", "Argument `--max-sim-time` must be a number, but is nan."),
        ("compare --max-sim-time inf", "Argument `--max-sim-time` must be finite, but is inf."),
        ("compare --max-span-km 0", "Argument `--max-span-km` must be greater than 0, but is 0.0."),
        ("compare --route-factor -1", "Argument `--route-factor` must be greater than 0, but is -1.0."),
        ("compare --min-span-km far", "Argument `--min-span-km` must be a number, but is 'far'."),
        ("compare --sweep-km 50:500", "Argument `--sweep-km` must be FROM:TO:STEP in km, as in 50:500:50, but is"),
        ("compare --sweep-km 0:500:50", "Argument `--sweep-km FROM` must be greater than 0, but is 0.0."),
        ("compare --sweep-km 500:50:50", "Argument `--sweep-km TO` must be at least FROM, 500, but is 50.0."),
        ("compare --sweep-km 1:2:1e-9", "Argument `--sweep-km` must name at most 1000 lengths, but is '1:2:1e-9'."),
        ("compare --hardware traped-ion", "Unknown repeater hardware 'traped-ion'; the nearest is 'trapped-ion'."),
        ("compare --qkd-hardware gys", "Unknown qkd hardware 'gys'; the nearest is 'gys-2004'."),
        ("compare --hardware missing.toml", "Cannot read hardware file 'missing.toml': No such file or directory."),
        ("compare --pair 5", "Unknown option '--pair'; the nearest is '--pairs'"),
        ("compare surfnet Delft Breda Gouda", "Argument 'Gouda' is one too many; see qnet compare --help."),
    ],
)
def test_bad_input_is_refused_in_one_line(capsys, empty_folder, line, words):
    assert words in refusal(capsys, *line.split())
    assert list(empty_folder.iterdir()) == []


def test_nodes_that_nothing_joins(capsys, empty_folder):
    links = '[{ ends = ["a", "b"], length_km = 9 }, { ends = ["c", "d"], length_km = 9 }]'
    (empty_folder / "islands.toml").write_text(f'schema = "qnet.network/1"\n[network]\nlinks = {links}\n')
    assert refusal(capsys, "compare", "islands.toml", "a", "d") == "No route joins 'a' and 'd' in network 'islands'."


def test_all_faults_of_a_file_share_the_line(capsys, empty_folder):
    (empty_folder / "mine.toml").write_text('schema = "qnet.network/1"\n[network]\nlinkz = []\nroute_factor = -1\n')
    words = refusal(capsys, "compare", "mine.toml")
    assert "Unknown key of [network] 'linkz'; the nearest is 'links'" in words
    assert "`network.route_factor` must be greater than 0, but is -1" in words


def test_a_memory_that_dephases_slower_than_it_can(capsys, empty_folder):
    from importlib.resources import files

    ions = (files("qnet.hardware") / "presets" / "trapped-ion.toml").read_text()
    lines = ["t1_s = 1.0" if line.startswith("t1_s") else line for line in ions.splitlines()]
    (empty_folder / "mine.toml").write_text("\n".join("t2_s = 3.0" if n.startswith("t2_s") else n for n in lines))
    words = refusal(capsys, "compare", "--hardware", "mine.toml")
    assert words == "mine.toml: `memory.t2_s` must be at most 2 t1_s = 2.0, but is 3.0."


def test_networks_are_listed(capsys):
    assert main(["networks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("surfnet ") and " 50 " in line and "SURFnet" in line for line in lines)
    assert max(map(len, lines)) <= 100


def test_the_nodes_of_a_network_are_listed(capsys):
    assert main(["networks", "chain:60,45"]) == 0
    assert capsys.readouterr().out.endswith("  nodes:\n  n0, n1, n2\n")
