"""Pairs that an application keeps: delivered, and still in the memories of their two ends, where they age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qnet.network.entangled import Slot
from qnet.quantum import NO_WAITING

if TYPE_CHECKING:
    from qnet.network.end import Claim
    from qnet.network.plant import Plant
    from qnet.quantum import Operation
    from qnet.quantum.pauli import Tensor
    from qnet.rng import Stream

__all__ = ["Kept"]


class Kept:
    """The two halves of a delivered pair, until someone releases them or a fault takes them.

    Nothing happens to them meanwhile: they age when someone looks, by exactly the time that has passed.

    Attributes:
        pairs: by which the ends name their halves.
        slots: where the halves are, at the source and at the target; a half measured early is a record.
    """

    __slots__ = ("_held", "_plant", "pairs", "slots")

    def __init__(self, plant: Plant, source: Claim, target: Claim) -> None:
        self._plant = plant
        self.pairs = source.pair, target.pair
        self.slots = [source.slot, target.slot]
        self._held = {side: claim for side, claim in enumerate((source, target)) if claim.record is None}
        """By side: those that are in a memory."""
        plant.kept[self] = None

    def state(self) -> tuple[Tensor, Tensor | None]:
        """Give the state now: the truth, and the model where it differs."""
        return self._plant.world.look(*self.slots)

    @property
    def whole(self) -> bool:
        """Whether both halves are in a memory."""
        return len(self._held) == 2

    def purify(
        self, other: Kept, operations: Sequence[Operation], streams: Sequence[Stream], busy: int
    ) -> tuple[int, int]:
        """Let each end work on its halves of this pair and of another, and give what they read, the source first.

        Both must be whole. Of the other pair nothing is left, though its memories are not free yet; what is left of
        this one ages from the end of the operations on, in `busy` ticks.
        """
        reads = []
        for side, claim in sorted(self._held.items()):
            slots = self.slots[side], other.slots[side]
            record, slot = self._plant.world.purify(operations[side], slots, streams[side], busy)
            claim.port.slot = self.slots[side] = slot
            claim.port.station.note("purifying", self.pairs[0], other.pairs[0])
            reads.append(record)
        return reads[0], reads[1]

    def release(self) -> None:
        """Empty the memories; links that wait for them emit again."""
        self._plant.kept.pop(self, None)
        for slot in self.slots:
            if slot.state is not None:
                self._plant.world.discard(slot)
        for claim in self._held.values():
            claim.port.station.note("release", claim.pair)
            claim.port.free()
        self._held.clear()

    def lose(self, node: str) -> None:
        """Let a node's memory lose its half; nobody knows but the node."""
        for side, claim in list(self._held.items()):
            if claim.port.station.name == node:
                claim.port.station.note("lost", claim.pair)
                del self._held[side]
                if self.slots[side].state is not None:
                    self._plant.world.discard(self.slots[side])
                self.slots[side] = Slot(NO_WAITING)
                claim.port.free()
