"""What nodes tell each other. Each message is one immutable class; nodes handle them by `match`.

Lanes and flows are named by the numbers they have in one activation of a flow; they are never used again, so that a
message which comes after its flow has left finds nobody.

They are named tuples rather than dataclasses because one is made for every herald and swap of a run, and a named
tuple is made three times faster.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from qnet.time import Phase

__all__ = [
    "PHASES",
    "ApplicationData",
    "Discarded",
    "FaultReport",
    "Heralded",
    "Joined",
    "Message",
    "Purified",
    "Restart",
    "Swapped",
]


class Heralded(NamedTuple):
    """The midpoint of a link tells an end of a lane: the attempt emitted then succeeded, with this kind of herald."""

    lane: int
    pair: int
    herald: int
    emitted: int


class Swapped(NamedTuple):
    """A repeater tells the ends of its flow: these two pairs are one now.

    `frame` is the label that this repeater adds: its announced record and the labels of the links it answers for.
    `moment` is the tick at which the message left, from which each end can tell when the other knew. With the record
    and the ticks at which both pairs were emitted, an end knows all that the state it shares depends on.
    """

    flow: int
    left: int
    right: int
    frame: int
    position: int
    moment: int
    record: int
    left_emitted: int
    right_emitted: int


class Discarded(NamedTuple):
    """A node tells its partner: I gave up my half of this pair, so give up yours (or pass it on, if you swapped)."""

    lane: int
    pair: int


class Joined(NamedTuple):
    """A node tells its partner: this pair of yours goes further now, and its oldest part was emitted then."""

    lane: int
    pair: int
    emitted: int


class Purified(NamedTuple):
    """A node tells its neighbour what it read when it worked on their pairs, so that both know whether to keep one."""

    lane: int
    pair: int
    record: int


class Restart(NamedTuple):
    """An end tells the nodes of its flow: the pair is delivered, begin anew."""

    flow: int


class ApplicationData(NamedTuple):
    """An application at one end tells itself at the other."""

    session: int
    payload: Any


class FaultReport(NamedTuple):
    """A node tells the controller's node what has happened to it.

    `kind` is "link-down" or "link-up" (`neighbour` is where the link leads), or "memories-lost"; `tick` is when.
    """

    node: str
    kind: str
    neighbour: str | None
    tick: int


Message = Heralded | Swapped | Discarded | Joined | Purified | Restart | ApplicationData | FaultReport

PHASES = {
    Heralded: Phase.HERALDS,
    Swapped: Phase.ARRIVALS,
    Discarded: Phase.ARRIVALS,
    Joined: Phase.ARRIVALS,
    Purified: Phase.ARRIVALS,
    Restart: Phase.ARRIVALS,
    ApplicationData: Phase.ARRIVALS,
    FaultReport: Phase.ARRIVALS,
}
"""In which phase of its tick a message arrives."""
