"""Pairs that an application keeps: delivered, and still in the memories of their two ends, where they age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnet.network.world import Slot
from qnet.quantum import NO_WAITING

if TYPE_CHECKING:
    from qnet.network.end import Claim
    from qnet.network.plant import Plant
    from qnet.quantum.pauli import Tensor

__all__ = ["Kept"]


class Kept:
    """The two halves of a delivered pair, until someone releases them or a fault takes them.

    Nothing happens to them meanwhile: they age when someone looks, by exactly the time that has passed.

    Attributes:
        slots: where the halves are, at the source and at the target; a half measured early is a record.
    """

    __slots__ = ("_held", "_plant", "slots")

    def __init__(self, plant: Plant, source: Claim, target: Claim) -> None:
        self._plant = plant
        self.slots = [source.slot, target.slot]
        self._held = {side: claim for side, claim in enumerate((source, target)) if claim.record is None}
        """By side: those that are in a memory."""
        plant.kept.add(self)

    def state(self) -> tuple[Tensor, Tensor | None]:
        """Give the state now: the truth, and the model where it differs."""
        return self._plant.world.look(*self.slots)

    def release(self) -> None:
        """Empty the memories; links that wait for them emit again."""
        self._plant.kept.discard(self)
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
                self._plant.world.discard(self.slots[side])
                self.slots[side] = Slot(NO_WAITING)
                claim.port.free()
