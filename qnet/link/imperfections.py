"""What can be wrong with hardware, one thing at a time, and how hardware looks without it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from qnet.hardware import Memory, RepeaterHardware

__all__ = ["IMPERFECTIONS", "without"]


def without(hardware: RepeaterHardware, names: Iterable[str]) -> RepeaterHardware:
    """Copy hardware without some of its imperfections, which are named as in `IMPERFECTIONS`.

    >>> from qnet.hardware import repeater_hardware
    >>> without(repeater_hardware("trapped-ion"), ["visibility", "memory T2"]).memory.t2_s
    inf
    """
    chosen = set(names)
    for name, off in IMPERFECTIONS.items():  # in this order, since T2 has no other limit than T1
        if name in chosen:
            hardware = off(hardware)
    return hardware


def _set(part: str, **numbers: Any) -> Callable[[RepeaterHardware], RepeaterHardware]:
    def off(hardware: RepeaterHardware) -> RepeaterHardware:
        value: Any = getattr(hardware, part)
        return hardware if value is None else replace(hardware, **{part: replace(value, **numbers)})

    return off


def _no_errors(part: str, *names: str) -> Callable[[RepeaterHardware], RepeaterHardware]:
    return _set(part, **dict.fromkeys(names, 0.0))


def _lossless(hardware: RepeaterHardware) -> RepeaterHardware:
    return replace(
        hardware,
        fibre=replace(hardware.fibre, loss_db_per_km=0.0, connector_loss_db=0.0, splice_loss_db=0.0),
        interface=replace(hardware.interface, efficiency=1.0, latch_probability=1.0),
        detector=replace(hardware.detector, jitter_s=0.0),
    )


def _one_pair(hardware: RepeaterHardware) -> RepeaterHardware:
    source = hardware.pair_source
    if source is None:
        return hardware
    single = replace(source, statistics="single", mean_pairs=min(source.mean_pairs, 1.0))
    return replace(hardware, pair_source=single)


def _of_memory(off: Callable[[Memory], Memory]) -> Callable[[RepeaterHardware], RepeaterHardware]:
    return lambda hardware: replace(hardware, memory=off(hardware.memory))


def _of_storage(off: Callable[[Memory], Memory]) -> Callable[[RepeaterHardware], RepeaterHardware]:
    def applied(hardware: RepeaterHardware) -> RepeaterHardware:
        storage = hardware.storage
        return hardware if storage is None else replace(hardware, storage=replace(storage, memory=off(storage.memory)))

    return applied


def _no_t1(memory: Memory) -> Memory:
    return replace(memory, t1_s=math.inf)


def _no_t2(memory: Memory) -> Memory:
    return replace(memory, t2_s=2.0 * memory.t1_s)


def _undisturbed(memory: Memory) -> Memory:
    return replace(memory, attempts_to_dephase=math.inf)


IMPERFECTIONS: Mapping[str, Callable[[RepeaterHardware], RepeaterHardware]] = {
    "photon loss": _lossless,
    "photons not counted": _set("detector", number_resolving=True),
    "dark counts": _no_errors("detector", "dark_count_probability", "afterpulse_probability"),
    "false latches": _no_errors("interface", "false_latch_probability"),
    "visibility": _set("interface", visibility=1.0),
    "polarisation drift": _no_errors("fibre", "polarisation_drift_rad_per_sqrt_km"),
    "optical phase": _no_errors("interface", "phase_sigma_rad"),
    "double excitation": _no_errors("interface", "double_excitation_probability"),
    "multiple pairs": _one_pair,
    "memory T1": _of_memory(_no_t1),
    "memory T2": _of_memory(_no_t2),
    "storage T1": _of_storage(_no_t1),
    "storage T2": _of_storage(_no_t2),
    "entangling attempts": lambda hardware: _of_storage(_undisturbed)(_of_memory(_undisturbed)(hardware)),
    "move to storage": _no_errors(
        "storage", "initialisation_depolarising", "gate_depolarising", "rotation_depolarising"
    ),
    "one-qubit gates": _no_errors("processor", "one_qubit_gate_depolarising"),
    "two-qubit gates": _no_errors("processor", "two_qubit_gate_depolarising"),
    "readout": _no_errors("processor", "readout_error_0", "readout_error_1"),
}
"""By name, what takes an imperfection out of hardware; in an order in which they can follow one another."""
