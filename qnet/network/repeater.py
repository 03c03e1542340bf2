"""What a repeater node does for a flow: swap as soon as possible, give up what is too old, tell the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from qnet.network.course import Course
from qnet.network.entangled import Slot
from qnet.network.joints import Joints
from qnet.network.matching import Match, chosen
from qnet.network.messages import Discarded, Heralded, Joined, Purified, Swapped
from qnet.network.port import Belief, Port
from qnet.network.station import FAILED, Station
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["Repeater"]


class Repeater:
    """Joins the pairs on its left with the pairs on its right, for one flow.

    With several lanes the oldest half on the left goes with the oldest on the right, unless `match` says otherwise.
    Where swaps may fail, or the flow works in rounds, a node decides when all that arrives in a tick is there.
    """

    def __init__(
        self,
        station: Station,
        lefts: Sequence[Port],
        rights: Sequence[Port],
        course: Course,
        position: int,
        stream: Stream,
        *,
        match: Match | None = None,
        kept: int = 0,
    ) -> None:
        self.flow = -1
        self._station = station
        self._lefts, self._rights = tuple(lefts), tuple(rights)
        self._course = course
        self._position = position
        self._stream = stream
        self._match = match
        self._last = position == course.hops - 1
        self._ends = (course.nodes[0], course.nodes[-1])
        self._swap_time = ticks(station.device.swap_s)
        self._move_time = ticks(station.device.move_s)
        self._waits = course.rounds or station.device.swaps_fail
        self._turn = Phase.SWAPS + 0.4 * position / course.hops
        """When it decides in a tick, if it waits: from left to right."""
        self._due = False
        self._moving: Port | None = None
        self._fresh: deque[tuple[Port, int]] = deque()
        """What is to be moved to storage: ports and their pairs."""
        self._joints = Joints(course.memory_of_discards, kept)
        self._oldest: dict[int, int] = {}
        """By pair held: when the oldest pair that it was joined of was emitted, where that is not the pair itself."""

    def start(self) -> None:
        """Begin to emit on all lanes."""
        for lane in range(max(len(self._lefts), len(self._rights))):
            for ports in (self._lefts, self._rights):
                if lane < len(ports):
                    ports[lane].open()

    def restarted(self) -> None:
        """Begin again, unless a loss has been the reason to do so before."""
        self._reopen(*self._lefts, *self._rights)

    def stop(self) -> None:
        """Go on: what is stored here is of use when the ends go on."""

    def reset(self) -> None:
        """Forget all swaps; the flow empties the ports."""
        self._due = False
        self._moving = None
        self._fresh.clear()
        self._joints.clear()
        self._oldest.clear()

    def held(self) -> Iterable[Slot]:
        """Give no slots besides those of the ports."""
        return ()

    def heralded(self, port: Port, message: Heralded) -> None:
        """Store a half; swap if the other side has one, else keep it: in storage, if there is one."""
        station = self._station
        port.belief = belief = Belief(message.pair, message.emitted, port.heralds[message.herald])
        if station.device.move_in is None:
            port.release_interface()
        else:
            self._fresh.append((port, message.pair))
        if not self._waits:
            self._act()
        elif not self._due:
            self._due = True
            station.after(0, self._turn, self._act, self.flow)
        if self._course.cutoff is not None and port.belief is belief:
            self._watch(port, belief.pair, belief.emitted)

    def swapped(self, message: Swapped) -> None:
        """Ignore: swaps are told to ends."""

    def purified(self, port: Port, message: Purified) -> None:
        """Ignore: only who purifies is told (see `Purifier`)."""

    def joined(self, port: Port, message: Joined) -> None:
        """Take one's half for as old as the oldest part of its pair, or pass the word on if it was swapped away."""
        belief = port.belief
        if belief is not None and belief.pair == message.pair:
            if message.emitted < self._age_from(belief):
                self._oldest[belief.pair] = message.emitted
                self._watch(port, belief.pair, message.emitted)
        elif (beyond := self._joints.beyond(message.pair)) is not None:
            other, pair = beyond
            self._station.send(other.neighbour, Joined(other.lane, pair, message.emitted), self._course.number)

    def discarded(self, port: Port, message: Discarded) -> None:
        """Give up one's half of a pair whose other half is gone, or pass the word on if it was swapped away."""
        if port.belief is not None and port.belief.pair == message.pair:
            self._give_up(port)
        elif (beyond := self._joints.beyond(message.pair)) is not None:
            other, pair = beyond
            left, right, swap = self._joints.settle(message.pair)
            self._station.send(other.neighbour, Discarded(other.lane, pair), self._course.number)
            if not self._course.pipelined:
                wait = max(0, swap.moment - self._station.now)
                self._station.after(wait, Phase.SWAPS, lambda: self._reopen(left, right), self.flow)

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Give up what was lost, and tell the partner."""
        if pair is None and port.belief is not None:
            pair = port.belief.pair
        if pair is not None:
            self._drop(port, pair, "lost")

    def _act(self) -> None:
        """Swap what can be swapped; else move to storage what waits, one half at a time."""
        self._due = False
        if self._moving is not None:
            return
        while (halves := chosen(self._station, self._lefts, self._rights, self._match)) is not None:
            self._swap(*halves)
        while self._fresh:
            port, pair = self._fresh.popleft()
            if port.belief is not None and port.belief.pair == pair:
                self._move(port)
                return

    def _swap(self, left: Port, right: Port) -> None:
        station, now = self._station, self._station.now
        assert left.belief is not None
        assert right.belief is not None
        record = station.swap(left.slot, right.slot, self._stream)
        frame = 0
        if record != FAILED:
            frame = record ^ left.belief.herald.label
            if self._last:
                frame ^= right.belief.herald.label
        message = Swapped(
            self.flow,
            left.belief.pair,
            right.belief.pair,
            frame,
            self._position,
            now + self._swap_time,
            record,
            left.belief.emitted,
            right.belief.emitted,
        )
        if record != FAILED and station.world.lossy:
            self._joints.add(left, right, message)
        told = self._news_of_age(left, right, message)
        left.belief = right.belief = None
        station.note("swap" if record != FAILED else "swap-failed", message.left, message.right)
        if self._swap_time:
            station.after(self._swap_time, Phase.SWAPS, lambda: self._announce(left, right, message, told), self.flow)
        elif self._waits and self._course.failed_swap == "connected":
            # all nodes measure before any of them hears of the others' swaps in this tick
            station.after(0, self._turn + 0.5, lambda: self._announce(left, right, message, told), self.flow)
        else:
            self._announce(left, right, message, told)

    def _announce(self, left: Port, right: Port, message: Swapped, told: Sequence[tuple[Port, Joined]]) -> None:
        """Tell both ends, now that the swap is over and its qubits are free; if it failed, those who hold the rest."""
        station, route = self._station, self._course.number
        left.release_interface()
        right.release_interface()
        if message.record == FAILED:
            for port, pair in ((left, message.left), (right, message.right)):
                station.send(port.neighbour, Discarded(port.lane, pair), route)
        else:
            for end in self._ends:
                station.send(end, message, route)
            for port, news in told:
                station.send(port.neighbour, news, route)
        if self._course.pipelined or message.record == FAILED:
            self._reopen(left, right)

    def _news_of_age(self, left: Port, right: Port, swap: Swapped) -> list[tuple[Port, Joined]]:
        """Give what the partner on one side must be told, if the pair of the other side is older."""
        if self._course.cutoff is None or self._course.cutoff_of == "half":
            return []
        assert left.belief is not None
        assert right.belief is not None
        ages = self._age_from(left.belief), self._age_from(right.belief)
        self._oldest.pop(swap.left, None)
        self._oldest.pop(swap.right, None)
        if swap.record == FAILED or ages[0] == ages[1]:
            return []
        port, pair = (left, swap.left) if ages[1] < ages[0] else (right, swap.right)
        return [(port, Joined(port.lane, pair, min(ages)))]

    def _age_from(self, belief: Belief) -> int:
        return self._oldest.get(belief.pair, belief.emitted)

    def _reopen(self, *ports: Port) -> None:
        for port in ports:
            if self._course.pipelined or port.is_idle:
                port.open()

    def _move(self, port: Port) -> None:
        """Move a fresh half to storage; it stays exposed, and its interface taken, until that is done."""
        self._moving = port
        self._station.after(self._move_time, Phase.SWAPS, lambda: self._moved(port), self.flow)

    def _moved(self, port: Port) -> None:
        device = self._station.device
        self._moving = None
        if port.belief is not None:
            assert device.move_in is not None
            assert device.storage is not None
            self._station.world.transform(device.move_in, port.slot)
            port.slot.waiting = device.storage
        port.release_interface()
        if port.belief is None:
            port.open()
        self._act()

    def _watch(self, port: Port, pair: int, emitted: int) -> None:
        """Give a half up when it is too old, unless it is gone by then."""
        assert self._course.cutoff is not None
        due = max(0, emitted + self._course.cutoff - self._station.now)
        self._station.after(due, Phase.CUTOFFS, lambda: self._cut_off(port, pair), self.flow)

    def _cut_off(self, port: Port, pair: int) -> None:
        if port.belief is not None and port.belief.pair == pair:
            self._drop(port, pair, "cut-off")

    def _drop(self, port: Port, pair: int, why: str) -> None:
        """Give up a half of one's own accord, and tell the partner."""
        self._station.note(why, pair)
        self._station.send(port.neighbour, Discarded(port.lane, pair), self._course.number)
        self._give_up(port)

    def _give_up(self, port: Port) -> None:
        self._station.world.discard(port.slot)
        if port.belief is not None:
            self._oldest.pop(port.belief.pair, None)
            port.belief = None
        if self._moving is not port:  # else the move's end opens it
            port.release_interface()
            port.open()
