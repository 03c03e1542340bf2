"""Draw docs/images/finite-*.png: published curves of finite keys, from the formulas.

Run it from the root of the repository: python docs/figures/finite_keys.py (a minute)
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from qnet.bounds import AfterpulsingReceiver, ThresholdReceiver
from qnet.errors import InvalidArgument
from qnet.keys import (
    EpsilonBudget,
    bbm92_fraction,
    optimal_decoy_session,
    optimal_single_photon_session,
)
from qnet.units import transmission

IMAGES = Path(__file__).parents[1] / "images"


def main() -> None:
    for name, draw in (("single", single_photons), ("two-decoys", two_decoys), ("one-decoy", one_decoy)):
        figure, axes = plt.subplots(figsize=(6, 3.8), layout="constrained")
        draw(axes)
        axes.legend(frameon=False)
        figure.savefig(IMAGES / f"finite-{name}.png", dpi=100)


def single_photons(axes: plt.Axes) -> None:
    """Tomamichel et al. 2012: key per detected round against the block; secrecy 1e-14 per bit, f = 1.1."""
    blocks = np.geomspace(1e3, 1e8, 101).astype(int)
    for color, error_rate in zip(("C0", "C1", "C2"), (0.01, 0.025, 0.05), strict=True):
        rates = [rate_per_round(int(block), error_rate) for block in blocks]
        axes.semilogx(blocks, rates, color=color, label=f"{error_rate:.1%} of the bits wrong")
        axes.axhline(bbm92_fraction(error_rate, error_rate, 1.1), color=color, linestyle=":")
    axes.set(xlabel="sifted bits, key and test", ylabel="secret bits per detected round", ylim=(0, 1))
    axes.set_title("BB84 and BBM92 (dotted: endless)")


def rate_per_round(block: int, error_rate: float) -> float:
    """The best key for this many sifted bits, over all rounds that both sides detected."""
    secrecy = 1e-14 * block
    for _ in range(3):  # length and epsilon are found in turn
        declared = {"tolerated_error": error_rate, "error_correction_efficiency": 1.1}
        try:
            session = optimal_single_photon_session(
                block, **declared, epsilon=EpsilonBudget(secrecy=secrecy, correctness=1e-14 * block)
            )
        except InvalidArgument:
            return 0.0
        secrecy = 1e-14 * session.key_length
    return session.key_length / session.rounds


def two_decoys(axes: plt.Axes) -> None:
    """Lim et al. 2014: key per pulse against length; dark counts 6e-7, afterpulses 4 %, secrecy 1e-15 per bit."""
    lengths_km = np.arange(0, 196, 4)
    for block in (1e4, 1e5, 1e6, 1e7, 1e9):
        rates = [lim_rate(length_km, block) for length_km in lengths_km]
        axes.semilogy(lengths_km, rates, label=rf"$10^{{{np.log10(block):.0f}}}$ bits of raw key")
    axes.set(xlabel="length of the fibre (km)", ylabel="secret bits per pulse", title="Vacuum and weak decoy")


def lim_rate(length_km: float, block: float) -> float:
    receiver = AfterpulsingReceiver(
        transmission=0.1 * transmission(0.2 * length_km),
        dark_count_probability=6e-7,
        misalignment=0.005,
        afterpulse_probability=0.04,
    )
    bits = 0.3 * block
    for _ in range(2):
        epsilon = EpsilonBudget(secrecy=1e-15 * bits, correctness=1e-15)
        try:
            best = optimal_decoy_session(receiver, key_clicks=block, epsilon=epsilon)
        except InvalidArgument:
            return np.nan
        bits = best.session.key_length or 1
    return best.key_per_pulse


def one_decoy(axes: plt.Axes) -> None:
    """Key with one decoy over key with two, for detectors as good as in Rusca et al. 2018."""
    losses_db = np.arange(0, 61, 5)
    for block in (1e5, 1e7, 1e9):
        ratios = [decoy_ratio(loss_db, block) for loss_db in losses_db]
        axes.plot(losses_db, ratios, label=rf"$10^{{{np.log10(block):.0f}}}$ bits of raw key")
    axes.axhline(1.0, color="grey", linewidth=0.8)
    axes.set(xlabel="loss, detectors included (dB)", ylabel="key of one decoy over two", ylim=(0.5, 1.35))
    axes.set_title("One decoy against two, 1 % of photons wrong")


def decoy_ratio(loss_db: float, block: float) -> float:
    receiver = ThresholdReceiver(transmission=transmission(loss_db), dark_count_probability=1e-8, misalignment=0.01)
    epsilon = EpsilonBudget(secrecy=1e-9, correctness=1e-15)
    one, two = (optimal_decoy_session(receiver, key_clicks=block, decoys=n, epsilon=epsilon) for n in (1, 2))
    return one.key_per_pulse / two.key_per_pulse


if __name__ == "__main__":
    main()
