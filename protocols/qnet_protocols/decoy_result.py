"""What a decoy-state BB84 run counted, and the key rate of endless runs that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from qnet.experiment import BetaPosterior, Quantity, StrategyRow, binomial_interval, propagate
from qnet.hardware import QkdHardware
from qnet.keys import LinearDecoyBound, decoy_key_per_pulse, vacuum_weak_bounds
from qnet_protocols.pulse_rows import row_of

__all__ = ["DecoyResult"]

SIGNAL, WEAK, VACUUM = range(3)


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoyResult:
    """Counts of a decoy-BB84 run, with the figures that follow from them.

    Args:
        pulses: clicks and errors by basis and intensity (`qnet.link.pulses.PulseCounts`); None if none were sent.
        intensities: mean photon numbers, that of the signal first; of vacuum and weak decoy, vacuum last.
        hardware: the QKD system.
        propagation_s: time a signal takes from end to end.
        stopped_by: "pairs" (here: clicks), "sim-time", "events" or "interrupted".
        bound: of single photons; by default that of vacuum and weak decoy.
    """

    pulses: Any
    intensities: tuple[float, ...]
    hardware: QkdHardware
    propagation_s: float
    stopped_by: str
    bound: LinearDecoyBound | None = None
    first_pair_s: ClassVar[None] = None
    """Pulses come in no pairs."""

    @property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second, dead time included; without clicks, zero with an upper bound."""
        return self._figures[0]

    def row(self, name: str = "decoy-bb84", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison; its pairs are sifted detections."""
        key, fraction, clicks_hz = self._figures
        z, x = (self._clicks(basis, SIGNAL) for basis in "zx")
        return row_of(
            self,
            name,
            key,
            clicks_hz,
            trusted_nodes=trusted_nodes,
            qber_z=binomial_interval(z.errors, z.clicks) if z.clicks else None,
            qber_x=binomial_interval(x.errors, x.clicks) if x.clicks else None,
            secret_fraction=fraction,
            pairs=z.clicks + x.clicks,
        )

    @cached_property
    def _figures(self) -> tuple[Quantity, Quantity | None, Quantity]:
        """Give secret bits per second, secret fraction and clicks per second, all of signal pulses in one basis."""
        blanked = self.hardware.dead_time_s * self.hardware.clock_hz

        def clicks_hz(gain: Any) -> Any:
            return self.hardware.clock_hz * gain / (1.0 + np.ceil(blanked - 1e-9) * gain)

        clicks = self._clicks("z", SIGNAL)
        gain = BetaPosterior(successes=clicks.clicks, trials=clicks.pulses)
        speed = propagate(clicks_hz, gain, within=(0.0, np.inf))
        if not clicks.clicks:
            return Quantity(0.0, 0.0, speed.high), None, Quantity(0.0, 0.0, speed.high)
        seen = self._seen

        def key(*estimates: Any) -> Any:
            return clicks_hz(estimates[0] + estimates[1]) * self._fraction(*estimates)

        rate = propagate(key, *seen, within=(0.0, np.inf))
        return rate, propagate(self._fraction, *seen, within=(0.0, 1.0)), speed

    @property
    def fraction(self) -> float:
        """Asymptotic secret bits per click of a signal in Z; zero without clicks."""
        fraction = self._figures[1]
        return 0.0 if fraction is None else fraction.value

    @property
    def _seen(self) -> list[BetaPosterior]:
        """Probabilities of a right and of a wrong bit per pulse, intensity by intensity, in Z and then in X."""
        return [
            BetaPosterior(successes=number, trials=counts.pulses)
            for counts in (*self.pulses.z, *self.pulses.x)
            for number in (counts.clicks - counts.errors, counts.errors)
        ]

    def _fraction(self, *estimates: Any) -> Any:
        """Give secret bits per click of a signal pulse, clamped at zero, from the probabilities of `_seen`.

        Elementwise for arrays.
        """
        right, wrong = estimates[0::2], estimates[1::2]
        gains, count = [r + w for r, w in zip(right, wrong, strict=True)], len(self.intensities)
        in_z, in_x = (self._single(gains[part], wrong[part]) for part in (slice(count), slice(count, None)))
        key = decoy_key_per_pulse(
            signal_intensity=self.intensities[SIGNAL],
            signal_gain=gains[SIGNAL],
            signal_error_rate=wrong[SIGNAL] / gains[SIGNAL],
            single_photon_yield=in_z.yield_lower,
            single_photon_error=in_x.error_upper,
            error_correction_efficiency=self.hardware.error_correction_efficiency,
        )
        return np.maximum(0.0, key / gains[SIGNAL])

    def _single(self, gains: Sequence[Any], wrong: Sequence[Any]) -> Any:
        """Bound single photons by one basis."""
        if self.bound is not None:
            return self.bound.single_photons(gains, wrong)
        some = np.maximum(gains[WEAK], np.finfo(float).tiny)
        return vacuum_weak_bounds(
            signal_intensity=self.intensities[SIGNAL],
            weak_intensity=self.intensities[WEAK],
            signal_gain=gains[SIGNAL],
            weak_gain=gains[WEAK],
            weak_error_rate=wrong[WEAK] / some,
            vacuum_gain=gains[VACUUM],
        )

    def _clicks(self, basis: str, intensity: int) -> Any:
        return getattr(self.pulses, basis)[intensity]

    def __str__(self) -> str:
        mu, *decoys = self.intensities
        rate, faint = self.secret_key_rate_bps, ", ".join(f"{nu:g}" for nu in decoys)
        return f"Decoy BB84 (mu = {mu:.3f}, decoys {faint}): {rate:±} secret bit/s (asymptotic), by {self.stopped_by}"
