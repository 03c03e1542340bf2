"""What a run of E91 counted, and the key rate of endless runs that follows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from qnet.experiment import BetaPosterior, Estimate, Quantity, StrategyRow, binomial_interval, propagate
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, bbm92_fraction, device_independent_fraction
from qnet_protocols.entanglement import PairCounts, row_of

__all__ = ["SOURCE_SETTINGS", "TARGET_SETTINGS", "E91Result"]

SOURCE_SETTINGS = (0.0, 45.0, 90.0)
TARGET_SETTINGS = (45.0, 90.0, 135.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class E91Result:
    """Counts of an E91 run, with the figures that follow from them; see `Bbm92Result`."""

    counts: PairCounts
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY

    @property
    def chsh(self) -> Estimate | None:
        """``S = E(0,45) - E(0,135) + E(90,45) + E(90,135)``, at most 2 for local realism; None before all settings."""
        return self.counts.outcomes.chsh(("90", "0"), ("45", "135")) if self._all_settings else None

    @property
    def key_errors(self) -> tuple[int, int]:
        """Errors and number of the bits measured at equal settings."""
        pairs = [self.counts.outcomes.errors(setting, setting) for setting in ("45", "90")]
        return sum(errors for errors, _ in pairs), sum(total for _, total in pairs)

    @property
    def qber_x(self) -> Quantity | None:
        """Error rate in X (both at 90 degrees)."""
        return self.counts.outcomes.error_rate("90", "90")

    @property
    def qber_z(self) -> Quantity | None:
        """Error rate in Z, inferred from the correlations of Z at the source with two settings of the target."""
        estimate = self._z_error
        return None if estimate is None else estimate.interval(within=(0.0, 1.0))

    @property
    def first_pair_s(self) -> float | None:
        """Seconds from the start to the first pair; None if there was none."""
        return self.counts.first_pair_s

    def row(self, name: str = "e91", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison; the key rate is device-independent."""
        key, fraction, ordinary = self._key
        chsh = self.chsh
        return row_of(
            self.counts,
            name,
            key,
            trusted_nodes=trusted_nodes,
            qber_z=self.qber_z,
            qber_x=self.qber_x,
            chsh=None if chsh is None else chsh.interval(),
            secret_fraction=fraction,
            ordinary_key_rate_bps=ordinary,
        )

    @property
    def _all_settings(self) -> bool:
        outcomes = self.counts.outcomes
        return all(sum(outcomes.of(f"{a:g}", f"{b:g}")) for a in SOURCE_SETTINGS for b in TARGET_SETTINGS)

    @property
    def _z_error(self) -> Estimate | None:
        if not self._all_settings:
            return None
        low, high = (self.counts.outcomes.errors("0", setting) for setting in ("45", "135"))
        # E = 1 - 2 e, so t_zz = sqrt(2) (e_high - e_low)
        (e_low, v_low), (e_high, v_high) = (_share(*errors) for errors in (low, high))
        value = (1.0 - math.sqrt(2.0) * (e_high - e_low)) / 2.0
        return Estimate(value=value, standard_error=math.sqrt((v_low + v_high) / 2.0))

    @cached_property
    def _key(self) -> tuple[Quantity, Quantity | None, Quantity | None]:
        """Give the device-independent key rate and fraction, and the ordinary key rate."""
        deliveries, f = self.counts.deliveries, self.error_correction_efficiency
        pair_rate, sampler, chsh, z_error = deliveries.rate_hz(), deliveries.rate_sampler(), self.chsh, self._z_error
        if pair_rate is None or sampler is None or chsh is None or z_error is None:
            return Quantity(0.0, 0.0, pair_rate.high if pair_rate is not None else math.inf), None, None
        errors = BetaPosterior(successes=self.key_errors[0], trials=self.key_errors[1])
        x_errors = self.counts.outcomes.error_posterior("90", "90")

        def fraction(qber: Any, s: Any) -> Any:
            return np.maximum(0.0, device_independent_fraction(qber, s, f))

        def ordinary(pairs: Any, z: Any, x: Any) -> Any:
            return pairs * np.maximum(0.0, bbm92_fraction(np.clip(z, 0.0, 1.0), x, f))

        positive = (0.0, math.inf)
        key = propagate(lambda pairs, qber, s: pairs * fraction(qber, s), sampler, errors, chsh, within=positive)
        return (
            key,
            propagate(fraction, errors, chsh, within=(0.0, 1.0)),
            propagate(ordinary, sampler, z_error, x_errors, within=positive),
        )

    def __str__(self) -> str:
        row = self.row()
        key_qber = binomial_interval(*self.key_errors)
        shown = (f"{q:±}" if q is not None else "-" for q in (row.chsh, key_qber, row.secret_key_rate_bps))
        return "E91: {} pairs (stopped by {}), S = {}, QBER {}, {} secret bit/s (device-independent)".format(
            row.pairs, row.stopped_by, *shown
        )


def _share(errors: int, total: int) -> tuple[float, float]:
    """Give a share and the variance of its estimate, one success and one failure added so that it is never zero."""
    share = (errors + 1.0) / (total + 2.0)
    return errors / total, share * (1.0 - share) / total
