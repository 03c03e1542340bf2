"""The course of a flow: the nodes it runs along, the delays between them, and the rules by which they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qnet.quantum import Purification

__all__ = ["Course"]


@dataclass(frozen=True, kw_only=True)
class Course:
    """What every node of a flow knows of it; made by `Flows.course`.

    Args:
        number: under which the post knows its delays.
        nodes: names along the route, ends included.
        offsets: for each node, the classical delay from the first one, in ticks (all zero with zero delay).
        keep: whether the ends keep their halves until both know of the pair, instead of measuring at their herald.
        stays: whether they hold them even longer, until someone releases the pair.
        pipelined: whether a link starts again as soon as its memories are free, instead of once per delivered pair.
        cutoff: greatest age of a half in a repeater, in ticks; None without limit.
        memory_of_discards: for how long after a swap a discard can still arrive, in ticks.
        cutoff_of: whether age counts from the emission of the half itself ("half"), or from that of the oldest pair
            that its pair was joined of, as far as its node was told ("pair").
        failed_swap: what else a failed swap destroys: the whole "connected" run of swaps made in the same tick, or,
            going from the source to the target ("sequential"), nothing that was to be swapped after it.
        rounds: whether repeaters decide at the end of each tick, all at once, instead of one by one.
        purification: done on each pair of each lane before its nodes may use it; None for raw pairs.
    """

    number: int
    nodes: tuple[str, ...]
    offsets: tuple[int, ...]
    keep: bool
    pipelined: bool
    cutoff: int | None
    memory_of_discards: int
    stays: bool = False
    cutoff_of: Literal["half", "pair"] = "half"
    failed_swap: Literal["connected", "sequential"] = "connected"
    rounds: bool = False
    purification: Purification | None = None

    @property
    def hops(self) -> int:
        """Number of links."""
        return len(self.nodes) - 1

    def delay(self, a: int, b: int) -> int:
        """Give the classical delay between two positions on the route, in ticks."""
        return abs(self.offsets[a] - self.offsets[b])
