"""What the case studies with two links want of a run: means over pairs, with standard errors."""

import math
from typing import NamedTuple

import numpy as np

from qnet.keys import bbm92_fraction
from qnet.network.simulation import Simulation


class Mean(NamedTuple):
    """A mean and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        digits = max(0, 1 - math.floor(math.log10(self.error))) if self.error else 1
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


class Sampled(NamedTuple):
    """Fidelity, pairs and secret bits per second, and secret bits per pair."""

    fidelity: Mean
    rate_hz: Mean
    key_hz: Mean
    key_fraction: Mean


def sampled(simulation: Simulation, source: str, target: str, pairs: int, *, correction: float) -> Sampled:
    """Deliver pairs and look at their states; errors in Z are the key's, reconciled at `correction` times the limit.

    Errors of rate and key are those of their linear expansions in the times between deliveries and the error rates.
    """
    rows = []

    def protocol(session):
        session.request(pairs=pairs)
        for _ in range(pairs):
            pair = yield session.next_pair()
            x, z = (-1 if pair.label & 1 else 1), (-1 if pair.label & 2 else 1)  # back to Phi+
            bad_x, bad_z = (1 - x * pair.tensor[1, 1]) / 2, (1 - z * pair.tensor[3, 3]) / 2
            rows.append((pair.delivered_s, pair.fidelity(), bad_x, bad_z))

    simulation.start(protocol, source, target)
    simulation.run()
    delivered_s, fidelity, bad_x, bad_z = np.array(rows).T
    waits_s = np.diff(delivered_s, prepend=0.0)
    wait_s, e_x, e_z = waits_s.mean(), bad_x.mean(), bad_z.mean()
    fraction = bbm92_fraction(e_z, e_x, correction)
    lost = _slope(e_x) * (bad_x - e_x) + correction * _slope(e_z) * (bad_z - e_z)
    return Sampled(
        fidelity=mean(fidelity),
        rate_hz=Mean(1 / wait_s, mean(waits_s).error / wait_s**2),
        key_hz=Mean(fraction / wait_s, mean(lost + fraction / wait_s * (waits_s - wait_s)).error / wait_s),
        key_fraction=Mean(fraction, mean(lost).error),
    )


def _slope(error_rate: float) -> float:
    """Of the binary entropy."""
    return math.log2((1 - error_rate) / error_rate)


def mean(values: np.ndarray) -> Mean:
    """Of independent values."""
    return Mean(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))
