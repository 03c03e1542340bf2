"""What a run of BB84 with single photons counted, and the key rate of endless runs that follows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from qnet.experiment import BetaPosterior, Quantity, StrategyRow, binomial_interval, propagate
from qnet.hardware import QkdHardware
from qnet.keys import bbm92_fraction
from qnet_protocols.pulse_rows import row_of

__all__ = ["Bb84Result"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bb84Result:
    """Counts of a BB84 run, with the figures that follow from them.

    Args:
        counts: clicks and errors by basis (`qnet.link.pulses.PulseCounts` of one intensity).
        hardware: the QKD system.
        propagation_s: time a signal takes from end to end.
        stopped_by: "pairs" (here: clicks), "sim-time", "events" or "interrupted".
    """

    counts: Any
    hardware: QkdHardware
    propagation_s: float
    stopped_by: str

    @property
    def qber_z(self) -> Quantity | None:
        """Error rate of the sifted bits in Z; None without any."""
        return binomial_interval(self.counts.z[0].errors, self.counts.z[0].clicks)

    @property
    def qber_x(self) -> Quantity | None:
        """Error rate of the sifted bits in X; None without any."""
        return binomial_interval(self.counts.x[0].errors, self.counts.x[0].clicks)

    @property
    def clicks_hz(self) -> Quantity:
        """Clicks per second if all bases are equal, dead time included."""
        return propagate(self._clicks_hz, self._gain, within=(0.0, np.inf))

    @property
    def secret_fraction(self) -> Quantity | None:
        """Asymptotic secret bits per click, with biased bases (sifting factor 1), clamped at zero."""
        return propagate(self._fraction, *self._errors, within=(0.0, 1.0)) if self.counts.clicks else None

    @cached_property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second; without clicks, zero with an upper bound."""
        if not (self.counts.z[0].clicks and self.counts.x[0].clicks):
            return Quantity(0.0, 0.0, self.clicks_hz.high)

        def rate(gain: Any, e_z: Any, e_x: Any) -> Any:
            return self._clicks_hz(gain) * self._fraction(e_z, e_x)

        return propagate(rate, self._gain, *self._errors, within=(0.0, np.inf))

    def row(self, name: str = "bb84", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison; its pairs are sifted detections."""
        return row_of(
            self,
            name,
            self.secret_key_rate_bps,
            self.clicks_hz,
            trusted_nodes=trusted_nodes,
            qber_z=self.qber_z,
            qber_x=self.qber_x,
            secret_fraction=self.secret_fraction,
            pairs=self.counts.z[0].clicks + self.counts.x[0].clicks,
        )

    @property
    def _gain(self) -> BetaPosterior:
        z, x = self.counts.z[0], self.counts.x[0]
        return BetaPosterior(successes=z.clicks + x.clicks, trials=z.pulses + x.pulses)

    @property
    def _errors(self) -> list[BetaPosterior]:
        seen = self.counts.z[0], self.counts.x[0]
        return [BetaPosterior(successes=basis.errors, trials=basis.clicks) for basis in seen]

    def _clicks_hz(self, gain: Any) -> Any:
        blanked = np.ceil(self.hardware.dead_time_s * self.hardware.clock_hz - 1e-9)
        return self.hardware.clock_hz * gain / (1.0 + blanked * gain)

    def _fraction(self, e_z: Any, e_x: Any) -> Any:
        return np.maximum(0.0, bbm92_fraction(e_z, e_x, self.hardware.error_correction_efficiency))

    def __str__(self) -> str:
        rate = self.secret_key_rate_bps
        return f"BB84 with single photons: {rate:±} secret bit/s (asymptotic), by {self.stopped_by}"
