"""`qnet compare`: a table, a picture and a JSON object that set strategies side by side on one route."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnet.cli.options import Parser, lengths, number, whole_number
from qnet.cli.output import check_folder, draw, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qnet.experiment import Comparison

__all__ = ["run"]

_DESCRIPTION = """\
Compare a chain of quantum repeaters with a chain of trusted nodes and with the bare fibre between two places.
Without arguments: from Delft to Eindhoven over SURFnet, the Dutch research network."""
_EPILOG = """\
NETWORK is a network file (.toml, .json), a name that `qnet networks` lists, topohub:topozoo/Abilene (extra `topo`),
or chain:60,45,70 (span lengths in km; the nodes are n0, n1, ...). SOURCE and TARGET are nodes of it.

Written to DIR: compare.json, the figures; compare.png, the picture, or with --sweep-km the rate-distance plot (the
picture is then route.png); textbook.png, the picture with textbook sifting. Ctrl-C ends the run and shows what was
counted. Exit status: 0; 2 for input that breaks a rule; 130 after Ctrl-C."""
_OUT = "out"
_PICTURES = ("compare.png", "route.png", "textbook.png")
_DATA = "compare.json"
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Compare, print, write; give the exit status."""
    values = _parser().read(arguments)
    folder = Path(values.out or _OUT)
    check_folder(folder, (_DATA, *_PICTURES))
    comparison = _compare(values)
    if not comparison.strategies:
        raise KeyboardInterrupt  # nothing has been counted
    text = json.dumps(comparison.to_json(), indent=2, allow_nan=False)
    try:
        write(folder / _DATA, f"{text}\n".encode())
    finally:  # a full disk is no reason to withhold the figures
        print(text if values.json else comparison, flush=True)
    _draw(comparison, folder)
    return _INTERRUPTED if comparison.interrupted else 0


def _parser() -> Parser:
    parser = Parser("compare", _DESCRIPTION, _EPILOG)
    parser.add_argument("network", nargs="?", metavar="NETWORK")
    parser.add_argument("source", nargs="?", metavar="SOURCE")
    parser.add_argument("target", nargs="?", metavar="TARGET")
    for option, metavar, default, words in (
        ("--hardware", "NAME|FILE", None, "of the repeaters: a preset or a data file (.toml); rb-atom-projected"),
        ("--qkd-hardware", "NAME|FILE", None, "of the BB84 systems, likewise; decoy-bb84-1ghz"),
        ("--pairs", "N", "10000", "entangled pairs to simulate for each strategy; %(default)s"),
        ("--max-sim-time", "S", "86400", "simulated seconds after which a strategy stops; %(default)s"),
        ("--session-seconds", "S", "3600", "length of the session whose finite key is given; %(default)s"),
        ("--trusted-every", "M", "2", "hybrid: spans from trusted node to trusted node; %(default)s"),
        ("--seed", "S", "0", "of all chance; the same seed gives the same figures; %(default)s"),
        ("--max-span-km", "X", None, "insert stations so that no span is longer"),
        ("--route-factor", "X", None, "fibre length over straight line, in place of the network's own"),
        ("--min-span-km", "X", None, "raise shorter spans to this length"),
        ("--sweep-km", "FROM:TO:STEP", None, "also compare with the route stretched to these lengths"),
    ):
        parser.add_argument(option, metavar=metavar, default=default, help=words)
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    parser.add_argument("--out", metavar="DIR", help=f"folder for what is written; {_OUT}")
    return parser


def _compare(values: argparse.Namespace) -> Comparison:
    limits: dict[str, Any] = {
        "pairs": whole_number("--pairs", values.pairs, least=1),
        "max_sim_time_s": number("--max-sim-time", values.max_sim_time),
        "session_s": number("--session-seconds", values.session_seconds),
        "trusted_every": whole_number("--trusted-every", values.trusted_every, least=2),
        "seed": whole_number("--seed", values.seed),
        "max_span_km": number("--max-span-km", values.max_span_km),
        "sweep_km": lengths("--sweep-km", values.sweep_km),
    }
    of_lengths = {
        "route_factor": number("--route-factor", values.route_factor),
        "min_span_km": number("--min-span-km", values.min_span_km),
    }
    from qnet.cli.progress import shown
    from qnet.compare import DEFAULT_NETWORK, compare
    from qnet.network.topology import Network

    network = Network.parse(DEFAULT_NETWORK if values.network is None else values.network, **of_lengths)
    hardware = {"hardware": values.hardware, "qkd_hardware": values.qkd_hardware}
    with shown() as progress:
        return compare(network, values.source, values.target, **hardware, **limits, progress=progress)


def _draw(comparison: Comparison, folder: Path) -> None:
    written = [_DATA, *draw(folder, _figures(comparison))]
    print(f"Wrote {', '.join(str(folder / name) for name in written)}.", file=sys.stderr)


def _figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    if comparison.sweep is None:
        yield "compare.png", comparison.plot()
    else:
        yield "compare.png", comparison.plot_sweep()
        yield "route.png", comparison.plot()
    yield "textbook.png", comparison.plot(sifting="textbook")
