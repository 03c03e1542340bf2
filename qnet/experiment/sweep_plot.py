"""The classic rate-distance picture: key against distance, bounds, crossings, and how far a repeater is behind."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qnet.experiment.quantity import Quantity
from qnet.experiment.styles import CHAIN_BOUND, ROUTE_BOUND, frame, limits, style_of
from qnet.experiment.sweep import FACTOR, NO_CROSSING, NO_FACTOR, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["sweep_figure"]

_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
_DECADES = 1e12  # a curve is followed this far below the best: what is smaller squeezes the picture


def sweep_figure(sweep: Sweep, *, title: str = "") -> Figure:
    """Draw key per channel use and bit/s against distance, and below them the improvement factor and the crossings."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 7.6), layout="constrained", dpi=120)
    if title:
        figure.suptitle(textwrap.fill(title, 115), fontsize=11, x=0.01, ha="left")
    (use, rate), (factor, words) = figure.subplots(2, 2, height_ratios=(2.6, 1.0))
    _draw_curves(use, sweep, "key_per_channel_use")
    use.set_ylabel("asymptotic secret key (bit per channel use)")
    _draw_bounds(use, sweep)
    _draw_curves(rate, sweep, "secret_key_rate_bps")
    rate.set_ylabel("asymptotic secret key rate (bit/s)")
    _mark_crossings(rate, sweep)
    _draw_factor(factor, sweep)
    _list_crossings(words, sweep)
    for axes in (use, rate, factor):
        frame(axes)
        axes.set_xlabel("fibre length from end to end (km)")
    handles, labels = use.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    return figure


def _draw_curves(axes: Axes, sweep: Sweep, name_of_figure: str) -> None:
    curves = {name: [getattr(row, name_of_figure) for row in sweep.rows(name)] for name in sweep.names}
    lowest, highest = limits((q.value for curve in curves.values() for q in curve if q is not None), 4.0)
    lowest = max(lowest, highest / _DECADES)
    axes.set_yscale("log", nonpositive="mask")
    for name, curve in curves.items():
        _draw_curve(axes, name, sweep.lengths_km, curve, lowest)
    axes.set_ylim(lowest, highest)
    _draw_zeros(axes, sweep, name_of_figure)


def _draw_curve(
    axes: Axes, name: str, lengths_km: Sequence[float], curve: Sequence[Quantity | None], floor: float
) -> None:
    colour, marker = style_of(name)
    points = [(x, q) for x, q in zip(lengths_km, curve, strict=True) if q is not None and q.value > 0.0]
    known_km, values = [x for x, _ in points], [q.value for _, q in points]
    axes.plot(known_km, values, marker=marker, color=colour, ms=4.5, lw=1.6, label=name)
    lows, highs = [max(q.low, floor / 10) for _, q in points], [q.high for _, q in points]
    axes.fill_between(known_km, lows, highs, color=colour, alpha=0.2, linewidth=0)


def _draw_zeros(axes: Axes, sweep: Sweep, name_of_figure: str) -> None:
    """Point down to the axis where a curve first gives nothing; what lies between two lengths was not computed."""
    label = "↓ 0: no key at this length"
    for place, name in enumerate(sweep.names):
        figures = [getattr(row, name_of_figure) for row in sweep.rows(name)]
        values = [None if figure is None else figure.value for figure in figures]
        for length_km, before, value in zip(sweep.lengths_km, [None, *values[:-1]], values, strict=True):
            if value == 0.0 != before:
                _point_down(axes, length_km, 6.0 * (place - len(sweep.names) / 2), style_of(name).colour)
                axes.plot([], [], " ", label=label)
                label = "_"


def _point_down(axes: Axes, length_km: float, aside: float, colour: str) -> None:
    """Draw an arrow that ends on the axis, a few points aside so that those of several strategies can be seen."""
    from matplotlib.transforms import ScaledTranslation

    shift = ScaledTranslation(aside / 72, 0.0, axes.figure.dpi_scale_trans)
    where: dict[str, Any] = {"xy": (length_km, 0.0), "xycoords": axes.get_xaxis_transform() + shift}
    arrow = {"arrowstyle": "->", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xytext=(0, 26), textcoords="offset points", arrowprops=arrow, **where)
    axes.annotate("0", xytext=(0, 27), textcoords="offset points", color=colour, fontsize=9, ha="center", **where)


def _draw_bounds(axes: Axes, sweep: Sweep) -> None:
    for name, style in (("route_bits_per_use", ROUTE_BOUND), ("chain_bits_per_use", CHAIN_BOUND)):
        bounds = [(point.length_km, getattr(point, name)) for point in sweep.points]
        known = [(x, bound.value) for x, bound in bounds if bound is not None and bound.value > 0.0]
        if known:
            axes.plot(*zip(*known, strict=True), zorder=1, **style)
            axes.set_ylim(top=max(axes.get_ylim()[1], 2.0 * max(value for _, value in known)))


def _mark_crossings(axes: Axes, sweep: Sweep) -> None:
    """Draw each crossing as a bracket between its two lengths, from the top of the picture down."""
    axes.set_ylim(top=axes.get_ylim()[1] * 10.0 ** (0.35 * len(sweep.crossings)))
    for number, crossing in enumerate(sweep.crossings, start=1):
        height = 1.02 - 0.05 * number
        ends_km = (crossing.from_km, crossing.to_km)
        axes.plot(ends_km, (height, height), "|-", color="black", ms=8, lw=1.1, transform=axes.get_xaxis_transform())
        place: dict[str, Any] = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "va": "center"}
        axes.annotate(str(number), (crossing.to_km, height), (6, 0), fontsize=10, weight="bold", **place)


def _draw_factor(axes: Axes, sweep: Sweep) -> None:
    known = [(p.length_km, p.improvement_factor) for p in sweep.points if p.improvement_factor is not None]
    axes.set_xlim(*_span(sweep))
    axes.set_ylabel("improvement factor k")
    if not known:
        axes.set_axis_off()
        axes.text(0.5, 0.5, textwrap.fill(NO_FACTOR, 70), transform=axes.transAxes, ha="center", fontsize=9)
        return
    colour, _ = style_of("repeater-bbm92")
    axes.plot(*zip(*known, strict=True), marker="o", color=colour, ms=4.5, lw=1.6)
    axes.set_title("hardware k times better would let repeater-bbm92 overtake direct-bb84", fontsize=9.5)
    for length_km, k in known[:: -(-len(known) // 8)]:
        axes.annotate(
            f"{k:.2g}", (length_km, k), (0, 8), textcoords="offset points", fontsize=8.5, ha="center", bbox=_BOX
        )
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], minor=False)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_ylim(0.8, max(k for _, k in known) * 2.5)


def _span(sweep: Sweep) -> tuple[float, float]:
    lengths_km = sweep.lengths_km
    margin = 0.05 * (lengths_km[-1] - lengths_km[0]) or 1.0
    return lengths_km[0] - margin, lengths_km[-1] + margin


def _list_crossings(axes: Axes, sweep: Sweep) -> None:
    axes.set_axis_off()
    lines = [f"{number}: {crossing}" for number, crossing in enumerate(sweep.crossings, start=1)]
    found = ["Crossings in bit/s, beyond 95 % intervals:", *lines] if lines else [f"Crossings in bit/s: {NO_CROSSING}."]
    explained = ["", *textwrap.wrap(FACTOR, 85, break_on_hyphens=False)] if sweep.has_factors else []
    words = "\n".join([*found, *explained])
    axes.text(0.02, 0.98, words, transform=axes.transAxes, va="top", fontsize=9, linespacing=1.4)
