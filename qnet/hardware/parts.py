"""The one check that every hardware value makes when it is built."""

from __future__ import annotations

import math
from types import UnionType
from typing import Annotated, Any, get_origin, get_type_hints

from annotated_types import Ge, Gt, Lt

from qnet.errors import InvalidArgument
from qnet.fields import check_fields

__all__ = ["AtLeastOne", "Duration", "FiniteNonNegative", "FinitePositive", "check_parts"]

FinitePositive = Annotated[float, Gt(0), Lt(math.inf)]
"""A number above zero that is not infinite: a clock, a speed."""
FiniteNonNegative = Annotated[float, Ge(0), Lt(math.inf)]
"""A number from zero on that is not infinite: a length, a loss in decibel."""
Duration = FiniteNonNegative
"""Seconds from zero on; finite, because the simulator rounds it to whole picoseconds."""
AtLeastOne = Annotated[int, Ge(1)]
"""A whole number from one on."""


def check_parts(value: Any) -> None:
    """Check the numbers of a dataclass by their rules, and its other fields by their type."""
    check_fields(value)
    for name, kind in get_type_hints(type(value), include_extras=True).items():
        plain = isinstance(kind, (type, UnionType)) and get_origin(kind) in (None, UnionType)
        if plain and not isinstance(getattr(value, name), kind):
            words = " or ".join(part.__name__ for part in getattr(kind, "__args__", (kind,)))
            raise InvalidArgument.of(name, f"be of type {words}", getattr(value, name))
