"""What an end node does for a flow: measure or keep its halves, and learn what each became a half of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from qnet.network.course import Course
from qnet.network.entangled import Slot
from qnet.network.messages import Discarded, Heralded, Joined, Purified, Restart, Swapped
from qnet.network.port import Belief, Port
from qnet.network.station import Station
from qnet.time import Phase, ticks

__all__ = ["Claim", "Deliverer", "End"]


class Claim:
    """A half that an end holds, or has measured, whose other half it is about to learn.

    `frontier` is the pair it is known to be a half of so far, `frame` the label of that pair as announced, and
    `other_knows` the tick at which the other end has heard as much.
    """

    __slots__ = ("born", "frame", "free_from", "frontier", "other_knows", "pair", "port", "record")

    def __init__(self, port: Port, pair: int, born: int, record: Slot | None) -> None:
        self.port = port
        self.pair = self.frontier = pair
        self.born = born
        self.record = record
        self.frame = 0
        self.free_from = 0
        self.other_knows = 0

    @property
    def slot(self) -> Slot:
        """Where the half is: in the memory, or in the record of its measurement."""
        return self.port.slot if self.record is None else self.record


class Deliverer(Protocol):
    """What hands over one half of each pair of a flow: an `End`, or the end of a recipe."""

    is_source: bool


class End:
    """One of the two ends of a flow. It walks along the swaps it hears of, in whatever order they arrive.

    Both ends know when the other one knew, since a message says when it left; so both use, and free, a pair at the
    same tick: when the later of the two has heard of the last swap.

    Args:
        hand_over: takes what this end delivers.
        forfeit: is told of a claim whose half was lost; the other end may not hear of it in time.
        kept: how many swaps that no claim has reached are remembered at least.
    """

    def __init__(
        self,
        station: Station,
        ports: Sequence[Port],
        course: Course,
        hand_over: Callable[[Deliverer, Claim], None],
        forfeit: Callable[[Deliverer, Claim], None],
        *,
        kept: int = 0,
    ) -> None:
        self.flow = -1
        self._station = station
        self._ports = tuple(ports)
        self._course = course
        self.is_source = station.name == course.nodes[0]
        self._final = course.hops - 1 if self.is_source else 1
        other = course.hops if self.is_source else 0
        self._delays_to_other = [course.delay(position, other) for position in range(course.hops + 1)]
        self._hand_over = hand_over
        self._forfeit = forfeit
        self._kept = kept
        self._measurement_time = ticks(station.device.measurement_s)
        self._claims: dict[int, Claim] = {}
        """By frontier."""
        self._frontiers: dict[int, int] = {}
        """By own pair: the frontier of its claim."""
        self._ready: dict[int, Claim] = {}
        """By own pair: claims on pairs that reach both ends, until both know."""
        self._unused: dict[int, Swapped] = {}
        """Swaps of pairs that no claim has reached yet, by the pair nearer to this end."""
        self._expiries: deque[tuple[int, int]] = deque()
        self._active = False
        self._idle = list(self._ports)

    def start(self) -> None:
        """Begin to emit, or go on after `stop`."""
        self._active = True
        idle, self._idle = self._idle, []
        for port in idle:
            port.open()

    def stop(self) -> None:
        """Emit no more when a memory is next free."""
        self._active = False

    def reset(self) -> None:
        """Forget all claims; the flow empties ports and records."""
        for memory in (self._claims, self._frontiers, self._ready, self._unused, self._expiries):
            memory.clear()
        self._active = False
        self._idle = list(self._ports)

    def held(self) -> Iterable[Slot]:
        """Give the records of halves measured early."""
        for claims in (self._claims, self._ready):
            yield from (claim.record for claim in claims.values() if claim.record is not None)

    def restarted(self) -> None:
        """Ignore: an end restarts by itself when it delivers."""

    def joined(self, port: Port, message: Joined) -> None:
        """Ignore: it is the repeater at the other side of the pair that minds its age."""

    def heralded(self, port: Port, message: Heralded) -> None:
        """Measure the half at once (unless ends keep), and see what is known of it."""
        station = self._station
        claim = Claim(port, message.pair, message.emitted, port.early)
        port.early = None
        if station.device.move_in is None:  # else the qubit that emits is the one that holds
            port.release_interface()
        herald = port.heralds[message.herald]
        if claim.record is not None:
            claim.free_from = station.now
            station.note("measure", message.pair, message.emitted)
        elif not self._course.keep:
            claim.record = station.world.freeze(port.slot)
            claim.free_from = station.now + self._measurement_time
            station.note("measure", message.pair, station.now)
        else:
            port.belief = Belief(message.pair, message.emitted, herald)
        if claim.record is not None and self._course.pipelined:
            self._open(port, claim.free_from)
        if self._course.hops == 1:
            claim.frame = herald.label
            self._complete(claim)
        else:
            self._advance(claim)

    def swapped(self, message: Swapped) -> None:
        """Join what a repeater swapped to the claim it continues, or keep it for when that claim comes."""
        near = message.left if self.is_source else message.right
        claim = self._claims.pop(near, None)
        self._unused[near] = message
        if claim is not None:
            self._advance(claim)
        elif self._station.world.lossy:
            self._forget_late(near, message.moment)

    def purified(self, port: Port, message: Purified) -> None:
        """Ignore: only who purifies is told (see `Purifier`)."""

    def discarded(self, port: Port, message: Discarded) -> None:
        """Drop the claim on a pair whose other half was given up."""
        frontier = self._frontiers.pop(message.pair, None)
        if frontier is not None:
            self._drop(self._claims.pop(frontier))

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Drop the claim on a half that was lost, unless it was measured before, and tell the partner."""
        if pair is not None:
            claim = Claim(port, pair, 0, None)
        elif port.belief is None:
            return
        else:
            pair = port.belief.pair
            claim = self._ready.pop(pair) if pair in self._ready else self._claims.pop(self._frontiers.pop(pair))
        self._station.note("lost", pair)
        self._forfeit(self, claim)
        self._station.send(port.neighbour, Discarded(port.lane, pair), self._course.number)
        self._drop(claim)

    def _drop(self, claim: Claim) -> None:
        port, measured = claim.port, claim.record is not None
        self._station.world.discard(claim.slot)
        if not measured:
            port.belief = None
        if not measured or not self._course.pipelined:
            self._open(port, claim.free_from)

    def _advance(self, claim: Claim) -> None:
        while (message := self._unused.pop(claim.frontier, None)) is not None:
            claim.frontier = message.right if self.is_source else message.left
            claim.frame ^= message.frame
            claim.other_knows = max(claim.other_knows, message.moment + self._delays_to_other[message.position])
            if message.position == self._final:
                self._frontiers.pop(claim.pair, None)
                self._complete(claim)
                return
        self._claims[claim.frontier] = claim
        self._frontiers[claim.pair] = claim.frontier

    def _complete(self, claim: Claim) -> None:
        self._ready[claim.pair] = claim
        wait = max(claim.other_knows, claim.free_from) - self._station.now
        if wait > 0:
            self._station.after(wait, Phase.REQUESTS, lambda: self._deliver(claim), self.flow)
        else:
            self._deliver(claim)

    def _deliver(self, claim: Claim) -> None:
        station, port, flow = self._station, claim.port, self.flow
        if self._ready.pop(claim.pair, None) is None:
            return  # it was lost meanwhile
        reopens = claim.record is None or not self._course.pipelined
        if claim.record is None:
            claim.record = port.let_go(stays=self._course.stays)
        station.note("deliver", claim.pair, *(("kept",) if claim.record is None else ()))
        self._hand_over(self, claim)
        if reopens:
            self._open(port, claim.free_from)
        if self.is_source and not self._course.pipelined:
            for node in self._course.nodes[1:-1]:
                station.send(node, Restart(flow), self._course.number)

    def _open(self, port: Port, tick: int) -> None:
        """Emit again from a tick on, as long as anyone asks for pairs."""
        if tick > self._station.now:
            wait = tick - self._station.now
            self._station.after(wait, Phase.SWAPS, lambda: self._open(port, tick), self.flow)
            return
        port.release_interface()
        if self._active:
            port.open()
        else:
            self._idle.append(port)

    def _forget_late(self, near: int, moment: int) -> None:
        """Forget swaps so old that the pair they continue must have been given up."""
        self._expiries.append((moment + self._course.memory_of_discards, near))
        while len(self._expiries) > self._kept and self._expiries[0][0] < self._station.now:
            self._unused.pop(self._expiries.popleft()[1], None)
