"""Where things go on a picture of a network: nodes on a map, and labels beside them that cover nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qnet.rng import Purpose, stream_seed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qnet.network.topology import Network

__all__ = ["Places", "place_labels", "places_of"]

_EARTH_KM = 6371.0
_GAPS = (4.0, 9.0, 16.0, 25.0, 36.0)
"""Distances of a label from its node, in points; one that is near is better than one that is far."""
_EIGHTHS = (0, 8, 4, 12, 2, 6, 10, 14, 1, 7, 9, 15)
"""Directions to try, in eighths of half a turn from the right: first right, left, above and below."""
_FAR = 10.0
"""Labels farther away than this (in points) have a line to their node."""
_Array = NDArray[np.float64]


class Places(NamedTuple):
    """Where the nodes are, and how much longer a step up is than a step to the right."""

    at: Mapping[str, tuple[float, float]]
    aspect: float
    kind: str
    """What the positions are: "degrees", "km", or "none" where the picture made them up."""


def places_of(network: Network) -> Places:
    """Give the nodes' own positions; where there are none, let springs as long as the spans find some."""
    import networkx as nx

    known = network.positions
    if len(known) == len(network.nodes):
        if _is_plane(network):
            return Places(known, 1.0, "km")
        latitude = math.radians(sum(place[1] for place in known.values()) / len(known))
        return Places(known, 1.0 / max(0.1, math.cos(latitude)), "degrees")
    graph = network.graph()
    if not known and nx.is_connected(graph):
        found = nx.kamada_kawai_layout(graph, weight="length_km")
    else:
        chance = stream_seed(0, Purpose.DEVICE, "layout") % 2**32
        fixed = list(known) or None
        found = nx.spring_layout(graph, pos=dict(known) or None, fixed=fixed, weight=None, seed=chance)
    return Places({node: (float(x), float(y)) for node, (x, y) in found.items()}, 1.0, "none")


def _is_plane(network: Network) -> bool:
    """Tell whether positions are kilometres: as degrees they would be farther apart than the fibre is long."""
    if any(abs(x) > 180.0 or abs(y) > 90.0 for x, y in network.positions.values()):
        return True
    ends = [(network.positions[edge.source], network.positions[edge.target]) for edge in network.edges]
    apart_km = math.fsum(_great_circle_km(a, b) for a, b in ends)
    return apart_km > 1.5 * math.fsum(edge.length_km for edge in network.edges)


def _great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    (east_a, north_a), (east_b, north_b) = (tuple(map(math.radians, place)) for place in (a, b))
    half = math.sin((north_b - north_a) / 2) ** 2
    half += math.cos(north_a) * math.cos(north_b) * math.sin((east_b - east_a) / 2) ** 2
    return 2.0 * _EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def place_labels(
    axes: Axes,
    at: Mapping[str, tuple[float, float]],
    lines: Iterable[tuple[str, str, float]],
    *,
    size: float,
    marker: float,
) -> None:
    """Write the name of every node near it, where it covers no node, no other name, and as few lines as possible.

    Args:
        axes: with its limits set and all else drawn.
        at: where nodes are, in data coordinates.
        lines: pairs of nodes that are joined by a straight line, and how wide it is, in points.
        size: of the letters, in points.
        marker: diameter of a node, in points.
    """
    figure: Any = axes.get_figure(root=True)
    figure.draw_without_rendering()  # settles the layout, and with it where things are in pixels
    scale = figure.dpi / 72.0
    names = list(at)
    spots: _Array = axes.transData.transform(list(at.values())) / scale
    frame: _Array = np.asarray(axes.get_window_extent().extents) / scale
    obstacles = _along({name: spots[k] for k, name in enumerate(names)}, lines)
    extents = np.array([_extent(name, size) for name in names])
    away = _chosen(spots, extents, obstacles, frame, marker) - spots
    for k, name in enumerate(names):
        _write(axes, name, at[name], away[k], extents[k], size=size, marker=marker)


def _chosen(spots: _Array, extents: _Array, obstacles: _Array, frame: _Array, marker: float) -> _Array:
    """Give the middle of each label: one after the other the best place, twice, so that each knows of all others."""
    turns = np.array([(gap, k * math.pi / 8) for gap, k in product(_GAPS, _EIGHTHS)])
    ways = np.column_stack([np.cos(turns[:, 1]), np.sin(turns[:, 1])])
    away = ways * (marker / 2 + turns[:, :1])
    nodes = np.hstack([spots - marker / 2, spots + marker / 2])
    labels = np.full((len(spots), 4), np.nan)
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) + np.diag(np.full(len(spots), np.inf))
    crowded_first = np.argsort(apart.min(axis=1), kind="stable")
    for k in [*crowded_first, *crowded_first]:
        half = extents[k] / 2 + 1.0
        middles = spots[k] + away + ways * half
        boxes = np.hstack([middles - half, middles + half])
        others = np.vstack([np.delete(nodes, k, axis=0), np.delete(labels, k, axis=0)])
        area = 4.0 * half.prod()
        hidden = np.nansum(_shared(boxes, others), axis=1) / area
        outside = 1.0 - _shared(boxes, frame[None])[:, 0] / area
        costs = 100.0 * (hidden + outside) + _covered(boxes, obstacles) + 0.04 * np.arange(len(boxes))
        labels[k] = boxes[int(np.argmin(costs))]
    middle: _Array = (labels[:, :2] + labels[:, 2:]) / 2
    return middle


def _shared(boxes: _Array, others: _Array) -> _Array:
    """Give the area that each box (left, bottom, right, top) shares with each other one."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    area: _Array = np.clip(high - low, 0.0, None).prod(axis=2)
    return area


def _covered(boxes: _Array, points: _Array) -> _Array:
    """Give the weight of the points (x, y, weight) that lie in each box."""
    x, y, weight = points.T
    inside = (boxes[:, :1] < x) & (x < boxes[:, 2:3]) & (boxes[:, 1:2] < y) & (y < boxes[:, 3:])
    covered: _Array = (inside * weight).sum(axis=1)
    return covered


def _along(spots: Mapping[str, _Array], lines: Iterable[tuple[str, str, float]], step: float = 3.0) -> _Array:
    """Give points along lines, each with a weight that grows with the line's width."""
    points = [np.zeros((0, 3))]
    for a, b, width in lines:
        shares = np.linspace(0.0, 1.0, 2 + int(math.dist(spots[a], spots[b]) / step))[:, None]
        places = spots[a] + shares * (spots[b] - spots[a])
        points.append(np.hstack([places, np.full((len(places), 1), 0.2 * width)]))
    return np.vstack(points)


def _write(
    axes: Axes, name: str, at: tuple[float, float], away: _Array, extent: _Array, *, size: float, marker: float
) -> None:
    from matplotlib.patheffects import withStroke

    style: dict[str, Any] = {"fontsize": size, "ha": "center", "va": "center", "zorder": 6, "color": "#222222"}
    free = np.abs(away) - extent / 2
    if max(free) > marker / 2 + _FAR:
        style["arrowprops"] = {"arrowstyle": "-", "color": "#888888", "lw": 0.6, "shrinkA": 1, "shrinkB": marker / 2}
    text = axes.annotate(name, at, xytext=tuple(away), textcoords="offset points", **style)
    text.set_path_effects([withStroke(linewidth=2.2, foreground="white", alpha=0.85)])


def _extent(text: str, size: float) -> tuple[float, float]:
    """Give the width and height of a line of text, in points."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=size).get_extents().width), size
