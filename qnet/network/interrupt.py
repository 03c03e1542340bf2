"""Ctrl-C at a safe moment: between two events of a simulation, not in the middle of one.

Python raises `KeyboardInterrupt` wherever it happens to be. Inside a protocol that would kill the generator which holds
the counts, and a station could be left half way through a swap.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupt", "deferred_interrupt"]


class Interrupt:
    """Whether Ctrl-C has been pressed."""

    __slots__ = ("pressed",)

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note the first Ctrl-C; at the second the user means now."""
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Note Ctrl-C instead of raising; where the program has a handler of its own, or in a thread, change nothing.

    Inside another such block it is that block's `Interrupt`: who runs many simulations learns that one was ended.

    >>> with deferred_interrupt() as interrupt:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interrupt.pressed
    True
    """
    handler = signal.getsignal(signal.SIGINT)
    interrupt = handler if isinstance(handler, Interrupt) else Interrupt()
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or handler is not signal.default_int_handler:
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
