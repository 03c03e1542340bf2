"""Error budgets: how much infidelity each imperfection of the hardware causes."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from qnet.errors import InvalidArgument
from qnet.hardware import RepeaterHardware, repeater_hardware
from qnet.link.delivery import delivered, fidelity_of
from qnet.link.hardware import link_of
from qnet.link.heralds import with_source
from qnet.link.imperfections import IMPERFECTIONS, without

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Budget", "Cost", "budget"]

_ROUNDING = 1e-12
"""What differences of fidelities are exact to; less is no effect."""
_HEADS = ("imperfection", "alone", "removed")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one imperfection costs.

    Args:
        name: of the imperfection.
        alone: infidelity that it adds to hardware that is perfect otherwise.
        removed: infidelity that goes if it alone is taken away; below zero if that does harm.

    Either is NaN where no attempt could succeed: a long fibre, if there were no dark counts.
    """

    name: str
    alone: float
    removed: float


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The infidelity of a link, or of a delivered pair, and where it comes from. Made by `budget`.

    Args:
        hardware: its name.
        lengths_km: of the spans, in km.
        herald: how the links are heralded.
        infidelity: 1 - F with all imperfections.
        perfect: 1 - F with none.
        costs: of each imperfection that has an effect, the largest first.
    """

    hardware: str
    lengths_km: tuple[float, ...]
    herald: str
    infidelity: float
    perfect: float
    costs: tuple[Cost, ...]

    @property
    def interactions(self) -> float:
        """What the imperfections cost together beyond the sum of what they cost alone; often it is below zero."""
        known = (cost.alone for cost in self.costs if not math.isnan(cost.alone))
        return self.infidelity - self.perfect - math.fsum(known)

    @property
    def title(self) -> str:
        """What the budget is of, in words."""
        spans = " + ".join(f"{length:g}" for length in self.lengths_km)
        return f"{self.hardware}, {self.herald}, {spans} km: infidelity {self.infidelity:.4g}"

    def to_json(self) -> dict[str, Any]:
        """Give the budget as plain numbers, for the schema `qnet.link/1`."""
        costs = [
            {"name": cost.name, "alone": _or_none(cost.alone), "removed": _or_none(cost.removed)} for cost in self.costs
        ]
        return {
            "infidelity": self.infidelity,
            "perfect": self.perfect,
            "costs": costs,
            "interactions": self.interactions,
        }

    def to_frame(self) -> pd.DataFrame:
        """Give the costs as a pandas table, one row for each imperfection."""
        import pandas as pd

        rows = [(cost.name, cost.alone, cost.removed) for cost in self.costs]
        return pd.DataFrame(rows, columns=list(_HEADS)).set_index(_HEADS[0])

    def plot(self, *, ax: Axes | None = None) -> Figure:
        """Draw a waterfall from perfect hardware to all imperfections; what each one's removal saves is a mark."""
        from qnet.link.waterfall import waterfall

        return waterfall(self, ax)

    def __str__(self) -> str:
        rows = [_HEADS, *self._rows()]
        width = max(len(row[0]) for row in rows)
        lines = [f"  {name:{width}}  {alone:>9}  {removed:>9}".rstrip() for name, alone, removed in rows]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{head}</th>" for head in _HEADS)
        rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def _rows(self) -> list[tuple[str, str, str]]:
        ideal = [("none", f"{self.perfect:.2e}", "")] if self.perfect else []
        costs = [(cost.name, _written(cost.alone), _written(cost.removed)) for cost in self.costs]
        last = [("interactions", f"{self.interactions:.2e}", ""), ("all", f"{self.infidelity:.2e}", "")]
        return [*ideal, *costs, *last]


def budget(
    hardware: RepeaterHardware | str | PathLike[str],
    length_km: float | Sequence[float],
    *,
    herald: str | None = None,
) -> Budget:
    """Tell how much infidelity each imperfection of the hardware causes, by switching them one at a time.

    Of a link it is the infidelity when the herald is there. Of a chain it is that of the delivered pair, with waiting
    modelled as in `qnet.link.delivery`; the readout of the ends does not count. Each imperfection is switched on
    alone, and off alone; what the parts do not add up to are interactions: dark counts, for one, cost
    something only where photons are lost.

    Args:
        hardware: a preset's name, a data file, or the value.
        length_km: of a link, or of each span of a chain, in km.
        herald: as in `link_of`.

    Raises:
        UnknownName, InvalidArgument: as `link_of` does.

    >>> budget("trapped-ion", 50.0).costs[0].name
    'visibility'
    """
    hardware = repeater_hardware(hardware)
    lengths_km = tuple(length_km) if isinstance(length_km, Sequence) else (length_km,)
    if not lengths_km:
        raise InvalidArgument.of("length_km", "be a length, or one for each span", length_km)
    model = hardware.herald if herald is None else herald
    hardware = with_source(hardware, model)
    infidelity = partial(_infidelity, lengths_km=lengths_km, herald=model)
    total, perfect = infidelity(hardware), infidelity(without(hardware, IMPERFECTIONS))
    costs = []
    for name in IMPERFECTIONS:
        if without(hardware, [name]) != hardware:
            alone = _if_any(infidelity, without(hardware, IMPERFECTIONS.keys() - {name})) - perfect
            removed = total - _if_any(infidelity, without(hardware, [name]))
            costs.append(Cost(name=name, alone=_rounded(alone), removed=_rounded(removed)))
    effective = [cost for cost in costs if cost.alone or cost.removed]
    return Budget(
        hardware=hardware.name,
        lengths_km=lengths_km,
        herald=model,
        infidelity=total,
        perfect=_rounded(perfect),
        costs=tuple(sorted(effective, key=_largest, reverse=True)),
    )


def _infidelity(hardware: RepeaterHardware, lengths_km: Sequence[float], herald: str) -> float:
    links = [link_of(hardware, length, herald=herald) for length in lengths_km]
    return 1.0 - fidelity_of(delivered(hardware, links))


def _if_any(infidelity: Callable[[RepeaterHardware], float], hardware: RepeaterHardware) -> float:
    """Give the infidelity of hardware that lacks some imperfections of valid hardware; NaN if it heralds nothing."""
    try:
        return infidelity(hardware)
    except InvalidArgument:
        return math.nan


def _largest(cost: Cost) -> float:
    return max((number for number in (cost.alone, cost.removed) if not math.isnan(number)), default=0.0)


def _rounded(difference: float) -> float:
    return 0.0 if abs(difference) <= _ROUNDING else difference


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


def _written(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.2e}"
