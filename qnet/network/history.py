"""The story that the events of a run tell: which pairs became parts of which, and how each ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from qnet.network.lives import Delivery, Fate, Life, Origin
from qnet.time import seconds

if TYPE_CHECKING:
    from qnet.network.trace import Event

__all__ = ["History"]


class _Story:
    """A pair's life as far as it has been read."""

    __slots__ = ("click", "ended", "freed", "heralded", "joined")

    def __init__(self, click: Event) -> None:
        self.click = click
        self.heralded: int | None = None
        self.freed: dict[str, int] = {}
        self.joined = 0
        self.ended: int | None = None


class _Joined:
    """Pairs that have become one entangled state, or parts of one; `halves` says which of them each node holds."""

    __slots__ = ("delivery", "end", "halves", "origin", "pairs")

    def __init__(self, pair: int, ends: Sequence[str], origin: Origin) -> None:
        self.pairs = [pair]
        self.halves = dict.fromkeys(ends, pair)
        self.origin = origin
        self.end: tuple[Fate, str, int | None] | None = None
        self.delivery: int | None = None


class History:
    """Reads events in order; knows at each moment which pairs are parts of one.

    Attributes:
        length: how many events there were.
        lives: of every pair that a link made.
        deliveries: what reached both ends of a route.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.length = len(events)
        self._stories: dict[int, _Story] = {}
        self._of: dict[int, _Joined] = {}
        self._routes: dict[int, tuple[tuple[str, ...], tuple[float, ...]]] = {}
        self._purifying: dict[int, str] = {}
        """By the pair to be kept: the node that has worked on it while the other has not."""
        self._deliveries: list[dict[str, Any]] = []
        read: Mapping[str, Callable[[Event], None]] = {
            "activate": self._activate,
            "click": self._click,
            "heralded": self._heralded,
            "measure": self._measure,
            "deliver": self._let_go,
            "release": self._let_go,
            "swap": self._swap,
            "swap-failed": self._swap,
            "purifying": self._purify,
            "delivered": self._deliver,
            "given": self._give,
            "discarded": self._discarded,
            "reset": self._reset,
            **dict.fromkeys(("cut-off", "lost", "drop", "rejected"), self._lose),
        }
        for event in events:
            if (reader := read.get(event.kind)) is not None:
                reader(event)
        self.lives = tuple(self._life(pair, story) for pair, story in self._stories.items())
        self.deliveries = tuple(Delivery(**told) for told in self._deliveries)

    def _activate(self, event: Event) -> None:
        flow, nodes, lengths_km = event.details
        self._routes[flow] = tuple(nodes), tuple(lengths_km)

    def _click(self, event: Event) -> None:
        pair, ends = event.details[0], _ends(event)
        self._stories[pair] = _Story(event)
        self._of[pair] = _Joined(pair, ends, Origin(kind="generated", tick=event.tick, nodes=ends, pair=pair))

    def _heralded(self, event: Event) -> None:
        if (story := self._stories.get(event.details[1])) is not None:
            story.heralded = event.tick

    def _measure(self, event: Event) -> None:
        pair, tick = event.details
        self._free(pair, event.node, tick)

    def _let_go(self, event: Event) -> None:
        """An end needs its memory no more; it does as long as an application keeps the pair."""
        if event.details[1:] != ("kept",):
            self._free(event.details[0], event.node, event.tick)

    def _discarded(self, event: Event) -> None:
        """A word that a pair is gone; it is passed on where the half was swapped away."""
        pair = event.details[1]
        if pair in self._of and self._of[pair].halves.get(event.node) == pair:
            self._free(pair, event.node, event.tick)

    def _swap(self, event: Event) -> None:
        left, right = event.details
        for pair in (left, right):
            self._free(pair, event.node, event.tick)
        whole, other = self._of[left], self._of[right]
        if event.kind == "swap-failed":
            for part in (whole, other):
                self._end(part, "swap-failed", event, left if part is whole else right)
            return
        self._join("swapped", event.tick, (event.node,), [whole, other])

    def _purify(self, event: Event) -> None:
        kept, *used = event.details
        for pair in used:
            self._free(pair, event.node, event.tick)
        first = self._purifying.pop(kept, None)
        if first is None:
            self._purifying[kept] = event.node
            return
        nodes = next((nodes for nodes in self._nodes_of(kept) if {first, event.node} <= {*nodes}), (first, event.node))
        between = (first, event.node) if nodes.index(first) < nodes.index(event.node) else (event.node, first)
        self._join("purified", event.tick, between, [self._of[pair] for pair in event.details])

    def _lose(self, event: Event) -> None:
        if not event.details or (pair := event.details[0]) not in self._of:
            return
        self._free(pair, event.node, event.tick)
        fate: Fate = "dropped" if event.kind == "drop" else event.kind  # type: ignore[assignment]
        self._end(self._of[pair], fate, event, pair)

    def _deliver(self, event: Event) -> None:
        first, _, label, fidelity, believed = event.details
        whole = self._of[first]
        flow = self._stories[first].click.details[4]
        nodes, lengths_km = self._routes[flow]
        whole.delivery = len(self._deliveries)
        self._end(whole, "delivered", event, None)
        self._deliveries.append(
            {
                "number": len(self._deliveries),
                "nodes": nodes,
                "lengths_km": lengths_km,
                "flow": flow,
                "delivered_s": seconds(event.tick),
                "fidelity": fidelity,
                "believed_fidelity": believed,
                "label": label,
                "request": None,
                "origin": whole.origin,
            }
        )

    def _give(self, event: Event) -> None:
        self._deliveries[-1]["request"] = event.details[0]

    def _reset(self, event: Event) -> None:
        for pair, story in self._stories.items():
            if story.click.details[4] == event.details[0] and (whole := self._of[pair]).end is None:
                for node in list(whole.halves):
                    self._free(pair, node, event.tick)
                self._end(whole, "reset", event, None)

    def _nodes_of(self, pair: int) -> Iterator[tuple[str, ...]]:
        flow = self._stories[pair].click.details[4]
        if flow in self._routes:
            yield self._routes[flow][0]

    def _free(self, pair: int, node: str, tick: int) -> None:
        """Let a node's half of what a pair has become go."""
        own = self._of[pair].halves.pop(node, None)
        if own is not None:
            self._stories[own].freed[node] = tick

    def _end(self, whole: _Joined, fate: Fate, event: Event, cause: int | None) -> None:
        if whole.end is None:
            whole.end = fate, event.node, cause
            for pair in whole.pairs:
                self._stories[pair].ended = event.tick

    def _join(
        self, kind: Literal["swapped", "purified"], tick: int, nodes: tuple[str, ...], parts: list[_Joined]
    ) -> None:
        """Make one of several; what is joined to a pair that is gone, which its node cannot know, is gone too."""
        whole, *others = parts
        whole.origin = Origin(kind=kind, tick=tick, nodes=nodes, parts=tuple(part.origin for part in parts))
        whole.end = next((part.end for part in parts if part.end is not None), None)
        for part in others:
            whole.pairs += part.pairs
            whole.halves |= part.halves
        for pair in whole.pairs:
            story = self._stories[pair]
            self._of[pair] = whole
            story.joined += 1
            if whole.end is not None and story.ended is None:
                story.ended = tick

    def _life(self, pair: int, story: _Story) -> Life:
        _, herald, emitted, memory, flow = story.click.details
        whole, ends = self._of[pair], _ends(story.click)
        fate, where, cause = whole.end or ("alive", None, None)
        first, last = (seconds(story.freed[node]) if node in story.freed else None for node in ends)
        return Life(
            pair=pair,
            ends=ends,
            memory=memory,
            flow=flow,
            herald=herald,
            emitted_s=seconds(emitted),
            clicked_s=seconds(story.click.tick),
            heralded_s=None if story.heralded is None else seconds(story.heralded),
            freed_s=(first, last),
            joined=story.joined,
            fate=fate,
            ended_s=None if story.ended is None else seconds(story.ended),
            ended_at=where,
            cause=cause,
            delivery=whole.delivery,
        )


def _ends(click: Event) -> tuple[str, str]:
    """Give the two nodes of a link; its clicks are noted at "a|b"."""
    a, _, b = click.node.partition("|")
    return a, b
