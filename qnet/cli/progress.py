"""How far a run has come, on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from qnet.case import Progress

__all__ = ["shown"]


@contextmanager
def shown() -> Iterator[Progress | None]:
    """Give what to call with (what is being done, share of it done); None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("starting", total=1.0)

        def show(what: str, share: float) -> None:
            bars.update(bar, description=what, completed=share)

        yield show
