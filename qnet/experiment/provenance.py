"""What a result was made with, and an id of what was run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import platform
from collections.abc import Mapping
from typing import Any

__all__ = ["DISTRIBUTION", "identity", "provenance", "run_id"]

DISTRIBUTION = "qnet-sim"
_PACKAGES = {"qnet": DISTRIBUTION, "numpy": "numpy", "scipy": "scipy", "qiskit": "qiskit", "qiskit_aer": "qiskit-aer"}


def provenance(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give the id of a run, its parameters and the versions behind it, without importing any of the packages.

    >>> sorted(provenance({"seed": 7}))
    ['id', 'numpy', 'parameters', 'python', 'qiskit', 'qiskit_aer', 'qnet', 'scipy']
    """
    versions = {name: _version(distribution) for name, distribution in _PACKAGES.items()}
    identity = run_id({"parameters": parameters, "qnet": versions["qnet"]})
    return {"id": identity, "parameters": dict(parameters), "python": platform.python_version(), **versions}


def run_id(parameters: Mapping[str, Any]) -> str:
    """Hash what was run: BLAKE2b of its canonical JSON, 32 hexadecimal digits; the order of keys does not count.

    >>> run_id({"a": 1, "b": [2.5]}) == run_id({"b": (2.5,), "a": 1})
    True

    Raises:
        TypeError, ValueError: a parameter is nothing JSON can say, such as an object or NaN.
    """
    canonical = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def identity(value: Any) -> Any:
    """Say in JSON's terms what a value is: by its digest where it has one, by its fields where it is a dataclass.

    >>> from fractions import Fraction
    >>> identity((1.5, frozenset({"b", "a"}), Fraction(1, 2)))
    [1.5, ['a', 'b'], 'Fraction(1, 2)']
    """
    if isinstance(digest := getattr(value, "digest", None), str):
        return digest
    if dataclasses.is_dataclass(value):
        return {field.name: identity(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, (tuple, list)):
        return [identity(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(identity, value))
    if hasattr(value, "tolist"):
        return identity(value.tolist())
    plain = value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else repr(value)


def _version(distribution: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
