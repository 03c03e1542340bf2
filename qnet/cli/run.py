"""`qnet run`: make a key between two nodes with one protocol, under an attack if asked for."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qnet.cli.options import Parser, number, whole_number
from qnet.errors import InvalidArgument, UnknownName

if TYPE_CHECKING:
    from qnet.experiment.key_run import KeyRun
    from qnet.network.run import Stop
    from qnet.network.topology import Network

__all__ = ["run"]

_DESCRIPTION = """\
Make a secret key between two nodes: simulate a QKD protocol from its photons to the bits that both ends hold."""
_EPILOG = """\
PROTOCOL is bbm92, e91 or six-state (entangled pairs), bb84 or decoy-bb84 (photons over the bare fibre),
trusted-bb84 (a chain of trusted nodes), or one that an installed package brings. NETWORK, SOURCE and
TARGET are as for `qnet compare`; without the two, the network's own ends are taken. ATTACK is
intercept-resend, entangling-probe, photon-number-splitting, dishonest-repeater, compromised-node or
message-forgery, and may have parameters, as in intercept-resend:fraction=0.25,links=n0~n1+n1~n2 (all links by default).

The block of a finite key is declared before its rounds, which are those that --pairs or --seconds
allow; how many more a key would need is said where they are too few. Ctrl-C ends the run and shows what
was counted. Exit status: 0, also where the protocol aborts; 2 for input that breaks a rule; 130 after
Ctrl-C."""
_GROUP = "qnet.protocols"
_PULSED = {"bb84", "decoy-bb84", "trusted-bb84"}
"""Protocols that need QKD systems; all others are taken to need repeaters."""
_PAIRS = "100000"
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Make the key and print what came of it; give the exit status."""
    values = _parser().read(arguments)
    if values.source is not None and values.target is None:
        raise InvalidArgument.of("TARGET", f"be given beside SOURCE, {values.source!r}", values.target)
    options = _options(values)
    protocol = _protocol(values.protocol)
    network, note = _equipped(values)
    from qnet.cli.progress import shown

    began = time.perf_counter()
    with shown() as progress:
        if progress is not None:
            options["progress"] = partial(progress, values.protocol)
        result: KeyRun = protocol.make_key(network, values.source, values.target, **options)
    _check(result, values.protocol)
    data = result.to_json() | {"timings": {**result.timings, "total_s": time.perf_counter() - began}}
    print(json.dumps(data, indent=2, allow_nan=False) if values.json else result, flush=True)
    if note:
        print(f"qnet: note: {note}", file=sys.stderr)
    return _INTERRUPTED if result.reason == "interrupted" else 0


def _check(result: Any, protocol: str) -> None:
    from qnet.experiment.key_run import KeyRun

    if not isinstance(result, KeyRun):
        kind = type(result).__name__
        raise InvalidArgument(
            f"The make_key of protocol {protocol!r} must give a qnet.experiment.KeyRun, but gave {kind}."
        )


def _parser() -> Parser:
    parser = Parser("run", _DESCRIPTION, _EPILOG)
    parser.add_argument("protocol", metavar="PROTOCOL")
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument("source", nargs="?", metavar="SOURCE")
    parser.add_argument("target", nargs="?", metavar="TARGET")
    for option, metavar, default, help_text in (
        ("--pairs", "N", None, f"rounds to take: delivered pairs, or clicks of pulses; {_PAIRS}"),
        ("--seconds", "T", None, "simulated time for all of it, in place of --pairs"),
        ("--hardware", "NAME|FILE", None, "repeaters, or for BB84 QKD systems: a preset or a data file (.toml)"),
        ("--epsilon", "E", None, "how far from perfect the key may be; the protocol's own, 1e-10"),
        ("--max-span-km", "X", None, "insert stations so that no span is longer"),
        ("--seed", "S", "0", "of all chance; the same seed gives the same key; %(default)s"),
    ):
        parser.add_argument(option, metavar=metavar, default=default, help=help_text)
    parser.add_argument("--attack", metavar="NAME[:k=v,...]", action="append", help="what an eavesdropper does")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    return parser


def _options(values: argparse.Namespace) -> dict[str, Any]:
    """Read all that goes to `make_key`; what is left out is left to the protocol."""
    from typing import Annotated

    from annotated_types import Gt, Lt

    options: dict[str, Any] = {"stop": _stop(values), "seed": whole_number("--seed", values.seed)}
    for name, option, text, kind in (
        ("epsilon", "--epsilon", values.epsilon, Annotated[float, Gt(0), Lt(1)]),
        ("max_span_km", "--max-span-km", values.max_span_km, Annotated[float, Gt(0)]),
    ):
        if text is not None:
            options[name] = number(option, text, kind)
    if values.attack is not None:
        from qnet.attacks import parse

        if len(values.attack) > 1:
            raise InvalidArgument.of("--attack", "be given once", " ".join(values.attack))
        options["attack"] = parse(values.attack[0])
    return options


def _stop(values: argparse.Namespace) -> Stop:
    from qnet.network.run import Stop

    if values.seconds is not None and values.pairs is not None:
        raise InvalidArgument.of("--seconds", "not be given together with --pairs", values.seconds)
    seconds = number("--seconds", values.seconds)
    if seconds is not None:
        return Stop(seconds=seconds)
    return Stop(pairs=whole_number("--pairs", _PAIRS if values.pairs is None else values.pairs, least=1))


def _points() -> dict[str, Any]:
    """Entry points by name; where two have one name, that of this package counts."""
    from importlib.metadata import entry_points

    from qnet.experiment.provenance import DISTRIBUTION

    points = entry_points(group=_GROUP)
    ours = [point for point in points if point.dist is not None and point.dist.name == DISTRIBUTION]
    return {point.name: point for point in (*points, *ours)}


def _protocol(name: str) -> Any:
    points = _points()
    if name not in points:
        raise UnknownName.of("protocol", name, points)
    try:
        module = points[name].load()
    except (ImportError, AttributeError) as error:
        raise InvalidArgument(f"Protocol {name!r} cannot be loaded: {error}.") from error
    if not hasattr(module, "make_key"):
        raise InvalidArgument(f"Protocol {name!r} counts, but makes no key: `qnet compare` runs it.")
    return module


def _equipped(values: argparse.Namespace) -> tuple[Network, str]:
    """Give the network with the hardware that the protocol needs, and a note if that was chosen by default."""
    from qnet.hardware import qkd_hardware, repeater_hardware
    from qnet.network.options import DEFAULT_QKD, DEFAULT_REPEATER
    from qnet.network.topology import Network

    network = Network.parse(values.network)
    pulsed = values.protocol in _PULSED
    if values.hardware is not None:
        read = qkd_hardware if pulsed else repeater_hardware
        given = read(values.hardware)
        return network.with_hardware(**{"qkd" if pulsed else "repeater": given}), ""
    own, other = (network.qkd, network.repeater) if pulsed else (network.repeater, network.qkd)
    what, default = ("QKD systems", DEFAULT_QKD) if pulsed else ("repeaters", DEFAULT_REPEATER)
    if own is None and other is not None:
        rule = f"name {what}, such as {default}, for a route that has none"
        raise InvalidArgument.of("--hardware", rule, None)
    return network, "" if own is not None else f"the {what} are {default}; --hardware names others"
