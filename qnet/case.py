"""One comparison to be made: where, with what hardware, how long, and how each strategy is run.

Protocols are found by entry point (group ``qnet.protocols``).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from qnet.bounds import chain_bits_per_use, plob_bits_per_use
from qnet.errors import UnknownName
from qnet.experiment import BatchMeans, Quantity, StrategyRow
from qnet.experiment.provenance import DISTRIBUTION, identity
from qnet.finite import SESSION_EPSILON, finite_key_bits
from qnet.hardware import QkdHardware, RepeaterHardware
from qnet.keys import ERROR_CORRECTION_EFFICIENCY
from qnet.keys.finite.caution import HONEST_DEVIATIONS
from qnet.network.interrupt import Interrupt
from qnet.network.route import Route
from qnet.network.run import Stop
from qnet.network.topology import Network
from qnet.strategies import HYBRID, STRATEGIES, Strategy

__all__ = ["CLICKS", "Case", "Progress"]

CLICKS = 5_000_000
"""Detections to sample where they come in bulk, and cost nanoseconds."""

Progress = Callable[[str, float], None]
"""Called with (what is being done, share of it done)."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Where, with what and how long to compare.

    Args:
        network: its hardware given as values.
        source, target: the ends; None for the network's own.
        max_span_km: stations are inserted so that no span is longer.
        pairs: entangled pairs for each strategy that uses them.
        seconds: simulated time at which a strategy stops.
        seed: of all chance.
        replicas: repetitions that measure the time to the first pair.
        session_s: length of the session whose finite key is given (s).
        trusted_every: spans from trusted node to trusted node in the row `hybrid`.
        common: whether all strategies, and all points of a sweep, get the same random streams.
        progress: called with what is being done.
        interrupt: whether Ctrl-C was pressed.
        first_replica: added to the replica of every run, so that another case may draw numbers of its own.
    """

    network: Network
    source: str | None
    target: str | None
    max_span_km: float | None
    pairs: int
    seconds: float
    seed: int
    replicas: int
    session_s: float
    trusted_every: int
    common: bool
    progress: Progress
    interrupt: Interrupt
    first_replica: int = 0

    @cached_property
    def route(self) -> Route:
        """The route between the ends, with the stations that were inserted."""
        return self.network.route(self.source, self.target, max_span_km=self.max_span_km)

    @cached_property
    def repeater(self) -> RepeaterHardware | None:
        """The hardware of nodes and links; None where they are given by their numbers."""
        return self.network.simulate().plant.hardware

    @cached_property
    def qkd(self) -> QkdHardware:
        """The hardware of the BB84 systems."""
        return self.network.simulate().plant.qkd

    @property
    def sheets(self) -> tuple[RepeaterHardware | QkdHardware, ...]:
        """The data sheets behind the comparison."""
        return (self.qkd,) if self.repeater is None else (self.repeater, self.qkd)

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """What is compared: all, but the hybrid only where it has both a trusted node and a repeater."""
        mixed = self.trusted_every < self.route.hops
        return tuple(strategy for strategy in STRATEGIES if mixed or strategy is not HYBRID)

    @property
    def bounds(self) -> tuple[Quantity, Quantity]:
        """Capacities in secret bits per use: bare route, and weakest span, of the better of the fibres."""

        def best(length_km: float) -> float:
            return max(sheet.fibre.transmission(length_km) for sheet in self.sheets)

        whole = plob_bits_per_use(best(self.route.total_km))
        return Quantity.exact(whole), Quantity.exact(chain_bits_per_use(list(map(best, self.route.lengths_km))))

    @property
    def end_replica(self) -> int:
        """The first replica after those of this case."""
        return self.first_replica + (1 + self.replicas) * len(STRATEGIES)

    @property
    def conventions(self) -> dict[str, Any]:
        """The switches that every strategy is run with."""
        return {
            "classical_delay": "fibre",
            "restart": "pipelined",
            "ends": "measure at their own herald",
            "swap": "deterministic",
            "error_correction_efficiency": ERROR_CORRECTION_EFFICIENCY,
            "sifting_factor": 1,
            "session_s": self.session_s,
            "session_epsilon": SESSION_EPSILON,
            "session_deviations": HONEST_DEVIATIONS,
            "trusted_every": self.trusted_every,
        }

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
            "max_span_km": self.max_span_km,
            "error_correction_efficiency": ERROR_CORRECTION_EFFICIENCY,
            "pairs": self.pairs,
            "max_sim_time_s": self.seconds,
            "seed": self.seed,
            "replicas": self.replicas,
            "session_s": self.session_s,
            "session_epsilon": SESSION_EPSILON,
            "trusted_every": self.trusted_every,
            "common_random_numbers": self.common,
        }

    def rows(self) -> tuple[tuple[StrategyRow, ...], dict[str, float]]:
        """Run all strategies; give their rows, and the seconds each took. After Ctrl-C, those that had begun."""
        rows: list[StrategyRow] = []
        timings: dict[str, float] = {}
        for strategy in self.strategies:
            if self.interrupt.pressed:
                break
            began = time.perf_counter()
            rows.append(self.row(strategy, 0 if self.common else strategy.replica))
            timings[f"{strategy.name}_s"] = time.perf_counter() - began
        return tuple(rows), timings

    def row(self, strategy: Strategy, replica: int) -> StrategyRow:
        """Run one strategy and its replicas for the time to the first pair."""
        wanted = self.pairs if strategy.on_pairs else max(self.pairs, CLICKS)
        self.progress(strategy.name, 0.0)
        result = self.run(strategy, wanted, replica, lambda share: self.progress(strategy.name, share))
        row: StrategyRow = replace(result.row(strategy.name), detects=strategy.detects)
        if strategy.finite:
            row = replace(row, finite_key_bits=finite_key_bits(result, self.session_s))
        if strategy.on_pairs:
            row = replace(row, first_pair_s=self._first_pair(strategy, replica))
        self.progress(strategy.name, 1.0)
        return row

    def run(self, strategy: Strategy, pairs: int, replica: int, progress: Callable[[float], None] | None = None) -> Any:
        """Run a strategy once; give its protocol's result."""
        return _protocol(strategy.protocol).run(
            self.network,
            self.source,
            self.target,
            stop=Stop(pairs=pairs, seconds=self.seconds),
            seed=self.seed,
            max_span_km=self.max_span_km,
            progress=progress,
            replica=self.first_replica + replica,
            error_correction_efficiency=ERROR_CORRECTION_EFFICIENCY,
            **({"trusted_every": self.trusted_every} if strategy is HYBRID else {}),
        )

    def _first_pair(self, strategy: Strategy, replica: int) -> Quantity | None:
        """Give the mean time to the first pair over independent replicas; None if any saw none in time."""
        first = BatchMeans()
        for repetition in range(1, self.replicas + 1):
            self.progress(f"{strategy.name}: first pair", repetition / self.replicas)
            first_pair_s = self.run(strategy, 1, replica + repetition * len(STRATEGIES)).first_pair_s
            if first_pair_s is None or self.interrupt.pressed:
                return None
            first.add(first_pair_s)
        return first.interval(within=(0.0, math.inf))


@cache
def _protocol(name: str) -> Any:
    """Load one of the protocols that come with qnet; a plug-in that takes its name, or fails to load, is passed by."""
    from importlib.metadata import entry_points

    points = entry_points(group="qnet.protocols")
    found = {point.name: point for point in points if point.dist is not None and point.dist.name == DISTRIBUTION}
    if name not in found:
        raise UnknownName.of("protocol", name, found)
    return found[name].load()
