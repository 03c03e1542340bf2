"""Repeaters, trusted nodes and the bare fibre, side by side on one route.

Protocols are found by entry point (group ``qnet.protocols``), and which of them are compared is fixed here: an
installed plug-in changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from qnet.bounds import chain_bits_per_use, plob_bits_per_use
from qnet.errors import InvalidArgument, UnknownName
from qnet.experiment import (
    BatchMeans,
    Comparison,
    HardwareRecord,
    Quantity,
    RouteRecord,
    StrategyRow,
    Sweep,
    SweepPoint,
    provenance,
)
from qnet.experiment.provenance import DISTRIBUTION, identity
from qnet.fields import Positive, check
from qnet.hardware import QkdHardware, RepeaterHardware, preset_names
from qnet.network.interrupt import Interrupt, deferred_interrupt
from qnet.network.route import Route
from qnet.network.run import Stop
from qnet.network.topology import Network

__all__ = ["DEFAULT_NETWORK", "Progress", "compare"]

DEFAULT_NETWORK = "surfnet"
_MEASURED_NETWORK = "surfnet-fibre"
_CLICKS = 5_000_000
"""Detections to sample for BB84, where a click costs nanoseconds."""
_MOST_IMPROVED = 1000.0

Progress = Callable[[str, float], None]
"""Called with (what is being done, share of it done)."""


@dataclass(frozen=True)
class _Strategy:
    name: str
    protocol: str
    on_pairs: bool


_STRATEGIES = (
    _Strategy("direct-bb84", "decoy-bb84", False),
    _Strategy("trusted-bb84", "trusted-bb84", False),
    _Strategy("trusted-bbm92", "trusted-bbm92", True),
    _Strategy("repeater-bbm92", "bbm92", True),
    _Strategy("repeater-e91", "e91", True),
)
_DIRECT, _REPEATER = _STRATEGIES[0], _STRATEGIES[3]


def compare(
    network: Network | None = None,
    source: str | None = None,
    target: str | None = None,
    *,
    hardware: Any = None,
    qkd_hardware: Any = None,
    pairs: int = 10_000,
    max_sim_time_s: float = 86_400.0,
    seed: int = 0,
    max_span_km: float | None = None,
    sweep_km: Sequence[float] = (),
    replicas: int = 100,
    common_random_numbers: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare a repeater chain with a trusted-node chain and the bare fibre between two nodes.

    Args:
        network: by default SURFnet, the Dutch research network.
        source, target: the two ends; by default the network's own (Delft and Eindhoven).
        hardware: of the repeaters: a preset's name, a data file or a value; by default the network's.
        qkd_hardware: of the BB84 systems, likewise.
        pairs: entangled pairs to simulate for each strategy that uses them.
        max_sim_time_s: simulated seconds after which a strategy stops, whatever it has.
        seed: of all chance.
        max_span_km: stations are inserted so that no span is longer.
        sweep_km: total lengths to which the route is stretched for a plot of rate against distance.
        replicas: independent repetitions that measure the time to the first pair.
        common_random_numbers: give all strategies the same random streams.
        progress: called with (strategy, share done).

    Returns:
        A `Comparison`: print it, `plot()` it, take `to_frame()` or `to_json()`. After Ctrl-C it holds what was counted.

    >>> print(compare(Network.chain([20, 20]), pairs=50, replicas=2)["direct-bb84"].trusted_nodes)
    0
    """
    check("max_sim_time_s", max_sim_time_s, Positive)
    if pairs < 1 or pairs != int(pairs):
        raise InvalidArgument.of("pairs", "be a whole number from 1 on", pairs)
    if replicas < 1:
        raise InvalidArgument.of("replicas", "be at least 1", replicas)
    with deferred_interrupt() as interrupt:
        case = _Case(
            network=_equipped((network or Network.shipped(DEFAULT_NETWORK)).with_hardware(hardware, qkd_hardware)),
            source=source,
            target=target,
            max_span_km=max_span_km,
            pairs=int(pairs),
            seconds=max_sim_time_s,
            seed=seed,
            replicas=int(replicas),
            common=common_random_numbers,
            progress=progress or (lambda _what, _share: None),
            interrupt=interrupt,
        )
        return case.comparison(_checked_sweep(sweep_km, case.route))


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One comparison to be made: where, with what, how long."""

    network: Network
    source: str | None
    target: str | None
    max_span_km: float | None
    pairs: int
    seconds: float
    seed: int
    replicas: int
    common: bool
    progress: Progress
    interrupt: Interrupt

    def comparison(self, sweep_km: tuple[float, ...]) -> Comparison:
        """Make the comparison; after Ctrl-C, what is whole of it."""
        started = time.perf_counter()
        rows, timings = self.rows()
        notes = (*self.todays_figures(), *self.both_lengths())
        sweep = self.sweep(sweep_km)
        route_bound, chain_bound = self.bounds
        stopped = self.interrupt.pressed
        return Comparison(
            network=self.network.name,
            route=RouteRecord(
                nodes=self.route.nodes,
                lengths_km=self.route.lengths_km,
                route_factor=self.route.route_factor,
                lengths_source=self.route.lengths_source,
            ),
            seed=self.seed,
            hardware=HardwareRecord(
                repeater="given by numbers" if self.repeater is None else self.repeater.name,
                qkd=self.qkd.name,
                assumed=tuple(f"{sheet.name}: {name}" for sheet in self.sheets for name in sheet.assumed),
            ),
            strategies=rows,
            route_bits_per_use=route_bound,
            chain_bits_per_use=chain_bound,
            provenance=provenance(self.parameters | {"sweep_km": sweep_km}),
            timings=timings | {"total_s": time.perf_counter() - started},
            notes=(*notes, "Stopped by Ctrl-C: what had not been done is left out.") if stopped else notes,
            sweep=sweep,
            interrupted=stopped,
        )

    @cached_property
    def route(self) -> Route:
        route = self.network.route(self.source, self.target)
        return route if self.max_span_km is None else route.with_max_span(self.max_span_km)

    @cached_property
    def repeater(self) -> RepeaterHardware | None:
        """The hardware of nodes and links; None where they are given by their numbers."""
        return self.network.simulate().hardware

    @cached_property
    def qkd(self) -> QkdHardware:
        return self.network.simulate().qkd

    @property
    def sheets(self) -> tuple[RepeaterHardware | QkdHardware, ...]:
        """The data sheets behind the comparison."""
        return (self.qkd,) if self.repeater is None else (self.repeater, self.qkd)

    @property
    def bounds(self) -> tuple[Quantity, Quantity]:
        """Capacities in secret bits per use: bare route, and weakest span, of the better of the fibres."""

        def best(length_km: float) -> float:
            return max(sheet.fibre.transmission(length_km) for sheet in self.sheets)

        whole = plob_bits_per_use(best(self.route.total_km))
        return Quantity.exact(whole), Quantity.exact(chain_bits_per_use(list(map(best, self.route.lengths_km))))

    @property
    def parameters(self) -> dict[str, Any]:
        """What determines the result, for its id."""
        return {
            "network": self.network.name,
            "nodes": self.route.nodes,
            "lengths_km": self.route.lengths_km,
            "repeater": identity(self.network.repeater) if self.repeater is None else repr(self.repeater),
            "links": identity(self.route.links),
            "qkd": repr(self.qkd),
            "pairs": self.pairs,
            "max_sim_time_s": self.seconds,
            "seed": self.seed,
            "replicas": self.replicas,
            "common_random_numbers": self.common,
        }

    def rows(self) -> tuple[tuple[StrategyRow, ...], dict[str, float]]:
        """Run all strategies; give their rows, and the seconds each took. After Ctrl-C, those that had begun."""
        rows: list[StrategyRow] = []
        timings: dict[str, float] = {}
        for number, strategy in enumerate(_STRATEGIES):
            if self.interrupt.pressed:
                break
            began = time.perf_counter()
            rows.append(self.row(strategy, 0 if self.common else number))
            timings[f"{strategy.name}_s"] = time.perf_counter() - began
        return tuple(rows), timings

    def row(self, strategy: _Strategy, replica: int) -> StrategyRow:
        """Run one strategy and its replicas for the time to the first pair."""
        wanted = self.pairs if strategy.on_pairs else max(self.pairs, _CLICKS)
        self.progress(strategy.name, 0.0)
        result = self.run(strategy, wanted, replica, lambda share: self.progress(strategy.name, share))
        row: StrategyRow = result.row(strategy.name)
        if strategy.on_pairs:
            row = replace(row, first_pair_s=self._first_pair(strategy, replica))
        self.progress(strategy.name, 1.0)
        return row

    def run(
        self, strategy: _Strategy, pairs: int, replica: int, progress: Callable[[float], None] | None = None
    ) -> Any:
        return _protocol(strategy.protocol).run(
            self.network,
            self.source,
            self.target,
            stop=Stop(pairs=pairs, seconds=self.seconds),
            seed=self.seed,
            max_span_km=self.max_span_km,
            progress=progress,
            replica=replica,
        )

    def _first_pair(self, strategy: _Strategy, replica: int) -> Quantity | None:
        """Give the mean time to the first pair over independent replicas; None if any saw none in time."""
        first = BatchMeans()
        for repetition in range(1, self.replicas + 1):
            self.progress(f"{strategy.name}: first pair", repetition / self.replicas)
            first_pair_s = self.run(strategy, 1, replica + repetition * len(_STRATEGIES)).first_pair_s
            if first_pair_s is None or self.interrupt.pressed:
                return None
            first.add(first_pair_s)
        return first.interval(within=(0.0, math.inf))

    def todays_figures(self) -> tuple[str, ...]:
        """Say what today's hardware would give in place of a projected one."""
        if self.repeater is None or self.repeater.epoch == "today" or any(self.route.links) or self.interrupt.pressed:
            return ()
        today = [name for name, kind, epoch, _ in preset_names() if (kind, epoch) == ("repeater", "today")]
        figures: list[str] = []
        for number, name in enumerate(today):
            self.progress("with today's hardware", number / len(today))
            case = replace(self, network=self.network.with_hardware(name), pairs=min(self.pairs, 2000))
            figures.append(f"{name} {_rate(case.run(_REPEATER, case.pairs, 0))}")
            if self.interrupt.pressed:
                return ()
        return (f"With today's repeater hardware, repeater-bbm92 in secret bit/s: {', '.join(figures)}.",)

    def both_lengths(self) -> tuple[str, ...]:
        """Say how the default route fares over the fibre that was measured, since the winner may depend on it."""
        measured = replace(
            self,
            network=Network.shipped(_MEASURED_NETWORK).with_hardware(self.network.repeater, self.network.qkd),
            source=None,
            target=None,
            pairs=min(self.pairs, 2000),
        )
        ends = (self.route.nodes[0], self.route.nodes[-1])
        if self.network.name != DEFAULT_NETWORK or ends != measured.network.default_ends or self.interrupt.pressed:
            return ()
        figures: list[str] = []
        for number, strategy in enumerate(_STRATEGIES[:4]):
            self.progress("over the measured fibre", number / 4)
            result = measured.run(strategy, measured.pairs if strategy.on_pairs else _CLICKS, 0)
            figures.append(f"{strategy.name} {_rate(result)}")
            if self.interrupt.pressed:
                return ()
        between = measured.route.hops - 1
        return (
            f"This route is {self.route.total_km:.4g} km by straight lines times {self.route.route_factor:g}; the "
            f"published fibre ({_MEASURED_NETWORK}) is {measured.route.total_km:.4g} km with "
            f"{between} node{'s' if between > 1 else ''} between. Over that, in secret bit/s: {', '.join(figures)}.",
        )

    def sweep(self, lengths_km: Sequence[float]) -> Sweep | None:
        """Make the comparison at other lengths; after Ctrl-C, at those that were done."""
        points: list[SweepPoint] = []
        for length_km in lengths_km:
            if self.interrupt.pressed:
                break
            points.append(self._stretched(length_km).sweep_point(length_km))
        whole = points[:-1] if self.interrupt.pressed else points
        return Sweep(points=tuple(whole)) if whole else None

    def sweep_point(self, length_km: float) -> SweepPoint:
        """Make the comparison as a point of a sweep."""
        rows, _ = self.rows()
        route_bound, chain_bound = self.bounds
        return SweepPoint(
            length_km=length_km,
            strategies=rows,
            route_bits_per_use=route_bound,
            chain_bits_per_use=chain_bound,
            improvement_factor=None if self.interrupt.pressed else self._improvement_factor(rows),
        )

    def _stretched(self, length_km: float) -> _Case:
        base = self.network.route(self.source, self.target).scaled(length_km)
        chain = Network.chain(base.lengths_km, names=base.nodes, hardware=self.repeater, qkd_hardware=self.qkd)
        return replace(
            self,
            network=chain,
            source=None,
            target=None,
            pairs=min(self.pairs, 2000),
            replicas=1,
            progress=lambda what, share: self.progress(f"{length_km:g} km: {what}", share),
        )

    def _improvement_factor(self, rows: Sequence[StrategyRow]) -> float | None:
        """Find how many times better the repeaters must be to overtake bare fibre; None if 1000 times will not do.

        The factor is that of `RepeaterHardware.improved`, found to 10 % with the same random numbers. Most lie near 1:
        the search goes up by 2, 4, 16, ..., and then bisects.
        """
        direct, repeater = (next(row for row in rows if row.name == strategy.name) for strategy in (_DIRECT, _REPEATER))
        to_beat = direct.secret_key_rate_bps.value
        if repeater.secret_key_rate_bps.value > to_beat:
            return 1.0
        if repeater.attempts_hz is not None and to_beat >= repeater.attempts_hz.value:
            return None  # not even a pair per attempt would do

        hardware = self.repeater
        assert hardware is not None  # a route that can be stretched has no links of its own

        def overtakes(k: float) -> bool:
            self.progress("improvement factor", 0.0)
            better = replace(self, network=self.network.with_hardware(hardware.improved(k)), pairs=1000)
            rate: float = better.run(_REPEATER, better.pairs, 0).secret_key_rate_bps.value
            return rate > to_beat

        low, high = 1.0, 2.0
        while not overtakes(high):
            if high == _MOST_IMPROVED:
                return None
            low, high = high, min(high**2, _MOST_IMPROVED)
        while high / low > 1.1:
            middle = math.sqrt(low * high)
            low, high = (low, middle) if overtakes(middle) else (middle, high)
        return high


def _equipped(network: Network) -> Network:
    """Put hardware in place of names and files: what is wrong with them shows before anything runs."""
    simulation = network.simulate()
    return network.with_hardware(simulation.hardware, simulation.qkd)


def _rate(result: Any) -> str:
    return f"{result.secret_key_rate_bps:±}"


def _checked_sweep(sweep_km: Sequence[float], route: Route) -> tuple[float, ...]:
    for length_km in sweep_km:
        check("sweep_km", length_km, Positive)
        route.scaled(length_km)
    return tuple(sorted(set(sweep_km)))


@cache
def _protocol(name: str) -> Any:
    """Load one of the protocols that come with qnet; a plug-in that takes its name, or fails to load, is passed by."""
    from importlib.metadata import entry_points

    points = entry_points(group="qnet.protocols")
    found = {point.name: point for point in points if point.dist is not None and point.dist.name == DISTRIBUTION}
    if name not in found:
        raise UnknownName.of("protocol", name, found)
    return found[name].load()
