"""Draw docs/images/satellite-pass.png: a pass of Micius as modelled, and its loss against the measured one.

Run it from the root of the repository: python docs/figures/satellite.py
"""

import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from qnet.hardware import ReceivingTelescope, SatelliteDownlink, SendingTelescope

IMAGE = Path(__file__).parents[1] / "images" / "satellite-pass.png"
# Read from the figure of link efficiency of Liao et al. (2017) by the authors of the QCompute-QNET tutorial (2022).
MEASURED_KM = [645, 700, 750, 1005, 1050, 1100, 1180, 1200]
MEASURED_DB = [29.8, 30.5, 30.9, 34.1, 35.5, 36.0, 38.0, 40.3]


def micius(divergence_urad: float) -> SatelliteDownlink:
    waist_m = 848.6e-9 / (math.pi * divergence_urad * 1e-6)
    return SatelliteDownlink(
        sender=SendingTelescope(wavelength_nm=848.6, waist_m=waist_m, aperture_m=0.3, jitter_urad=1.2),
        receiver=ReceivingTelescope(aperture_m=1.0, efficiency=0.16),
        altitude_km=500,
        zenith_transmission=0.5,
    )


def main() -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    seen = micius(10 / math.sqrt(2 * math.log(2))).overpass(49.1)
    left.plot(seen.time_s, seen.elevation_deg, color="tab:grey")
    left.set(xlabel="time from closest approach (s)", ylabel="elevation (degrees)", title="one pass, up to 49 degrees")
    rate = left.twinx()
    rate.semilogy(seen.time_s, 100e6 * 0.5 * -np.expm1(-0.8 * 0.5 * seen.transmission) * 0.5, color="tab:blue")
    rate.set_ylabel("sifted bits per second", color="tab:blue")
    for divergence, label in ((10 / math.sqrt(2 * math.log(2)), "10 µrad at half maximum"), (5.0, "10 µrad at 1/e²")):
        seen = micius(divergence).overpass(49.1)
        right.plot(seen.range_km, seen.loss_db, label=label)
    right.plot(MEASURED_KM, MEASURED_DB, "ko", label="measured (Liao et al. 2017)")
    right.set(xlim=(600, 1250), ylim=(25, 43), xlabel="range (km)", ylabel="loss without detector (dB)", title="Micius")
    right.legend(frameon=False)
    figure.savefig(IMAGE, dpi=100)


if __name__ == "__main__":
    main()
