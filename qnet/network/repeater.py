"""What a repeater node does for a flow: swap as soon as possible, give up what is too old, tell the others."""

from __future__ import annotations

from collections import deque

from qnet.errors import InvalidArgument
from qnet.network.flow import Plan
from qnet.network.messages import Discarded, Heralded, Purified, Swapped
from qnet.network.station import Belief, Port, Station
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["Repeater"]


class Repeater:
    """Joins the pair on its left with the pair on its right, for one flow."""

    def __init__(self, station: Station, left: Port, right: Port, plan: Plan, position: int, stream: Stream) -> None:
        self._station = station
        self._left, self._right = left, right
        self._plan = plan
        self._position = position
        self._stream = stream
        self._last = position == plan.hops - 1
        self._ends = (plan.nodes[0], plan.nodes[-1])
        self._swap_time = ticks(station.device.swap_s)
        self._move_time = ticks(station.device.move_s)
        self._moving: Port | None = None
        self._joined: dict[int, tuple[Port, Swapped]] = {}
        """By pair swapped away: the port on the other side and the swap, kept while a discard may still come."""
        self._expiries: deque[Swapped] = deque()

    def start(self) -> None:
        """Begin to emit on both sides."""
        self._left.open()
        self._right.open()

    restarted = start

    def heralded(self, port: Port, message: Heralded) -> None:
        """Store a half; swap if the other side has one, else keep it: in storage, if there is one."""
        station = self._station
        port.belief = Belief(message.pair, message.emitted, station.heralds[message.link][message.herald])
        if station.device.move_in is None:
            port.release_interface()
        if self._other(port).belief is not None and self._moving is None:
            self._swap()
            return
        if station.device.move_in is not None and self._moving is None:
            self._move(port)
        if self._plan.cutoff is not None:
            pair = message.pair
            due = max(0, message.emitted + self._plan.cutoff - station.now)
            station.after(due, Phase.CUTOFFS, lambda: self._cut_off(port, pair))

    def swapped(self, message: Swapped) -> None:
        """Ignore: swaps are told to ends."""

    def purified(self, port: Port, message: Purified) -> None:
        """Ignore: only who purifies is told (see `Purifier`)."""

    def discarded(self, port: Port, message: Discarded) -> None:
        """Give up one's half of a pair whose other half is gone, or pass the word on if it was swapped away."""
        if port.belief is not None and port.belief.pair == message.pair:
            self._give_up(port)
        elif message.pair in self._joined:
            other, swap = self._joined[message.pair]
            # both pairs are settled now: a word from the other side, sent before ours arrives there, says no more
            del self._joined[swap.left], self._joined[swap.right]
            pair = swap.right if other is self._right else swap.left
            self._station.send(other.neighbour, Discarded(other.link, pair), self._plan.flow)
            if not self._plan.pipelined:
                self._station.after(max(0, swap.moment - self._station.now), Phase.SWAPS, self.start)

    def _other(self, port: Port) -> Port:
        return self._right if port is self._left else self._left

    def _swap(self) -> None:
        station, left, right = self._station, self._left, self._right
        assert left.belief is not None
        assert right.belief is not None
        assert station.device.swap is not None
        announce = None
        if station.behaviour is not None:
            behaviour, view = station.behaviour, station.view()
            announce = lambda record: _checked(behaviour.announce(view, record))  # noqa: E731
        record = station.world.swap(station.device.swap, left.slot, right.slot, self._stream, announce)
        frame = record ^ left.belief.herald.label
        if self._last:
            frame ^= right.belief.herald.label
        now = station.now
        message = Swapped(
            self._plan.flow,
            left.belief.pair,
            right.belief.pair,
            frame,
            self._position,
            now + self._swap_time,
            record,
            left.belief.emitted,
            right.belief.emitted,
        )
        if self._plan.cutoff is not None:
            self._remember(message)
        left.belief = right.belief = None
        station.note("swap", message.left, message.right)
        if self._swap_time:
            station.after(self._swap_time, Phase.SWAPS, lambda: self._announce(message))
        else:
            self._announce(message)

    def _announce(self, message: Swapped) -> None:
        """Tell both ends, now that the swap is over and its qubits are free."""
        self._left.release_interface()
        self._right.release_interface()
        for end in self._ends:
            self._station.send(end, message, self._plan.flow)
        if self._plan.pipelined:
            self.start()

    def _move(self, port: Port) -> None:
        """Move a fresh half to storage; it stays exposed, and its interface taken, until that is done."""
        self._moving = port
        self._station.after(self._move_time, Phase.SWAPS, lambda: self._moved(port))

    def _moved(self, port: Port) -> None:
        device = self._station.device
        self._moving = None
        if port.belief is not None:
            assert device.move_in is not None
            assert device.storage is not None
            self._station.world.transform(device.move_in, port.slot)
            port.slot.waiting = device.storage
        port.release_interface()
        other = self._other(port)
        if port.belief is None:
            port.open()
            if other.belief is not None:  # it had to wait for this move
                self._move(other)
        elif other.belief is not None:
            self._swap()

    def _cut_off(self, port: Port, pair: int) -> None:
        if port.belief is not None and port.belief.pair == pair:
            self._station.note("cut-off", pair)
            self._station.send(port.neighbour, Discarded(port.link, pair), self._plan.flow)
            self._give_up(port)

    def _give_up(self, port: Port) -> None:
        self._station.world.discard(port.slot)
        port.belief = None
        if self._moving is not port:  # else the move's end opens it
            port.release_interface()
            port.open()

    def _remember(self, message: Swapped) -> None:
        self._joined[message.left] = (self._right, message)
        self._joined[message.right] = (self._left, message)
        self._expiries.append(message)
        while self._expiries[0].moment + self._plan.memory_of_discards < message.moment:
            old = self._expiries.popleft()
            self._joined.pop(old.left, None)
            self._joined.pop(old.right, None)


def _checked(record: int) -> int:
    if record not in range(4):
        raise InvalidArgument.of("announce", "give a record, 0 to 3", record)
    return record
