"""Draw docs/images/qkd-{gys,lim,tomamichel}.png: published curves of QKD, simulated, with the formulas beside.

Run it from the root of the repository: python docs/figures/qkd_curves.py (a minute or two)
"""

from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from qnet_protocols import bb84, decoy_bb84

import qnet
from qnet.bounds import (
    AfterpulsingReceiver,
    LinearReceiver,
    ThresholdReceiver,
    infinite_decoy_key_per_pulse,
    optimal_intensity,
    optimal_vacuum_weak,
    vacuum_weak_key_per_pulse,
)
from qnet.errors import InvalidArgument
from qnet.hardware import qkd_hardware
from qnet.keys import (
    DecoyCounts,
    EpsilonBudget,
    bbm92_fraction,
    optimal_decoy_session,
    optimal_single_photon_session,
)
from qnet.link.pulses import PulseLink
from qnet.rng import Purpose, Stream
from qnet.units import transmission

IMAGES = Path(__file__).parents[1] / "images"
GYS = qkd_hardware("gys-2004")
GYS_SIFTING = 0.5
"""The published curve is that of even bases."""
LIM = {"dark_count_probability": 6e-7, "misalignment": 0.005}
POINT = {"linestyle": "none", "markersize": 5, "capsize": 2}
SEEDS = range(12)


def main() -> None:
    for name, draw in (("gys", gys), ("lim", lim), ("tomamichel", tomamichel)):
        figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
        draw(axes)
        axes.legend(frameon=False, fontsize=8)
        figure.savefig(IMAGES / f"qkd-{name}.png", dpi=100)


def gys(axes: plt.Axes) -> None:
    """Ma et al. 2005: the decoy-state rate of the experiment of Gobby, Yuan and Shields, per signal pulse."""
    lengths = np.linspace(0.0, 145.0, 117)
    axes.semilogy(lengths, [endless(length) for length in lengths], "C7--", label="formula, infinitely many decoys")
    axes.semilogy(lengths, [vacuum_weak(length) for length in lengths], "C0", label="formula, vacuum and weak decoy")
    simulated = np.arange(0.0, 140.0, 10.0)
    rates = [simulated_rate(length) for length in simulated]
    values = GYS_SIFTING * np.array([[rate.value, rate.low, rate.high] for rate in rates]).T
    errors = np.abs(values[1:] - values[0])
    axes.errorbar(simulated, values[0], errors, fmt="o", color="C1", label=r"simulated, $10^8$ clicks, 95 %", **POINT)
    for reach, side in ((140.6, "right"), (142.0, "left")):
        axes.axvline(reach, color="grey", linewidth=0.6)
        axes.annotate(f" {reach} km ", (reach, 1e-3), fontsize=8, ha=side, color="grey")
    axes.set(
        ylim=(2e-7, 5e-3), xlim=(-3, 165), xlabel="length of the fibre (km)", ylabel="secret bits per signal pulse"
    )
    axes.set_title("Gobby, Yuan and Shields 2004, with decoys (Ma et al. 2005)", fontsize=10)


def linear(length_km: float) -> LinearReceiver:
    eta = GYS.fibre.transmission(length_km) * GYS.receiver_efficiency
    return LinearReceiver(transmission=eta, background_yield=GYS.y0, misalignment=GYS.misalignment)


def endless(length_km: float) -> float:
    receiver, costs = linear(length_km), {"error_correction_efficiency": 1.22, "sifting": GYS_SIFTING}
    best = optimal_intensity(lambda mu: infinite_decoy_key_per_pulse(receiver, mu, **costs))
    return max(infinite_decoy_key_per_pulse(receiver, best, **costs), 1e-12)


def vacuum_weak(length_km: float) -> float:
    receiver = linear(length_km)
    best = optimal_vacuum_weak(receiver, error_correction_efficiency=1.22)
    key = vacuum_weak_key_per_pulse(receiver, *best, error_correction_efficiency=1.22, sifting=GYS_SIFTING)
    return max(key, 1e-12)


