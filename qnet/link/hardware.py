"""From hardware and a length to a link."""

from __future__ import annotations

import math
import os
from typing import Annotated

from annotated_types import Gt, Lt

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import check
from qnet.hardware import RepeaterHardware, repeater_hardware
from qnet.hardware.parts import FinitePositive, flag_outside
from qnet.link.ageing import aged
from qnet.link.device import waiting_of
from qnet.link.heralds import MODELS, with_source
from qnet.link.link import Link

__all__ = ["link_of"]

_Between = Annotated[float, Gt(0), Lt(1)]
_LONGEST_KM = 2000.0
"""Twice the longest fibre over which keys were ever sent: more is likely to be in metres."""


def link_of(
    hardware: RepeaterHardware | str | os.PathLike[str],
    length_km: float,
    *,
    herald: str | None = None,
    midpoint_at: float = 0.5,
) -> Link:
    """Give the link that two such nodes make over a fibre.

    Success probability and states come from the heralding circuits of `qnet.quantum.photonics`, the times of a slot
    from `qnet.link.timing`. The states are those at the moment when both qubits are in their memories, the link's
    `emission_s`: where one of them was there before, it has aged until then; the network ages both from then on.
    With M modes an attempt succeeds with ``1 - (1 - p)**M``, where p is that of one mode.

    Args:
        hardware: of both ends, of the station between them, and the kind of fibre; a preset's name, a data file, or
            the value.
        length_km: of the fibre, end to end, in km.
        herald: "single-click", "double-click", "midpoint-source" or "emitter-absorber"; by default the hardware's own.
            For a midpoint source, hardware that has none gets `qnet.link.heralds.ASSUMED_SOURCE`.
        midpoint_at: where the station or the pair source is, as a fraction of the length from the source's end.

    Raises:
        UnknownName: no such preset, or no such way to herald.
        InvalidArgument: a number is out of range, or no attempt can succeed.

    >>> link_of("trapped-ion", 50.0).stations
    1
    """
    hardware = repeater_hardware(hardware)
    check("length_km", length_km, FinitePositive)
    flag_outside("length_km", length_km, 0.0, _LONGEST_KM, "a length is in km, 50 for 50 km")
    check("midpoint_at", midpoint_at, _Between)
    name = hardware.herald if herald is None else herald
    if not isinstance(name, str) or name not in MODELS:
        raise UnknownName.of("herald model", str(name), MODELS)
    hardware, model = with_source(hardware, name), MODELS[name]
    arms_km = (length_km * midpoint_at, length_km * (1.0 - midpoint_at))
    attempt, timing = model.herald(hardware, arms_km), model.timing(hardware, arms_km)
    if not attempt.success_probability > 0.0:
        raise InvalidArgument.of("length_km", f"leave an attempt of {hardware.name} some chance to succeed", length_km)
    memory = waiting_of(hardware.memory)
    return Link(
        success_probability=_of_modes(attempt.success_probability, hardware.modes),
        cycle_s=timing.cycle_s,
        emission_s=timing.ready_s,
        detection_s=timing.click_s,
        heralds=aged(attempt.outcomes, (memory, memory), timing.waited_s),
        stations=model.stations,
        modes=hardware.modes,
        dropped_weight=attempt.dropped_weight,
    )


def _of_modes(probability: float, modes: int) -> float:
    """Give ``1 - (1 - p)**M`` without losing the digits of a small p."""
    if modes == 1 or probability == 1.0:
        return probability
    return -math.expm1(modes * math.log1p(-probability))
