"""Numbers of hardware set on the command line: NAME=VALUE, the name dotted or its last part, if that will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from qnet.errors import InvalidArgument, UnknownName
from qnet.hardware import RepeaterHardware
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.parts import part_of

__all__ = ["with_settings"]

_TEXTS = {field.name for field in fields(DataSheet)}
_WORDS = {"true": True, "false": False}
_FIXED = {"detector.efficiency"}
"""Numbers that repeater hardware has no choice in; a last part that they share means the other one."""


def with_settings(hardware: RepeaterHardware, settings: Sequence[str]) -> RepeaterHardware:
    """Copy hardware with other numbers; all of them are set at once, so that each may depend on the others.

    >>> from qnet.hardware import repeater_hardware
    >>> with_settings(repeater_hardware("trapped-ion"), ["visibility=0.95", "memory.t2_s=1"]).memory.t2_s
    1.0
    """
    kinds = dict(_numbers(RepeaterHardware, hardware))
    tree: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise InvalidArgument.of("--set", "be NAME=VALUE, as in interface.visibility=0.95", setting)
        path = _path(name, kinds)
        *parts, last = path.split(".")
        branch = tree
        for part in parts:
            branch = branch.setdefault(part, {})
        branch[last] = _value(path, text, kinds[path][0])
    return _replaced(hardware, RepeaterHardware, tree) if tree else hardware


def _numbers(cls: type, value: Any, prefix: str = "") -> Iterator[tuple[str, tuple[Any, bool]]]:
    """List the numbers of a dataclass and of its parts by dotted name: their kind, and whether the part is there."""
    for name, kind in get_type_hints(cls, include_extras=True).items():
        part = part_of(kind)
        if part is not None:
            yield from _numbers(part, getattr(value, name, None), f"{prefix}{name}.")
        elif prefix or name not in _TEXTS:
            yield f"{prefix}{name}", (kind, value is not None)


def _path(name: str, kinds: Mapping[str, tuple[Any, bool]]) -> str:
    """Give the dotted name that is meant; parts that the hardware lacks come last."""
    if name in kinds:
        return name
    fitting = [path for path in kinds if path.endswith(f".{name}") and path not in _FIXED]
    there = [path for path in fitting if kinds[path][1]]
    candidates = there or fitting
    if not candidates:
        raise UnknownName.of("number of hardware", name, {*kinds, *(path.rsplit(".", 1)[-1] for path in kinds)})
    if len(candidates) > 1:
        raise InvalidArgument.of("--set", f"name one of {' and '.join(candidates)}", name)
    return candidates[0]


def _value(path: str, text: str, kind: Any) -> Any:
    """Read a number, a whole number, true or false, or a word, as the annotation says; rules are for constructors."""
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if base is bool:
        if text.lower() not in _WORDS:
            raise InvalidArgument.of(path, "be true or false", text)
        return _WORDS[text.lower()]
    if base not in (int, float):
        return text
    try:
        return base(text)
    except ValueError:
        raise InvalidArgument.of(path, "be a whole number" if base is int else "be a number", text) from None


def _replaced(value: Any, cls: type, tree: Mapping[str, Any]) -> Any:
    """Replace numbers from the innermost parts outwards; build a part that is not there yet."""
    hints = get_type_hints(cls)
    numbers = dict(tree)
    for name, branch in tree.items():
        part = part_of(hints[name])
        if part is not None:
            numbers[name] = _replaced(getattr(value, name, None), part, branch)
    if value is not None:
        return replace(value, **numbers)
    if lacking := [field.name for field in fields(cls) if field.default is MISSING and field.name not in numbers]:
        rule = f"give a {cls.__name__}, which the hardware lacks, all of its numbers"
        raise InvalidArgument(f"Argument `--set` must {rule}, but leaves out {', '.join(lacking)}.")
    return cls(**numbers)
