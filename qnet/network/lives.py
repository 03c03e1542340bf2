"""What became of each pair, as frozen values; made by `qnet.network.history`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from qnet.time import seconds

__all__ = ["Delivery", "Fate", "Life", "Origin"]

Fate = Literal["alive", "delivered", "swap-failed", "rejected", "cut-off", "lost", "dropped", "reset"]
"""How a pair ended, alone or as a part of what it was joined to: delivered; by a swap that failed; by a purification
that rejected; too old; with a node's memories; given up for another reason; with its flow. Or it lives on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How an entangled pair came about.

    Args:
        kind: made by a link, by a swap, or by a purification.
        tick: when, in picoseconds.
        nodes: the two nodes of the link; the one that swapped; the two that purified.
        pair: id of the pair that a link made; None for others.
        parts: what it was made from; of a purification, first what was kept.
    """

    kind: Literal["generated", "swapped", "purified"]
    tick: int
    nodes: tuple[str, ...]
    pair: int | None = None
    parts: tuple[Origin, ...] = ()

    def walk(self) -> Iterator[Origin]:
        """Give this and all it comes from, the whole before its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def pairs(self) -> tuple[int, ...]:
        """Ids of the pairs that links made for it."""
        return tuple(one.pair for one in self.walk() if one.pair is not None)

    def __str__(self) -> str:
        where = f"{'at' if self.kind == 'swapped' else 'between'} {' and '.join(self.nodes)}"
        lines = [f"{seconds(self.tick) * 1e3:.6g} ms: {self.kind} {where}"]
        return "\n".join(lines + [f"  {line}" for part in self.parts for line in str(part).splitlines()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A pair that a link made, and what became of it.

    Args:
        pair: its id.
        ends: the two nodes.
        memory: which of the link's memory pairs it is in, from 0.
        flow: the number of the activation of the flow it belongs to.
        herald: number of the herald that announced it.
        emitted_s, clicked_s, heralded_s: when its qubits were ready, when the midpoint knew, when the ends knew.
        freed_s: when each of the ends let go of its half: swapped, measured, used up or given up; None if it never did.
        joined: by how many swaps and purifications it became part of more.
        fate: how it ended.
        ended_s: when; None if it lives.
        ended_at: the node where it ended, or by whose decision.
        cause: the pair whose loss ended it; another one, if they were joined by then.
        delivery: number of the delivered pair that it is part of; None for others.
    """

    pair: int
    ends: tuple[str, str]
    memory: int
    flow: int
    herald: int
    emitted_s: float
    clicked_s: float
    heralded_s: float | None
    freed_s: tuple[float | None, float | None]
    joined: int
    fate: Fate
    ended_s: float | None
    ended_at: str | None
    cause: int | None
    delivery: int | None

    @property
    def waited_s(self) -> tuple[float | None, float | None]:
        """How long each half was in its memory, from emission on; None if it still is."""
        first, last = (None if freed is None else freed - self.emitted_s for freed in self.freed_s)
        return first, last

    @staticmethod
    def columns() -> list[str]:
        """Give the names in `to_row`."""
        names = [one.name for one in fields(Life)]
        return [*names[:1], "source", "target", *(n for n in names[2:] if n != "freed_s"), "waited_s", "waited_there_s"]

    def to_row(self) -> tuple[Any, ...]:
        """Give it as a flat row; `waited_s` is how long the half at the source waited, then that at the target."""
        plain = [getattr(self, name) for name in Life.columns()[3:-2]]
        return (self.pair, *self.ends, *plain, *self.waited_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A pair that reached both ends of its route.

    Args:
        number: counts the deliveries of a run, from 0.
        nodes: the route.
        lengths_km: its spans.
        flow: the number of the activation of its flow.
        delivered_s: when both ends knew.
        fidelity, believed_fidelity: the true one, and what the ends expect; six digits.
        label: the Bell state that the ends take it for.
        request: the number of the request that it was given to; None if no one took it, or numbers requests.
        origin: how it came about.
    """

    number: int
    nodes: tuple[str, ...]
    lengths_km: tuple[float, ...]
    flow: int
    delivered_s: float
    fidelity: float
    believed_fidelity: float
    label: int
    request: int | None
    origin: Origin = field(repr=False)

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the two ends."""
        return self.nodes[0], self.nodes[-1]
