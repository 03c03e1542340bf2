"""A scenario: a network, who asks what of it, what goes wrong, and for how long; as a value, and run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from qnet.experiment import provenance
from qnet.fields import Positive, check_fields
from qnet.network.interrupt import deferred_interrupt
from qnet.network.report import Report
from qnet.network.simulation import Simulation
from qnet.network.terms import Terms
from qnet.network.topology import Network
from qnet.network.traffic import Traffic

__all__ = ["LinkDown", "MemoriesLost", "Progress", "Scenario", "ScenarioResult"]

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done."""

_ENDED = {
    "time": "in full",
    "done": "ended early, as nobody wanted more",
    "exhausted": "ended early, as nothing could happen any more",
    "interrupted": "interrupted",
}
_LOOKS = 100
"""How often a run says how far it has come."""


class LinkDown(NamedTuple):
    """A link makes no pairs from one simulated time to another, s."""

    a: str
    b: str
    from_s: float
    to_s: float = math.inf


class MemoriesLost(NamedTuple):
    """A node loses what its memories hold, at a simulated time, s."""

    node: str
    at_s: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioResult:
    """What a scenario came to: its report, and what it takes to run it again.

    Args:
        scenario: its name.
        seed: of all chance.
        duration_s: simulated seconds asked for.
        stopped_by: "done" (nobody wanted more), "time", "exhausted" (nothing could happen any more) or "interrupted".
        report: requests, tenants and totals.
        provenance: an id of what was run, its parameters, and the versions behind it.
        timings: all that may differ between equal runs.
    """

    scenario: str
    seed: int
    duration_s: float
    stopped_by: str
    report: Report
    provenance: Mapping[str, Any]
    timings: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Give the object that `qnet simulate --json` prints (schema qnet.simulate/1)."""
        return {
            "schema": "qnet.simulate/1",
            "scenario": self.scenario,
            "seed": self.seed,
            "duration_s": self.duration_s,
            "stopped_by": self.stopped_by,
            **self.report.to_json(),
            "provenance": dict(self.provenance),
            "timings": dict(self.timings),
        }

    def __str__(self) -> str:
        return f"{self.scenario}: {self.duration_s:g} s, {_ENDED[self.stopped_by]}; seed {self.seed}\n\n{self.report}"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """Hold a scenario as a value.

    Args:
        name: what to call it in results.
        network: with its hardware.
        duration_s: simulated seconds after which it ends.
        seed: of all chance, unless `run` is given another.
        options: of the simulation, as keywords of `Network.simulate`.
        requests: what is asked for one by one.
        traffic: what is asked for at random.
        faults: what goes wrong.
        description: for people.
        parameters: what it was read from, in JSON's terms; recorded in results.

    >>> scenario = Scenario(
    ...     name="one pair",
    ...     network=Network.chain([20.0]),
    ...     duration_s=1.0,
    ...     requests=(Terms(source="n0", target="n1", pairs=1),),
    ... )
    >>> scenario.run(seed=7).report.totals.served
    1
    """

    name: str
    network: Network
    duration_s: Positive
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    requests: tuple[Terms, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    faults: tuple[LinkDown | MemoriesLost, ...] = ()
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def from_file(cls, path: str | Path) -> Scenario:
        """Read a scenario file (TOML, schema qnet.scenario/1).

        Raises:
            FileError: the file cannot be read or breaks its schema; the message lists every fault with its path.
        """
        from qnet.scenario.building import scenario_of
        from qnet.scenario.reading import read

        return scenario_of(*read(Path(path)), name=Path(path).stem)

    def simulate(self, *, seed: int | None = None, **options: Any) -> Simulation:
        """Make the simulation, with all requests asked and all faults set; `options` override those of the scenario."""
        simulation = self.network.simulate(seed=self.seed if seed is None else seed, **{**self.options, **options})
        for fault in self.faults:
            match fault:
                case LinkDown():
                    simulation.fail_link(*fault)
                case MemoriesLost():
                    simulation.lose_memories(*fault)
        for terms in self.requests:
            simulation.request(**vars(terms))
        for traffic in self.traffic:
            simulation.add_traffic(traffic, until_s=self.duration_s)
        return simulation

    def run(self, *, seed: int | None = None, progress: Progress | None = None, **options: Any) -> ScenarioResult:
        """Run to the end of its duration, or until nobody wants more; after Ctrl-C, give what was counted so far."""
        seed = self.seed if seed is None else seed
        started = time.perf_counter()
        simulation = self.simulate(seed=seed, **options)
        ended = self._advance(simulation, progress)
        simulation.close("the scenario is over")
        weights = {**self.options, **options}.get("weights")
        return ScenarioResult(
            scenario=self.name,
            seed=seed,
            duration_s=self.duration_s,
            stopped_by=ended,
            report=Report.of(simulation.requests, simulated_s=simulation.now, weights=weights),
            provenance=provenance({"scenario": dict(self.parameters), "seed": seed}),
            timings={"total_s": time.perf_counter() - started},
        )

    def _advance(self, simulation: Simulation, progress: Progress | None) -> str:
        """Run, and say now and then how far it has come; give what ended it."""
        with deferred_interrupt() as interrupt:
            for look in range(1, _LOOKS + 1):
                ended = simulation.run(until_s=self.duration_s * look / _LOOKS)
                if progress is not None:
                    progress(self.name, look / _LOOKS)
                if interrupt.pressed:
                    return "interrupted"
                if ended != "time":
                    return ended
        return "time"
