"""Plot what sources of photon pairs give, to memories and to detectors: python docs/figures/heralds_pairs.py."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from qnet.bounds import optimal_intensity
from qnet.keys import bbm92_fraction
from qnet.quantum.photonics import midpoint_source, pair_detection, pair_detection_operation

IMAGES = Path(__file__).parents[1] / "images"
COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito
LINE = {"linewidth": 1.5}
DOTS = {"marker": "o", "markersize": 4.5, "linestyle": "none"}
LAWS = ("thermal", "poissonian")
DARK = 1e-5


def chance(statistics, mean, n):
    """Probability of n pairs in a pulse."""
    if statistics == "poissonian":
        return math.exp(-mean) * mean**n / math.factorial(n)
    return (n + 1) * (mean / 2) ** n / (1 + mean / 2) ** (n + 2)


def series(statistics, mean, taken, false=0.0):
    """Fidelity of the memories, both arms alike, summed over all numbers of pairs."""
    success = correlated = 0.0
    for n in range(80):
        hit = 1 - (1 - taken) ** n
        success += chance(statistics, mean, n) * (hit + (1 - hit) * false) ** 2
        alike = {"thermal": (n + 2) / 3, "poissonian": 1.0}[statistics] / max(n, 1)
        correlated += chance(statistics, mean, n) * hit**2 * alike
    return (1 + 3 * correlated / success) / 4


def memories(statistics, mean, eta, false=0.0):
    """Run the circuit with equal arms; every second photon that arrives is taken in."""
    return midpoint_source(
        mean_pairs=float(mean),
        statistics=statistics,
        efficiency_a=float(eta),
        efficiency_b=float(eta),
        latch_probability_a=0.5,
        latch_probability_b=0.5,
        false_latch_probability=false,
    )


def draw_memories() -> None:
    """Fidelity against brightness, and against the efficiency of an arm with false announcements."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    means, fine = np.logspace(-3, 0, 10), np.logspace(-3, 0, 100)
    for statistics, colour in zip(LAWS, COLOURS, strict=False):
        axes[0].plot(fine, [series(statistics, m, 0.05) for m in fine], color=colour, label=statistics, **LINE)
        axes[0].plot(means, [memories(statistics, m, 0.1).fidelity for m in means], color=colour, **DOTS)
    axes[0].set(xlabel="mean number of pairs in a pulse", ylabel="fidelity", xscale="log")
    axes[0].set_title(r"$\eta$ = 0.1, q = 0.5, f = 0")
    etas, fine = np.logspace(-6, 0, 13), np.logspace(-6, 0, 100)
    for false, colour in zip((1e-7, 1e-5, 1e-3), COLOURS, strict=True):
        label = rf"f = $10^{{{math.log10(false):.0f}}}$"
        axes[1].plot(fine, [series("thermal", 0.05, e / 2, false) for e in fine], color=colour, label=label, **LINE)
        axes[1].plot(etas, [memories("thermal", 0.05, e, false).fidelity for e in etas], color=colour, **DOTS)
    axes[1].axhline(0.25, color="#555555", linestyle=":", linewidth=1)
    axes[1].set(xlabel=r"efficiency of each arm $\eta$", xscale="log", title=r"thermal, $\mu$ = 0.05, q = 0.5")
    save(figure, axes, "midpoint-source")


def arms(eta, dark=DARK):
    """Equal arms and detectors."""
    eta = float(eta)
    dark_counts = {"dark_count_probability_a": dark, "dark_count_probability_b": dark}
    return {"efficiency_a": eta, "efficiency_b": eta, **dark_counts}


def closed_error(mean, eta):
    """Error rate of thermal pairs (Ma, Fung and Lo 2007, with the factor of dark counts that it lacks)."""
    lam, one, both = mean / 2, 1 + eta * mean / 2, 1 + (2 * eta - eta**2) * mean / 2
    gain = 1 - 2 * ((1 - DARK) / one) ** 2 + ((1 - DARK) ** 2 / both) ** 2
    return 0.5 - (1 - DARK) ** 2 * eta**2 * lam * (1 + lam) / one**2 / both / gain


def counted_error(statistics, mean, eta, basis):
    """Error rate from the circuit that counts to three."""
    operation = pair_detection_operation(mean_pairs=float(mean), statistics=statistics, basis=basis, **arms(eta))
    told = operation.instrument.tensor.reshape(3, 3)[1:, 1:]
    return (told[0, 1] + told[1, 0]) / told.sum()


def key_per_pulse(statistics, mean, eta):
    """Secret bits per pulse, error correction at 1.16 times the limit."""
    result = pair_detection(mean_pairs=mean, statistics=statistics, misalignment=0.01, **arms(eta, 1e-6))
    return result.coincidence_probability * bbm92_fraction(result.error_rate_z, result.error_rate_x)


def draw_detectors() -> None:
    """Error rate against brightness, and the key at the best brightness against the loss."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    means, fine = np.logspace(-3, 0, 10), np.logspace(-3, 0, 100)
    for eta, colour in zip((0.5, 0.1, 0.01), COLOURS, strict=True):
        exact = [pair_detection(mean_pairs=float(m), statistics="thermal", **arms(eta)).error_rate_z for m in means]
        axes[0].plot(fine, closed_error(fine, eta), color=colour, label=rf"$\eta$ = {eta:g}", **LINE)
        axes[0].plot(means, exact, color=colour, **DOTS)
        counted = [counted_error("thermal", m, eta, "x") for m in means]
        axes[0].plot(means, counted, color="black", marker="x", markersize=5, linestyle="none")
    axes[0].set(xlabel="mean number of pairs in a pulse", ylabel="error rate", xscale="log")
    axes[0].set_title(r"thermal, $p_d$ = $10^{-5}$")
    losses_db = np.linspace(0, 80, 81)
    for statistics, colour in zip(LAWS, COLOURS, strict=False):
        keys = []
        for loss_db in losses_db:
            eta = 0.5 * 10 ** (-loss_db / 20)
            best = optimal_intensity(lambda mean, s=statistics, e=eta: key_per_pulse(s, mean, e))
            keys.append(max(key_per_pulse(statistics, best, eta), 0.0) / eta**2)
        axes[1].plot(losses_db, keys, color=colour, label=statistics, **LINE)
    axes[1].set(xlabel="loss from end to end (dB)", ylabel=r"secret bits per pulse / $\eta^2$", ylim=(0, None))
    axes[1].set_title(r"best brightness, $p_d$ = $10^{-6}$, $e$ = 1 %")
    save(figure, axes, "pair-detection")


def save(figure, axes, name):
    """Finish a picture."""
    for panel in axes:
        panel.grid(alpha=0.25)
        panel.legend(frameon=False, fontsize=8)
    figure.savefig(IMAGES / f"heralds-{name}.png", dpi=100)


if __name__ == "__main__":
    draw_memories()
    draw_detectors()
