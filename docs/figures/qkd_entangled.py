"""Draw docs/images/qkd-entangled.png: what three protocols get of Werner pairs, simulated and by formula.

Run it from the root of the repository: python docs/figures/qkd_entangled.py (a minute)
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from qnet_protocols import bbm92, e91, six_state

import qnet
from qnet.keys import bbm92_fraction, device_independent_fraction, six_state_fraction
from qnet.quantum import State

IMAGES = Path(__file__).parents[1] / "images"
PAIRS = 30_000
PROTOCOLS = (
    ("six states", six_state, lambda e: six_state_fraction(e, e, e), "#009E73", "o"),  # Okabe and Ito
    ("BBM92", bbm92, lambda e: bbm92_fraction(e, e), "#0072B2", "s"),
    ("E91, device-independent", e91, lambda e: device_independent_fraction(e, 8**0.5 * (1 - 2 * e)), "#D55E00", "D"),
)


def simulated(protocol, fidelity: float, seed: int) -> qnet.experiment.Quantity:
    """Secret bits per pair of one link that makes Werner pairs."""
    link = qnet.Link.from_numbers(1.0, 1e-4, State.werner(fidelity))
    result = protocol.run(qnet.Network.chain([10.0], link=link), stop=qnet.Pairs(PAIRS), seed=seed)
    return result.row().secret_fraction


def main() -> None:
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    fidelities, fine = np.linspace(0.82, 0.99, 9), np.linspace(0.78, 1.0, 400)
    for number, (name, protocol, fraction, colour, marker) in enumerate(PROTOCOLS):
        axes.plot(fine, np.maximum(0.0, fraction(2 * (1 - fine) / 3)), color=colour, label=name)
        seeds = range(100 * number, 100 * number + len(fidelities))
        seen = [simulated(protocol, float(f), seed) for f, seed in zip(fidelities, seeds, strict=True)]
        values = np.array([quantity.value for quantity in seen])
        ends = np.array([[quantity.low, quantity.high] for quantity in seen])
        errors = [values - ends[:, 0], ends[:, 1] - values]
        axes.errorbar(fidelities, values, yerr=errors, color=colour, marker=marker, ms=4, ls="none", capsize=2)
    axes.set(xlabel="fidelity of the pairs (Werner states)", ylabel="secret bits per pair, asymptotic", ylim=(-0.02, 1))
    axes.set_title(f"Lines: formulas. Points: {PAIRS:,} simulated pairs, 95 % intervals", fontsize=10)
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    figure.savefig(IMAGES / "qkd-entangled.png", dpi=100)


if __name__ == "__main__":
    main()
