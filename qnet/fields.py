"""Rules for numbers, said once and read by constructors and file readers alike.

A field's rule is part of its annotation, in the vocabulary of `annotated_types`, which pydantic reads too:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, kw_only=True)
... class Lamp:
...     power_w: Positive
...     def __post_init__(self) -> None:
...         check_fields(self)
>>> Lamp(power_w=-1.0)
Traceback (most recent call last):
    ...
qnet.errors.InvalidArgument: Argument `power_w` must be greater than 0, but is -1.0.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt

from qnet.errors import InvalidArgument

__all__ = ["Count", "NonNegative", "Positive", "Probability", "check", "check_fields"]

Positive = Annotated[float, Gt(0)]
"""A number above zero; infinity is allowed (a T1 that never ends)."""
NonNegative = Annotated[float, Ge(0)]
"""A number from zero on."""
Probability = Annotated[float, Ge(0), Le(1)]
"""A number from zero to one, ends included."""
Count = Annotated[int, Ge(0)]
"""A whole number from zero on."""


def check(name: str, value: Any, kind: Any) -> None:
    """Raise `InvalidArgument` unless `value` obeys the rules of the annotation `kind`.

    >>> check("p", 0.3, Probability)
    >>> check("p", float("nan"), Probability)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `p` must be a number, but is nan.
    """
    _check(name, value, *_rules(kind))


def check_fields(value: Any) -> None:
    """Check every annotated field of a dataclass instance; call it first in ``__post_init__``."""
    for name, (integer, bounds) in _field_rules(type(value)).items():
        _check(name, getattr(value, name), integer, bounds)


def _check(name: str, value: Any, integer: bool, bounds: tuple[Any, ...]) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hasattr(value, "__float__") and hasattr(value, "dtype") and not getattr(value, "shape", ()):
        number = True  # NumPy scalars
    if not number or math.isnan(value):
        raise InvalidArgument.of(name, "be a number", value)
    if integer and value % 1 != 0:  # of infinity, too
        raise InvalidArgument.of(name, "be a whole number", value)
    for bound in bounds:
        for kind, words, holds in _ORDERS:
            if isinstance(bound, kind):
                limit = getattr(bound, kind.__name__.lower())
                if not holds(value, limit):
                    raise InvalidArgument.of(name, f"be {words} {limit}", value)


_ORDERS: tuple[tuple[type, str, Any], ...] = (
    (Gt, "greater than", lambda value, limit: value > limit),
    (Ge, "at least", lambda value, limit: value >= limit),
    (Lt, "less than", lambda value, limit: value < limit),
    (Le, "at most", lambda value, limit: value <= limit),
)


def _rules(kind: Any) -> tuple[bool, tuple[Any, ...]]:
    if get_origin(kind) is not Annotated:
        return False, ()
    base, *bounds = get_args(kind)
    return base is int, tuple(bounds)


def _field_rules(cls: type) -> dict[str, tuple[bool, tuple[Any, ...]]]:
    if cls not in _RULES_OF:
        hints = get_type_hints(cls, include_extras=True)
        _RULES_OF[cls] = {name: _rules(kind) for name, kind in hints.items() if get_origin(kind) is Annotated}
    return _RULES_OF[cls]


_RULES_OF: dict[type, dict[str, tuple[bool, tuple[Any, ...]]]] = {}
