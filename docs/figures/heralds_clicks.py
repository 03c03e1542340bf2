"""Plot what heralding circuits give against closed forms: python docs/figures/heralds_clicks.py."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from qnet.quantum.photonics import double_click, emitter_absorber, single_click

IMAGES = Path(__file__).parents[1] / "images"
COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito
LINE = {"linewidth": 1.5}
DOTS = {"marker": "o", "markersize": 4.5, "linestyle": "none"}


def single_form(alpha, eta, visibility=1.0, dark=0.0):
    """Success probability and fidelity of single click, equal arms, threshold detectors."""
    s, d = 1 - dark, dark * (1 - dark)
    rho_00 = (1 - alpha) ** 2 * d
    rho_01 = alpha * (1 - alpha) * (eta * s / 2 + (1 - eta) * d)
    rho_11 = alpha**2 * (eta * (1 - eta) * s + eta**2 * (1 + visibility) / 4 * s + (1 - eta) ** 2 * d)
    coherence = alpha * (1 - alpha) * eta * math.sqrt(visibility) * s / 2
    one_detector = rho_00 + 2 * rho_01 + rho_11
    return 2 * one_detector, (rho_01 + coherence) / one_detector


def double_form(eta, visibility=1.0, dark=0.0):
    """Success probability and fidelity of double click, equal arms, threshold detectors."""
    s, d = 1 - dark, 2 * dark * (1 - dark)
    noise = 2 * eta * (1 - eta) * s * d + (1 - eta) ** 2 * d**2
    differ = (eta**2 * s**2 + noise) / 4
    same = (eta**2 * (1 + visibility) / 2 * s * d + noise) / 4
    coherence = eta**2 * visibility * s**2 / 4
    return 2 * (differ + same), (differ + coherence) / (2 * (differ + same))


def absorber_form(eta, latch=0.5, visibility=1.0, false=0.0):
    """Success probability and fidelity from emitter to absorber."""
    right, wrong = eta * latch, (1 - eta * latch) * false
    return right + wrong, (right * (1 + visibility) / 2 + wrong / 4) / (right + wrong)


def single(alpha, eta, visibility=1.0, dark=0.0):
    """Run the circuit of single click with equal arms."""
    return single_click(
        alpha_a=float(alpha),
        alpha_b=float(alpha),
        efficiency_a=float(eta),
        efficiency_b=float(eta),
        visibility=float(visibility),
        dark_count_probability=dark,
    )


def double(eta, visibility=1.0, dark=0.0):
    """Run the circuit of double click with equal arms."""
    return double_click(
        efficiency_a=float(eta),
        efficiency_b=float(eta),
        visibility=float(visibility),
        dark_count_probability=dark,
    )


def plot(axes: Axes, x, fine, circuit, form, colour, label):
    """Draw one closed form as a line and the circuit's figures as dots."""
    axes.plot(fine, form(fine), color=colour, label=label, **LINE)
    axes.plot(x, [circuit(value) for value in x], color=colour, **DOTS)


def save(figure, axes, name):
    """Finish a picture."""
    for panel in np.atleast_1d(axes):
        panel.grid(alpha=0.25)
        panel.legend(frameon=False, fontsize=8)
    figure.savefig(IMAGES / f"heralds-{name}.png", dpi=100)


