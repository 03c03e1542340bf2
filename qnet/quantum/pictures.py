"""Pictures of states. Matplotlib is imported when one is drawn; nothing is shown or saved."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qnet.quantum.measures import BELL_NAMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qnet.quantum.states import State

__all__ = ["bell_bar", "city"]

_COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00")
"""Of the Okabe-Ito palette, which the colour-blind can tell apart; blue for Phi, orange for Psi."""
_NARROW = 0.07
_WIDE_NAMES = 4


def bell_bar(state: State) -> Figure:
    """Draw the weights of the four Bell states as one bar from 0 to 1; two qubits only."""
    from matplotlib.figure import Figure

    weights = state.bell_weights()
    figure = Figure(figsize=(6.4, 1.7), layout="constrained", dpi=120)
    axes = figure.subplots()
    left = 0.0
    for name, weight, colour in zip(BELL_NAMES, weights, _COLOURS, strict=True):
        label = f"{_ket(name)}  {weight:.4f}"
        axes.barh(0.0, weight, left=left, height=0.8, color=colour, edgecolor="white", label=label)
        if weight > _NARROW:
            axes.text(left + weight / 2, 0.0, _ket(name), ha="center", va="center", color="white", fontsize=12)
        left += weight
    axes.set(xlim=(0.0, 1.0), ylim=(-0.5, 0.5), yticks=[], xlabel="weight")
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=9, columnspacing=1.2)
    return figure


def city(state: State) -> Figure:
    """Draw the density matrix as towers, real and imaginary part; kets are big-endian.

    A tower is as high as its entry is large; its colour tells the sign.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    rho = state.density_matrix()
    names = ["".join(bits) for bits in product("01", repeat=state.qubits)]
    highest = max(np.abs(rho.real).max(), np.abs(rho.imag).max())
    figure = Figure(figsize=(9.0, 4.0), layout="constrained", dpi=120)
    for place, (title, part) in enumerate((("Re", rho.real), ("Im", rho.imag))):
        axes: Any = figure.add_subplot(1, 2, place + 1, projection="3d")
        _towers(axes, part)
        axes.set_title(rf"{title} $\rho$")
        axes.set_zlim(0.0, highest)
        axes.view_init(elev=30, azim=-60)
        axes.set_box_aspect((1, 1, 0.7), zoom=1.05)
        step = 1 if state.qubits < _WIDE_NAMES else len(names) - 1
        size = 8.0 if state.qubits < 3 else 6.5
        ticks = [k + 0.5 for k in range(0, len(names), step)]
        axes.set_xticks(ticks, [f"|{name}⟩" for name in names[::step]], fontsize=size)
        axes.set_yticks(ticks, [f"⟨{name}|" for name in names[::step]], fontsize=size)
    signs = [Patch(color=_COLOURS[0], label="positive"), Patch(color=_COLOURS[2], label="negative")]
    figure.legend(handles=signs, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _towers(axes: Any, part: NDArray[np.float64]) -> None:
    rows, columns = (grid.reshape(-1) for grid in np.indices(part.shape))
    heights = part.reshape(-1)
    # what is flat is left out: matplotlib would draw it as a black square
    high = np.abs(heights) > 1e-9
    colours = [_COLOURS[0] if height > 0 else _COLOURS[2] for height in heights[high]]
    side = len(part)
    axes.set(xlim=(0, side), ylim=(0, side))
    if colours:
        places = rows[high] + 0.15, columns[high] + 0.15, np.zeros(len(colours))
        axes.bar3d(*places, 0.7, 0.7, np.abs(heights[high]), color=colours, shade=True)


def _ket(name: str) -> str:
    return rf"$|\{name[:3]}^{name[3]}\rangle$"
