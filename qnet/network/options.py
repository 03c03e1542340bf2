"""What a simulation may be told, checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Positive, check
from qnet.hardware import RepeaterHardware, repeater_hardware
from qnet.link import Device, device_of
from qnet.network.topology import Network
from qnet.planning import Generate, Purify, Swap
from qnet.quantum import Operation, Purification
from qnet.time import TICKS_PER_SECOND

__all__ = [
    "DEFAULT_QKD",
    "DEFAULT_REPEATER",
    "check_behaviours",
    "check_below",
    "check_nodes",
    "check_options",
    "check_recipe",
    "check_switches",
    "checked_taps",
    "resolved_device",
]

DEFAULT_REPEATER = "rb-atom-projected"
DEFAULT_QKD = "decoy-bb84-1ghz"

_SWITCHES = {
    "classical_delay": ("fibre", "zero"),
    "restart": ("pipelined", "per-pair"),
    "clocking": ("free", "rounds"),
    "cutoff_of": ("half", "pair"),
    "failed_swap": ("connected", "sequential"),
    "scheduling": ("shared", "reserved"),
    "below": ("lower", "drop", "purify"),
}


def check_switches(**switches: str) -> None:
    """Refuse a value that a switch does not have."""
    for name, value in switches.items():
        if value not in _SWITCHES[name]:
            raise InvalidArgument.of(name, f"be one of {_SWITCHES[name]}", value)


def check_options(
    *, seed: Any, replica: Any, cutoff_s: float | None, purification: Any, memories: Any, quantum_s: float | None
) -> None:
    """Refuse other options that are out of range."""
    if cutoff_s is not None:
        check("cutoff_s", cutoff_s, Positive)
    if quantum_s is not None:
        check("quantum_s", quantum_s, Positive)
        if not 1.0 <= quantum_s * TICKS_PER_SECOND < math.inf:
            raise InvalidArgument.of("quantum_s", "be finite, and a picosecond or longer", quantum_s)
    for name, value in (("seed", seed), ("replica", replica)):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise InvalidArgument.of(name, "be a whole number", value)
    if purification is not None and not isinstance(purification, Purification):
        raise InvalidArgument.of("purification", "be a qnet.Purification", purification)
    if isinstance(memories, bool) or not isinstance(memories, int) or memories < 1:
        raise InvalidArgument.of("memories", "be a whole number from 1 on", memories)


def check_recipe(recipe: Any, *, restart: str, cutoff_s: float | None, purification: Any) -> None:
    """Refuse what does not go with a recipe, which says itself what is purified, and for how long pairs wait."""
    if recipe is None:
        return
    if not isinstance(recipe, Generate | Swap | Purify) and not callable(recipe):
        raise InvalidArgument.of("recipe", "be a recipe of qnet.planning, or a function that makes one", recipe)
    if restart != "per-pair":
        raise InvalidArgument.of(
            "restart", "be 'per-pair' where there is a `recipe`, which starts anew per pair", restart
        )
    for name, value in (("cutoff_s", cutoff_s), ("purification", purification)):
        if value is not None:
            raise InvalidArgument.of(name, "be None where there is a `recipe`, which says that itself", value)


def check_below(below: str, *, memories: int, recipe: Any) -> None:
    """Refuse to purify at the ends what falls below, where the memories for that are not there."""
    if below == "purify" and recipe is not None:
        raise InvalidArgument.of("below", "be 'lower' or 'drop' where there is a `recipe`", below)
    if below == "purify" and memories < 2:
        rule = "be at least 2 where `below` is 'purify': a pair waits in one of them for the next"
        raise InvalidArgument.of("memories", rule, memories)


def check_behaviours(behaviours: Mapping[str, Any] | None) -> None:
    """Refuse a behaviour that has nothing to announce."""
    for node, behaviour in (behaviours or {}).items():
        if not hasattr(behaviour, "announce"):
            raise InvalidArgument.of(f"behaviour of {node}", "have a method `announce`", behaviour)


def check_nodes(names: Iterable[str], network: Network) -> None:
    """Refuse names of nodes that the network does not have."""
    for name in names:
        if name not in network.nodes and "~" not in str(name):  # a tilde names a station that is yet to be inserted
            raise UnknownName.of("node", str(name), network.nodes)


def checked_taps(
    taps: Mapping[tuple[str, str], Sequence[Operation]] | None, network: Network
) -> dict[frozenset[str], tuple[Operation, ...]]:
    """Give the taps of each link by its two nodes, in whatever order; refuse links that the network does not have."""
    by_ends: dict[frozenset[str], tuple[Operation, ...]] = {}
    spans = {frozenset((edge.source, edge.target)): str(edge) for edge in network.edges}
    for ends, operations in (taps or {}).items():
        check_nodes(ends, network)
        inserted = any("~" in node for node in ends)  # its link is known when its route is
        if frozenset(ends) not in spans and not inserted:
            raise UnknownName.of("link", "~".join(ends), spans.values())
        for tap in operations:
            if (len(tap.inputs), len(tap.outputs)) != (1, 1):
                raise InvalidArgument.of("taps", "take one qubit in and give one out", (tap.inputs, tap.outputs))
        by_ends[frozenset(ends)] = by_ends.get(frozenset(ends), ()) + tuple(operations)
    return by_ends


def resolved_device(network: Network) -> tuple[RepeaterHardware | None, Device]:
    """Give the hardware of a network's nodes, unless it was given by numbers, and the device they are."""
    hardware: Any = network.repeater
    if isinstance(hardware, Device):
        return None, hardware
    if hardware is None and network.edges and all(edge.link is not None for edge in network.edges):
        return None, Device()
    resolved = repeater_hardware(DEFAULT_REPEATER if hardware is None else hardware)
    return resolved, device_of(resolved)
