"""A trace: all that was said and done in a run, in order, as text and as tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from qnet.errors import InvalidArgument, UnknownName
from qnet.network.history import History
from qnet.network.lives import Delivery, Life, Origin
from qnet.time import seconds

if TYPE_CHECKING:
    from pandas import DataFrame

    from qnet.network.station import Observer

__all__ = ["Event", "Trace"]

_SCHEMA = "qnet.trace/1"
_PAIRS: Mapping[str, slice] = {
    **dict.fromkeys(
        ("click", "deliver", "release", "measure", "lost", "drop", "cut-off", "accepted", "rejected"), slice(0, 1)
    ),
    **dict.fromkeys(("heralded", "discarded", "joined", "purified"), slice(1, 2)),
    **dict.fromkeys(("swap", "swap-failed", "delivered"), slice(0, 2)),
    **dict.fromkeys(("givenup", "read"), slice(2, 3)),
    "swapped": slice(1, 3),
    "made": slice(2, 4),
    "purify": slice(0, 1),
    "purifying": slice(0, None),
}
"""By kind: which of an event's details are ids of pairs."""


class Event(NamedTuple):
    """One line of a trace: when (in picoseconds), at which node, what, and with which details.

    A kind in lower case without a hyphen is mostly a message that arrives, with its fields as details (see
    `qnet.network.messages`); the others are what a node does by itself.
    """

    tick: int
    node: str
    kind: str
    details: tuple[Any, ...]

    @property
    def pairs(self) -> tuple[int, ...]:
        """Ids of the pairs that it is about."""
        return self.details[_PAIRS[self.kind]] if self.kind in _PAIRS else ()


class Trace:
    """Remembers a run, and tells the life of every pair: `Network.simulate(trace=True)` has one, as `trace`.

    It grows with the events of the run; a run without one pays nothing. The same seed gives the same text, byte for
    byte. One that remembers only the beginning may be given to `Network.simulate` as `observer`.

    Args:
        most: events after which it remembers no more.
        then: another observer, who is told of each event as well.

    >>> from qnet import Link, Network
    >>> from qnet.quantum import State
    >>> link = Link.from_numbers(0.5, 1e-3, State.werner(0.95))
    >>> simulation = Network.chain([20, 20], link=link).simulate(seed=1, trace=True)
    >>> _ = simulation.request("n0", "n2", pairs=1), simulation.run()
    >>> print(simulation.trace.ancestry(0))
    2 ms: swapped at n1
      1.5 ms: generated between n0 and n1
      1.5 ms: generated between n1 and n2
    """

    def __init__(self, *, most: float = math.inf, then: Observer | None = None) -> None:
        self._most = most
        self._then = then
        self._events: list[Event] = []
        self._told = History([])

    def __call__(self, tick: int, node: str, kind: str, details: tuple[Any, ...]) -> None:
        """Remember an event."""
        if len(self._events) < self._most:
            self._events.append(Event(tick, node, kind, details))
        if self._then is not None:
            self._then(tick, node, kind, details)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        return self.dumps() == other.dumps() if isinstance(other, Trace) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def lives(self) -> tuple[Life, ...]:
        """Give the life of every pair that a link has made, in the order of their generation."""
        return self._history().lives

    def deliveries(self) -> tuple[Delivery, ...]:
        """Give the pairs that reached both ends of a route, in order."""
        return self._history().deliveries

    def ancestry(self, delivery: int) -> Origin:
        """Tell how a delivered pair came about, down to the pairs that links made.

        Args:
            delivery: which of `deliveries`, from 0.
        """
        return self.delivery(delivery).origin

    def delivery(self, number: int) -> Delivery:
        """Give one of `deliveries`."""
        known = self.deliveries()
        if not 0 <= number < len(known):
            raise InvalidArgument.of("delivery", f"be from 0 to {len(known) - 1}, the deliveries traced", number)
        return known[number]

    def to_frame(self, rows: Literal["pairs", "events"] = "pairs") -> DataFrame:
        """Give a table: a row for each pair that a link made, with what became of it, or a row for each event.

        Times are in seconds. In a table of events `pair` and `other` are the pairs an event is about, and `details`
        all that it says.
        """
        from pandas import DataFrame

        if rows not in ("pairs", "events"):
            raise UnknownName.of("rows", rows, ("pairs", "events"))
        if rows == "pairs":
            lives = DataFrame([life.to_row() for life in self.lives()], columns=Life.columns())
            return lives.astype({"cause": "Int64", "delivery": "Int64"})
        records = []
        for event in self._events:
            pair, other, *_ = (*event.pairs, None, None)
            records.append((seconds(event.tick), event.node, event.kind, pair, other, event.details))
        frame = DataFrame(records, columns=["time_s", "node", "kind", "pair", "other", "details"])
        return frame.astype({"pair": "Int64", "other": "Int64"})

    def dumps(self) -> str:
        """Give the trace as lines of JSON: the schema, then for each event [tick, node, kind, details].

        What is no plain value (the data of an application, say) is there by the name of its type.
        """
        write = partial(json.dumps, separators=(",", ":"), ensure_ascii=False, default=_name_of_type)
        return "\n".join([write({"schema": _SCHEMA}), *map(write, self._events), ""])

    @classmethod
    def loads(cls, text: str) -> Trace:
        """Read what `dumps` wrote."""
        head, *lines = text.splitlines()
        if json.loads(head) != {"schema": _SCHEMA}:
            raise InvalidArgument.of("text", f"begin with the schema {_SCHEMA}", head)
        trace = cls()
        for line in lines:
            trace(*_tuples(json.loads(line)))
        return trace

    def _history(self) -> History:
        if self._told.length != len(self._events):
            self._told = History(self._events)
        return self._told

    def __repr__(self) -> str:
        return f"Trace({len(self._events):,} events, {len(self.deliveries()):,} pairs delivered)"


def _name_of_type(value: object) -> str:
    return type(value).__name__


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
