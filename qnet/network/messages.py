"""What nodes tell each other. Each message is one immutable class; nodes handle them by `match`.

They are named tuples rather than dataclasses because one is made for every herald and swap of a run, and a named
tuple is made three times faster.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from qnet.time import Phase

__all__ = ["PHASES", "ApplicationData", "Discarded", "Heralded", "Message", "Purified", "Restart", "Swapped"]


class Heralded(NamedTuple):
    """The midpoint of a link tells an end of it: the attempt emitted then succeeded, with this kind of herald."""

    link: int
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

    link: int
    pair: int


class Purified(NamedTuple):
    """A node tells its neighbour what it read when it worked on their pairs, so that both know whether to keep one."""

    link: int
    pair: int
    record: int


class Restart(NamedTuple):
    """An end tells the nodes of its flow: the pair is delivered, begin anew."""

    flow: int


class ApplicationData(NamedTuple):
    """An application at one end tells itself at the other."""

    session: int
    payload: Any


Message = Heralded | Swapped | Discarded | Purified | Restart | ApplicationData

PHASES = {
    Heralded: Phase.HERALDS,
    Swapped: Phase.ARRIVALS,
    Discarded: Phase.ARRIVALS,
    Purified: Phase.ARRIVALS,
    Restart: Phase.ARRIVALS,
    ApplicationData: Phase.ARRIVALS,
}
"""In which phase of its tick a message arrives."""
