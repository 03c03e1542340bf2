"""The space-time diagram of one delivered pair: photons, heralds, waiting memories, swaps, and the words about them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from qnet.network.lives import Delivery, Life
from qnet.time import ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qnet.network.trace import Event, Trace

__all__ = ["draw_space_time"]

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Of the spans, in turn: the Okabe-Ito palette, which the colour-blind can tell apart."""
_OTHER = "#c8c8c8"
_DOTS = (0, (1, 1.6))
_WORD: dict[str, Any] = {"color": "#444444", "linewidth": 0.9, "linestyle": (0, (5, 2)), "zorder": 2}
_BEGIN = ("swap", "purifying")
_PICOSECONDS = {"s": 1e12, "ms": 1e9, "µs": 1e6, "ns": 1e3}
_LANE, _BAR = 0.008, 4.5
"""How far beside its node a memory is drawn, as a share of the route, and how wide, in points; less on a short span."""
_LETTERS = 0.037
"""How far apart slanted names must be, as a share of the route, so as not to touch."""


def draw_space_time(
    trace: Trace, delivery: int | Delivery = 0, ax: Axes | None = None, *, others: bool = True
) -> Figure:
    """Draw how a delivered pair came about: the distance along its route to the right, time upwards.

    Photons fly from the ends of each link to its midpoint, and heralds back. Memories hold their qubits until a swap,
    a purification or a measurement; what that gave is told to those concerned, as fast as light in fibre or, with
    `classical_delay="zero"`, at once; the pair is delivered when both ends know.

    Args:
        trace: of a run.
        delivery: which delivered pair: its number in `Trace.deliveries`, or the delivery itself.
        ax: axes to draw on; by default those of a new figure.
        others: whether pairs that were made on the way, and did not become part of this one, are there in grey.

    Returns:
        The figure; nothing is shown or saved.
    """
    from matplotlib.figure import Figure

    pair = delivery if isinstance(delivery, Delivery) else trace.delivery(delivery)
    if ax is None:
        ax = Figure(figsize=(7.6, 6.6), layout="constrained", dpi=120).subplots()
    diagram = _Diagram(trace, pair, ax)
    for life in diagram.own:
        diagram.draw_life(life, diagram.colour(life))
    diagram.draw_words()
    diagram.draw_operations()
    diagram.draw_delivery()
    if others:
        for life in diagram.others():
            diagram.draw_life(life, _OTHER, other=True)
    diagram.finish()
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


