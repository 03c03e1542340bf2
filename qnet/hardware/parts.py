"""What hardware values have in common: rules of their numbers, the check when they are built, the k-th root."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Lt

from qnet.errors import InvalidArgument, UnitWarning
from qnet.fields import Positive, check, check_fields

__all__ = [
    "HERALDS",
    "LEFT_OUT",
    "AtLeastOne",
    "Duration",
    "FiniteNonNegative",
    "FinitePositive",
    "check_parts",
    "dephasing_root",
    "error_root",
    "flag_clock",
    "flag_dark_count",
    "flag_outside",
    "part_of",
    "success_root",
]

FinitePositive = Annotated[float, Gt(0), Lt(math.inf)]
"""A number above zero that is not infinite: a clock, a speed."""
FiniteNonNegative = Annotated[float, Ge(0), Lt(math.inf)]
"""A number from zero on that is not infinite: a length, a loss in decibel."""
Duration = FiniteNonNegative
"""Seconds from zero on; finite, because the simulator rounds it to whole picoseconds."""
AtLeastOne = Annotated[int, Ge(1)]
"""A whole number from one on."""

HERALDS = "heralds"
"""Key in a field's metadata: the herald models with which its default is a number that the hardware assumes."""
LEFT_OUT: Mapping[str, tuple[str, ...]] = {HERALDS: ()}
"""Metadata of a field whose default leaves an effect out: no after-pulses, one mode, no drift."""


def check_parts(value: Any) -> None:
    """Check the numbers of a dataclass by their rules, and its other fields by their type."""
    check_fields(value)
    for name, kind in get_type_hints(type(value), include_extras=True).items():
        if get_origin(kind) is Literal:
            if getattr(value, name) not in get_args(kind):
                raise InvalidArgument.of(name, f"be one of {', '.join(get_args(kind))}", getattr(value, name))
            continue
        plain = isinstance(kind, (type, UnionType)) and get_origin(kind) in (None, UnionType)
        if plain and not isinstance(getattr(value, name), kind):
            words = " or ".join(part.__name__ for part in getattr(kind, "__args__", (kind,)))
            raise InvalidArgument.of(name, f"be of type {words}", getattr(value, name))


def part_of(kind: Any) -> type | None:
    """Give the dataclass that a field with this annotation holds, be it optional or not; None for numbers and texts."""
    return next((part for part in (kind, *get_args(kind)) if isinstance(part, type) and is_dataclass(part)), None)


def flag_outside(name: str, value: float, least: float, most: float, hint: str) -> None:
    """Warn of a number that is possible but not plausible; zero (left out) and infinity (for ever) always are.

    >>> flag_outside("loss_db_per_km", 0.2, 0.01, 50.0, "a loss is in dB/km")
    """
    _flag(name, value, least, most, hint)


def _flag(name: str, value: float, least: float, most: float, hint: str) -> None:
    if value and not math.isinf(value) and not least <= value <= most:
        text = f"Argument `{name}` is usually from {least:g} to {most:g}, but is {value:g}: {hint}."
        warnings.warn(text, UnitWarning, stacklevel=5)


def flag_clock(clock_hz: float) -> None:
    """Warn of a clock that looks like one in another unit than pulses per second."""
    _flag("clock_hz", clock_hz, 1e2, 1e12, "a clock is in pulses per second, 1e9 for 1 GHz")


def flag_dark_count(probability: float) -> None:
    """Warn of a dark-count probability that looks like a rate."""
    hint = "it is a probability per window; Detector.from_rate takes a rate per second"
    _flag("dark_count_probability", probability, 0.0, 0.1, hint)


def error_root(error: float, k: float) -> float:
    """Give 1 - (1 - error)^(1/k), the error of hardware that is k times better, without losing digits.

    >>> error_root(0.19, 2)
    0.1
    """
    check("k", k, Positive)
    return 1.0 if error == 1 else -math.expm1(math.log1p(-error) / k)


def dephasing_root(flip: float, k: float) -> float:
    """Give -ln(1 - 2 p) of the phase flip p = 1 - (1 - flip)^(1/k): coherence falls to exp(minus that).

    A flip of 1/2 leaves no coherence to take the logarithm of, so worse hardware (k < 1) stops just short of it.
    """
    return -math.log1p(-2 * min(error_root(flip, k), _WORST_FLIP))


_WORST_FLIP = 0.5 - 1e-8


def success_root(probability: float, k: float) -> float:
    """Give probability^(1/k), the probability of no error in hardware that is k times better."""
    check("k", k, Positive)
    return float(probability ** (1 / k))
