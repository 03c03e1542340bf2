"""Draw the pictures of docs/watching.md: python docs/figures/watching.py."""

from __future__ import annotations

from pathlib import Path

import qnet
from qnet.network.pictures import draw_map, draw_space_time
from qnet.network.trace import Trace
from qnet.quantum.library import dejmps

IMAGES = Path(__file__).parents[1] / "images"
LENGTHS_KM = [12.0, 20.0, 15.0]
USERS = [
    ("Delft", "Eindhoven"),
    ("Amsterdam", "Haarlem"),
    ("Maastricht", "Eindhoven"),
    ("Nijmegen", "Utrecht"),
    ("Leiden", "Den Haag"),
    ("Middelburg", "Rotterdam"),
    ("Zwolle", "Groningen"),
    ("Den Bosch", "Oss"),
]


def atoms(*, seed: int, pairs: int = 20, **options: object) -> Trace:
    """Trace three spans between atoms that keep their qubits until both ends know."""
    trace = Trace()
    network = qnet.Network.chain(LENGTHS_KM, hardware="rb-atom-projected")
    simulation = network.simulate(seed=seed, observer=trace, **options)
    simulation.request("n0", "n3", pairs=pairs, keep=True)
    simulation.run()
    return trace


def save(trace: Trace, number: int, name: str) -> None:
    """Draw one delivered pair."""
    draw_space_time(trace, number).savefig(IMAGES / f"watching-{name}.png", dpi=100)


def main() -> None:
    """Draw a pair as it comes, one with cut-offs, one from purified links, and a network at work."""
    save(atoms(seed=4, cutoff_s=5e-4), 1, "pair")
    save(atoms(seed=11, purification=dejmps()), 2, "purified")
    network, trace = qnet.Network.shipped("surfnet"), Trace()
    simulation = network.with_hardware("rb-atom-projected").simulate(seed=1, observer=trace)
    for source, target in USERS:
        simulation.request(source, target, deadline_s=0.5)
    simulation.run()
    draw_map(network, trace).savefig(IMAGES / "watching-map.png", dpi=110)


if __name__ == "__main__":
    main()
