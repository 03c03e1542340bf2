"""Memory over a long run: the resident set after 10^4, 10^5 and 10^6 delivered pairs of one simulation, in MB.

    python benchmarks/memory.py                    # a table; some ten minutes
    python benchmarks/memory.py --pairs 100000     # a shorter one
    python benchmarks/memory.py --json             # the same figures for programs

One request without a trace, served over two links by a network whose chain starts anew after each pair, by one that
pipelines, and by one that pipelines while swaps fail, cut-offs strike and links purify. Each in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from qnet import Device, Link, Network
from qnet.quantum import State, Waiting, dejmps

LINKS = 2
BUDGET_MB = 500
WAYS: dict[str, dict[str, object]] = {
    "per-pair": {"restart": "per-pair"},
    "pipelined": {"restart": "pipelined"},
    "lossy": {"restart": "pipelined", "cutoff_s": 2e-3, "purification": dejmps()},
}


def resident_mb() -> float:
    """Give the memory that this process holds now; where the system does not tell, the most it ever held."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2 ** (20 if sys.platform == "darwin" else 10)


def measure(way: str, pairs: int) -> dict[str, float]:
    """Deliver so many pairs in one simulation; give the memory at each power of ten from 10^4 on."""
    link = Link.from_numbers(0.5 * 10**-0.4, 100e-6, State.werner(0.98))
    device = Device(
        memory=Waiting.from_t1_t2(t2_s=1.0),
        optical_interfaces=4,
        swap_success_probability=0.8 if way == "lossy" else 1.0,
    )
    simulation = Network.chain([20.0] * LINKS, link=link, hardware=device).simulate(seed=1, **WAYS[way])
    request = simulation.request("n0", f"n{LINKS}", pairs=pairs, keep=True)
    found = {}
    for power in range(4, math.floor(math.log10(pairs)) + 1):
        while request.delivered < 10**power:
            simulation.run(max_events=10_000)
        found[f"rss_mb_at_1e{power}"] = round(resident_mb(), 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="delivered pairs, from 10000 on")
    arguments = parser.parse_args()
    runs = {}
    for way in WAYS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            runs[way] = process.submit(measure, way, arguments.pairs).result()
    most = {name: max(run[name] for run in runs.values()) for name in runs["pipelined"]}
    if arguments.json:
        print(json.dumps({"pairs": arguments.pairs, **most, "runs": runs}, indent=1))
        return
    print(f"{'':>10}", *(f"{name.removeprefix('rss_mb_at_'):>8}" for name in most), "  pairs; MB resident")
    for way, run in runs.items():
        print(f"{way:>10}", *(f"{value:8.1f}" for value in run.values()))
    print("within" if max(most.values()) < BUDGET_MB else "OVER", f"the budget of {BUDGET_MB} MB")


if __name__ == "__main__":
    main()
