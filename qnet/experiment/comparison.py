"""The result of a comparison: strategies side by side on one route."""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

from qnet.errors import InvalidArgument, UnknownName
from qnet.experiment.legend import legend
from qnet.experiment.quantity import Quantity, quantity_from_json, quantity_to_json
from qnet.experiment.rows import HardwareRecord, RouteRecord, StrategyRow
from qnet.experiment.sweep import Sweep
from qnet.experiment.text import duration, table, tight, with_unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

__all__ = ["SCHEMA", "Comparison"]

SCHEMA = "qnet.compare/1"

_WIDTH = 100


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Hold what each strategy gives on one route; print it, plot it, or take it as JSON or pandas.

    Args:
        network: name of the network.
        route: the route that was compared.
        seed: of all random streams.
        hardware: names of the hardware, and what in it is assumed.
        strategies: one row each, in the order of the table.
        route_bits_per_use: bound of the bare route (secret bits per channel use).
        chain_bits_per_use: bound of the chain, set by its weakest span; None where there is no chain.
        provenance: id, parameters and versions, see `provenance`.
        timings: wall-clock figures, the only thing that may differ between equal runs; not part of equality.
        conventions: the switches that all strategies were run with.
        notes: lines printed under the table.
        sweep: the same comparison over distance, where one was asked for.
        interrupted: whether Ctrl-C ended it before it was whole.
    """

    network: str
    route: RouteRecord
    seed: int
    hardware: HardwareRecord
    strategies: tuple[StrategyRow, ...]
    route_bits_per_use: Quantity | None = None
    chain_bits_per_use: Quantity | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict, compare=False)
    conventions: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sweep: Sweep | None = None
    interrupted: bool = False

    def __getitem__(self, name: str) -> StrategyRow:
        """Give the row of a strategy by its name."""
        for row in self.strategies:
            if row.name == name:
                return row
        raise UnknownName.of("strategy", name, (row.name for row in self.strategies))

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``docs/schema/qnet.compare-1.json``."""
        bounds = {
            "route_bits_per_use": quantity_to_json(self.route_bits_per_use),
            "chain_bits_per_use": quantity_to_json(self.chain_bits_per_use),
        }
        return {
            "schema": SCHEMA,
            "network": self.network,
            "route": self.route.to_json(),
            "seed": self.seed,
            "hardware": self.hardware.to_json(),
            "provenance": dict(self.provenance),
            "conventions": dict(self.conventions),
            "bounds": bounds,
            "timings": dict(self.timings),
            "strategies": [row.to_json() for row in self.strategies],
            "notes": list(self.notes),
            "sweep": None if self.sweep is None else self.sweep.to_json(),
            "interrupted": self.interrupted,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str) -> Self:
        """Read back what `to_json` gave, or its text."""
        if isinstance(data, str):
            data = json.loads(data)
            assert isinstance(data, Mapping)
        if data.get("schema") != SCHEMA:
            raise InvalidArgument.of("schema", f"be {SCHEMA!r}", data.get("schema"))
        sweep = data.get("sweep")
        return cls(
            network=data["network"],
            route=RouteRecord.from_json(data["route"]),
            seed=data["seed"],
            hardware=HardwareRecord.from_json(data["hardware"]),
            strategies=tuple(map(StrategyRow.from_json, data["strategies"])),
            route_bits_per_use=quantity_from_json(data["bounds"]["route_bits_per_use"]),
            chain_bits_per_use=quantity_from_json(data["bounds"]["chain_bits_per_use"]),
            provenance=data["provenance"],
            timings=data["timings"],
            conventions=data.get("conventions", {}),
            notes=tuple(data.get("notes", ())),
            sweep=None if sweep is None else Sweep.from_json(sweep),
            interrupted=data.get("interrupted", False),
        )

    @property
    def title(self) -> str:
        """Name route, length, route factor and its source."""
        nodes, spans, source = self.route.nodes, len(self.route.lengths_km), self.route.lengths_source
        factor = "" if "route factor" in source else f", route factor {self.route.route_factor:g}"
        return (
            f"{nodes[0]} to {nodes[-1]} over {self.network}: {self.route.total_km:.4g} km"
            f" in {spans} span{'s' if spans > 1 else ''}{factor} ({source})"
        )

    def __str__(self) -> str:
        blocks = []
        for columns in (_QUALITY, _RATES, self._secrecy()):
            rows = [[cell(row) for cell in columns.values()] for row in self.strategies]
            blocks.append(table(tuple(columns), rows))
        lines = [line for text in legend(self) for line in textwrap.wrap(text, _WIDTH, break_on_hyphens=False)]
        over_distance = [] if self.sweep is None else [str(self.sweep)]
        return "\n\n".join([textwrap.fill(self.title, _WIDTH), *blocks, "\n".join(lines), *over_distance])

    def _repr_html_(self) -> str:
        """Show one wide table in a notebook."""
        columns = {**_QUALITY, **_RATES, **self._secrecy()}
        heads = "".join(f"<th>{html.escape(head).replace(chr(10), '<br>')}</th>" for head in columns)
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell(row))}</td>' for cell in columns.values())}</tr>"
            for row in self.strategies
        )
        said = "<br>".join(map(html.escape, legend(self)))
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p>{said}</p>"

    def _secrecy(self) -> dict[str, Callable[[StrategyRow], str]]:
        """Give the columns of finite keys and of the attacks that are noticed."""
        session_s = self.conventions.get("session_s")
        head = "finite key" if session_s is None else f"finite key\nin {session_s:g} s"
        names = list(dict.fromkeys(name for row in self.strategies for name in row.detects))
        columns: dict[str, Callable[[StrategyRow], str]] = {
            "strategy": lambda row: row.name,
            head: lambda row: with_unit(_plainly(row.finite_key_bits), "bit"),
        }
        return columns | {name.replace("-", "-\n"): partial(_noticed, name) for name in names}

    def to_frame(self) -> DataFrame:
        """Give a pandas table: one line per strategy, each figure with its ``_low`` and ``_high``."""
        from pandas import DataFrame

        records = []
        for row in self.strategies:
            record: dict[str, Any] = {name: getattr(row, name) for name in ("name", "epoch", "trusted_nodes")}
            record |= {name: getattr(row, name) for name in ("untrusted_stations", "pairs", "stopped_by")}
            for name, quantity in row.quantities().items():
                for end, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
                    record[name + suffix] = float("nan") if quantity is None else getattr(quantity, end)
            records.append(record)
        return DataFrame.from_records(records, index="name")

    def plot_sweep(self) -> Figure:
        """Draw rate against distance, of a comparison that has a sweep; needs matplotlib."""
        if self.sweep is None:
            raise InvalidArgument.of("sweep_km", "be given for such a plot", None)
        return self.sweep.plot(
            title=f"{self.route.nodes[0]} to {self.route.nodes[-1]} over {self.network}, stretched to each length; "
            f"repeaters {self.hardware.repeater}, QKD {self.hardware.qkd}"
        )

    def plot(self, *, sifting: Literal["biased", "textbook"] = "biased") -> Figure:
        """Draw key rates with the bounds, fidelities and error rates; needs matplotlib.

        Args:
            sifting: "biased" as computed (all rounds count), or "textbook", which multiplies by 1/2 (2/9 for E91).
        """
        from qnet.experiment.plots import comparison_figure

        return comparison_figure(self, sifting=sifting)