def simulated_rate(length_km: float) -> qnet.experiment.Quantity:
    network = qnet.Network.chain([max(length_km, 1e-6)], qkd_hardware=GYS)
    return decoy_bb84.run(network, stop=qnet.Pairs(10**8), seed=3).row().key_per_channel_use


def lim(axes: plt.Axes) -> None:
    """Lim et al. 2014: key per pulse against length, for blocks of raw key."""
    lengths = np.arange(0.0, 181.0, 4.0)
    for color, block in zip(("C0", "C1", "C2", "C3"), (1e4, 1e5, 1e6, 1e7), strict=True):
        published = [lim_choice(afterpulsing(length), block)[1] for length in lengths]
        axes.semilogy(lengths, published, ":", color=color, linewidth=1)
        axes.semilogy(lengths, [lim_choice(threshold(length), block)[1] for length in lengths], color=color)
        label = rf"$10^{{{np.log10(block):.0f}}}$ bits of raw key"
        points = [(length, *observed_rates(length, block)) for length in np.arange(5.0, 180.0, 25.0)]
        shown = np.array([point for point in points if point[1] > 0.0]).T
        axes.errorbar(shown[0], shown[1], shown[2], fmt="o", color=color, label=label, **POINT)
    for length in (30.0, 80.0, 130.0):
        axes.plot(length, declared_rate(length, 10**6), "D", color="C2", mfc="white", markersize=5)
    axes.plot([], [], "D", color="C2", mfc="white", label=r"keys made, declared beforehand ($10^6$)")
    axes.plot([], [], "k:", linewidth=1, label="formula with afterpulses of 4 %, as published")
    axes.set(xlabel="length of the fibre (km)", ylabel="secret bits per pulse", ylim=(1e-8, 2e-2))
    axes.set_title("Vacuum and weak decoy, finite blocks (Lim et al. 2014)", fontsize=10)


def threshold(length_km: float) -> ThresholdReceiver:
    return ThresholdReceiver(transmission=0.1 * transmission(0.2 * length_km), **LIM)


def afterpulsing(length_km: float) -> AfterpulsingReceiver:
    eta = 0.1 * transmission(0.2 * length_km)
    return AfterpulsingReceiver(transmission=eta, **LIM, afterpulse_probability=0.04)


def lim_choice(receiver: object, block: float):
    """The best session and its key per pulse; secrecy 1e-15 for each bit of key, so that length and epsilon are one."""
    bits = 0.3 * block
    for _ in range(2):
        epsilon = EpsilonBudget(secrecy=1e-15 * bits, correctness=1e-15)
        try:
            best = optimal_decoy_session(receiver, key_clicks=block, epsilon=epsilon)
        except InvalidArgument:
            return None, np.nan
        bits = best.session.key_length or 1
    return best, best.key_per_pulse


def observed_rates(length_km: float, block: float) -> tuple[float, float]:
    """Mean and standard error over sessions of the length that their counts give, over the pulses they took."""
    choice, _ = lim_choice(threshold(length_km), block)
    if choice is None:
        return 0.0, 0.0
    link = PulseLink(
        clock_hz=1e9,
        transmission=transmission(0.2 * length_km),
        receiver_efficiency=0.1,
        dead_time_s=0.0,
        **LIM,
    )
    session, rates = choice.session, []
    for seed in SEEDS:
        chance = Stream(seed, Purpose.DEVICE, f"{length_km} {block}").generator
        choices = session.intensities, session.probabilities, choice.key_basis_probability
        counts = link.sample(round(choice.pulses), *choices, chance)
        seen = replace(session, counts=decoy_counts(counts))
        rates.append(seen.key_length / choice.pulses)
    return float(np.mean(rates)), float(np.std(rates) / np.sqrt(len(rates)))


def decoy_counts(counts) -> DecoyCounts:
    return DecoyCounts(
        key_clicks=tuple(basis.clicks for basis in counts.z),
        key_errors=tuple(basis.errors for basis in counts.z),
        test_clicks=tuple(basis.clicks for basis in counts.x),
        test_errors=tuple(basis.errors for basis in counts.x),
    )


