"""Pictures of a network at work: a map of load and fidelity, and the space-time diagram of one delivered pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from qnet.errors import InvalidArgument, UnknownName
from qnet.network.layout import Places, place_labels, places_of
from qnet.network.space_time import draw_space_time
from qnet.network.usage import SpanUse, elapsed_s_of, usage_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qnet.network.report import Report
    from qnet.network.topology import Network
    from qnet.network.trace import Trace

__all__ = ["draw_map", "draw_space_time"]

_UNUSED: dict[str, Any] = {"color": "#cccccc", "linewidth": 1.0, "zorder": 1}
_NO_FIDELITY = "#777777"
_WIDTHS = (1.6, 8.0)
_MARKER = 6.0
_SHADES = [0.1 + 0.9 * k / 255 for k in range(256)]
"""Of the map of colours: without the lightest yellow, which is lost on white."""
_LOADS = {"pairs": "pairs per second", "time": "share of time that memories are in use"}


def draw_map(
    network: Network,
    run: Trace | Report | None = None,
    ax: Axes | None = None,
    *,
    load: Literal["pairs", "time"] = "pairs",
    labels: bool = True,
) -> Figure:
    """Draw a network where it lies, each span as wide as its load and coloured by the fidelity it delivered.

    Args:
        network: its nodes' positions are used; where it has none, springs as long as the spans find some.
        run: a trace (loads are what links made), or a report (loads are what was delivered over each span, on whatever
            route), averaged over the whole run; None draws the fibre.
        ax: axes to draw on; by default those of a new figure.
        load: what the width shows: "pairs" per second, or the share of "time" in use, which only a trace knows.
        labels: whether nodes are named.

    Returns:
        The figure; nothing is shown or saved.

    >>> from qnet import Network
    >>> len(draw_map(Network.shipped("surfnet")).axes)
    1
    """
    from matplotlib.figure import Figure

    if load not in _LOADS:
        raise UnknownName.of("load", load, _LOADS)
    used = {} if run is None else usage_of(run)
    if load == "time" and any(use.busy is None for use in used.values()):
        raise InvalidArgument.of("load", "be 'pairs' for a report: only a trace knows the time in use", load)
    if ax is None:
        ax = Figure(figsize=(9.0, 8.0), layout="constrained", dpi=120).subplots()
    places = places_of(network)
    loads = {span: use.rate_hz if load == "pairs" else float(use.busy or 0.0) for span, use in used.items()}
    _draw_spans(ax, network, places, used, loads)
    _draw_nodes(ax, places)
    over = "" if run is None else f", averaged over {elapsed_s_of(run):.4g} s"
    _draw_legend(ax, loads, _LOADS[load] + over)
    ax.set_title(network.name, loc="left", fontsize=11)
    if labels:
        most = max(loads.values(), default=0.0)
        lines = [
            (e.source, e.target, _width(loads.get(frozenset((e.source, e.target)), 0.0), most)) for e in network.edges
        ]
        size = 8.5 if len(network.nodes) <= 25 else 7.0
        place_labels(ax, places.at, lines, size=size, marker=_MARKER)
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _draw_spans(
    axes: Axes,
    network: Network,
    places: Places,
    used: Mapping[frozenset[str], SpanUse],
    loads: Mapping[frozenset[str], float],
) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    fidelities = [use.fidelity for use in used.values() if use.fidelity is not None]
    low, high = min(fidelities, default=0.5), max(fidelities, default=1.0)
    spread = max(0.0, 0.02 - (high - low)) / 2  # so that a small difference does not look like a great one
    norm = Normalize(max(0.0, low - spread), min(1.0, high + spread))
    colours = ListedColormap(colormaps["viridis_r"](_SHADES))
    most = max(loads.values(), default=0.0)
    for edge in network.edges:
        span = frozenset((edge.source, edge.target))
        ends = [places.at[edge.source], places.at[edge.target]]
        style = _UNUSED
        if span in used:
            fidelity = used[span].fidelity
            colour = _NO_FIDELITY if fidelity is None else colours(norm(fidelity))
            style = {"color": colour, "linewidth": _width(loads[span], most), "zorder": 2, "solid_capstyle": "round"}
        axes.plot(*zip(*ends, strict=True), **style)
    if fidelities:
        label = "mean fidelity of the pairs delivered over a span"
        axes.figure.colorbar(ScalarMappable(norm, colours), ax=axes, label=label, shrink=0.6, pad=0.02)


def _width(load: float, most: float) -> float:
    thin, thick = _WIDTHS
    return thin + (thick - thin) * (load / most if most > 0.0 else 0.0)


def _draw_nodes(axes: Axes, places: Places) -> None:
    axes.plot(*zip(*places.at.values(), strict=True), "o", ms=_MARKER, mfc="white", mec="#222222", mew=1.1, zorder=5)
    axes.set_aspect(places.aspect, adjustable="datalim")
    axes.margins(0.09)
    if places.kind == "none":
        axes.set_axis_off()
        return
    axes.tick_params(labelsize=8, colors="#777777")
    axes.spines[:].set_color("#bbbbbb")
    names = ("longitude (degrees)", "latitude (degrees)") if places.kind == "degrees" else ("x (km)", "y (km)")
    axes.set_xlabel(names[0], color="#777777", fontsize=8.5)
    axes.set_ylabel(names[1], color="#777777", fontsize=8.5)


def _draw_legend(axes: Axes, loads: Mapping[frozenset[str], float], title: str) -> None:
    from matplotlib.lines import Line2D

    if not loads:
        return
    most = max(loads.values())
    handles = [
        Line2D([], [], color="#555555", linewidth=_width(part * most, most), label=f"{float(f'{part * most:.2g}'):g}")
        for part in (0.1, 0.5, 1.0)
    ]
    handles.append(Line2D([], [], **{**_UNUSED, "label": "not used"}))
    legend = axes.legend(handles=handles, title=title, fontsize=8.5, title_fontsize=8.5, ncols=4, frameon=False,
                         loc="lower center", bbox_to_anchor=(0.5, 1.03), handlelength=2.6)  # fmt: skip
    legend.set_in_layout(True)
