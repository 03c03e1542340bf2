"""`qnet simulate`: run a scenario file, and say what became of each request."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qnet.cli.options import Parser, whole_number
from qnet.cli.output import check_folder, draw, write
from qnet.time import seconds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qnet.network.lives import Delivery
    from qnet.network.trace import Trace
    from qnet.scenario import Scenario, ScenarioResult

__all__ = ["run"]

_DESCRIPTION = "Run a scenario: a network, who asks for entangled pairs, what goes wrong, and for how long."
_EPILOG = """\
SCENARIO is a file (.toml) of network, hardware, policies, requests, traffic and faults. What is wrong in it is told
together, each fault with its place.

Written to DIR, if given: simulate.json, the object that --json prints; requests.csv, a line for each request; map.png,
the network with the load and the fidelity of each span; space-time.png, how one of the first pairs delivered over the
longest route came about. Ctrl-C ends the run and shows what was counted. Exit status: 0; 2 for input that breaks a
rule; 130 after Ctrl-C."""
_DATA, _REQUESTS, _MAP, _PAIR = "simulate.json", "requests.csv", "map.png", "space-time.png"
_EVENTS = 100_000
"""Of the run, remembered from its beginning on for the picture of a pair."""
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Simulate, print, write, draw; give the exit status."""
    parser = Parser("simulate", _DESCRIPTION, _EPILOG)
    parser.add_argument("scenario", metavar="SCENARIO")
    parser.add_argument("--seed", metavar="S", help="of all chance, in place of the file's")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the tables")
    parser.add_argument("--out", metavar="DIR", help="folder for what is written; nothing is without it")
    values = parser.read(arguments)
    seed = None if values.seed is None else whole_number("--seed", values.seed)
    folder = None if values.out is None else Path(values.out)
    if folder is not None:
        check_folder(folder, (_DATA, _REQUESTS, _MAP, _PAIR))
    scenario, trace = _read(values.scenario), None if folder is None else _beginning()
    result = _simulate(scenario, seed, trace)
    text = json.dumps(result.to_json(), indent=2, allow_nan=False)
    try:
        if folder is not None:
            write(folder / _DATA, f"{text}\n".encode())
            write(folder / _REQUESTS, result.report.to_csv().encode())
    finally:  # a full disk is no reason to withhold the figures
        print(text if values.json else result, flush=True)
    if folder is not None and trace is not None:
        written = [_DATA, _REQUESTS, *draw(folder, _figures(scenario, result, trace))]
        print(f"Wrote {', '.join(str(folder / name) for name in written)}.", file=sys.stderr)
    return _INTERRUPTED if result.stopped_by == "interrupted" else 0


def _read(path: str) -> Scenario:
    from qnet.scenario import Scenario

    return Scenario.from_file(path)


def _beginning() -> Trace:
    """Make a trace of the beginning of a run, for the picture of a pair."""
    from qnet.network.trace import Trace

    return Trace(most=_EVENTS)


def _simulate(scenario: Scenario, seed: int | None, trace: Trace | None) -> ScenarioResult:
    from qnet.cli.progress import shown

    with shown() as progress:
        return scenario.run(seed=seed, progress=progress, observer=trace)


def _figures(scenario: Scenario, result: ScenarioResult, trace: Trace) -> Iterator[tuple[str, Figure]]:
    from qnet.network.pictures import draw_map, draw_space_time

    yield _MAP, draw_map(scenario.network, result.report)
    if (pair := _typical(trace.deliveries())) is not None:
        yield _PAIR, draw_space_time(trace, pair)


def _typical(deliveries: Sequence[Delivery]) -> Delivery | None:
    """Give a pair that went over the most spans, and took neither very long nor very short; None if there is none."""
    given = [pair for pair in deliveries if pair.request is not None]
    spans = max((len(pair.nodes) for pair in given), default=0)
    longest = [pair for pair in given if len(pair.nodes) == spans]
    longest.sort(key=lambda pair: pair.delivered_s - min(seconds(part.tick) for part in pair.origin.walk()))
    return longest[len(longest) // 2] if longest else None
