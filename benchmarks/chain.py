"""W1 and W2: chains of 2 to 16 links, in pairs per CPU second of one process, beside the physics they produced.

W2 is W1 with one round of DEJMPS on each link before its pair may be swapped. Both are the kernel by itself: a flow
that is set to work once, without the service that plans and shares (that is `network.py`).

    python benchmarks/chain.py          # a table, with peers where they are installed
    python benchmarks/chain.py --json   # the same figures of qnet for programs

The yardstick is a SimPy loop of bare timeouts, measured just before and just after every run it is compared with, so
that a machine that is busy for a while favours neither.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from statistics import fmean, median
from typing import NamedTuple

import peers
import simpy

from qnet import Device, Link, Network
from qnet.network.flow import Flow
from qnet.quantum import Purification, State, Waiting
from qnet.quantum.aer import CALLS
from qnet.quantum.library import dejmps

REPETITIONS = 3
PAIRS = 4_000


class Expected(NamedTuple):
    """What a workload must give at a length (SimQN 0.2.3 and ReQuSim 0.4), and what a pair may cost in timeouts.

    None: not measured with others.
    """

    pairs_per_simulated_s: float | None
    fidelity: str
    timeouts_per_pair: float


EXPECTED = {
    "W1": {
        2: Expected(1208, "0.9024-0.9029", 60),
        4: Expected(880, "0.817-0.818", 120),
        8: Expected(680, "0.6775-0.6794", 240),
        16: Expected(447, "0.491-0.494", 480),
    },
    # eight times what ReQuSim 0.4 does where a timeout takes 1 / 1.4 us: 1,297 / 587 / 280 / 117 pairs per CPU second
    "W2": {
        2: Expected(None, "0.9293-0.9315", 135),
        4: Expected(None, "0.865-0.872", 298),
        8: Expected(None, "0.753-0.774", 625),
        16: Expected(None, "0.583-0.645", 1496),
    },
}
LENGTHS = tuple(EXPECTED["W1"])


class Run(NamedTuple):
    """One repetition."""

    pairs_per_cpu_s: float
    pairs_per_simulated_s: float
    fidelity: float
    timeouts_per_cpu_s: float
    timeouts_per_pair: float


def timeouts_per_cpu_s(processes: int = 1_000, each: int = 300) -> float:
    """Measure bare SimPy timeouts, all of one length: the cheapest order for its heap."""
    environment = simpy.Environment()

    def tick():
        for _ in range(each):
            yield environment.timeout(1)

    for _ in range(processes):
        environment.process(tick())
    began = time.process_time()
    environment.run()
    return processes * each / (time.process_time() - began)


def w1(links: int, pairs: int, seed: int, purification: Purification | None = None) -> tuple[float, float]:
    """Run W1 on qnet; give simulated seconds and mean fidelity."""
    network = Network.chain(
        [20] * links,
        link=Link.from_numbers(0.5 * 10**-0.4, 100e-6, State.werner(0.95)),
        hardware=Device(memory=Waiting.from_t1_t2(t2_s=1.0)),
    )
    simulation = network.simulate(seed=seed, purification=purification)
    fidelities: list[float] = []
    route = network.route()
    course = simulation.flows.course(route, keep=True)
    flow = Flow(simulation.plant, route, course, deliver=lambda pair: fidelities.append(pair.fidelity()))
    flow.activate()
    while len(fidelities) < pairs:
        simulation.clock.advance(math.inf, 64)
    return simulation.now, fmean(fidelities)


def w2(links: int, pairs: int, seed: int) -> tuple[float, float]:
    """Run W2 on qnet; give simulated seconds and mean fidelity."""
    return w1(links, pairs, seed, dejmps())


def measure(workload: Callable[[int, int, int], tuple[float, float]], pairs: int) -> dict[int, Run]:
    """Run a workload at all lengths, repetition by repetition; give medians."""
    workload(2, 10, 0)  # compiles what there is to compile
    runs: dict[int, list[Run]] = {links: [] for links in LENGTHS}
    for seed in range(1, REPETITIONS + 1):
        for links in LENGTHS:
            before = timeouts_per_cpu_s()
            began = time.process_time()
            simulated_s, fidelity = workload(links, pairs, seed)
            spent = time.process_time() - began
            yardstick = (before + timeouts_per_cpu_s()) / 2
            runs[links].append(Run(pairs / spent, pairs / simulated_s, fidelity, yardstick, yardstick * spent / pairs))
    return {links: Run(*map(median, zip(*done, strict=True))) for links, done in runs.items()}


def as_json(workloads: dict[str, dict[int, Run]]) -> str:
    """Write the figures as one JSON object."""
    rows = {
        name: {
            str(links): {
                "pairs_per_cpu_s": run.pairs_per_cpu_s,
                "pairs_per_simulated_s": run.pairs_per_simulated_s,
                "fidelity": run.fidelity,
            }
            for links, run in runs.items()
        }
        for name, runs in workloads.items()
    }
    yardstick = median(run.timeouts_per_cpu_s for runs in workloads.values() for run in runs.values())
    return json.dumps({**rows, "simpy_timeouts_per_cpu_s": yardstick, "aer_calls": CALLS}, indent=1)


def table(name: str, runs: dict[int, Run], ours: dict[int, Run] | None = None, workload: str = "W1") -> str:
    """Write a table: what a pair costs and may cost (a peer's: to qnet's), then the physics, and what is expected."""
    lines = [
        f"{workload} on {name}, medians of {REPETITIONS}; a bare SimPy timeout takes "
        f"{1e6 / median(run.timeouts_per_cpu_s for run in runs.values()):.2f} us",
        f"{'links':>5} {'pairs/CPU s':>12} {'timeouts/pair':>14} {'budget' if ours is None else 'to qnet':>7}      "
        f"{'pairs/sim. s':>12} {'expected':>9} {'fidelity':>9}  expected",
    ]
    lines += [
        row(links, run, EXPECTED[workload][links], None if ours is None else ours[links]) for links, run in runs.items()
    ]
    return "\n".join(lines)


def row(links: int, run: Run, expected: Expected, ours: Run | None) -> str:
    if ours is not None:
        limit, over = f"{run.timeouts_per_pair / ours.timeouts_per_pair:.2g} x", ""
    else:
        limit = f"{expected.timeouts_per_pair:g}"
        over = "OVER" if run.timeouts_per_pair > expected.timeouts_per_pair else ""
    cost = f"{run.pairs_per_cpu_s:12,.0f} {run.timeouts_per_pair:14.0f} {limit:>7} {over:4}"
    known = "-" if expected.pairs_per_simulated_s is None else f"{expected.pairs_per_simulated_s:,}"
    rate = f"{run.pairs_per_simulated_s:12,.0f} {known:>9}"
    return f"{links:5} {cost} {rate} {run.fidelity:9.4f}  {expected.fidelity}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object, without the peers")
    arguments = parser.parse_args()
    runs, purified = measure(w1, PAIRS), measure(w2, PAIRS // 2)
    if arguments.json:
        print(as_json({"W1": runs, "W2": purified}))
        return
    print(table("qnet", runs))
    print()
    print(table("qnet", purified, workload="W2"))
    print(f"Aer ran {CALLS['compile']} times to compile, {CALLS['loop']} times in the loop.")
    for name, workload in peers.installed().items():
        print()
        print(table(name, measure(workload, PAIRS), runs) if workload else f"{name} is not installed: not measured.")


if __name__ == "__main__":
    main()
