"""`qnet hardware`: what hardware comes with qnet, and where each number of it is from."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qnet.cli.options import Parser

if TYPE_CHECKING:
    from qnet.hardware.datasheet import DataSheet, SheetNumber

__all__ = ["run"]

_DESCRIPTION = "List the hardware that comes with qnet, or show every number of one with its source."
_EPILOG = """\
NAME is a preset or a data file (.toml). What no publication states is marked "assumed", with the reason.
`qnet link`, `qnet compare` and qnet.hardware.preset take the same names."""
_WIDTH = 110
_LEAST_SOURCE = 30


def run(arguments: Sequence[str]) -> int:
    """List the presets; of one that is named, its numbers."""
    parser = Parser("hardware", _DESCRIPTION, _EPILOG)
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    values = parser.read(arguments)
    from qnet.hardware import preset, preset_names

    if values.name is None:
        sheets = [preset(name) for name, _, _, _ in preset_names()]
        listed = {"schema": "qnet.hardware-list/1", "presets": [_head(sheet) for sheet in sheets]}
        print(_text(listed) if values.json else _listing(sheets))
    else:
        sheet = preset(values.name)
        print(_text(_to_json(sheet)) if values.json else _page(sheet))
    return 0


def _text(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=2, allow_nan=False, ensure_ascii=False)


def _head(sheet: DataSheet) -> dict[str, Any]:
    from qnet.hardware.datafile import KINDS

    return {
        "name": sheet.name,
        "kind": KINDS[type(sheet)],
        "epoch": sheet.epoch,
        "description": sheet.description,
        "herald": getattr(sheet, "herald", None),
        "source": sheet.published or None,
        "year": sheet.year,
    }


def _to_json(sheet: DataSheet) -> dict[str, Any]:
    numbers = [
        {
            "name": number.name,
            "value": None if math.isinf(number.value) else number.value,
            "unit": number.unit,
            "source": number.source,
            "assumed": number.name in sheet.assumed,
        }
        for number in sheet.numbers()
    ]
    return {"schema": "qnet.hardware-sheet/1", **_head(sheet), "numbers": numbers}


def _listing(sheets: Sequence[DataSheet]) -> str:
    from qnet.experiment.text import table

    heads = [_head(sheet) for sheet in sheets]
    rows = [(head["name"], head["kind"], head["epoch"], head["source"] or "") for head in heads]
    return table(("hardware", "kind", "epoch", "source and year"), rows)


def _page(sheet: DataSheet) -> str:
    from qnet.experiment.text import table

    head = _head(sheet)
    said = [number for number in sheet.numbers() if number.source is not None]
    silent = [number.name for number in sheet.numbers() if number.source is None]
    names = max(len(number.name) for number in said)
    width = max(_WIDTH - names - max(len(_value(number)) for number in said) - 4, _LEAST_SOURCE)
    rows = [row for number in said for row in _rows(number, width)]
    lines = [f"{sheet.name}: {sheet.description}"]
    lines += [", ".join(filter(None, (head["kind"], head["herald"], sheet.epoch, sheet.published))), ""]
    lines += [table(("number", "value", "source"), rows)]
    if silent:
        text = f"Left out, or of no effect here (defaults): {', '.join(silent)}."
        lines += ["", textwrap.fill(text, _WIDTH, break_on_hyphens=False)]
    return "\n".join(lines)


def _rows(number: SheetNumber, width: int) -> Iterator[tuple[str, str, str]]:
    first, *rest = textwrap.wrap(number.source or "", width, break_on_hyphens=False)
    yield number.name, _value(number), first
    yield from (("", "", line) for line in rest)


def _value(number: SheetNumber) -> str:
    if isinstance(number.value, bool):
        return "yes" if number.value else "no"
    return f"{number.value:.6g} {number.unit}".rstrip()
