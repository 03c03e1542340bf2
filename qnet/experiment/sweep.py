"""The result of a sweep over distance: strategies, bounds and where the curves cross."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnet.errors import InvalidArgument
from qnet.experiment.quantity import Quantity, quantity_from_json, quantity_to_json
from qnet.experiment.rows import StrategyRow
from qnet.experiment.text import table, tight, with_unit
from qnet.fields import Positive, check_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FACTOR", "NO_CROSSING", "NO_FACTOR", "Crossing", "Sweep", "SweepPoint"]


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
    "times longer; fibre and durations stay. Where direct-bb84 gives 0, k is what the repeater needs to get any key. "
    "Found to 10 %; not given where k = 1000 is not enough."
)
"""What the improvement factor means, in words for tables and pictures."""

NO_FACTOR = (
    "No improvement factor: better hardware, even 1000 times, lets repeater-bbm92 overtake direct-bb84 nowhere here."
)
"""Said in place of the factors where none was found."""


class Crossing(NamedTuple):
    """Where one strategy overtakes another in secret bits per second, as the distance grows.

    At `from_km` the loser is ahead, at `to_km` the winner, each time with separate 95 % intervals; what happens between
    these two lengths of the sweep was not computed, or was not told apart.
    """

    winner: str
    loser: str
    from_km: float
    to_km: float

    @property
    def length_km(self) -> float:
        """The upper end of the bracket: the first length at which the winner is ahead for certain (km)."""
        return self.to_km

    def __str__(self) -> str:
        return f"{self.winner} overtakes {self.loser} between {self.from_km:.4g} and {self.to_km:.4g} km"

    def to_json(self) -> dict[str, Any]:
        """Give the crossing as the schema has it."""
        return {**self._asdict(), "length_km": self.length_km}


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
        """Where key rates in bit/s cross beyond their 95 % intervals, in order of length.

        BBM92 and E91 on the same pairs are not compared: they ask for different trust in the devices.
        """
        found = [
            crossing
            for pair in itertools.combinations(self.names, 2)
            if not _share_pairs(*pair)
            for crossing in _crossings(pair, self.lengths_km, self.rows(pair[0]), self.rows(pair[1]))
        ]
        return tuple(sorted(found, key=lambda crossing: (crossing.to_km, crossing.from_km)))

    @property
    def has_factors(self) -> bool:
        """Whether an improvement factor was found at any length."""
        return any(point.improvement_factor is not None for point in self.points)

    def __str__(self) -> str:
        heads = ["km", *self.names, *(["k"] if self.has_factors else [])]
        rows = [
            [
                f"{point.length_km:.4g}",
                *(tight(with_unit(row.secret_key_rate_bps, "")) for row in point.strategies),
                *([_factor(point.improvement_factor)] if self.has_factors else []),
            ]
            for point in self.points
        ]
        words = [_IN_THE_TABLE, f"Crossings: {'; '.join(map(str, self.crossings)) or NO_CROSSING}."]
        words.append(FACTOR if self.has_factors else NO_FACTOR)
        lines = [line for text in words for line in textwrap.wrap(text, _WIDTH, break_on_hyphens=False)]
        return "\n".join([_narrow(heads, rows), "", *lines])

    def to_json(self) -> dict[str, Any]:
        """Give the sweep as the schema has it."""
        return {
            "points": [point.to_json() for point in self.points],
            "crossings": [crossing.to_json() for crossing in self.crossings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave; crossings follow from the points."""
        return cls(points=tuple(map(SweepPoint.from_json, data["points"])))

    def plot(self, *, title: str = "") -> Figure:
        """Draw key per channel use and bit/s against distance, with bounds and crossings; needs matplotlib."""
        from qnet.experiment.sweep_plot import sweep_figure

        return sweep_figure(self, title=title)


NO_CROSSING = "none in this range that the 95 % intervals tell apart"
_WIDTH = 100
_IN_THE_TABLE = (
    "Asymptotic secret key rates over fibre length, in bit/s (m: thousandths, k: thousands, M: millions), with 95 % "
    "intervals."
)


def _factor(k: float | None) -> str:
    return "–" if k is None else f"{k:.2g}"


def _share_pairs(one: str, other: str) -> bool:
    """Whether two strategies are BBM92 and E91 on pairs made alike."""
    (first, _, protocol), (second, _, protocol_too) = one.rpartition("-"), other.rpartition("-")
    return first == second and {protocol, protocol_too} == {"bbm92", "e91"}


def _crossings(
    names: tuple[str, str],
    lengths_km: tuple[float, ...],
    first: tuple[StrategyRow, ...],
    second: tuple[StrategyRow, ...],
) -> list[Crossing]:
    found = []
    before: tuple[int, float] | None = None
    for length_km, one, other in zip(lengths_km, first, second, strict=True):
        ahead = _leader(one.secret_key_rate_bps, other.secret_key_rate_bps)
        if ahead is None:
            continue
        if before is not None and ahead != before[0]:
            found.append(Crossing(names[ahead], names[1 - ahead], before[1], length_km))
        before = (ahead, length_km)
    return found


def _leader(one: Quantity, other: Quantity) -> int | None:
    """Tell which of two rates is larger; None where their intervals overlap, or both are zero."""
    if one.low > other.high:
        return 0
    return 1 if other.low > one.high else None


def _narrow(heads: list[str], rows: list[list[str]]) -> str:
    """Print a table, or two with the first column in both where one would be too wide."""
    whole = table(heads, rows)
    if max(map(len, whole.splitlines())) <= _WIDTH:
        return whole
    middle = (len(heads) + 1) // 2
    halves = slice(None, middle), slice(middle, None)
    first = table(heads[halves[0]], [row[halves[0]] for row in rows])
    second = table([heads[0], *heads[halves[1]]], [[row[0], *row[halves[1]]] for row in rows])
    return f"{first}\n\n{second}"
