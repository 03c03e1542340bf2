"""What is said under the tables of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qnet.experiment.intervals import binomial_interval
from qnet.experiment.rows import StrategyRow

if TYPE_CHECKING:
    from qnet.experiment.comparison import Comparison

__all__ = ["legend"]

_OF_SESSIONS = ("session_s", "session_epsilon", "session_deviations", "trusted_every")
_FEW = 100


def legend(comparison: Comparison) -> list[str]:
    """Give what is said under the tables, one sentence or list to a line."""
    hardware = comparison.hardware
    known = {"bare route": comparison.route_bits_per_use, "repeater chain": comparison.chain_bits_per_use}
    bounds = ", ".join(f"{name} {bound:.3g}" for name, bound in known.items() if bound is not None)
    lines = ["± and [ , ] give 95 % intervals; asymptotic figures are for infinitely long runs."]
    if any(row.detects for row in comparison.strategies):
        verdicts = "yes, noticed if strong enough; no, nobody can notice; –, does not apply"
        lines.append(f"Under an attack: {verdicts}.")
    lines += [f"Bounds in secret bits per channel use: {bounds}."] if bounds else []
    if comparison.chain_bits_per_use is not None:
        lines.append("The chain's bound has nodes at the route's nodes only; powered midpoint stations could raise it.")
    switches = {name: value for name, value in comparison.conventions.items() if name not in _OF_SESSIONS}
    if switches:
        words = (f"{name.replace('_', ' ')} {value}" for name, value in switches.items())
        lines.append(f"Conventions: {'; '.join(words)}.")
    if "session_s" in comparison.conventions:
        lines.append(_of_sessions(comparison.conventions))
    lines.append(f"Hardware: repeaters {hardware.repeater}, QKD {hardware.qkd}; seed {comparison.seed}.")
    lines += [f"Assumed, not sourced: {_by_sheet(hardware.assumed)}."] if hardware.assumed else []
    lines += [f"CHSH S: {row.name} {row.chsh:±}." for row in comparison.strategies if row.chsh is not None]
    hops = ", ".join(f"{row.name} {'~'.join(row.slowest_hop)}" for row in comparison.strategies if row.slowest_hop)
    lines += [f"Fidelity, error rates and pairs of a relay are those of its slowest hop: {hops}."] if hops else []
    few = ", ".join(row.name for row in comparison.strategies if _rests_on_few(row))
    lines += [f"Few pairs: error rates less certain than from {_FEW} bits in a basis: {few}."] if few else []
    counted = ", ".join(
        f"{row.name} {row.pairs:,}" + (f" (stopped by {row.stopped_by})" if row.stopped_by != "pairs" else "")
        for row in comparison.strategies
    )
    return [*lines, f"Pairs counted: {counted}.", *comparison.notes]


def _of_sessions(conventions: Mapping[str, Any]) -> str:
    """Say how the session was declared whose finite key is given."""
    deviations = conventions.get("session_deviations")
    margin = "" if deviations is None else f", tolerating {deviations:g} standard deviations worse"
    return (
        f"Finite keys: one session of {conventions['session_s']:g} s, declared for these rates{margin}; "
        f"epsilon {conventions['session_epsilon']:g} from end to end."
    )


def _rests_on_few(row: StrategyRow) -> bool:
    """Whether an error rate is less certain than one counted in so many sifted bits would be."""
    if 0 < row.pairs < _FEW and row.fidelity is not None:
        return True
    for rate in (row.qber_z, row.qber_x):
        if rate is not None:
            enough = binomial_interval(round(rate.value * _FEW), _FEW)
            if enough is not None and rate.high - rate.low > 1.05 * (enough.high - enough.low):
                return True
    return False


def _by_sheet(assumed: tuple[str, ...]) -> str:
    """Name each data sheet once, with what it assumes."""
    names: dict[str, list[str]] = {}
    for entry in assumed:
        sheet, _, name = entry.rpartition(": ")
        names.setdefault(sheet, []).append(name)
    return "; ".join(f"{sheet}: {', '.join(held)}" if sheet else ", ".join(held) for sheet, held in names.items())
