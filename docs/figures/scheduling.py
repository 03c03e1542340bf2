"""Draw docs/images/scheduling.png, and print the tables of docs/scheduling.md: one overloaded network, six ways.

Run it from the root of the repository: python docs/figures/scheduling.py
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib
import networkx as nx

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import qnet
from qnet.experiment.styles import frame
from qnet.network import policies
from qnet.network.terms import Terms
from qnet.network.traffic import Traffic
from qnet.quantum import State, Waiting
from qnet.scenario import Scenario

IMAGE = Path(__file__).parents[1] / "images" / "scheduling.png"
SECONDS = 40.0
SEEDS = range(4)
# ends, priority, fidelity, requests per second, pairs, seconds from start to deadline; each wants 50 pairs/s on average
TENANTS = {
    "alarm": (("west 1", "east 1"), 3.0, 0.80, 5.0, (5, 15), (0.5, 1.0)),
    "bank": (("west 2", "east 2"), 2.0, 0.90, 1.25, (30, 50), (1.5, 4.0)),
    "lab": (("west 3", "east 3"), 1.0, 0.85, 0.5, (80, 120), (4.0, 8.0)),
    "backup": (("west 3", "east 3"), 0.0, 0.75, 0.25, (180, 220), (6.0, 12.0)),
}
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#E69F00")
WAYS = {
    "first come first served": {"policy": policies.first_come_first_served},
    "earliest deadline first": {"policy": policies.earliest_deadline_first},
    "strict priority": {"policy": policies.strict_priority},
    "weighted fair share": {"policy": policies.weighted_fair_share},
    "tightest fit": {"policy": policies.tightest_fit},
    "reserved": {"policy": policies.first_come_first_served, "scheduling": "reserved"},
}


def network() -> qnet.Network:
    """Three ends on either side of one long link that all need."""
    graph = nx.Graph()
    near = qnet.Link.from_numbers(0.5, 1e-4, State.werner(0.99))
    far = qnet.Link.from_numbers(0.05, 4e-4, State.werner(0.97))
    for number in (1, 2, 3):
        graph.add_edge(f"west {number}", "west", length_km=10.0, link=near)
        graph.add_edge(f"east {number}", "east", length_km=10.0, link=near)
    graph.add_edge("west", "east", length_km=40.0, link=far)
    return qnet.Network.from_graph(
        graph, hardware=qnet.Device(memory=Waiting.from_t1_t2(t2_s=0.1), optical_interfaces=8)
    )


def demand(net: qnet.Network, seed: int) -> Iterator[Terms]:
    """The requests of all tenants; the same for every way to serve them."""
    for tenant, (ends, priority, fidelity, requests_hz, pairs, duration_s) in TENANTS.items():
        traffic = Traffic(
            requests_hz=requests_hz,
            pairs=pairs,
            min_fidelity=(fidelity, fidelity),
            duration_s=duration_s,
            demand={ends: 1.0},
            tenants={tenant: 1.0},
            name=tenant,
        )
        for terms in traffic.requests(net, until_s=SECONDS, seed=seed):
            yield replace(terms, priority=priority)


def measured(way: str, seed: int) -> dict[str, float]:
    """What one way comes to: of the run, and for each tenant the share of what it wanted and of its deadlines."""
    net = network()
    terms = tuple(sorted(demand(net, seed), key=lambda each: each.start_s))
    scenario = Scenario(name=way, network=net, duration_s=SECONDS, requests=terms)
    report = scenario.run(seed=seed, quantum_s=0.05, **WAYS[way]).report
    totals = report.totals
    over = [record for record in report.requests if record.deadline_s is not None and record.deadline_s <= SECONDS]
    values = {
        "pairs/s": totals.pairs / SECONDS,
        "on time": np.mean([record.status == "served" for record in over]),
        "refused": np.mean([record.status == "refused" for record in over]),
        "broken": np.mean([record.status == "expired" for record in over]),
        "fidelity": totals.fidelity.value,
        "jain": totals.jain_index.value,
        "below": totals.below_threshold,
    }
    for tenant in TENANTS:
        own = [record for record in over if record.tenant == tenant]
        values[f"{tenant}: on time"] = np.mean([record.status == "served" for record in own])
        mine = [record for record in report.requests if record.tenant == tenant]
        values[f"{tenant}: pairs"] = sum(record.delivered for record in mine) / SECONDS
    return {name: float(value) for name, value in values.items()}


def row(name: str, numbers: list[dict[str, float]]) -> str:
    """A line of the table: means over the seeds, with their standard errors."""
    cells = []
    for key in numbers[0]:
        values = [each[key] for each in numbers]
        digits = 4 if key == "fidelity" else 0 if key in ("pairs/s", "below") or key.endswith("pairs") else 2
        cells.append(f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1) / math.sqrt(len(values)):.{digits}f}")
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    found = {way: [measured(way, seed) for seed in SEEDS] for way in WAYS}
    print("| policy |", " | ".join(found["reserved"][0]), "|")
    for way, numbers in found.items():
        print(row(way, numbers))
    figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.0), layout="constrained", sharey=True)
    places = np.arange(len(WAYS))
    for number, tenant in enumerate(TENANTS):
        for panel, key in zip(axes, ("pairs", "on time"), strict=True):
            values = [np.mean([each[f"{tenant}: {key}"] for each in numbers]) for numbers in found.values()]
            panel.barh(places + 0.2 * (number - 1.5), values, 0.2, color=COLOURS[number], label=tenant)
    axes[0].axvline(50.0, color="#555555", linestyle="--", linewidth=1.2)
    axes[0].annotate("wanted by each", (49.0, -0.52), ha="right", va="center", fontsize=9, color="#555555")
    axes[0].set(xlabel="pairs per second", yticks=places, yticklabels=list(WAYS), ylim=(len(WAYS) - 0.5, -0.9))
    axes[1].set(xlabel="share of requests served before their deadline", xlim=(0.0, 1.02))
    for panel in axes:
        frame(panel)
        panel.grid(visible=False, axis="y")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(IMAGE, dpi=100)


if __name__ == "__main__":
    main()
