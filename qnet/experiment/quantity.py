"""An estimated or exact number with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qnet.errors import InvalidArgument

__all__ = ["Quantity", "quantity_from_json", "quantity_to_json"]


@dataclass(frozen=True)
class Quantity:
    """Hold a value between the ends of its 95 % interval; all three are equal where the value is exact.

    What does not apply is None, never a Quantity. An end may be infinite (nothing is known on that side); JSON, which
    has no infinity, then says null.

    >>> print(Quantity(12300.0, 12000.0, 12600.0))
    12300 [12000, 12600]
    >>> f"{Quantity(12300.0, 12000.0, 12600.0):±}", f"{Quantity(0.0, 0.0, 0.37):±}", f"{Quantity.exact(0.5):±}"
    ('12300 ± 300', '0 (< 0.37)', '0.5')

    Where ± would mislead, because the interval is lopsided or would pass zero, the ends are printed instead.

    >>> f"{Quantity(0.087, 0.0, 0.206):±}"
    '0.09 [0, 0.21]'
    """

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = float(getattr(self, name))
            if math.isnan(number) or (name == "value" and math.isinf(number)):
                raise InvalidArgument.of(name, "be a finite number" if name == "value" else "be a number", number)
            object.__setattr__(self, name, number)  # a NumPy scalar would not print, nor go to JSON, as a plain number
        if not self.low <= self.value <= self.high:
            raise InvalidArgument.of("value", f"lie in its interval [{self.low:g}, {self.high:g}]", self.value)

    @classmethod
    def exact(cls, value: float) -> Quantity:
        """Give a number that is known exactly."""
        return cls(value, value, value)

    @property
    def is_exact(self) -> bool:
        """Whether the interval is a point."""
        return self.low == self.high

    def mapped(self, function: Callable[[float], float]) -> Quantity:
        """Apply a monotone function to the value and both ends; an end that divides by zero becomes infinite.

        >>> Quantity(4.0, 0.0, 8.0).mapped(lambda rate: 256 / rate)
        Quantity(value=64.0, low=32.0, high=inf)
        """
        ends = (_or_infinity(function, self.low), _or_infinity(function, self.high))
        return Quantity(function(self.value), min(ends), max(ends))

    def scaled(self, factor: float) -> Quantity:
        """Multiply the value and its interval by an exact number, say to change the unit."""
        return self.mapped(lambda value: value * factor)

    def to_json(self) -> dict[str, float | None]:
        """Give ``{"value", "low", "high"}``; an infinite end is None."""
        return {"value": self.value, "low": _finite(self.low), "high": _finite(self.high)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Quantity:
        """Read back what `to_json` gave.

        >>> Quantity.from_json({"value": 1, "low": 0, "high": None})
        Quantity(value=1.0, low=0.0, high=inf)
        """
        low, high = data["low"], data["high"]
        return cls(data["value"], -math.inf if low is None else low, math.inf if high is None else high)

    def __str__(self) -> str:
        return format(self)

    def __format__(self, spec: str) -> str:
        """Print with the interval in brackets, or with a leading ``±`` in the spec compactly (half of it, if even)."""
        compact, number = spec.startswith("±"), spec.lstrip("±")
        if self.is_exact:
            return format(self.value, number or ".4g")
        if compact:
            return _compact(self)
        numbers = (self.value, self.low, self.high)
        value, low, high = (format(x, number) if number else _rounded(x, *_places(self, 2, 5)) for x in numbers)
        return f"{value} [{low}, {high}]"


def quantity_to_json(quantity: Quantity | None) -> dict[str, float | None] | None:
    """Give the JSON of a quantity, null where it does not apply."""
    return None if quantity is None else quantity.to_json()


def quantity_from_json(data: Mapping[str, Any] | None) -> Quantity | None:
    """Read back what `quantity_to_json` gave."""
    return None if data is None else Quantity.from_json(data)


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None


def _or_infinity(function: Callable[[float], float], end: float) -> float:
    try:
        return function(end)
    except ZeroDivisionError:
        return math.inf


def _compact(quantity: Quantity) -> str:
    value, low, high = quantity.value, quantity.low, quantity.high
    if value == low == 0.0:
        return f"{value:.3g} (< {high:.3g})"
    if math.isinf(high):
        return f"{value:.2g} (> {low:.2g})"
    decimals, exponent = _places(quantity, 1, 4)
    if value:
        decimals = max(decimals, 1 - math.floor(math.log10(abs(value))) + exponent)  # two digits of the value at least
    # What is rounded away must not look like certainty: at least one unit of the last place.
    unit = 10.0 ** (exponent - decimals)
    half = max((high - low) / 2, unit)
    if _is_lopsided(quantity, unit):
        return _bracketed(quantity)
    if exponent:
        return f"({value / 10.0**exponent:.{decimals}f} ± {half / 10.0**exponent:.{decimals}f})e{exponent:+03d}"
    return f"{_rounded(value, decimals)} ± {_rounded(half, decimals)}"


def _is_lopsided(quantity: Quantity, unit: float) -> bool:
    """Whether ± would mislead: the sides differ by more than 1.5 to 1, or it would reach below zero or above one."""
    value, low, high = quantity.value, quantity.low, quantity.high
    shorter, longer = sorted((value - low, high - value))
    half = max((high - low) / 2, unit)
    uneven = high - low >= 2 * unit and longer > 1.5 * shorter
    return uneven or value - half < 0.0 <= low or value + half > 1.0 >= high


def _bracketed(quantity: Quantity) -> str:
    """Print value and both ends, to a digit of the shorter side, but no more than two of the longer."""
    value, low, high = quantity.value, quantity.low, quantity.high
    places = sorted(math.floor(math.log10(side)) for side in (value - low, high - value) if 0.0 < side < math.inf)
    size = math.floor(math.log10(max(abs(end) for end in (value, low, high) if math.isfinite(end)) or 1.0))
    place = max(places[0], places[-1] - 1) if places else size
    significant = min(5, max(2, size - place + 1))
    exponent = 0 if -4 <= size < 6 else size
    decimals = significant - 1 - size + exponent
    value_text, low_text, high_text = (_rounded(number, decimals, exponent) for number in (value, low, high))
    return f"{value_text} [{low_text}, {high_text}]"


def _places(quantity: Quantity, digits: int, most: int) -> tuple[int, int]:
    """Give decimals and exponent that show so many digits of the half-width, but at most so many of the value."""
    finite = [abs(end) for end in (quantity.value, quantity.low, quantity.high) if math.isfinite(end)]
    size = math.floor(math.log10(max(finite) or 1.0))
    half = (quantity.high - quantity.low) / 2
    place = math.floor(math.log10(half)) if 0.0 < half < math.inf else size - 2
    significant = min(most, max(2, size - place + digits))
    exponent = 0 if -4 <= size < 6 else size
    return significant - 1 - size + exponent, exponent


def _rounded(number: float, decimals: int, exponent: int = 0) -> str:
    if not number or math.isinf(number):
        return f"{number:g}"
    if exponent:
        return f"{number:.{decimals}e}"
    return f"{round(number, decimals):.{max(decimals, 0)}f}"
