"""Files that a command leaves behind: checked before a run, and written whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from qnet.errors import FileError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_folder", "draw", "write"]


def check_folder(folder: Path, names: Iterable[str]) -> None:
    """Raise `FileError` unless these files can be written into a folder, which may yet have to be made."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not there.is_dir():
        raise FileError(f"Argument `--out` must be a folder, but {str(there)!r} is none.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise FileError(f"Argument `--out` must be a folder one may write to, but {str(there)!r} is not.")
    for name in names:
        if (folder / name).is_dir():
            raise FileError(
                f"Argument `--out` must leave room for a file {name!r}, but {str(folder)!r} has it as a folder."
            )


def draw(folder: Path, figures: Iterable[tuple[str, Figure]]) -> list[str]:
    """Write pictures, each under its name, as they are made; give the names. Without matplotlib, say so."""
    written = []
    try:
        for name, figure in figures:
            content = io.BytesIO()
            figure.savefig(content, format="png")
            write(folder / name, content.getvalue())
            written.append(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "matplotlib":
            raise
        print('qnet: no picture without matplotlib: pip install "qnet-sim[viz]" draws it', file=sys.stderr)
    return written


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that nobody ever finds half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"Cannot write {str(path)!r}: {error.strerror}.") from error
