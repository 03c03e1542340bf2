"""A flow: the nodes, delays and rules by which one route serves its two ends."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Plan"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What every node of a flow knows of it.

    Args:
        flow: its number.
        nodes: names along the route, ends included.
        offsets: for each node, the classical delay from the first one, in ticks (all zero with zero delay).
        keep: whether the ends keep their halves until both know of the pair, instead of measuring at their herald.
        pipelined: whether a link starts again as soon as its memories are free, instead of once per delivered pair.
        cutoff: greatest age of a half in a repeater, from emission, in ticks; None without limit.
        memory_of_discards: for how long after a swap a discard can still arrive, in ticks.
    """

    flow: int
    nodes: tuple[str, ...]
    offsets: tuple[int, ...]
    keep: bool
    pipelined: bool
    cutoff: int | None
    memory_of_discards: int

    @property
    def hops(self) -> int:
        """Number of links."""
        return len(self.nodes) - 1

    def delay(self, a: int, b: int) -> int:
        """Give the classical delay between two positions on the route, in ticks."""
        return abs(self.offsets[a] - self.offsets[b])
