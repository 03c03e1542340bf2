"""The picture of a comparison: key rates and bounds above, fidelities and error rates below."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from qnet.errors import UnknownName
from qnet.experiment.quantity import Quantity
from qnet.experiment.rows import StrategyRow
from qnet.experiment.styles import CHAIN_BOUND, ROUTE_BOUND, frame, limits, style_of
from qnet.experiment.text import with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qnet.experiment.comparison import Comparison

__all__ = ["comparison_figure"]

_SIFTING = {"biased": "all rounds sifted (biased bases)", "textbook": "textbook sifting: 1/2, and 2/9 for E91"}
_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
_ABOVE: dict[str, Any] = {"xytext": (0, 8), "textcoords": "offset points", "fontsize": 8.5, "bbox": _BOX}
_LEGEND: dict[str, Any] = {
    "loc": "lower center",
    "bbox_to_anchor": (0.5, 1.0),
    "ncols": 2,
    "fontsize": 8.5,
    "frameon": False,
}
_FAR = 1e300


def comparison_figure(comparison: Comparison, *, sifting: Literal["biased", "textbook"] = "biased") -> Figure:
    """Draw four panels with a line per strategy; nothing is shown or saved."""
    from matplotlib.figure import Figure

    if sifting not in _SIFTING:
        raise UnknownName.of("sifting", sifting, _SIFTING)
    rows = comparison.strategies
    factors = [_textbook_factor(row.name) if sifting == "textbook" else 1.0 for row in rows]
    figure = Figure(figsize=(11.5, 3.4 + 0.95 * len(rows)), layout="constrained", dpi=120)
    (rate, use), (fidelity, errors) = figure.subplots(2, 2, sharey=True, height_ratios=(1.15, 1.0))
    figure.suptitle(textwrap.fill(comparison.title, 105), fontsize=11, x=0.01, ha="left")
    _draw_rates(rate, rows, factors)
    rate.set_xlabel(f"asymptotic secret key rate (bit/s); {_SIFTING[sifting]}")
    _draw_uses(use, comparison, factors)
    _draw_fidelities(fidelity, rows)
    _draw_errors(errors, rows)
    rate.set_yticks(range(len(rows)), [f"{row.name}\n({row.epoch})" for row in rows])
    rate.set_ylim(len(rows) - 0.5, -0.6)
    for axes in (rate, use, fidelity, errors):
        frame(axes)
    return figure


def _textbook_factor(name: str) -> float:
    return 2.0 / 9.0 if name.endswith("e91") else 0.5


def _draw_rates(axes: Axes, rows: Sequence[StrategyRow], factors: Sequence[float]) -> None:
    rates = [row.secret_key_rate_bps.scaled(factor) for row, factor in zip(rows, factors, strict=True)]
    # The rate with trusted devices is another protocol, basis for basis BBM92: its textbook factor is 1/2.
    half = 1.0 if factors[0] == 1.0 else 0.5
    ordinary = [None if row.ordinary_key_rate_bps is None else row.ordinary_key_rate_bps.scaled(half) for row in rows]
    _logarithmic(axes, [*rates, *ordinary])
    for y, (row, value) in enumerate(zip(rows, rates, strict=True)):
        _mark(axes, y, row.name, value, lambda rate: with_unit(rate, "bit/s"))
    label = "with trusted devices, beside the device-independent rate"
    for y, (row, other) in enumerate(zip(rows, ordinary, strict=True)):
        if other is not None and other.value > 0.0:
            colour, _ = style_of(row.name)
            axes.plot(other.value, y + 0.28, "o", mfc="white", mec=colour, ms=7, label=label)
            label = "_"
    if label == "_":
        axes.legend(**_LEGEND)


def _draw_uses(axes: Axes, comparison: Comparison, factors: Sequence[float]) -> None:
    rows = comparison.strategies
    uses = [
        None if row.key_per_channel_use is None else row.key_per_channel_use.scaled(factor)
        for row, factor in zip(rows, factors, strict=True)
    ]
    bounds = [(comparison.route_bits_per_use, ROUTE_BOUND), (comparison.chain_bits_per_use, CHAIN_BOUND)]
    _logarithmic(axes, [*uses, *(bound for bound, _ in bounds)])
    for y, (row, use) in enumerate(zip(rows, uses, strict=True)):
        _mark(axes, y, row.name, use, lambda use: f"{use.value:.2g}")
    for bound, style in bounds:
        if bound is not None and bound.value > 0.0:
            axes.axvline(bound.value, zorder=1, **style)
    axes.set_xlabel("asymptotic secret key per channel use (bit)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**_LEGEND)


def _draw_fidelities(axes: Axes, rows: Sequence[StrategyRow]) -> None:
    lowest = min((row.fidelity.low for row in rows if row.fidelity is not None), default=0.5)
    axes.set_xlim(max(-0.02, math.floor(10 * lowest - 0.5) / 10), 1.01)
    for y, row in enumerate(rows):
        _mark(axes, y, row.name, row.fidelity, lambda fidelity: f"{fidelity:±}")
    axes.set_xlabel("fidelity of delivered pairs")


def _draw_errors(axes: Axes, rows: Sequence[StrategyRow]) -> None:
    highest = 1.0
    for basis, offset, filled in (("z", -0.16, True), ("x", 0.16, False)):
        for y, row in enumerate(rows):
            rate: Quantity | None = getattr(row, f"qber_{basis}")
            if rate is not None:
                percent = rate.scaled(100.0)
                _mark(axes, y + offset, row.name, percent, lambda _: "", filled=filled)
                highest = max(highest, percent.high)
        face = "#555555" if filled else "white"
        axes.plot([], [], "o", mfc=face, mec="#555555", linestyle="none", label=f"error rate {basis}")
    axes.set_xlim(-0.02 * highest, 1.1 * highest)
    axes.set_xlabel("quantum bit error rate (%)")
    axes.legend(**_LEGEND)


def _logarithmic(axes: Axes, quantities: Sequence[Quantity | None]) -> None:
    ends = [end for quantity in quantities if quantity is not None for end in (quantity.value, quantity.high)]
    axes.set_xscale("log", nonpositive="clip")  # an error bar down to zero runs to the edge
    low, high = limits([end for end in ends if math.isfinite(end)], 1.0)
    pad = max(12.0, (high / low) ** 0.12)  # room for the labels of the outermost values
    axes.set_xlim(low / pad, high * pad)


def _mark(
    axes: Axes, y: float, name: str, quantity: Quantity | None, show: Callable[[Quantity], str], *, filled: bool = True
) -> None:
    """Draw a value with its interval; a zero on a logarithmic axis as an arrow down from its upper bound."""
    colour, marker = style_of(name)
    if quantity is None:
        _say(axes, y, "does not apply", "#888888")
    elif quantity.value == 0.0 and axes.get_xscale() == "log":
        _mark_zero(axes, y, colour, quantity.high, show)
    else:
        bars = [[quantity.value - quantity.low], [min(quantity.high, _FAR) - quantity.value]]
        face = colour if filled else "white"
        axes.errorbar(quantity.value, y, xerr=bars, fmt=marker, color=colour, mfc=face, ms=7, capsize=3.5, zorder=3)
        axes.annotate(show(quantity), (quantity.value, y), ha=_side(axes, quantity.value), **_ABOVE)


def _side(axes: Axes, x: float) -> str:
    """Align a label so that it stays within the axes."""
    share, _ = axes.transAxes.inverted().transform(axes.transData.transform((x, 0.0)))
    return "right" if share > 0.85 else "left" if share < 0.15 else "center"


def _mark_zero(axes: Axes, y: float, colour: str, high: float, show: Callable[[Quantity], str]) -> None:
    if not 0.0 < high < math.inf:
        _say(axes, y, "0", colour)
        return
    axes.plot(high, y, "|", color=colour, ms=13, mew=2, zorder=3)
    arrow = {"arrowstyle": "<-", "color": colour, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (high, y), (-34, 0), textcoords="offset points", arrowprops=arrow)
    axes.annotate(
        f"0 (< {show(Quantity.exact(float(f'{high:.2g}')))})", (high, y), ha="left", **{**_ABOVE, "xytext": (-32, 8)}
    )


def _say(axes: Axes, y: float, words: str, colour: str) -> None:
    axes.annotate(
        words, (0.02, y), color=colour, fontsize=8.5, bbox=_BOX, xycoords=("axes fraction", "data"), va="center"
    )
