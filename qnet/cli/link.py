"""`qnet link`: what two nodes of some hardware make of a fibre, and what which imperfection costs."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qnet.cli.options import Parser, number
from qnet.cli.settings import with_settings
from qnet.errors import UnitWarning

if TYPE_CHECKING:
    from qnet.hardware import RepeaterHardware
    from qnet.link import Link
    from qnet.link.budget import Budget
    from qnet.quantum import State

__all__ = ["run"]

_SCHEMA = "qnet.link/1"
_DESCRIPTION = "Show the link that two nodes of some hardware make over a fibre: chance, time, rate and state."
_EPILOG = """\
HARDWARE is a preset, such as trapped-ion, or a data file (.toml). MODEL is single-click, double-click, midpoint-source
or emitter-absorber. NAME is a number of the hardware as in its data file, such as interface.visibility, or its last
part where only one number is called so. The state is that at emission; at the herald both qubits have waited for it.

Exit status: 0; 2 for input that breaks a rule."""


def run(arguments: Sequence[str]) -> int:
    """Make the link and print it; give the exit status."""
    values = _parser().read(arguments)
    with _one_line_warnings():
        _show(values)
    return 0


def _show(values: argparse.Namespace) -> None:
    from qnet.hardware import repeater_hardware
    from qnet.link import budget, link_of
    from qnet.link.heralds import ASSUMED_SOURCE, with_source

    length_km = number("LENGTH_KM", values.length_km)
    assert length_km is not None
    hardware = with_settings(with_source(repeater_hardware(values.hardware), values.herald), values.set)
    model = hardware.herald if values.herald is None else values.herald
    link = link_of(hardware, length_km, herald=model)
    costs = budget(hardware, length_km, herald=model) if values.budget else None
    if hardware.pair_source is ASSUMED_SOURCE:
        note = f"{hardware.name} has no source of pairs: one of {ASSUMED_SOURCE.mean_pairs:g} pairs a pulse is assumed."
        print(f"qnet: note: {note}", file=sys.stderr)
    if values.json:
        answer = _facts(hardware, length_km, model, link, costs)
        print(json.dumps(answer, indent=2, allow_nan=False))
    else:
        print(_text(hardware, length_km, model, link, costs))


@contextmanager
def _one_line_warnings() -> Iterator[None]:
    """Say which numbers look like another unit's, without the place in the code."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("once", UnitWarning)
        try:
            yield
        finally:
            for warning in dict.fromkeys(str(each.message) for each in caught):
                print(f"qnet: warning: {warning}", file=sys.stderr)


def _parser() -> Parser:
    parser = Parser("link", _DESCRIPTION, _EPILOG)
    parser.add_argument("hardware", metavar="HARDWARE")
    parser.add_argument("length_km", metavar="LENGTH_KM", help="length of the fibre from end to end, in km")
    parser.add_argument("--herald", metavar="MODEL", help="how the link is heralded; the hardware's own way")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="change a number of the hardware; repeatable"
    )
    parser.add_argument("--budget", action="store_true", help="also show how much infidelity each imperfection causes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _facts(
    hardware: RepeaterHardware, length_km: float, model: str, link: Link, costs: Budget | None
) -> dict[str, Any]:
    rho = link.mean_state.density_matrix()
    return {
        "schema": _SCHEMA,
        "hardware": hardware.name,
        "length_km": length_km,
        "herald": model,
        "success_probability": link.success_probability,
        "cycle_time_s": link.cycle_s,
        "rate_hz": link.rate_hz,
        "attempts_hz": link.attempts_hz,
        "fidelity": link.fidelity,
        "fidelity_at_herald": _at_herald(hardware, link).fidelity(),
        "dropped_weight": link.dropped_weight,
        "state": {"real": rho.real.tolist(), "imag": rho.imag.tolist()},
        "budget": None if costs is None else costs.to_json(),
    }


def _text(hardware: RepeaterHardware, length_km: float, model: str, link: Link, costs: Budget | None) -> str:
    from qnet.quantum import BELL_NAMES

    weights = zip(BELL_NAMES, link.mean_state.bell_weights(), strict=True)
    modes = f" of {link.modes} modes" if link.modes > 1 else ""
    lines = [
        f"{hardware.name} over {length_km:g} km, {model}",
        f"  success probability  {link.success_probability:.4g} per attempt{modes}",
        f"  cycle time           {_seconds(link.cycle_s)}",
        f"  rate                 {link.rate_hz:.4g} pairs/s",
        f"  fidelity             {link.fidelity:.4f} at emission, "
        f"{_at_herald(hardware, link).fidelity():.4f} at herald",
        f"  state at emission    {', '.join(f'{name} {weight:.4f}' for name, weight in weights)}",
    ]
    return "\n".join(lines if costs is None else [*lines, "", str(costs)])


def _at_herald(hardware: RepeaterHardware, link: Link) -> State:
    from qnet.link.device import waiting_of

    return link.state_at_herald(waiting_of(hardware.memory))


def _seconds(time_s: float) -> str:
    from qnet.experiment.quantity import Quantity
    from qnet.experiment.text import duration

    return duration(Quantity.exact(time_s))
