"""What a repeater remembers of its swaps, so that it can pass on what concerns a pair that it swapped away."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from qnet.network.messages import Swapped
from qnet.network.port import Port

__all__ = ["Joint", "Joints"]


class Joint(NamedTuple):
    """A swap, and the ports whose halves it took."""

    left: Port
    right: Port
    swap: Swapped


class Joints:
    """The swaps of one repeater, by the pairs they took, for as long as a word about those may still come.

    Args:
        memory: ticks for which a swap is remembered.
        kept: how many of the last swaps are remembered however old they are. Where no cut-off limits how long a half
            may wait, this is what limits the memory: more swaps than there are memories cannot be undecided.
    """

    def __init__(self, memory: int, kept: int) -> None:
        self._memory = memory
        self._kept = kept
        self._of: dict[int, Joint] = {}
        self._order: deque[Swapped] = deque()

    def __len__(self) -> int:
        return len(self._of)

    def add(self, left: Port, right: Port, swap: Swapped) -> None:
        """Remember a swap, and forget what is old."""
        self._of[swap.left] = self._of[swap.right] = Joint(left, right, swap)
        self._order.append(swap)
        oldest = swap.moment - self._memory
        while len(self._order) > self._kept and self._order[0].moment < oldest:
            old = self._order.popleft()
            self._of.pop(old.left, None)
            self._of.pop(old.right, None)

    def beyond(self, pair: int) -> tuple[Port, int] | None:
        """Give where a pair goes on, if it was swapped away here: the port, and the pair on it."""
        joint = self._of.get(pair)
        if joint is None:
            return None
        return (joint.right, joint.swap.right) if pair == joint.swap.left else (joint.left, joint.swap.left)

    def settle(self, pair: int) -> Joint:
        """Forget the swap of a pair: both its pairs are gone, and a word from the other side says no more."""
        joint = self._of[pair]
        del self._of[joint.swap.left], self._of[joint.swap.right]
        return joint

    def clear(self) -> None:
        """Forget all."""
        self._of.clear()
        self._order.clear()
