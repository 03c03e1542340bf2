"""`qnet simulate`: run a scenario file, and say what became of each request."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qnet.cli.options import Parser, whole_number
from qnet.cli.output import check_folder, write

if TYPE_CHECKING:
    from qnet.scenario import ScenarioResult

__all__ = ["run"]

_DESCRIPTION = "Run a scenario: a network, who asks for entangled pairs, what goes wrong, and for how long."
_EPILOG = """\
SCENARIO is a file (.toml) of network, hardware, policies, requests, traffic and faults. What is wrong in it is said
at once, each fault with its place.

Written to DIR, if given: simulate.json, the object that --json prints; requests.csv, a line for each request. Ctrl-C
ends the run and shows what was counted. Exit status: 0; 2 for input that breaks a rule; 130 after Ctrl-C."""
_DATA, _REQUESTS = "simulate.json", "requests.csv"
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Simulate, print, write; give the exit status."""
    parser = Parser("simulate", _DESCRIPTION, _EPILOG)
    parser.add_argument("scenario", metavar="SCENARIO")
    parser.add_argument("--seed", metavar="S", help="of all chance, in place of the file's")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the tables")
    parser.add_argument("--out", metavar="DIR", help="folder for what is written; nothing is without it")
    values = parser.read(arguments)
    seed = None if values.seed is None else whole_number("--seed", values.seed)
    folder = None if values.out is None else Path(values.out)
    if folder is not None:
        check_folder(folder, (_DATA, _REQUESTS))
    result = _simulate(values.scenario, seed)
    text = json.dumps(result.to_json(), indent=2, allow_nan=False)
    try:
        if folder is not None:
            _write(folder, text, result)
    finally:  # a full disk is no reason to withhold the figures
        print(text if values.json else result, flush=True)
    return _INTERRUPTED if result.stopped_by == "interrupted" else 0


def _simulate(path: str, seed: int | None) -> ScenarioResult:
    from qnet.cli.progress import shown
    from qnet.scenario import Scenario

    scenario = Scenario.from_file(path)
    with shown() as progress:
        return scenario.run(seed=seed, progress=progress)


def _write(folder: Path, text: str, result: ScenarioResult) -> None:
    write(folder / _DATA, f"{text}\n".encode())
    write(folder / _REQUESTS, result.report.to_csv().encode())
    print(f"Wrote {folder / _DATA}, {folder / _REQUESTS}.", file=sys.stderr)
