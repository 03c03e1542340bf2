"""Rescue: two pairs that are worse than what was asked for, made into one that may do, at the ends of a route."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from qnet.errors import InvalidArgument
from qnet.network.messages import PHASES
from qnet.network.purifier import on_device
from qnet.quantum.corrections import corrected
from qnet.quantum.library import dejmps
from qnet.rng import Purpose
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    from qnet.network.course import Course
    from qnet.network.pair import Pair
    from qnet.network.plant import Plant
    from qnet.quantum import Operation

__all__ = ["Rescue", "Rescued"]


class Rescued(NamedTuple):
    """One end of a route tells the other what it read when it worked on their two pairs, named by the first of them."""

    connection: int
    pair: int
    record: int


PHASES[Rescued] = Phase.ARRIVALS


class _Try:
    """Two pairs that are worked on: `pair` is what is left, `other` was given up for it; `heard` says who knows all."""

    __slots__ = ("heard", "other", "pair", "reads")

    def __init__(self, pair: Pair, other: Pair, reads: tuple[int, int]) -> None:
        self.pair = pair
        self.other = other
        self.reads = reads
        self.heard: set[str] = set()


class Rescue:
    """Keeps a pair that is too bad until the next one comes that is, and lets the ends purify the two (DEJMPS).

    Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996), arXiv quant-ph/9604039; with the noise of the devices. Both ends
    know of both pairs, and begin at once; each tells the other what it read, over the fibre. If the records agree they
    have one pair, else none.

    Args:
        plant: where the ends are.
        course: of the flow whose pairs these are; it lets them stay in memory.
        number: of the connection, by which messages name it.
        give: takes what was made, when both ends know of it.
    """

    def __init__(self, plant: Plant, course: Course, number: int, *, give: Callable[[Pair], None]) -> None:
        self._plant = plant
        self._course = course
        self._number = number
        self._give = give
        self._ends = course.nodes[0], course.nodes[-1]
        stations = [plant.station(name) for name in self._ends]
        if any(station.device.move_in is not None for station in stations):
            rule = "be 'lower' or 'drop' where nodes have storage: purification works on the memories that emit"
            raise InvalidArgument.of("below", rule, "purify")
        ours = [on_device(dejmps(), station.device.noise) for station in stations]
        self._accepted = ours[0].accepted
        self._sides: tuple[Operation, Operation] = ours[0].alternatives[0][1], ours[1].alternatives[0][2]
        name = "|".join(self._ends)
        self._streams = [plant.chance.numbered(Purpose.RECORD, f"{node}|rescue|{name}") for node in self._ends]
        self._busy = max(ticks(each.duration_s) for each in ours)
        self._time = self._busy + max(ticks(station.device.measurement_s) for station in stations)
        self._waiting: Pair | None = None
        self._tries: dict[int, _Try] = {}
        """By number of the pair that is left."""

    def take(self, pair: Pair) -> None:
        """Let a pair wait for the next one, or work on both; drop one of which a half was measured or lost."""
        first, self._waiting = self._waiting, None
        for each in (first, pair):
            if each is not None and (each.kept is None or not each.kept.whole):
                each.release()
        if pair.kept is None:
            self._waiting = first if first is not None and first.kept is not None else None
        elif first is None or first.kept is None:
            self._waiting = pair
        else:
            self._begin(first, pair)

    def told(self, node: str, message: Rescued) -> None:
        """Let an end hear what the other one read; when both have, they know whether they have a pair."""
        attempt = self._tries.get(message.pair)
        if attempt is None:
            return
        attempt.heard.add(node)
        if len(attempt.heard) == len(self._ends):
            del self._tries[message.pair]
            self._decide(attempt)

    def clear(self) -> None:
        """Drop all that waits or is worked on."""
        if self._waiting is not None:
            self._waiting.release()
        for attempt in self._tries.values():
            attempt.other.release()
            attempt.pair.release()
        self._waiting = None
        self._tries.clear()

    def _begin(self, pair: Pair, other: Pair) -> None:
        assert pair.kept is not None
        assert other.kept is not None
        source, target = self._sides
        operations = corrected(source, [pair.label, other.label]), target
        reads = pair.kept.purify(other.kept, operations, self._streams, self._busy)
        self._tries[pair.number] = attempt = _Try(pair, other, reads)
        self._plant.clock.call(self._time, Phase.SWAPS, lambda _: self._announce(attempt))

    def _announce(self, attempt: _Try) -> None:
        """Let each end tell the other what it read; the memories of the other pair are free."""
        if self._tries.get(attempt.pair.number) is not attempt:
            return
        attempt.other.release()
        for sender, receiver, record in zip(self._ends, reversed(self._ends), attempt.reads, strict=True):
            message = Rescued(self._number, attempt.pair.number, record)
            self._plant.post.send(sender, receiver, message, self._course.number)  # type: ignore[arg-type]

    def _decide(self, attempt: _Try) -> None:
        pair = attempt.pair
        if pair.kept is not None and pair.kept.whole and self._accepted[attempt.reads]:
            self._give(pair.improved(self._plant.clock.now))
        else:
            pair.release()
