"""The result of a sweep over distance: strategies, bounds and where the curves cross."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnet.errors import InvalidArgument
from qnet.experiment.quantity import Quantity, quantity_from_json, quantity_to_json
from qnet.experiment.rows import StrategyRow
from qnet.fields import Positive, check_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Crossing", "Sweep", "SweepPoint"]


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """Hold the comparison at one length.

    Args:
        length_km: fibre length from end to end (km).
        strategies: a row each.
        route_bits_per_use: bound of the bare route (secret bits per channel use).
        chain_bits_per_use: bound of the chain.
        improvement_factor: how many times better the repeater's hardware must be to overtake; None if it is unknown
            or no factor is enough, 1 where it is ahead already.
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


class Crossing(NamedTuple):
    """Where one strategy overtakes another in secret bits per second, as the distance grows."""

    winner: str
    loser: str
    length_km: float


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
