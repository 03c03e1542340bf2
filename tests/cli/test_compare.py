import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from qnet.cli import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "qnet.compare-1.json").read_text(encoding="utf-8"))
SMALL = ("compare", "chain:30", "--pairs", "100", "--seed", "7")


def untimed(text):
    """The JSON object without the one key that may differ between equal runs."""
    return {key: value for key, value in json.loads(text).items() if key != "timings"}


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_pictures(monkeypatch):
    """As if matplotlib were not installed; drawing takes longer than all the rest."""
    for module in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What one run leaves behind, and what it prints."""
    folder = tmp_path_factory.mktemp("written")
    line = [sys.executable, "-c", "import sys; from qnet.cli import main; sys.exit(main())", *SMALL]
    finished = subprocess.run([*line, "--out", str(folder / "a" / "b")], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return folder / "a" / "b", finished.stdout, finished.stderr


def test_the_table_fits_a_hundred_columns(written):
    _, table, _ = written
    assert max(map(len, table.splitlines())) <= 100
    assert "n0 to n1 over chain: 30 km in 1 span" in table
    assert "repeater-e91" in table


def test_files_are_written_and_named(written):
    folder, _, said = written
    assert {file.name for file in folder.iterdir()} == {"compare.json", "compare.png", "textbook.png"}
    assert (folder / "compare.png").read_bytes().startswith(b"\x89PNG")
    assert said == f"Wrote {folder}/compare.json, {folder}/compare.png, {folder}/textbook.png.\n"


def test_the_json_obeys_its_schema(written):
    folder, _, _ = written
    answer = json.loads((folder / "compare.json").read_text())
    jsonschema.validate(answer, SCHEMA)
    assert [row["name"] for row in answer["strategies"]] == [
        "direct-bb84", "direct-bbm92", "trusted-bb84", "trusted-bbm92", "repeater-bbm92", "repeater-e91",
    ]  # fmt: skip


def test_json_alone_on_standard_output_and_equal_for_equal_seeds(written, in_empty_folder, capsys):
    assert main([*SMALL, "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "Wrote out/compare.json, out/compare.png, out/textbook.png.\n"
    assert untimed(printed.out) == untimed((written[0] / "compare.json").read_text())
    assert json.loads(printed.out) == json.loads(Path("out/compare.json").read_text())
    assert {file.name for file in Path("out").iterdir()} == {"compare.json", "compare.png", "textbook.png"}


def test_json_goes_where_out_says(in_empty_folder, no_pictures, capsys):
    assert main([*SMALL, "--max-sim-time", "1e-6", "--json", "--out", "there"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path("there/compare.json").read_text())
    assert [folder.name for folder in in_empty_folder.iterdir()] == ["there"]


def test_names_and_options_in_any_order_and_another_seed(written, in_empty_folder, no_pictures, capsys):
    assert main(["compare", "--json", "chain:30", "--seed", "8", "n1", "--pairs", "100", "n0"]) == 0
    answer = untimed(capsys.readouterr().out)
    assert answer["route"]["nodes"] == ["n1", "n0"]
    assert answer["strategies"] != untimed((written[0] / "compare.json").read_text())["strategies"]


def test_zero_pairs_in_time_is_a_rate_of_zero_with_its_bound(in_empty_folder, no_pictures, capsys):
    line = "compare chain:100,100,100 --hardware colour-centre --max-sim-time 10 --pairs 100 --json"
    assert main(line.split()) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["strategies"]}
    repeater = rows["repeater-bbm92"]
    assert (repeater["pairs"], repeater["stopped_by"], repeater["time_to_256_bits_s"]) == (0, "sim-time", None)
    assert repeater["secret_key_rate_bps"]["value"] == 0.0 < repeater["secret_key_rate_bps"]["high"] < 1.0


def test_without_matplotlib_all_but_the_picture_comes(in_empty_folder, no_pictures, capsys):
    assert main([*SMALL, "--hardware", "trapped-ion"]) == 0
    printed = capsys.readouterr()
    assert "trapped-ion" in printed.out
    assert printed.err.splitlines() == [
        'qnet: no picture without matplotlib: pip install "qnet-sim[viz]" draws it',
        "Wrote out/compare.json.",
    ]


def test_a_sweep_draws_rate_against_distance(in_empty_folder, capsys):
    assert main(["compare", "chain:10,20", "--pairs", "20", "--sweep-km", "150:300:150", "--out", "out"]) == 0
    assert {file.name for file in Path("out").iterdir()} == {
        "compare.json", "compare.png", "route.png", "textbook.png",
    }  # fmt: skip
    answer = json.loads(Path("out/compare.json").read_text())
    jsonschema.validate(answer, SCHEMA)
    assert [point["length_km"] for point in answer["sweep"]["points"]] == [150.0, 300.0]
    assert "T1 and T2 become k times longer" in " ".join(capsys.readouterr().out.split())


def test_ctrl_c_shows_what_was_counted(in_empty_folder):
    """The progress display on a terminal says when to press."""
    screen, terminal = pty.openpty()
    heeding = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "  # also in the background
    line = [sys.executable, "-c", heeding + "from qnet.cli import main; sys.exit(main())"]
    line += ["compare", "chain:30,30", "--pairs", "10000000"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=terminal, text=True) as process:
        os.close(terminal)
        seen = b""
        while b"trusted-bbm92" not in seen:
            seen += os.read(screen, 1024)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        table = process.stdout.read()
        assert process.wait() == 130
    os.close(screen)
    assert "(stopped by interrupted)" in " ".join(table.split())
    assert "Stopped by Ctrl-C: what had not been done is left out." in table
    assert json.loads(Path("out/compare.json").read_text())["interrupted"]


def test_a_pipe_that_nobody_reads_ends_quietly(in_empty_folder):
    read, wrote = os.pipe()
    os.close(read)
    line = [sys.executable, "-c", "import sys; from qnet.cli import main; sys.exit(main())", "networks"]
    finished = subprocess.run(line, stdout=wrote, stderr=subprocess.PIPE, check=False)
    os.close(wrote)
    assert (finished.returncode, finished.stderr) == (141, b"")
