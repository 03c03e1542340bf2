"""What a complete set of hardware says about itself besides its physics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from qnet.hardware.parts import check_parts

__all__ = ["DataSheet", "Epoch", "SheetNumber"]

Epoch = Literal["today", "projected"]
"""Whether a device has been shown, or is expected."""

_UNITS = {
    "_rad_per_sqrt_km": "rad/sqrt(km)",
    "_db_per_km": "dB/km",
    "_km_s": "km/s",
    "_km": "km",
    "_db": "dB",
    "_hz": "Hz",
    "_rad": "rad",
    "_s": "s",
}


class SheetNumber(NamedTuple):
    """One number of a data sheet.

    Attributes:
        name: dotted, such as ``memory.t2_s``.
        value: the number, or a flag.
        unit: as the name says it; empty for probabilities and counts.
        source: a citation, or "assumed: why"; None for a default that leaves an effect out.
    """

    name: str
    value: float | bool
    unit: str
    source: str | None


@dataclass(frozen=True, kw_only=True)
class DataSheet:
    """Hold name and provenance of a set of hardware; the base of `RepeaterHardware` and `QkdHardware`.

    Args:
        name: words with hyphens.
        epoch: "today" or "projected".
        description: one line.
        published: the citation of the device as a whole, with its year in parentheses; empty if there is none.
        assumed: dotted names of the numbers that are assumed, not sourced, such as ``interface.visibility``.
        sources: dotted name to citation, or to "assumed: why".
    """

    name: str
    epoch: Epoch
    description: str
    published: str = field(default="", compare=False, repr=False)
    assumed: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_parts(self)
        object.__setattr__(self, "assumed", tuple(self.assumed))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))

    @property
    def year(self) -> int | None:
        """The year in `published`."""
        years = re.findall(r"\((\d{4})\)", self.published)
        return int(years[-1]) if years else None

    def numbers(self) -> Iterator[SheetNumber]:
        """Give every number of the sheet, those of its parts included, with unit and source.

        >>> from qnet.hardware import repeater_hardware
        >>> next(number for number in repeater_hardware("trapped-ion").numbers() if number.name == "memory.t2_s")[:3]
        ('memory.t2_s', 0.085, 's')
        """
        for name, value in _numbers(self, ""):
            unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")
            yield SheetNumber(name, value, unit, self.sources.get(name))

    def __getstate__(self) -> dict[str, Any]:
        # A mapping proxy cannot be pickled, and sweeps send hardware to worker processes.
        return {**self.__dict__, "sources": dict(self.sources)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, sources=MappingProxyType(state["sources"]))


def _numbers(part: Any, prefix: str) -> Iterator[tuple[str, float]]:
    for entry in fields(part):
        value, name = getattr(part, entry.name), f"{prefix}{entry.name}"
        if is_dataclass(value):
            yield from _numbers(value, f"{name}.")
        elif isinstance(value, (int, float)):
            yield name, value
