"""A node's side of one lane: its memory, and what the node knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qnet.network.world import Slot

if TYPE_CHECKING:
    from qnet.link import Loader
    from qnet.network.station import Station
    from qnet.quantum.photonics import HeraldedState

__all__ = ["Belief", "Port"]


class Belief(NamedTuple):
    """What a node knows of a half it stores: which pair, since when, and the state a success is known to give."""

    pair: int
    emitted: int
    herald: HeraldedState


class Port:
    """A node's side of one lane: a memory slot, and whether it is emitting, waiting for an interface, or holding.

    `lane` is the number that messages use, and `heralds` what a success is known to give (the specification, not the
    truth); both are set by the flow that takes the lane.
    """

    __slots__ = (
        "belief",
        "early",
        "emitting",
        "heralds",
        "holds_interface",
        "lane",
        "loader",
        "lost_at",
        "neighbour",
        "slot",
        "station",
    )

    def __init__(self, station: Station, neighbour: str) -> None:
        self.station = station
        self.neighbour = neighbour
        self.lane = -1
        self.heralds: tuple[HeraldedState, ...] = ()
        self.slot = Slot(station.device.memory)
        self.emitting = False
        self.holds_interface = False
        self.belief: Belief | None = None
        self.early: Slot | None = None
        """The record of a qubit that was measured at emission, until the herald comes."""
        self.loader: Loader | None = None
        self.lost_at = -1
        """When the node's memories last lost what they held."""

    def open(self) -> None:
        """Begin to emit, now or as soon as the node has an optical interface free."""
        self.slot.waiting = self.station.device.memory
        if self.station.interfaces_free > 0:
            self.station.interfaces_free -= 1
            self.holds_interface = self.emitting = True
            assert self.loader is not None
            self.loader.wake()
        else:
            self.station.queue.append(self)

    @property
    def is_idle(self) -> bool:
        """Whether it neither emits or waits to, nor awaits a herald, nor holds anything."""
        busy = self.holds_interface or self.slot.state is not None or self in self.station.queue
        return not busy

    def release_interface(self) -> None:
        """Give the interface to the port that has waited longest."""
        if self.holds_interface:
            self.holds_interface = False
            self.station.interfaces_free += 1
            if self.station.queue:
                self.station.queue.popleft().open()

    def close(self) -> None:
        """Stop emitting or waiting for an interface, and empty the memory."""
        if self in self.station.queue:
            self.station.queue.remove(self)
        if self.emitting:
            self.emitting = False
            assert self.loader is not None
            self.loader.cancel()
        self.release_interface()
        for slot in (self.slot, self.early):
            if slot is not None and slot.state is not None:
                self.station.world.discard(slot)
        self.early = self.belief = None
