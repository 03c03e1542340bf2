"""Draw docs/images/trusted-relays.png: the stores of a ring of trusted relays over two minutes, with a fibre cut.

Run it from the root of the repository: python docs/figures/trusted_relays.py
"""

from pathlib import Path

import matplotlib
import networkx as nx

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from qnet_protocols.key_makers import KeyRate
from qnet_protocols.trusted_relay import KeyRequest, Outage, RelayRun, run

from qnet import Network
from qnet.experiment.styles import frame

IMAGE = Path(__file__).parents[1] / "images" / "trusted-relays.png"
SECONDS = 120.0
CUT = Outage(ends=("bank", "north"), from_s=40.0, to_s=70.0)
RATES = {  # kilobits of key in a block of a second
    ("bank", "north"): 6,
    ("north", "archive"): 5,
    ("bank", "south"): 4,
    ("south", "east"): 4,
    ("east", "archive"): 3,
}
COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73")


def ring() -> Network:
    """Two ways from the bank to its archive: by north, or longer by south and east."""
    graph = nx.Graph()
    for (a, b), length_km in zip(RATES, (20.0, 25.0, 30.0, 20.0, 30.0), strict=True):
        graph.add_edge(a, b, length_km=length_km)
    return Network.from_graph(graph)


def demand() -> list[KeyRequest]:
    """A key of 2 kbit every half second on average, one in four over both ways."""
    chance = np.random.default_rng(3)
    times = np.cumsum(chance.exponential(0.42, 400))
    return [
        KeyRequest(
            source="bank",
            target="archive",
            bits=2000,
            start_s=float(time_s),
            deadline_s=15.0,
            paths=2 if number % 4 == 0 else 1,
        )
        for number, time_s in enumerate(times)
        if time_s < SECONDS
    ]


def simulate() -> RelayRun:
    keys = {ends: KeyRate(bits=1000 * size, block_s=1.0, success=0.9) for ends, size in RATES.items()}
    return run(ring(), demand(), seconds=SECONDS, keys=keys, outages=[CUT], seed=4)


def draw(done: RelayRun) -> None:
    figure, (stores, served) = plt.subplots(
        2, 1, figsize=(8, 6), sharex=True, layout="constrained", height_ratios=(2, 1)
    )
    for ends, colour in zip(RATES, COLOURS, strict=True):
        times, levels = zip(*done.hop(*ends).levels, strict=True)
        label = f"{ends[0]} – {ends[1]}"
        stores.step(times, np.array(levels) / 1000, where="post", color=colour, label=label, linewidth=1.4)
    for axes in (stores, served):
        axes.axvspan(CUT.from_s, CUT.to_s, color="#dddddd", zorder=0)
        frame(axes)
    stores.text(CUT.from_s + 0.5, 0.97, "bank – north is cut", transform=stores.get_xaxis_transform(), va="top")
    stores.set(ylabel="key in the store (kbit)", ylim=(0, None), xlim=(0, SECONDS))
    stores.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    draw_requests(served, done)
    figure.savefig(IMAGE, dpi=110)


def draw_requests(axes: plt.Axes, done: RelayRun) -> None:
    """How long each request waited, by the way it went."""
    ways = {("north",): ("o", "#0072B2", "by north"), ("south", "east"): ("^", "#D55E00", "by south and east")}
    seen: dict[str, list[tuple[float, float, str, str]]] = {}
    for outcome in done.outcomes:
        start_s = outcome.request.start_s
        if outcome.status != "delivered":
            marks = ("x", "#000000", outcome.status)
            wait_s = outcome.request.deadline_s
        else:
            both = len(outcome.paths) > 1
            marks = ("D", "#CC79A7", "by both ways") if both else ways[outcome.paths[0][1:-1]]
            wait_s = outcome.delivered_s - start_s
        seen.setdefault(marks[2], []).append((start_s, wait_s, marks[0], marks[1]))
    for label, points in sorted(seen.items()):
        times, waits, (marker, *_), (colour, *_) = zip(*points, strict=True)
        axes.plot(times, waits, marker, color=colour, label=f"{label} ({len(points)})", markersize=4, linestyle="none")
    axes.set(xlabel="asked for at (s)", ylabel="waited (s)")
    axes.legend(frameon=False, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8.5)


if __name__ == "__main__":
    result = simulate()
    print(result)
    draw(result)
