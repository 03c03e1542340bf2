"""What the nodes that carry out a recipe tell each other.

`vertex` counts the vertices of the recipe (see `Tree`). What a vertex makes is named by its vertex and the first pair
in it; both of its ends know that name, and no two things ever have the same one.
"""

from __future__ import annotations

from typing import NamedTuple

from qnet.network.messages import PHASES
from qnet.time import Phase

__all__ = ["GivenUp", "Made", "Read", "Renew"]


class Made(NamedTuple):
    """A node that swapped tells both ends of what it made: these two pairs are one now.

    `label` is the Bell state they share. `moment` is the tick at which the message left, from which each end can tell
    when the other knew; with the record and the ticks at which the pairs were emitted, an end knows all that the state
    depends on. `last` is the last pair in it.
    """

    flow: int
    vertex: int
    left: int
    right: int
    last: int
    label: int
    moment: int
    record: int
    left_emitted: int
    right_emitted: int


class Read(NamedTuple):
    """One end of pairs that are purified tells the other what it read, and when."""

    flow: int
    vertex: int
    pair: int
    record: int
    moment: int


class GivenUp(NamedTuple):
    """A node tells the other end: I have given up my half of what this vertex made, so give up yours."""

    flow: int
    vertex: int
    pair: int


class Renew(NamedTuple):
    """A node tells all below a vertex: give up what you hold below it, and make it again.

    It sets out at `moment` from `origins`: one position, or both ends of a span. So each node knows when any other is
    told. After a `fault`, pairs emitted in the very tick are lost too.
    """

    flow: int
    vertex: int
    moment: int
    origins: tuple[int, ...]
    fault: bool


PHASES.update(dict.fromkeys((GivenUp, Made, Read, Renew), Phase.ARRIVALS))