def declared_rate(length_km: float, block: int) -> float:
    """A key made from bits, reconciliation and all: of a length declared so that it hardly ever aborts."""
    choice, _ = lim_choice(threshold(length_km), block)
    fibre = replace(GYS.fibre, loss_db_per_km=0.2)
    hardware = replace(GYS, clock_hz=1e9, receiver_efficiency=0.1, error_correction_efficiency=1.16, fibre=fibre, **LIM)
    network = qnet.Network.chain([length_km], qkd_hardware=hardware)
    clicks = round(block / choice.key_basis_probability**2)
    run = decoy_bb84.make_key(network, stop=qnet.Pairs(clicks), epsilon=3.0 * choice.session.epsilon.secrecy, seed=3)
    return run.secret_bits / choice.pulses


def tomamichel(axes: plt.Axes) -> None:
    """Tomamichel et al. 2012: key per sifted bit against the block."""
    for color, error in zip(("C0", "C1", "C2"), (0.01, 0.025, 0.05), strict=True):
        blocks = np.geomspace(1e3, 1e8, 61)
        curve = [single_choice(int(block), error)[1] for block in blocks]
        axes.semilogx(blocks, curve, color=color)
        axes.axhline(bbm92_fraction(error, error, 1.1), color=color, linestyle=":", linewidth=1)
        points = [(block, *tested_rates(block, error)) for block in (10**4, 10**5, 10**6, 10**7)]
        shown = np.array(points).T
        label = f"{error:.1%} of the bits wrong"
        axes.errorbar(shown[0], shown[1], shown[2], fmt="o", color=color, label=label, **POINT)
        made = [made_key(block, error) for block in (2 * 10**4, 10**5, 10**6)]
        axes.plot(*zip(*made, strict=True), "D", color=color, mfc="white", markersize=5)
    axes.plot([], [], "kD", mfc="white", label="keys made, tolerance declared beforehand")
    axes.set(xlabel="sifted bits, key and test", ylabel="secret bits per sifted bit", ylim=(0, 1.05))
    axes.set_title("BB84 with single photons (Tomamichel et al. 2012; dotted: endless)", fontsize=10)


EPSILON = EpsilonBudget(secrecy=1e-10, correctness=1e-10)


def single_choice(block: int, error: float):
    costs = {"error_correction_efficiency": 1.1, "epsilon": EPSILON}
    try:
        session = optimal_single_photon_session(block, tolerated_error=error, **costs)
    except InvalidArgument:
        return None, 0.0
    return session, session.key_length / block


def single_photons(error: float):
    """A receiver that sees one photon in ten and nothing in the dark."""
    hardware = replace(
        qkd_hardware("decoy-bb84-1ghz"), misalignment=error, dark_count_probability=0.0, error_correction_efficiency=1.1
    )
    return qnet.Network.chain([20.0], qkd_hardware=hardware)


def tested_rates(block: int, error: float) -> tuple[float, float]:
    """Mean and standard error of the length at the error rate that the test bits of a session show."""
    session, _ = single_choice(block, error)
    if session is None:
        return 0.0, 0.0
    rates = []
    for seed in SEEDS:
        seen = bb84.run(single_photons(error), stop=qnet.Pairs(2 * session.test_bits), seed=seed).counts.x[0]
        shown = replace(session, tolerated_error=seen.error_rate)
        rates.append(shown.key_length / block)
    return float(np.mean(rates)), float(np.std(rates) / np.sqrt(len(rates)))


def made_key(sifted: int, error: float) -> tuple[int, float]:
    """Sifted bits of a run of about this size, and its key over them."""
    session, _ = single_choice(sifted, error)
    run = bb84.make_key(single_photons(error), stop=qnet.Pairs(round(session.rounds)), epsilon=3e-10, seed=3)
    return run.sifted, run.secret_bits / run.sifted


if __name__ == "__main__":
    main()
