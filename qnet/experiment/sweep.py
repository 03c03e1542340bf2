"""The result of a sweep over distance: strategies, bounds and where the curves cross."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnet.errors import InvalidArgument
from qnet.experiment.quantity import Quantity, quantity_from_json, quantity_to_json
from qnet.experiment.rows import StrategyRow
from qnet.experiment.text import table, with_unit
from qnet.fields import Positive, check_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FACTOR", "Crossing", "Sweep", "SweepPoint"]


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """Hold the comparison at one length.

    Args:
        length_km: fibre length from end to end (km).
        strategies: a row each.
        route_bits_per_use: bound of the bare route (secret bits per channel use).
        chain_bits_per_use: bound of the chain.
        improvement_factor: how many times better the repeater's hardware must be to overtake bare fibre (see `FACTOR`);
            None if no factor is enough, 1 where it is ahead already.
    """

    length_km: Positive
    strategies: tuple[StrategyRow, ...]
    route_bits_per_use: Quantity | None = None
    chain_bits_per_use: Quantity | None = None
    improvement_factor: float | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    def to_json(self) -> dict[str, Any]:
        """Give the point as the schema has it."""
        return {
            "length_km": self.length_km,
            "bounds": {
                "route_bits_per_use": quantity_to_json(self.route_bits_per_use),
                "chain_bits_per_use": quantity_to_json(self.chain_bits_per_use),
            },
            "improvement_factor": self.improvement_factor,
            "strategies": [row.to_json() for row in self.strategies],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        return cls(
            length_km=data["length_km"],
            strategies=tuple(map(StrategyRow.from_json, data["strategies"])),
            route_bits_per_use=quantity_from_json(data["bounds"]["route_bits_per_use"]),
            chain_bits_per_use=quantity_from_json(data["bounds"]["chain_bits_per_use"]),
            improvement_factor=data["improvement_factor"],
        )


FACTOR = (
    "k: the factor by which the repeater's hardware must improve to overtake direct-bb84 in bit/s. Each probability of "
    "no error (loss at zero length, visibility, dark counts, gates, readout) becomes its k-th root, T1 and T2 become k "
    "times longer; fibre and durations stay. Found to 10 %; not given where k = 1000 is not enough."
)
"""What the improvement factor means, in words for tables and pictures."""


class Crossing(NamedTuple):
    """Where one strategy overtakes another in secret bits per second, as the distance grows."""

    winner: str
    loser: str
    length_km: float

    def __str__(self) -> str:
        return f"{self.winner} overtakes {self.loser} at {self.length_km:.3g} km"


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Hold a comparison at several lengths, shortest first, with the same strategies at each."""

    points: tuple[SweepPoint, ...]

    def __post_init__(self) -> None:
        lengths_km = self.lengths_km
        if not lengths_km or any(a >= b for a, b in itertools.pairwise(lengths_km)):
            raise InvalidArgument.of("points", "be one or more of growing length", lengths_km)
        if len({tuple(row.name for row in point.strategies) for point in self.points}) > 1:
            raise InvalidArgument.of("points", "hold the same strategies", [len(p.strategies) for p in self.points])

    @property
    def lengths_km(self) -> tuple[float, ...]:
        """The lengths (km)."""
        return tuple(point.length_km for point in self.points)

    @property
    def names(self) -> tuple[str, ...]:
        """The strategies."""
        return tuple(row.name for row in self.points[0].strategies)

    def rows(self, name: str) -> tuple[StrategyRow, ...]:
        """Give the rows of one strategy, a length each."""
        return tuple(row for point in self.points for row in point.strategies if row.name == name)

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Where key rates in bit/s cross, by interpolation between neighbouring lengths, in order of length."""
        found = [
            crossing
            for pair in itertools.combinations(self.names, 2)
            for crossing in _crossings(pair, self.lengths_km, self.rows(pair[0]), self.rows(pair[1]))
        ]
        return tuple(sorted(found, key=lambda crossing: crossing.length_km))

    def rate_at(self, name: str, length_km: float) -> float:
        """Interpolate the key rate of a strategy (bit/s) between the lengths, as `crossings` does."""
        rates = [row.secret_key_rate_bps.value for row in self.rows(name)]
        for (start_km, first), (end_km, second) in itertools.pairwise(zip(self.lengths_km, rates, strict=True)):
            if start_km <= length_km <= end_km:
                share = (length_km - start_km) / (end_km - start_km)
                if min(first, second) > 0.0:
                    return math.exp((1.0 - share) * math.log(first) + share * math.log(second))
                return (1.0 - share) * first + share * second
        raise InvalidArgument.of("length_km", f"lie in {self.lengths_km[0]:g} to {self.lengths_km[-1]:g}", length_km)

    def __str__(self) -> str:
        heads = ["length", *self.names, "k"]
        rows = [
            [f"{point.length_km:.4g} km", *(_rate(row) for row in point.strategies), _factor(point.improvement_factor)]
            for point in self.points
        ]
        crossings = "; ".join(map(str, self.crossings)) or "none in this range"
        words = [f"Asymptotic secret key rates; intervals are in the JSON. Crossings: {crossings}.", FACTOR]
        return "\n".join(
            [
                table(heads, rows),
                "",
                *(line for text in words for line in textwrap.wrap(text, 100, break_on_hyphens=False)),
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Give the sweep as the schema has it."""
        return {
            "points": [point.to_json() for point in self.points],
            "crossings": [crossing._asdict() for crossing in self.crossings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave; crossings follow from the points."""
        return cls(points=tuple(map(SweepPoint.from_json, data["points"])))

    def plot(self, *, title: str = "") -> Figure:
        """Draw key per channel use and bit/s against distance, with bounds and crossings; needs matplotlib."""
        from qnet.experiment.sweep_plot import sweep_figure

        return sweep_figure(self, title=title)


def _rate(row: StrategyRow) -> str:
    rate = row.secret_key_rate_bps.value
    return with_unit(Quantity.exact(float(f"{rate:.3g}")), "bit/s") if rate else "0"


def _factor(k: float | None) -> str:
    return "–" if k is None else f"{k:.2g}"


def _crossings(
    names: tuple[str, str],
    lengths_km: tuple[float, ...],
    first: tuple[StrategyRow, ...],
    second: tuple[StrategyRow, ...],
) -> list[Crossing]:
    found = []
    leader: int | None = None
    previous: tuple[float, float, float] | None = None
    for length_km, one, other in zip(lengths_km, first, second, strict=True):
        a, b = one.secret_key_rate_bps.value, other.secret_key_rate_bps.value
        if a == b:
            continue  # both are zero, most often: nobody leads
        ahead = 0 if a > b else 1
        if leader is not None and previous is not None and ahead != leader:
            found.append(Crossing(names[ahead], names[1 - ahead], _meeting(previous, (length_km, a, b))))
        leader, previous = ahead, (length_km, a, b)
    return found


def _meeting(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    """Interpolate where two rates are equal: of their logarithms, or of themselves where one is zero."""
    (start_km, *rates), (end_km, *later) = before, after
    if min(*rates, *later) > 0.0:
        rates, later = [math.log(rate) for rate in rates], [math.log(rate) for rate in later]
    gap, next_gap = rates[0] - rates[1], later[0] - later[1]
    return start_km + (end_km - start_km) * gap / (gap - next_gap)
