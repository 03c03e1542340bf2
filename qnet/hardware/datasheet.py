"""What a complete set of hardware says about itself besides its physics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from qnet.errors import InvalidArgument
from qnet.hardware.parts import check_parts

__all__ = ["DataSheet", "Epoch"]

Epoch = Literal["today", "projected"]
"""Whether a device has been shown, or is expected."""


@dataclass(frozen=True, kw_only=True)
class DataSheet:
    """Hold name and provenance of a set of hardware; the base of `RepeaterHardware` and `QkdHardware`.

    Args:
        name: words with hyphens.
        epoch: "today" or "projected".
        description: one line.
        assumed: dotted names of the numbers that are assumed, not sourced, such as ``interface.visibility``.
        sources: dotted name to citation, or to "assumed: why".
    """

    name: str
    epoch: Epoch
    description: str
    assumed: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_parts(self)
        if self.epoch not in get_args(Epoch):
            raise InvalidArgument.of("epoch", f"be one of {', '.join(get_args(Epoch))}", self.epoch)
        object.__setattr__(self, "assumed", tuple(self.assumed))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))

    def __getstate__(self) -> dict[str, Any]:
        # A mapping proxy cannot be pickled, and sweeps send hardware to worker processes.
        return {**self.__dict__, "sources": dict(self.sources)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, sources=MappingProxyType(state["sources"]))