class _Diagram:
    """What is drawn, and where: `x` gives kilometres along the route, `y` time since the first emission."""

    def __init__(self, trace: Trace, pair: Delivery, axes: Axes) -> None:
        self.axes = axes
        self._pair = pair
        self._x = dict(zip(pair.nodes, accumulate(pair.lengths_km, initial=0.0), strict=True))
        self._total_km = sum(pair.lengths_km)
        self._tight = min(1.0, min(pair.lengths_km) / self._total_km / (4.0 * _LANE))
        """By how much less room there is beside a node than memories have elsewhere."""
        self._of = {life.pair: life for life in trace.lives()}
        self.own = [self._of[number] for number in pair.origin.pairs]
        self._ids = {life.pair for life in self.own}
        self._begin = min(ticks(life.emitted_s) for life in self.own)
        self._end = ticks(pair.delivered_s)
        span = self._end - self._begin
        self._unit = next((unit for unit, size in _PICOSECONDS.items() if span >= size), "ns")
        self._events = [event for event in trace if self._begin <= event.tick <= self._end and event.node in self._x]
        self._rows = _side_by_side(self.own)
        self._seen: dict[str, Any] = {}
        """Handles of the legend, by what they say."""

    def colour(self, life: Life) -> str:
        """Give the colour of a link's span."""
        return _COLOURS[self._span(life) % len(_COLOURS)]

    def others(self) -> Iterator[Life]:
        """Give the lives of other pairs between nodes of the route, in the time of this one."""
        for life in self._of.values():
            until = max(self._end if freed is None else ticks(freed) for freed in life.freed_s)
            if ticks(life.clicked_s) <= self._end and until > self._begin and self._is_other(life):
                yield life

    def _is_other(self, life: Life) -> bool:
        return life.pair not in self._ids and self._x.keys() >= set(life.ends)

    def draw_life(self, life: Life, colour: str, *, other: bool = False) -> None:
        """Draw the photons of a pair, its heralds and its two memories."""
        emitted, clicked = self.y(ticks(life.emitted_s)), self.y(ticks(life.clicked_s))
        heralded = None if life.heralded_s is None else self.y(ticks(life.heralded_s))
        middle = sum(self._x[node] for node in life.ends) / 2
        depth = 0.5 if other else 3.0
        for node, freed in zip(life.ends, life.freed_s, strict=True):
            x = self._x[node]
            if clicked > emitted:
                self._line("photon", (x, middle), (emitted, clicked), color=colour, linewidth=1.5, zorder=depth)
            if heralded is not None:
                self._line("herald", (middle, x), (clicked, heralded), color=colour, linestyle=_DOTS, zorder=depth)
            until = self.y(self._end if freed is None else min(ticks(freed), self._end))
            beside = self._beside(life, node)
            what = "other pairs" if other else "qubit in memory"
            style = {"color": colour, "linewidth": _BAR * self._tight, "solid_capstyle": "butt", "zorder": depth + 0.1}
            self._line(what, (beside, beside), (emitted, until), **style)

    def draw_words(self) -> None:
        """Draw the messages about swaps and purifications of this pair, and before them how long those took."""
        began = {(event.details[0], event.node): event.tick for event in self._events if event.kind in _BEGIN}
        swapped = {event.details: event.node for event in self._events if event.kind == "swap"}
        read = {(event.details[0], event.node): event.tick for event in self._events if event.kind == "purify"}
        for event in self._events:
            if (sent := _sent(event, swapped, read)) is not None and self._ids.issuperset(event.pairs):
                node, tick = sent
                x, y = self._x[node], self.y(tick)
                self._line("outcome told", (x, self._x[event.node]), (y, self.y(event.tick)), **_WORD)
                begin = began.get((event.pairs[0], node), tick)
                self.axes.plot([x, x], [self.y(begin), y], color="#222222", linewidth=2.2, zorder=4)

    def draw_operations(self) -> None:
        """Mark swaps, purifications and early measurements."""
        looks = {
            "swap": ("swap", "o", "white", 9.0),
            "purifying": ("purification", "D", "white", 7.0),
            "measure": ("measured early", "s", "#222222", 5.0),
        }
        for event in self._events:
            if event.kind in looks and self._ids.issuperset(event.pairs):
                what, marker, face, size = looks[event.kind]
                x, tick = self._x[event.node], event.details[1] if event.kind == "measure" else event.tick
                if event.kind == "measure":
                    x = self._beside(self._of[event.details[0]], event.node)
                style = {"marker": marker, "mfc": face, "mec": "#222222", "mew": 1.5, "ms": size, "ls": "none"}
                self._line(what, (x,), (self.y(tick),), **style, zorder=5)

    def draw_delivery(self) -> None:
        """Mark both ends when they know, and say how good the pair is."""
        y, pair = self.y(self._end), self._pair
        self.axes.plot([0.0, self._total_km], [y, y], color="#222222", linewidth=1.0, linestyle=(0, (1, 1)), zorder=1)
        style = {"marker": "*", "mfc": "#F0E442", "mec": "#222222", "mew": 1.0, "ms": 15, "ls": "none", "zorder": 6}
        self._line("delivered", (0.0, self._total_km), (y, y), **style)
        self.axes.annotate(
            f"delivered after {y:.4g} {self._unit}, fidelity {pair.fidelity:.4f}",
            (self._total_km / 2, y),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )

    def finish(self) -> None:
        """Draw the nodes as lines through time, name them, and explain the signs."""
        axes, y = self.axes, self.y(self._end)
        for x in self._x.values():
            axes.axvline(x, color="#999999", linewidth=0.8, zorder=0)
        names = [f"{name}\n{x:.4g}" for name, x in self._x.items()]
        axes.set_xticks(list(self._x.values()), names, fontsize=8.5)
        if self._crowded():
            places = _apart(list(self._x.values()), _LETTERS * self._total_km)
            axes.set_xticks(places, [name.replace("\n", ", ") for name in names], rotation=40, ha="right")
        axes.set_xlim(-0.05 * self._total_km, 1.05 * self._total_km)
        axes.set_ylim(-0.03 * y, 1.09 * y)
        axes.set_xlabel("distance along the route (km)")
        axes.set_ylabel(f"time since the first emission ({self._unit})")
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.tick_params(axis="x", length=0)
        axes.legend(self._seen.values(), self._seen.keys(), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4,
                    fontsize=8.5, frameon=False)  # fmt: skip

    def y(self, tick: int) -> float:
        """Give the time since the first emission, in the unit of the axis."""
        return (tick - self._begin) / _PICOSECONDS[self._unit]

    def _beside(self, life: Life, node: str) -> float:
        other = life.ends[1] if node == life.ends[0] else life.ends[0]
        row = 1 + self._rows.get(life.pair, 0)
        return self._x[node] + self._tight * _LANE * self._total_km * (row if self._x[other] > self._x[node] else -row)

    def _span(self, life: Life) -> int:
        return min(self._pair.nodes.index(node) for node in life.ends)

    def _crowded(self) -> bool:
        """Tell whether names side by side would touch: a letter takes about a hundredth of the width."""
        gaps = [there - here for here, there in pairwise(self._x.values())]
        longest = max(map(len, self._x))
        return min(gaps) / self._total_km < 0.013 * longest

    def _line(self, what: str, x: tuple[float, ...], y: tuple[float, ...], **style: Any) -> None:
        (line,) = self.axes.plot(x, y, **style)
        if what not in self._seen and (line.get_color() != _OTHER or what == "other pairs"):
            self._seen[what] = _sign(line, what)