def draw_single() -> None:
    """Fidelity against brightness, and against the transmission with dark counts."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    alphas, etas = np.linspace(0.02, 0.6, 13), np.logspace(-6, 0, 13)
    for v, colour in zip((1.0, 0.9, 0.7), COLOURS, strict=True):
        plot(
            axes[0],
            alphas,
            np.linspace(0.005, 0.6, 200),
            lambda a, v=v: single(a, 0.1, v).fidelity,
            lambda a, v=v: single_form(a, 0.1, v)[1],
            colour,
            f"V = {v:g}",
        )
    for alpha, colour in zip((0.02, 0.1, 0.3), COLOURS, strict=True):
        plot(
            axes[1],
            etas,
            np.logspace(-6, 0, 200),
            lambda eta, a=alpha: single(a, eta, dark=1e-5).fidelity,
            lambda eta, a=alpha: single_form(a, eta, dark=1e-5)[1],
            colour,
            rf"$\alpha$ = {alpha:g}",
        )
        axes[1].axhline(alpha * (1 - alpha), color=colour, linestyle=":", linewidth=1)
    axes[0].set(xlabel=r"bright-state population $\alpha$", ylabel="fidelity", title=r"$\eta$ = 0.1, no dark counts")
    axes[1].set(xlabel=r"efficiency of each arm $\eta$", xscale="log", title=r"V = 1, $p_d$ = $10^{-5}$")
    save(figure, axes, "single-click")


def draw_double() -> None:
    """Fidelity against visibility, and against the transmission with dark counts."""
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
    for eta, colour in zip((0.5, 0.03, 0.003), COLOURS, strict=True):
        plot(
            axes[0],
            np.linspace(0.0, 1.0, 11),
            np.linspace(0.0, 1.0, 100),
            lambda v, eta=eta: double(eta, v, 1e-3).fidelity,
            lambda v, eta=eta: double_form(eta, v, 1e-3)[1],
            colour,
            rf"$\eta$ = {eta:g}",
        )
    for dark, colour in zip((1e-7, 1e-5, 1e-3), COLOURS, strict=True):
        plot(
            axes[1],
            np.logspace(-6, 0, 13),
            np.logspace(-6, 0, 200),
            lambda eta, dark=dark: double(eta, 0.95, dark).fidelity,
            lambda eta, dark=dark: double_form(eta, 0.95, dark)[1],
            colour,
            rf"$p_d$ = $10^{{{math.log10(dark):.0f}}}$",
        )
    axes[1].axhline(0.25, color="#555555", linestyle=":", linewidth=1)
    axes[0].set(xlabel="Hong-Ou-Mandel visibility V", ylabel="fidelity", title=r"$p_d$ = $10^{-3}$")
    axes[1].set(xlabel=r"efficiency of each arm $\eta$", xscale="log", title="V = 0.95")
    save(figure, axes, "double-click")


def draw_absorber() -> None:
    """Fidelity against the efficiency, with false announcements."""
    figure, axes = plt.subplots(figsize=(4.8, 3.4), layout="constrained")
    for false, colour in zip((1e-7, 1e-5, 1e-3), COLOURS, strict=True):
        plot(
            axes,
            np.logspace(-6, 0, 13),
            np.logspace(-6, 0, 200),
            lambda eta, false=false: (
                emitter_absorber(
                    efficiency=float(eta), latch_probability=0.5, visibility=0.95, false_latch_probability=false
                ).fidelity
            ),
            lambda eta, false=false: absorber_form(eta, 0.5, 0.95, false)[1],
            colour,
            rf"f = $10^{{{math.log10(false):.0f}}}$",
        )
    axes.axhline(0.25, color="#555555", linestyle=":", linewidth=1)
    axes.set(xlabel=r"efficiency $\eta$", ylabel="fidelity", xscale="log", title="q = 0.5, V = 0.95")
    save(figure, axes, "emitter-absorber")


def draw_scaling() -> None:
    """Success probability against the transmission from end to end."""
    figure, axes = plt.subplots(figsize=(5.6, 3.8), layout="constrained")
    eta, fine = np.logspace(-8, 0, 17), np.logspace(-8, 0, 200)
    models = (
        (
            r"single click, $\alpha$ = 0.05",
            lambda t: single(0.05, math.sqrt(t)).success_probability,
            lambda t: single_form(0.05, np.sqrt(t))[0],
        ),
        (
            "double click",
            lambda t: double(math.sqrt(t)).success_probability,
            lambda t: double_form(np.sqrt(t))[0],
        ),
        (
            "emitter to absorber, q = 0.25",
            lambda t: emitter_absorber(efficiency=float(t), latch_probability=0.25).success_probability,
            lambda t: absorber_form(t, 0.25)[0],
        ),
    )
    for (label, circuit, form), colour in zip(models, COLOURS, strict=True):
        plot(axes, eta, fine, circuit, form, colour, label)
    for power, x, y, name, place in (
        (0.5, 2e-8, 3e-5, r"$\sqrt{\eta}$", (1.2e-7, 2.6e-4)),
        (1.0, 1e-6, 5e-8, r"$\eta$", (1.4e-5, 2.2e-7)),
    ):
        span = np.array([x, 100 * x])
        axes.plot(span, y * (span / x) ** power, color="#555555", linewidth=1)
        axes.text(*place, name, color="#555555", ha="center", va="center")
    axes.set(xlabel=r"transmission from end to end $\eta$", ylabel="success probability", xscale="log", yscale="log")
    save(figure, axes, "scaling")


if __name__ == "__main__":
    draw_single()
    draw_double()
    draw_absorber()
    draw_scaling()
