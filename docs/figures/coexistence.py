"""Draw docs/images/coexistence.png: noise photons from one classical channel against the length of the fibre.

Run it from the root of the repository: python docs/figures/coexistence.py
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from qnet.hardware import ClassicalChannel, Coexistence, Fibre

IMAGE = Path(__file__).parents[1] / "images" / "coexistence.png"


def main() -> None:
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    lengths_km = np.linspace(0.1, 120, 300)
    for direction, label in (("co", "runs along"), ("counter", "runs against")):
        channel = ClassicalChannel(launch_power_dbm=-20, wavelength_nm=1560, direction=direction)
        shared = Coexistence(channels=(channel,), wavelength_nm=1550, filter_nm=0.05, isolation_db=120)
        noise_hz = [shared.noise_hz(Fibre(), float(length_km)) for length_km in lengths_km]
        axes.semilogy(lengths_km, noise_hz, label=f"classical light {label}")
    axes.set(xlabel="length of the fibre (km)", ylabel="noise photons per second", title="-20 dBm, filter of 0.05 nm")
    axes.legend(frameon=False)
    figure.savefig(IMAGE, dpi=100)


if __name__ == "__main__":
    main()
