"""What statistical tests compared, so that `make validate` can write it down."""

from __future__ import annotations

import math

_noted: list[dict[str, str | float]] = []


def record_z(name: str, measured: float, standard_error: float, expected: float) -> float:
    """Note a comparison of the test that runs, and give its deviation in standard errors.

    assert abs(record_z("pairs per second", mean, error, 1211.0)) < 4
    """
    difference = measured - expected
    z = difference / standard_error if standard_error else math.copysign(math.inf, difference) if difference else 0.0
    numbers = {"measured": measured, "standard_error": standard_error, "expected": expected, "z": z}
    _noted.append({"name": name} | {key: float(number) for key, number in numbers.items()})
    return z


def take_notes() -> list[dict[str, str | float]]:
    """Give what was noted since the last call."""
    taken = _noted.copy()
    _noted.clear()
    return taken
