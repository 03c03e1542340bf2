"""W1: chains of 2 to 16 links, in pairs per CPU second of one process, beside the physics they produced.

    python benchmarks/chain.py          # a table, with peers where they are installed
    python benchmarks/chain.py --json   # the same figures of qnet for programs

The yardstick is a SimPy loop of bare timeouts, measured just before and just after every run it is compared with, so
that a machine that is busy for a while favours neither.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import peers
import simpy

from qnet import Device, Link, Network
from qnet.quantum import State, Waiting
from qnet.quantum.aer import CALLS

REPETITIONS = 3
PAIRS = 4_000


class Expected(NamedTuple):
    """What W1 must give at a length (SimQN 0.2.3 and ReQuSim 0.4), and what a pair may cost in bare timeouts."""

    pairs_per_simulated_s: float
    fidelity: str
    timeouts_per_pair: float


EXPECTED = {
    2: Expected(1208, "0.9024-0.9029", 60),
    4: Expected(880, "0.817-0.818", 120),
    8: Expected(680, "0.6775-0.6794", 240),
    16: Expected(447, "0.491-0.494", 480),
}


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


def w1(links: int, pairs: int, seed: int) -> tuple[float, float]:
    """Run W1 on qnet; give simulated seconds and mean fidelity."""
    network = Network.chain(
        [20] * links,
        link=Link.from_numbers(0.5 * 10**-0.4, 100e-6, State.werner(0.95)),
        hardware=Device(memory=Waiting.from_t1_t2(t2_s=1.0)),
    )
    simulation = network.simulate(seed=seed)
    request = simulation.request("n0", f"n{links}", pairs=pairs, keep=True)
    simulation.run()
    return simulation.now, request.mean_fidelity


def measure(workload: Callable[[int, int, int], tuple[float, float]], pairs: int) -> dict[int, Run]:
    """Run a workload at all lengths, repetition by repetition; give medians."""
    workload(2, 10, 0)  # compiles what there is to compile
    runs: dict[int, list[Run]] = {links: [] for links in EXPECTED}
    for seed in range(1, REPETITIONS + 1):
        for links in EXPECTED:
            before = timeouts_per_cpu_s()
            began = time.process_time()
            simulated_s, fidelity = workload(links, pairs, seed)
            spent = time.process_time() - began
            yardstick = (before + timeouts_per_cpu_s()) / 2
            runs[links].append(Run(pairs / spent, pairs / simulated_s, fidelity, yardstick, yardstick * spent / pairs))
    return {links: Run(*map(median, zip(*done, strict=True))) for links, done in runs.items()}


def as_json(runs: dict[int, Run]) -> str:
    """Write the figures as one JSON object."""
    rows = {
        str(links): {
            "pairs_per_cpu_s": run.pairs_per_cpu_s,
            "pairs_per_simulated_s": run.pairs_per_simulated_s,
            "fidelity": run.fidelity,
        }
        for links, run in runs.items()
    }
    yardstick = median(run.timeouts_per_cpu_s for run in runs.values())
    return json.dumps({"W1": rows, "simpy_timeouts_per_cpu_s": yardstick, "aer_calls": CALLS}, indent=1)


def table(name: str, runs: dict[int, Run], ours: dict[int, Run] | None = None) -> str:
    """Write a table: what a pair costs and may cost (a peer's: to qnet's), then the physics, and what is expected."""
    lines = [
        f"W1 on {name}, medians of {REPETITIONS}; a bare SimPy timeout takes "
        f"{1e6 / median(run.timeouts_per_cpu_s for run in runs.values()):.2f} us",
        f"{'links':>5} {'pairs/CPU s':>12} {'timeouts/pair':>14} {'budget' if ours is None else 'to qnet':>7}      "
        f"{'pairs/sim. s':>12} {'expected':>9} {'fidelity':>9}  expected",
    ]
    lines += [row(links, run, None if ours is None else ours[links]) for links, run in runs.items()]
    return "\n".join(lines)


def row(links: int, run: Run, ours: Run | None) -> str:
    expected = EXPECTED[links]
    if ours is not None:
        limit, over = f"{run.timeouts_per_pair / ours.timeouts_per_pair:.2g} x", ""
    else:
        limit = f"{expected.timeouts_per_pair:g}"
        over = "OVER" if run.timeouts_per_pair > expected.timeouts_per_pair else ""
    cost = f"{run.pairs_per_cpu_s:12,.0f} {run.timeouts_per_pair:14.0f} {limit:>7} {over:4}"
    rate = f"{run.pairs_per_simulated_s:12,.0f} {expected.pairs_per_simulated_s:9,}"
    return f"{links:5} {cost} {rate} {run.fidelity:9.4f}  {expected.fidelity}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object, without the peers")
    arguments = parser.parse_args()
    runs = measure(w1, PAIRS)
    if arguments.json:
        print(as_json(runs))
        return
    print(table("qnet", runs))
    print(f"Aer ran {CALLS['compile']} times to compile, {CALLS['loop']} times in the loop.")
    for name, workload in peers.installed().items():
        print()
        print(table(name, measure(workload, PAIRS), runs) if workload else f"{name} is not installed: not measured.")


if __name__ == "__main__":
    main()
