"""Draw docs/images/attacks-*.png: what attacks do to error rates and keys, what they tell, how soon they are noticed.

Run it from the root of the repository: python docs/figures/attacks.py (three minutes)
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from qnet_protocols import bbm92

from qnet import Link, Network, Pairs
from qnet.attacks import EntanglingProbe, InterceptResend, along, link_branches
from qnet.keys import bbm92_fraction, binary_entropy, watch
from qnet.quantum import State
from qnet.rng import Purpose, Stream

IMAGES = Path(__file__).parents[1] / "images"
LINK = Link.from_numbers(1.0, 1e-5, State.werner(0.99))
NET = Network.chain([20.0], link=LINK)
HONEST = (1.0 - (4 * 0.99 - 1) / 3) / 2
FRACTIONS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4])


def main() -> None:
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    errors_and_keys(*axes)
    figure.savefig(IMAGES / "attacks-key.png", dpi=100)
    for name, draw in (("information", what_she_knows), ("noticed", bits_until_noticed)):
        figure, axes = plt.subplots(figsize=(6, 3.8), layout="constrained")
        draw(axes)
        axes.legend(frameon=False)
        figure.savefig(IMAGES / f"attacks-{name}.png", dpi=100)


def errors_and_keys(rates: plt.Axes, keys: plt.Axes) -> None:
    """BBM92 on one link: simulated error rates and keys, and what is expected."""
    fine = np.linspace(0.0, 0.4, 81)
    wrong = 0.5 * (1.0 - (1.0 - 2.0 * HONEST) * (1.0 - 0.5 * fine))
    rates.plot(fine, wrong, color="grey", label="expected")
    keys.plot(fine, np.maximum(0.0, bbm92_fraction(wrong, wrong)), color="grey", label="endless run")
    runs = [(fraction, attacked(fraction, tolerated)) for tolerated in (None, 0.05) for fraction in FRACTIONS.tolist()]
    for basis, marker in (("z", "o"), ("x", "s")):
        seen = [(fraction, getattr(run, f"qber_{basis}")) for fraction, run in runs[: len(FRACTIONS)]]
        middle = np.array([rate.value for _, rate in seen])
        ends = np.array([[rate.value - rate.low, rate.high - rate.value] for _, rate in seen]).T
        rates.errorbar(FRACTIONS, middle, ends, fmt=marker, markersize=4, capsize=2, label=basis.upper())
    for color, title, some in (("C2", "5 deviations", runs[: len(FRACTIONS)]), ("C3", "5 %", runs[len(FRACTIONS) :])):
        bits = [run.secret_bits / run.sifted for _, run in some]
        keys.plot(FRACTIONS, bits, "o", color=color, markersize=5, label=f"40,000 pairs, tolerating {title}")
    rates.set(xlabel="share of qubits measured", ylabel="error rate", ylim=(0, None))
    keys.set(xlabel="share of qubits measured", ylabel="secret bits per sifted bit", ylim=(-0.02, 0.92))
    rates.legend(frameon=False)
    keys.legend(frameon=False)


def attacked(fraction: float, tolerated: float | None):
    attack = InterceptResend(fraction=fraction)
    return bbm92.make_key(
        NET, stop=Pairs(40_000), epsilon=1e-9, seed=round(1000 * fraction), tolerated_error=tolerated, attack=attack
    )


def what_she_knows(axes: plt.Axes) -> None:
    """Information on a bit of Z against the error rate in X, of a perfect pair."""
    perfect = Link.from_numbers(1.0, 1e-5, State.bell())
    rates = np.linspace(0.0, 0.5, 41)
    told = [along([link_branches(perfect, [EntanglingProbe(disturbance=d).tap])]).information_bits for d in rates]
    axes.plot(rates, [binary_entropy(d) for d in rates], "k:", label="probe kept for ever: $h(D)$")
    axes.plot(rates, told, "C0", label="probe, measured (Fuchs, Peres)")
    for angle_deg, color, label in (
        (0.0, "C3", "intercept in Z"),
        (None, "C1", "in Z or X"),
        (45.0, "C2", "at 45 degrees"),
    ):
        attacks = [InterceptResend(fraction=share, angle_deg=angle_deg) for share in np.linspace(0, 1, 11).tolist()]
        shown = [attack.error_rate("x") for attack in attacks]
        bits = [along([link_branches(perfect, [attack.tap])]).information_bits for attack in attacks]
        axes.plot(shown, bits, ".-", color=color, label=label)
    axes.set(xlabel="error rate in X", ylabel="bits known of a bit in Z", xlim=(0, 0.5), ylim=(0, 1))


def bits_until_noticed(axes: plt.Axes) -> None:
    """Median and quartiles of 60 runs, beside the first term of the theory."""
    generator = Stream(1, Purpose.MEASUREMENT, "figure").generator
    fractions = np.geomspace(0.03, 1.0, 12)
    for honest, color in ((0.01, "C0"), (0.05, "C1")):
        wrong = honest + (1 - 2 * honest) * fractions / 4
        entropy = wrong * np.log(wrong / honest) + (1 - wrong) * np.log((1 - wrong) / (1 - honest))
        axes.loglog(fractions, np.log(1e6) / entropy, color=color, linestyle=":")
        after = [
            [watch(generator.random(int(60 / e) + 200) < p, honest).after_bits for _ in range(60)]
            for p, e in zip(wrong, entropy, strict=True)
        ]
        low, middle, high = np.percentile(np.array(after, float), [25, 50, 75], axis=1)
        spread = [middle - low, high - middle]
        axes.errorbar(
            fractions, middle, spread, fmt="o", color=color, markersize=4, label=f"honest errors {honest:.0%}"
        )
    axes.plot([], [], "k:", label="ln(1/alpha) / relative entropy")
    axes.set(xlabel="share of qubits measured in Z or X", ylabel="sifted bits until noticed")
    axes.set_title("False alarms: one in a million, ever")


if __name__ == "__main__":
    main()
