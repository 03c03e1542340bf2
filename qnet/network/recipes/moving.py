"""Storage of a repeater that follows a recipe."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from qnet.network.recipes.lane import Half
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    from qnet.network.recipes.node import RecipeNode

__all__ = ["Mover"]


class Mover:
    """Moves fresh halves that have to wait, one at a time.

    A half stays exposed, and its interface taken, until that is done.
    """

    def __init__(self, node: RecipeNode) -> None:
        self._node = node
        self._move_time = ticks(node.station.device.move_s)
        self._moving: Half | None = None
        self._queue: deque[Half] = deque()

    def reset(self) -> None:
        """Forget everything."""
        self._moving = None
        self._queue.clear()

    def take(self, half: Half) -> None:
        """Move a half, unless it was swapped or given up by now."""
        if not self._node.holds(half):
            return
        if self._moving is not None:
            self._queue.append(half)
            return
        self._moving, half.lane.moving = half, True
        self._node.after(self._move_time, Phase.SWAPS, lambda: self._done(half))

    def _done(self, half: Half) -> None:
        device = self._node.station.device
        self._moving, half.lane.moving = None, False
        if self._node.holds(half):
            assert device.move_in is not None
            assert device.storage is not None
            self._node.station.world.transform(device.move_in, half.slot)
            half.slot.waiting = device.storage
            half.lane.port.release_interface()
        else:
            self._node.memories.open(half.lane)
        self._node.proceed()
        while self._queue and self._moving is None:
            self.take(self._queue.popleft())