def _side_by_side(lives: Iterable[Life]) -> dict[int, int]:
    """Give each pair a row beside its nodes, so that memories of one link that are in use at once do not overlap."""
    rows: dict[int, int] = {}
    until: dict[tuple[str, str], list[float]] = {}
    for life in sorted(lives, key=lambda life: life.emitted_s):
        free = until.setdefault(life.ends, [])
        row = next((k for k, time_s in enumerate(free) if time_s <= life.emitted_s), len(free))
        free[row : row + 1] = [max((freed for freed in life.freed_s if freed is not None), default=math.inf)]
        rows[life.pair] = row
    return rows


def _apart(places: list[float], least: float) -> list[float]:
    """Move what stands too close together apart: to the right, and where the last would leave the picture, back."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    limit = max(places[-1], least * (len(places) - 1))
    for k in reversed(range(len(moved))):
        moved[k] = limit = min(moved[k], limit)
        limit -= least
    return moved


def _sign(line: Any, what: str) -> Any:
    """Give a line of the same look for the legend; what every span has in its colour is grey there."""
    from matplotlib.lines import Line2D

    sign = Line2D([], [])
    sign.update_from(line)
    if what in ("photon", "herald", "qubit in memory"):
        sign.set_color("#555555")
    return sign


def _sent(
    event: Event, swapped: Mapping[tuple[int, int], str], read: Mapping[tuple[int, str], int]
) -> tuple[str, int] | None:
    """Give where and when a message about an operation set out; None for other events, or if that was not traced."""
    details = event.details
    if event.kind in ("swapped", "made"):
        moment = details[5] if event.kind == "swapped" else details[6]
        node = swapped.get((event.pairs[0], event.pairs[1]))
        return None if node is None else (node, moment)
    if event.kind in ("purified", "read"):
        pair = event.pairs[0]
        return next(((node, tick) for (one, node), tick in read.items() if one == pair and node != event.node), None)
    return None
