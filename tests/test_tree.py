"""Check what lies in the repository: nothing that belongs to one machine, and an import that stays light."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

OF_ONE_MACHINE = re.compile(
    r"(?<![\w.:/)\-])/(?:home|root|Users|mnt|opt|srv|work)/\w"  # an absolute path of somebody's disk
    r"|[A-Z]:\\Users\b"
    r"|pypi\.org|pythonhosted\.org|index[-_]url|find[-_]links"  # a package registry
)
HEAVY = {"qiskit", "qiskit_aer", "scipy", "networkx", "pydantic", "rich", "matplotlib", "pandas"}


def tracked_texts() -> list[tuple[str, str]]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if listing.returncode:
        pytest.skip("this tree is not a git checkout")
    files = [ROOT / name for name in listing.stdout.split("\0") if name]
    contents = [(file, file.read_bytes()) for file in files if file.is_file()]
    return [(str(file.relative_to(ROOT)), raw.decode()) for file, raw in contents if b"\0" not in raw]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [f"{name}: {hit[0]}" for name, text in tracked_texts() for hit in OF_ONE_MACHINE.finditer(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", ["see /" + "home/ada/qnet", "https://pypi" + ".org/simple", "--index" + "-url=x"])
def test_a_planted_path_or_host_is_found(line: str) -> None:
    assert OF_ONE_MACHINE.search(line)


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!]+", line)] == []


def test_notebooks_are_committed_without_output() -> None:
    notebooks = [(name, json.loads(text)) for name, text in tracked_texts() if name.endswith(".ipynb")]
    assert [name for name, notebook in notebooks for cell in notebook["cells"] if cell.get("outputs")] == []


def test_importing_qnet_stays_light() -> None:
    code = f"import sys, qnet; print(sorted({HEAVY!r} & set(sys.modules)))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert fresh.stdout.strip() == "[]"
