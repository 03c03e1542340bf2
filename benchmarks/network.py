"""The network service: W1, W2, W3 and W6 in one process, in pairs per CPU second, beside the physics they produced.

    python benchmarks/network.py          # a table with budgets
    python benchmarks/network.py --json   # the same figures for programs

Everything goes through requests, the planner and the controller, with full density matrices. Budgets are those of
`benchmarks/README.md`, scaled by the speed of bare SimPy timeouts measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from statistics import median
from typing import NamedTuple

from chain import timeouts_per_cpu_s

from qnet import Device, Link, Network
from qnet.network.shapes import grid
from qnet.quantum import State, Waiting, dejmps

REFERENCE_TIMEOUTS = 1.4e6
"""Bare timeouts per CPU second of the machine on which the peers were measured."""
PEERS_W2 = {2: 1297, 4: 587, 8: 280, 16: 117}
"""ReQuSim 0.4, one round of purification on each link, pairs per CPU second."""
KERNEL_W1 = {2: 60, 4: 120, 8: 240, 16: 480}
"""Budget of W1 in `benchmarks/chain.py`, bare timeouts per pair; the service may cost 1.3 times as much."""


class Figure(NamedTuple):
    """One workload: its speed, and what it simulated."""

    pairs_per_cpu_s: float
    pairs_per_simulated_s: float
    fidelity: float


def link(fidelity: float) -> Link:
    """Give a span of 20 km with ideal devices: p = 0.199 in 100 us."""
    return Link.from_numbers(0.5 * 10**-0.4, 100e-6, State.werner(fidelity))


def device() -> Device:
    """Give a node whose memories dephase in a second."""
    return Device(memory=Waiting.from_t1_t2(t2_s=1.0), optical_interfaces=4)


def chain(links: int, pairs: int, **options: object) -> Figure:
    """Deliver pairs over a chain."""
    network = Network.chain([20] * links, link=link(0.95), hardware=device())
    began = time.process_time()
    simulation = network.simulate(seed=1, **options)
    request = simulation.request("n0", f"n{links}", pairs=pairs, keep=True)
    simulation.run()
    spent = time.process_time() - began
    return Figure(pairs / spent, pairs / request.last_delivery_s, request.mean_fidelity or 0.0)


def w3(simulated_s: float) -> Figure:
    """Serve 50 requests with a threshold of 0.8 between random nodes of a 7 x 7 grid, all at once."""
    network = Network.from_graph(grid(7, 7, 20.0), link=link(0.99), hardware=device())
    draw = random.Random(7)
    ends = [draw.sample(network.nodes, 2) for _ in range(50)]
    began = time.process_time()
    simulation = network.simulate(seed=1)
    for k, (source, target) in enumerate(ends):
        simulation.request(source, target, min_fidelity=0.8, deadline_s=simulated_s, tenant=f"t{k}")
    simulation.run(until_s=simulated_s)
    spent = time.process_time() - began
    pairs = sum(request.delivered for request in simulation.requests)
    fidelity = sum(request.fidelity_sum for request in simulation.requests) / pairs
    assert not any(request.below_threshold for request in simulation.requests)
    return Figure(pairs / spent, pairs / simulated_s, fidelity)


def w6(pairs: int) -> float:
    """Give the CPU seconds of an end-to-end pair over 1,000 nodes, each pair from an empty chain."""
    network = Network.chain([20] * 999, link=link(0.95), hardware=device())
    simulation = network.simulate(seed=1, restart="per-pair")
    simulation.request("n0", "n999", pairs=pairs, keep=True)
    began = time.process_time()
    simulation.run()
    return (time.process_time() - began) / pairs


def measure(repetitions: int) -> dict[str, object]:
    """Measure all workloads; chains as medians, with the timeouts of the same moments."""
    yardsticks = [timeouts_per_cpu_s()]
    runs: dict[str, dict[int, list[Figure]]] = {"W1": {}, "W2": {}}
    for _ in range(repetitions):
        for links in KERNEL_W1:
            runs["W1"].setdefault(links, []).append(chain(links, 24_000 // links))
            runs["W2"].setdefault(links, []).append(chain(links, 12_000 // links, purification=dejmps()))
        yardsticks.append(timeouts_per_cpu_s())
    figures = {
        name: {str(links): Figure(*map(median, zip(*done, strict=True))) for links, done in table.items()}
        for name, table in runs.items()
    }
    return {**figures, "W3": w3(5.0), "W6_s_per_pair": w6(20), "simpy_timeouts_per_cpu_s": median(yardsticks)}


def table(figures: dict[str, object]) -> str:
    """Write the figures with their budgets."""
    yardstick = figures["simpy_timeouts_per_cpu_s"]
    scale = yardstick / REFERENCE_TIMEOUTS  # type: ignore[operator]
    lines = [f"a bare SimPy timeout takes {1e6 / yardstick:.2f} us"]  # type: ignore[operator]
    lines.append(f"{'workload':>10} {'pairs/CPU s':>12} {'at least':>10} {'pairs/sim. s':>13} {'fidelity':>9}")

    def row(name: str, figure: Figure, least: float) -> str:
        over = "" if figure.pairs_per_cpu_s >= least else "  UNDER"
        return (
            f"{name:>10} {figure.pairs_per_cpu_s:12,.0f} {least:10,.0f} {figure.pairs_per_simulated_s:13,.1f} "
            f"{figure.fidelity:9.4f}{over}"
        )

    for links, budget in KERNEL_W1.items():
        lines.append(row(f"W1 N={links}", figures["W1"][str(links)], yardstick / (1.3 * budget)))  # type: ignore[index,operator]
    for links, peer in PEERS_W2.items():
        lines.append(row(f"W2 N={links}", figures["W2"][str(links)], 8 * peer * scale))  # type: ignore[index]
    lines.append(row("W3", figures["W3"], 5_000 * scale))  # type: ignore[arg-type]
    lines.append(f"W6: {figures['W6_s_per_pair']:.4f} CPU s a pair, at most {0.1 / scale:.3f}")
    return "\n".join(lines)


def as_json(figures: dict[str, object]) -> str:
    """Write the speeds as one JSON object."""
    speeds = {
        name: {links: figure.pairs_per_cpu_s for links, figure in figures[name].items()}  # type: ignore[attr-defined]
        for name in ("W1", "W2")
    }
    rest = {name: figures[name] for name in ("W6_s_per_pair", "simpy_timeouts_per_cpu_s")}
    return json.dumps({**speeds, "W3": figures["W3"].pairs_per_cpu_s, **rest}, indent=1)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    figures = measure(1 if arguments.json else 3)
    print(as_json(figures) if arguments.json else table(figures))


if __name__ == "__main__":
    main()
