"""The picture of an error budget. Matplotlib is imported when one is drawn; nothing is shown or saved."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qnet.link.budget import Budget

__all__ = ["waterfall"]

_TOTAL, _WORSE, _BETTER = "#555555", "#D55E00", "#0072B2"
"""Of the Okabe-Ito palette, which the colour-blind can tell apart."""
_NARROWEST = 1e-6


def waterfall(budget: Budget, ax: Axes | None = None) -> Figure:
    """Draw a budget from top to bottom: each imperfection alone, their interactions, and all of them together."""
    figure, axes = _axes(len(budget.costs), ax)
    steps = [("perfect", budget.perfect)] if budget.perfect else []
    # what is not known has no width, and no mark
    steps += [(cost.name, 0.0 if math.isnan(cost.alone) else cost.alone) for cost in budget.costs]
    steps += [("interactions", budget.interactions)]
    edges = [0.0, *accumulate(step for _, step in steps)]
    for row, (_, step) in enumerate(steps):
        axes.barh(row, step, left=edges[row], color=_BETTER if step < 0 else _WORSE, height=0.7)
        axes.plot([edges[row + 1]] * 2, [row - 0.35, row + 1.35], color=_TOTAL, linewidth=0.8)
    axes.barh(len(steps), budget.infidelity, color=_TOTAL, height=0.7)
    rows = range(len(steps) - len(budget.costs) - 1, len(steps) - 1)
    removed = [cost.removed for cost in budget.costs]
    axes.plot(
        removed, rows, "D", color="black", markerfacecolor="white", label="saved if it alone is removed", clip_on=False
    )
    axes.set_yticks(range(len(steps) + 1), [*(name for name, _ in steps), "all"])
    axes.invert_yaxis()
    reach = [*edges, *(number for number in removed if not math.isnan(number)), 0.0]
    axes.set_xlim(min(reach), 1.05 * max(*reach, _NARROWEST))
    axes.set_xlabel("infidelity 1 - F")
    axes.set_title(budget.title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0.0, -0.1))
    return figure


def _axes(rows: int, ax: Axes | None) -> tuple[Figure, Axes]:
    if ax is not None:
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure, ax
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 1.6 + 0.32 * rows), layout="constrained", dpi=120)
    return figure, figure.subplots()
