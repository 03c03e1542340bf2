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
    1.23e+04 [1.2e+04, 1.26e+04]
    >>> f"{Quantity(12300.0, 12000.0, 12600.0):±}", f"{Quantity(0.0, 0.0, 0.37):±}", f"{Quantity.exact(0.5):±}"
    ('12300 ± 300', '0 (< 0.37)', '0.5')
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
        """Print with the interval in brackets, or with a leading ``±`` in the spec compactly (half the interval)."""
        compact, number = spec.startswith("±"), spec.lstrip("±")
        if self.is_exact:
            return format(self.value, number or ".4g")
        if compact:
            return _compact(self)
        number = number or f".{_digits(self)}g"
        return f"{self.value:{number}} [{self.low:{number}}, {self.high:{number}}]"


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


def _digits(quantity: Quantity) -> int:
    """Significant digits that show two of the interval's half-width, within reason."""
    width = quantity.high - quantity.low
    resolution = 2 * abs(quantity.value) / width
    return min(9, max(3, math.ceil(math.log10(resolution)) + 2)) if resolution > 1 else 3


def _compact(quantity: Quantity) -> str:
    """Round the value where the uncertainty begins, as a paper would."""
    if quantity.value <= quantity.low:
        return f"{quantity.value:.3g} (< {quantity.high:.2g})"
    half = (quantity.high - quantity.low) / 2
    if not math.isfinite(half):
        return (
            f"{quantity.value:.2g} (> {quantity.low:.2g})" if math.isfinite(quantity.low) else f"{quantity.value:.2g}"
        )
    place = math.floor(math.log10(half))
    exponent = math.floor(math.log10(max(abs(quantity.value), half)))
    if -4 <= exponent < 6 and place >= -8:
        digits = max(0, -place)
        return f"{round(quantity.value, -place):.{digits}f} ± {round(half, -place):.{digits}f}"
    digits = max(0, exponent - place)
    scale = 10.0**exponent
    return f"({quantity.value / scale:.{digits}f} ± {half / scale:.{digits}f})e{exponent:+03d}"