def _noticed(attack: str, row: StrategyRow) -> str:
    return {True: "yes", False: "no", None: "–"}[row.detects.get(attack)]


def _plainly(quantity: Quantity | None) -> Quantity | None:
    """Leave the interval out, for a narrow column."""
    return None if quantity is None else Quantity.exact(float(f"{quantity.value:.3g}"))


def _percent(share: Quantity | None) -> str:
    return _number(None if share is None else share.scaled(100.0))


def _number(quantity: Quantity | None) -> str:
    return "–" if quantity is None else tight(f"{quantity:±}")


def _value(quantity: Quantity | None) -> str:
    return "–" if quantity is None else f"{quantity.value:.3g}"


_QUALITY: dict[str, Callable[[StrategyRow], str]] = {
    "strategy": lambda row: row.name,
    "epoch": lambda row: row.epoch,
    "trusted\nnodes": lambda row: str(row.trusted_nodes),
    "untrusted\nstations": lambda row: str(row.untrusted_stations),
    "fidelity": lambda row: _number(row.fidelity),
    "QBER z\n(%)": lambda row: _percent(row.qber_z),
    "QBER x\n(%)": lambda row: _percent(row.qber_x),
}

_RATES: dict[str, Callable[[StrategyRow], str]] = {
    "strategy": lambda row: row.name,
    "pairs or\ndetections": lambda row: tight(with_unit(row.pair_rate_hz, "Hz")),
    "asymptotic\nfraction": lambda row: _number(row.secret_fraction),
    "asymptotic secret\nkey rate": lambda row: tight(with_unit(row.secret_key_rate_bps, "bit/s", "")),
    "asympt.\nkey per\nuse": lambda row: _value(row.key_per_channel_use),
    "asympt.\ntime to\n256 bits": lambda row: duration(row.time_to_256_bits_s),
}
