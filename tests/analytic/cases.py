"""Reference cases of reference.json, for `from cases import cases, close` in the tests of this folder."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """One reference case; `inputs` and `expected` are plain, their units stripped."""

    id: str
    inputs: dict[str, Any]
    expected: dict[str, Any]
    tolerance: dict[str, float]
    source: str

    def __getitem__(self, name: str) -> Any:
        """Give one input."""
        return self.inputs[name]

    def __str__(self) -> str:
        return self.id

    def check(self, **got: Any) -> None:
        """Fail unless each given quantity is the expected one, within the tolerance of the case."""
        for name, value in got.items():
            expected = self.expected[name]
            assert close(value, expected, self.tolerance), f"{self.id}: {name} is {value!r}, not {expected!r}"


def cases(*patterns: str) -> list[Case]:
    """List the cases whose id matches one of the shell patterns; for `parametrize(..., ids=str)`."""
    return [value for name, value in _ALL.items() if any(fnmatchcase(name, pattern) for pattern in patterns)]


def case(name: str) -> Case:
    """Give one case by its id."""
    return _ALL[name]


def close(got: Any, expected: Any, tolerance: Mapping[str, float]) -> bool:
    """Tell whether |got - expected| <= abs + rel |expected|, or the ratio is in [1/factor, factor]; lists by entry."""
    if isinstance(expected, (list, tuple)):
        return len(got) == len(expected) and all(close(*pair, tolerance) for pair in zip(got, expected, strict=True))
    if isinstance(expected, dict):
        return set(got) == set(expected) and all(close(got[key], expected[key], tolerance) for key in expected)
    if isinstance(expected, (bool, str)) or expected is None or got == expected:
        return bool(got == expected)
    if "factor" in tolerance:
        return bool(1 / tolerance["factor"] <= got / expected <= tolerance["factor"])
    return bool(abs(got - expected) <= tolerance.get("abs", 0.0) + tolerance.get("rel", 0.0) * abs(expected))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"value", "unit"}:
            return _plain(value["value"])
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return math.inf if value in ("inf", "Infinity") else value


def _load() -> dict[str, Case]:
    file = Path(__file__).with_name("reference.json")
    return {
        raw["id"]: Case(raw["id"], _plain(raw["inputs"]), _plain(raw["expected"]), raw["tolerance"], raw["source"])
        for raw in json.loads(file.read_text(encoding="utf-8"))
    }


_ALL = _load()
