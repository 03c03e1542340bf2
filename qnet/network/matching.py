"""Which of the halves on its left a repeater swaps with which on its right, where it has several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qnet.network.port import Port
from qnet.network.station import HeldHalf, Station

__all__ = ["Match", "chosen"]

Match = Callable[[Sequence[HeldHalf], Sequence[HeldHalf]], tuple[int, int] | None]
"""Says which of the halves ready on the left to swap with which on the right, by place; None to wait."""


def chosen(
    station: Station, lefts: Sequence[Port], rights: Sequence[Port], match: Match | None
) -> tuple[Port, Port] | None:
    """Give the two halves to swap next: the oldest on each side, or what a function says; None if there are none."""
    left = _oldest(lefts)
    right = None if left is None else _oldest(rights)
    if left is None or right is None:
        return None
    if match is None:
        return left, right
    sides = [[port for port in ports if port.belief is not None] for ports in (lefts, rights)]
    places = match(*([station.half(port) for port in ports] for ports in sides))
    return None if places is None else (sides[0][places[0]], sides[1][places[1]])


def _oldest(ports: Sequence[Port]) -> Port | None:
    """Give the port whose half was emitted first."""
    oldest, emitted = None, 0
    for port in ports:
        if port.belief is not None and (oldest is None or port.belief.emitted < emitted):
            oldest, emitted = port, port.belief.emitted
    return oldest
