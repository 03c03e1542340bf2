"""What a node has on a memory pair: the memory, whose turn it is, and halves of what was made with it."""

from __future__ import annotations

from qnet.network.entangled import Slot
from qnet.network.port import Port

__all__ = ["Half", "Lane"]


class Lane:
    """A node's side of one memory pair of a span.

    `done` counts the leaves that have had their turn. `open` says that the port was asked to emit, `held` that its
    memory is taken, `moving` that its qubit moves to storage; `free_from` is when the last operation on it is over.
    `repeats` says that the first leaf's turn comes again by itself; `wraps_at` is the vertex whose completion begins
    the turns anew, if there is one.
    """

    __slots__ = (
        "done",
        "free_from",
        "fresh",
        "held",
        "leaves",
        "lost_before",
        "moving",
        "open",
        "port",
        "repeats",
        "span",
        "wraps_at",
    )

    def __init__(self, port: Port, span: int, leaves: tuple[int, ...], *, repeats: bool, wraps_at: int | None) -> None:
        self.port = port
        self.span = span
        self.leaves = leaves
        self.repeats = repeats
        self.wraps_at = wraps_at
        self.fresh: dict[int, int] = {}
        """By leaf: pairs emitted before this tick were given up, at this node or at the other."""
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.done = 0
        self.free_from = self.lost_before = 0
        self.open = self.held = self.moving = False
        self.fresh.clear()


class Half:
    """A half of what a vertex made, as its holder knows it.

    `pair` names what was made, by the first pair in it (`last` is the last in it); `label` is its Bell state, `ready`
    the tick from which both its ends know of it, and `born` when this qubit was emitted. A half measured early is a
    record, kept apart from the memory.
    """

    __slots__ = ("born", "label", "lane", "last", "measured_at", "pair", "ready", "record", "vertex")

    def __init__(self, lane: Lane, vertex: int, pair: int, *, label: int, ready: int, born: int) -> None:
        self.lane = lane
        self.vertex = vertex
        self.pair = self.last = pair
        self.label = label
        self.ready = ready
        self.born = born
        self.record: Slot | None = None
        self.measured_at = 0

    @property
    def slot(self) -> Slot:
        """Where the qubit is."""
        return self.lane.port.slot if self.record is None else self.record
