"""A node's side of one lane: its memory, and what the node knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qnet.network.attempts import Emissions, Exposure
from qnet.network.entangled import Slot

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
        "emissions",
        "emitting",
        "heralds",
        "holds_interface",
        "kept",
        "lane",
        "loader",
        "lost_at",
        "neighbour",
        "opposite",
        "patience",
        "place",
        "since",
        "slot",
        "station",
        "wanted",
        "watched",
    )

    def __init__(self, station: Station, neighbour: str) -> None:
        self.station = station
        self.neighbour = neighbour
        self.place = station.places
        """Counts the ports of the node."""
        station.places += 1
        self.lane = -1
        self.heralds: tuple[HeraldedState, ...] = ()
        self.slot = self.new_slot()
        self.emissions: Emissions | None = None
        """When it emitted, where that dephases the node's memories."""
        self.emitting = False
        self.holds_interface = False
        self.belief: Belief | None = None
        self.early: Slot | None = None
        """The record of a qubit that was measured at emission, until the herald comes."""
        self.loader: Loader | None = None
        self.opposite: Port | None = None
        """The other end's; of it only what the midpoint tells a node is looked at (see `is_met`)."""
        self.since = -1
        """When it last began to emit."""
        self.watched = False
        """Whether the station will see if it emitted in vain."""
        self.patience = 0
        """Ticks for which it emits in vain before it gives way to others (see `Station.look`)."""
        self.lost_at = -1
        """When the node's memories last lost what they held."""
        self.kept = False
        """Whether the memory holds half of a delivered pair that nobody has released."""
        self.wanted = False
        """Whether to emit as soon as that is released."""

    def new_slot(self) -> Slot:
        """Give an empty memory of the node."""
        log = self.station.attempts
        return Slot(self.station.device.memory, None if log is None else Exposure(log))

    def open(self) -> None:
        """Begin to emit, now or as soon as the memory is released and the node has an optical interface free."""
        if self.kept:
            self.wanted = True
            return
        self.slot.waiting = self.station.device.memory
        if self.station.interfaces_free > 0:
            self.station.interfaces_free -= 1
            self.holds_interface = self.emitting = True
            self.since = self.station.now
            if self.emissions is not None:
                self.emissions.begin(self.station.now)
            assert self.loader is not None
            self.loader.wake()
        else:
            self.station.queue.append(self)
        self._look()

    def give_way(self, waiting: Port) -> None:
        """Let another port have the interface, and wait for the next one that is free."""
        self._emit_no_more()
        self.holds_interface = False
        self.station.interfaces_free += 1
        self.station.queue.remove(waiting)
        waiting.open()
        self.open()

    @property
    def is_met(self) -> bool:
        """Whether the other end emits, on a link that works: if it does not, the midpoint never hears of it."""
        return self.opposite is not None and self.opposite.emitting and self.loader is not None and self.loader.is_up

    @property
    def is_idle(self) -> bool:
        """Whether it neither emits or waits to, nor awaits a herald, nor holds anything."""
        busy = self.holds_interface or self.slot.state is not None or self in self.station.queue
        return not busy

    def release_interface(self) -> None:
        """Give the interface to the port that has waited longest."""
        if self.holds_interface and not self.kept:
            self.holds_interface = False
            self.station.interfaces_free += 1
            if self.station.queue:
                self.station.queue.popleft().open()

    def log_end(self, tick: int) -> None:
        """Note that it emits no more from a tick on, where that matters."""
        if self.emissions is not None:
            assert self.station.attempts is not None
            self.emissions.end(tick, self.station.attempts.horizon(self.station.now))

    def let_go(self, *, stays: bool) -> Slot | None:
        """Deliver the half: give the record of its measurement, or None if it stays until `free`, whoever has the lane.

        When and how it is measured, the record does not say (see `World.freeze`).
        """
        self.belief, self.kept = None, stays
        return None if stays else self.station.world.freeze(self.slot)

    def free(self) -> None:
        """Empty the memory that held half of a delivered pair, and emit if someone wants it to."""
        if self.slot.state is not None:
            self.station.world.discard(self.slot)
        wanted, self.kept, self.wanted = self.wanted, False, False
        self.release_interface()
        if wanted:
            self.open()

    def close(self) -> None:
        """Stop emitting or waiting for an interface, and empty the memory, unless it is kept."""
        if self in self.station.queue:
            self.station.queue.remove(self)
        if self.emitting:
            self._emit_no_more()
        self.wanted = False
        self.release_interface()
        for slot in (self.early,) if self.kept else (self.slot, self.early):
            if slot is not None and slot.state is not None:
                self.station.world.discard(slot)
        self.early = self.belief = None

    def _emit_no_more(self) -> None:
        self.emitting = False
        self.log_end(self.station.now)
        assert self.loader is not None
        self.loader.cancel()
        self._look()

    def _look(self) -> None:
        """Let both ends see whether their interfaces are of use, now that one emits, or waits, or no more."""
        if self.station.queue:
            self.station.look()
        if self.opposite is not None and self.opposite.station.queue:
            self.opposite.station.look()
