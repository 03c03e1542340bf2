"""Quantities as people read them: with prefixed units, and in tables of aligned columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qnet.experiment.quantity import Quantity

__all__ = ["duration", "table", "tight", "with_unit"]

_PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SPANS_S = (("years", 365.25 * 86400), ("days", 86400.0), ("h", 3600.0), ("min", 60.0))
_NOTHING = "–"


def with_unit(quantity: Quantity | None, unit: str, spec: str = "±") -> str:
    """Print a quantity with the prefix of its unit that suits it; a dash where it does not apply.

    Only seconds, and bare numbers below 0.1, are divided into thousandths: nobody reads millibits.

    >>> with_unit(Quantity(2.0e6, 1.98e6, 2.02e6), "Hz"), with_unit(Quantity(0.0, 0.0, 0.37), "bit/s", "")
    ('2.00 ± 0.02 MHz', '0 [0, 0.37] bit/s')
    """
    if quantity is None:
        return _NOTHING
    size = abs(quantity.value) or (quantity.high if math.isfinite(quantity.high) else 0.0)
    power = 3 * math.floor(math.log10(size) / 3) if size > 0 else 0
    small = unit == "s" or (not unit and size < 0.1)
    power = min(max(power, min(_PREFIXES) if small else 0), max(_PREFIXES))
    return f"{quantity.scaled(10.0**-power):{spec}} {_PREFIXES[power]}{unit}".rstrip()


def tight(text: str) -> str:
    """Take the spaces out of an interval, for a table.

    >>> tight("2.00 ± 0.02"), tight("9 [0, 21]")
    ('2.00±0.02', '9 [0,21]')
    """
    return text.replace(" ± ", "±").replace(", ", ",").replace("(< ", "(<").replace("(> ", "(>")


def duration(quantity: Quantity | None) -> str:
    """Print the value of a time in seconds in the unit that suits it; a dash where it does not apply.

    >>> duration(Quantity.exact(0.00128)), duration(Quantity.exact(9000.0))
    ('1.28 ms', '2.5 h')
    """
    if quantity is None:
        return _NOTHING
    for unit, length_s in _SPANS_S:
        if quantity.value >= 2 * length_s:
            return f"{quantity.value / length_s:.3g} {unit}"
    return with_unit(Quantity.exact(float(f"{quantity.value:.3g}")), "s")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align columns under heads of one or more lines, with a rule between.

    >>> print(table(["name", "rate\\n(Hz)"], [["a", "10"], ["long", "2"]]))
    name  rate
          (Hz)
    ----  ----
    a     10
    long  2
    """
    split = [head.split("\n") for head in heads]
    depth = max(map(len, split))
    tops = [[lines[k] if k < len(lines) else "" for lines in split] for k in range(depth)]
    widths = [max(map(len, column)) for column in zip(*tops, *rows, strict=True)]
    body = [*tops, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in body
    )
