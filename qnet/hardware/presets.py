"""The hardware that qnet ships, by name."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from qnet.errors import FileError, InvalidArgument, UnknownName
from qnet.hardware.datafile import KINDS, hardware_from, parse
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.qkd import QkdHardware
from qnet.hardware.repeater import RepeaterHardware

__all__ = ["preset_names", "qkd_hardware", "repeater_hardware"]

_Hardware = TypeVar("_Hardware", bound=DataSheet)


def repeater_hardware(name_or_file: str | os.PathLike[str] | RepeaterHardware) -> RepeaterHardware:
    """Give repeater hardware: a preset by name, a data file by a path that ends in .toml, or the value itself.

    Raises:
        UnknownName: if no repeater preset has that name.
        FileError: if the file cannot be read or breaks its schema, with one line for each thing that is wrong.

    >>> repeater_hardware("colour-centre").optical_interfaces
    1
    """
    return _hardware(name_or_file, RepeaterHardware)


def qkd_hardware(name_or_file: str | os.PathLike[str] | QkdHardware) -> QkdHardware:
    """Give a QKD system: a preset by name, a data file by a path that ends in .toml, or the value itself.

    Raises:
        UnknownName: if no QKD preset has that name.
        FileError: if the file cannot be read or breaks its schema, with one line for each thing that is wrong.

    >>> qkd_hardware("decoy-bb84-1ghz").clock_hz
    1000000000.0
    """
    return _hardware(name_or_file, QkdHardware)


@cache
def preset_names() -> tuple[tuple[str, str, str, str], ...]:
    """List the presets, sorted: (name, kind, epoch, description), the kind being "repeater" or "qkd".

    >>> [name for name, kind, epoch, description in preset_names() if kind == "qkd"]
    ['decoy-bb84-1ghz', 'gys-2004']
    """
    trees = (parse(content, name) for name, content in sorted(_contents().items()))
    return tuple((tree["name"], tree["kind"], tree["epoch"], tree["description"]) for tree in trees)


def _hardware(name_or_file: str | os.PathLike[str] | _Hardware, cls: type[_Hardware]) -> _Hardware:
    if isinstance(name_or_file, cls):
        return name_or_file
    if isinstance(name_or_file, os.PathLike) or (isinstance(name_or_file, str) and name_or_file.endswith(".toml")):
        return _from_file(Path(name_or_file), cls)
    if isinstance(name_or_file, str):
        return _preset(name_or_file, cls)
    raise InvalidArgument.of("name_or_file", f"be a name, a path or a {cls.__name__}", name_or_file)


def _from_file(path: Path, cls: type[_Hardware]) -> _Hardware:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"Cannot read hardware file {str(path)!r}: {error.strerror}.") from error
    return hardware_from(content, str(path), cls)


def _preset(name: str, cls: type[_Hardware]) -> _Hardware:
    known = [preset for preset, kind, _, _ in preset_names() if kind == KINDS[cls]]
    if name not in known:
        raise UnknownName.of(f"{KINDS[cls]} hardware", name, known)
    return hardware_from(_contents()[name], f"preset {name}", cls)


@cache
def _contents() -> dict[str, bytes]:
    folder = files("qnet.hardware") / "presets"
    return {file.name.removesuffix(".toml"): file.read_bytes() for file in folder.iterdir()}
