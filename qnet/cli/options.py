"""Options: read with argparse, judged by the rules of `qnet.fields`, refused in one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Positive, check

__all__ = ["Parser", "lengths", "number", "whole_number"]

_MOST_LENGTHS = 1000
# 50:500:0.1 ends at 500, wherever the steps' rounding errors lead.
_ROUNDING = 1e-9


class Parser(argparse.ArgumentParser):
    """Parses the arguments of a command; names and options may come in any order."""

    def __init__(self, command: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=f"qnet {command}",
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Give the values, as text; raise `UnknownName` or `InvalidArgument` where they cannot be read."""
        values, unknown = self.parse_known_intermixed_args(arguments)
        options = [option for action in self._actions for option in action.option_strings]
        for text in unknown:
            if text.startswith("-"):
                raise UnknownName.of("option", text.split("=")[0], options)
            raise InvalidArgument(f"Argument {text!r} is one too many; see {self.prog} --help.")
        return values

    def error(self, message: str) -> NoReturn:
        """Refuse, without argparse's page of usage."""
        raise InvalidArgument(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def number(option: str, text: str | None, kind: Any = Positive) -> float | None:
    """Read a finite number that obeys the rules of the annotation `kind`; None where the option is not given.

    >>> number("--max-span-km", "30")
    30.0
    >>> number("--max-span-km", "-3")
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `--max-span-km` must be greater than 0, but is -3.0.
    """
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        raise InvalidArgument.of(option, "be a number", text) from None
    check(option, value, kind)
    if math.isinf(value):
        raise InvalidArgument.of(option, "be finite", value)
    return value


def whole_number(option: str, text: str, least: int | None = None) -> int:
    """Read a whole number, of at least `least`.

    >>> whole_number("--pairs", "10_000", least=1)
    10000
    """
    rule = "be a whole number" if least is None else f"be a whole number from {least} on"
    try:
        value = int(text)
    except ValueError:
        raise InvalidArgument.of(option, rule, text) from None
    if least is not None and value < least:
        raise InvalidArgument.of(option, rule, value)
    return value


def lengths(option: str, text: str | None) -> tuple[float, ...]:
    """Read FROM:TO:STEP; none where the option is not given.

    >>> lengths("--sweep-km", "50:150:50")
    (50.0, 100.0, 150.0)
    """
    if text is None:
        return ()
    parts = text.split(":")
    if len(parts) != 3:
        raise InvalidArgument.of(option, "be FROM:TO:STEP in km, as in 50:500:50", text)
    first, last, step = (
        number(f"{option} {name}", part) for name, part in zip(("FROM", "TO", "STEP"), parts, strict=True)
    )
    assert first is not None
    assert last is not None
    assert step is not None
    if last < first:
        raise InvalidArgument.of(f"{option} TO", f"be at least FROM, {first:g}", last)
    steps = (last - first) / step + _ROUNDING
    if steps >= _MOST_LENGTHS:
        raise InvalidArgument.of(option, f"name at most {_MOST_LENGTHS} lengths", text)
    return tuple(first + place * step for place in range(int(steps) + 1))
