"""Read a hardware data file: TOML in which each number names its source, or why it is assumed.

    schema = "qnet.hardware/1"
    kind = "repeater"                       # or "qkd", "detector"
    name = "my-ion"
    epoch = "today"                         # or "projected"
    description = "One line."
    published = "Avis et al., npj Quantum Inf. 9, 100 (2023)"
    optical_interfaces = { value = 2, assumed = "one beside each lens" }

    [memory]
    t2_s = { value = 0.085, source = "Avis et al., npj Quantum Inf. 9, 100 (2023)" }

A bare number is allowed and counts as assumed, as does a default that the file leaves alone. The dataclasses are the
schema: their fields, their rules and their constructors judge a file exactly as they judge a call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

from qnet.errors import FileError, UnknownName
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.detector import DetectorHardware
from qnet.hardware.parts import HERALDS, part_of
from qnet.hardware.qkd import QkdHardware
from qnet.hardware.repeater import RepeaterHardware

__all__ = ["KINDS", "SCHEMA", "hardware_from", "parse"]

SCHEMA = "qnet.hardware/1"
"""The value of a data file's first key."""
KINDS: Mapping[type[DataSheet], str] = {RepeaterHardware: "repeater", QkdHardware: "qkd", DetectorHardware: "detector"}
"""What a data file calls each kind of hardware."""

_Hardware = TypeVar("_Hardware", bound=DataSheet)
_ASSUMED = "assumed: "
_NUMBERS = (float, int, bool)
_ENTRY_KEYS = {"value", "source", "assumed"}


def parse(content: bytes, origin: str) -> dict[str, Any]:
    """Parse a data file and check its version and kind; `origin` names it in errors."""
    import tomllib

    try:
        tree = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{origin}: not a TOML file: {error}.") from error
    for key, known in (("schema", (SCHEMA,)), ("kind", tuple(KINDS.values()))):
        if tree.get(key) not in known:
            raise FileError(f"{origin}: `{key}` must be {' or '.join(map(repr, known))}, but is {tree.get(key)!r}.")
    return tree


def hardware_from(content: bytes, origin: str, cls: type[_Hardware]) -> _Hardware:
    """Build hardware of the class `cls` from the content of a data file.

    Raises:
        FileError: with one line for each thing that is wrong in the file.
    """
    tree = parse(content, origin)
    if tree["kind"] != KINDS[cls]:
        raise FileError(f"{origin}: `kind` must be {KINDS[cls]!r}, but is {tree['kind']!r}.")
    table = {key: entry for key, entry in tree.items() if key not in ("schema", "kind")}
    reading = _Reading(tree.get("herald", "double-click"))
    numbers = reading.table(cls, table)
    numbers["sources"] = reading.sources
    numbers["assumed"] = [name for name, text in reading.sources.items() if text.startswith(_ASSUMED)]
    hardware = _validate(cls, numbers, reading.problems)
    if reading.problems:
        raise FileError("\n".join(f"{origin}: {problem}" for problem in reading.problems))
    assert hardware is not None
    return hardware


class _Reading:
    """Separate the numbers of a file from what it says about them."""

    def __init__(self, herald: object) -> None:
        self.herald = herald
        self.sources: dict[str, str] = {}
        self.problems: list[str] = []

    def table(self, cls: type, table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """Take the bare numbers out of a table, note their sources, and object to keys that the class lacks."""
        kinds = {name: kind for name, kind in get_type_hints(cls).items() if name not in ("assumed", "sources")}
        numbers: dict[str, Any] = {}
        for key, entry in table.items():
            part = part_of(kinds.get(key))
            if key not in kinds:
                where = f"key of [{prefix[:-1]}]" if prefix else "key"
                self.problems.append(str(UnknownName.of(where, key, kinds)))
            elif part and isinstance(entry, dict):
                numbers[key] = self.table(part, entry, f"{prefix}{key}.")
            elif kinds[key] in _NUMBERS:
                numbers.update(self.number(key, entry, prefix))
            else:
                numbers[key] = entry
        for field in fields(cls):
            counts = self.herald in field.metadata.get(HERALDS, (self.herald,))
            if (
                kinds.get(field.name) in _NUMBERS
                and field.name not in table
                and field.default is not MISSING
                and counts
            ):
                self.sources[f"{prefix}{field.name}"] = f"{_ASSUMED}the default"
        return numbers

    def number(self, key: str, entry: Any, prefix: str) -> dict[str, Any]:
        """Take the value out of one entry and note its source; give nothing if it has no value."""
        name = f"{prefix}{key}"
        if not isinstance(entry, dict):
            entry = {"value": entry}
        for unknown in sorted(entry.keys() - _ENTRY_KEYS):
            self.problems.append(str(UnknownName.of(f"key of `{name}`", unknown, _ENTRY_KEYS)))
        if "source" in entry and "assumed" in entry:
            self.problems.append(f"`{name}` must be either sourced or assumed, but is both.")
        self.sources[name] = str(entry.get("source", _ASSUMED + str(entry.get("assumed", "given by the user"))))
        return {key: entry["value"]} if "value" in entry else {}


def _validate(cls: type[_Hardware], numbers: dict[str, Any], problems: list[str]) -> _Hardware | None:
    """Let the dataclasses judge the numbers, and gather all that they object to."""
    from pydantic import TypeAdapter, ValidationError  # slow to import

    try:
        # From JSON, because there a strict validation (no "3" for 3, no true for 1) still reads tables as dataclasses.
        return TypeAdapter(cls).validate_json(json.dumps(numbers, default=str), strict=True)
    except ValidationError as error:
        problems += map(_line, error.errors())
        return None


def _line(problem: Any) -> str:
    path = ".".join(map(str, problem["loc"]))
    if problem["type"] == "missing":
        return f"`{path}` is missing."
    if problem["type"] == "value_error":  # from a constructor, in our grammar already
        return str(problem["ctx"]["error"]).replace("Argument `", f"`{path}." if path else "`", 1)
    return f"`{path}` {problem['msg'].replace('Input should', 'must')}, but is {problem['input']!r}."
