"""The hardware that qnet ships, by name."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeGuard, TypeVar

from qnet.errors import FileError, InvalidArgument, UnknownName
from qnet.hardware.datafile import KINDS, hardware_from, parse
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.detector import DetectorHardware
from qnet.hardware.qkd import QkdHardware
from qnet.hardware.repeater import RepeaterHardware

__all__ = ["detector_hardware", "preset", "preset_names", "qkd_hardware", "repeater_hardware"]

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


def detector_hardware(name_or_file: str | os.PathLike[str] | DetectorHardware) -> DetectorHardware:
    """Give the data sheet of a detector: a preset by name, a data file by a path that ends in .toml, or the value.

    Raises:
        UnknownName: if no detector preset has that name.
        FileError: if the file cannot be read or breaks its schema, with one line for each thing that is wrong.

    >>> detector_hardware("snspd").detector.efficiency
    0.92
    """
    return _hardware(name_or_file, DetectorHardware)


def preset(name_or_file: str | os.PathLike[str]) -> DataSheet:
    """Give hardware of whatever kind: a preset by name, or a data file by a path that ends in .toml.

    Raises:
        UnknownName: if no preset has that name.
        FileError: if the file cannot be read or breaks its schema, with one line for each thing that is wrong.

    >>> type(preset("gys-2004")).__name__
    'QkdHardware'
    """
    if _is_path(name_or_file):
        content, origin = _read(Path(name_or_file)), str(name_or_file)
    elif name_or_file in _contents():
        content, origin = _contents()[str(name_or_file)], f"preset {name_or_file}"
    else:
        raise UnknownName.of("hardware", str(name_or_file), _contents())
    kind = parse(content, origin)["kind"]
    return hardware_from(content, origin, next(cls for cls, name in KINDS.items() if name == kind))


@cache
def preset_names() -> tuple[tuple[str, str, str, str], ...]:
    """List the presets, sorted: (name, kind, epoch, description), the kind being "repeater", "qkd" or "detector".

    >>> [name for name, kind, epoch, description in preset_names() if kind == "qkd"]
    ['decoy-bb84-1ghz', 'gys-2004', 'toshiba-tokyo']
    """
    trees = (parse(content, name) for name, content in sorted(_contents().items()))
    return tuple((tree["name"], tree["kind"], tree["epoch"], tree["description"]) for tree in trees)


def _hardware(name_or_file: str | os.PathLike[str] | _Hardware, cls: type[_Hardware]) -> _Hardware:
    if isinstance(name_or_file, cls):
        return name_or_file
    if _is_path(name_or_file):
        return hardware_from(_read(Path(name_or_file)), str(name_or_file), cls)
    if isinstance(name_or_file, str):
        return _preset(name_or_file, cls)
    raise InvalidArgument.of("name_or_file", f"be a name, a path or a {cls.__name__}", name_or_file)


def _is_path(name_or_file: object) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(name_or_file, os.PathLike) or (isinstance(name_or_file, str) and name_or_file.endswith(".toml"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"Cannot read hardware file {str(path)!r}: {error.strerror}.") from error


def _preset(name: str, cls: type[_Hardware]) -> _Hardware:
    known = [preset for preset, kind, _, _ in preset_names() if kind == KINDS[cls]]
    if name not in known:
        for preset, kind, _, _ in preset_names():
            if preset == name:
                raise UnknownName(
                    f"Unknown {KINDS[cls]} hardware {name!r}: that is {kind} hardware; see `qnet hardware`."
                )
        raise UnknownName.of(f"{KINDS[cls]} hardware", name, known)
    return hardware_from(_contents()[name], f"preset {name}", cls)


@cache
def _contents() -> dict[str, bytes]:
    folder = files("qnet.hardware") / "presets"
    return {file.name.removesuffix(".toml"): file.read_bytes() for file in folder.iterdir()}
