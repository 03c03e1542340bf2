"""How strategies look in every picture, and what the pictures share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CHAIN_BOUND", "ROUTE_BOUND", "Style", "frame", "limits", "style_of"]


class Style(NamedTuple):
    """A colour of the Okabe-Ito palette, which the colour-blind can tell apart, with a marker for print in grey."""

    colour: str
    marker: str


_STYLES = {
    "direct-bb84": Style("#E69F00", "s"),
    "direct-bbm92": Style("#56B4E9", "p"),
    "trusted-bb84": Style("#D55E00", "D"),
    "trusted-bbm92": Style("#009E73", "^"),
    "hybrid": Style("#000000", "h"),
    "repeater-bbm92": Style("#0072B2", "o"),
    "repeater-e91": Style("#CC79A7", "v"),
}
ROUTE_BOUND: dict[str, Any] = {
    "color": "#555555",
    "linestyle": "--",
    "linewidth": 1.3,
    "label": "bound of the bare route",
}
CHAIN_BOUND: dict[str, Any] = {
    "color": "#555555",
    "linestyle": ":",
    "linewidth": 1.8,
    "label": "bound of the repeater chain",
}


def style_of(name: str) -> Style:
    """Give a strategy the look it has everywhere; those of plug-ins share one."""
    return _STYLES.get(name, Style("#999999", "P"))


def frame(axes: Axes) -> None:
    """Draw a light grid behind and no box around."""
    axes.grid(True, which="major", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def limits(values: Iterable[float], pad: float) -> tuple[float, float]:
    """Give limits of a logarithmic axis that hold all positive values, with a factor to spare at both ends."""
    positive = [value for value in values if value > 0.0] or [1.0]
    return min(positive) / pad, max(positive) * pad
