"""BBM92: both ends measure entangled pairs in Z or X and keep what they measured alike.

Source: Bennett, Brassard, Mermin, PRL 68, 557 (1992). The asymptotic secret fraction is ``1 - h(e_x) - f h(e_z)``
(Shor and Preskill, PRL 85, 441, 2000), from the two error rates and never from their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from qnet import InvalidArgument, Network, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import Quantity, StrategyRow, propagate
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, bbm92_fraction
from qnet_protocols.entanglement import BLOCK_BITS, KEY_BITS, PairCounts, collect, time_to

__all__ = ["Bbm92Result", "key_rate", "protocol", "run"]

Z, X = 0.0, 90.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Bbm92Result:
    """Counts of a BBM92 run, with the figures that follow from them.

    Args:
        counts: what was counted.
        error_correction_efficiency: f, bits revealed per bit of Shannon limit.
    """

    counts: PairCounts
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY

    @property
    def qber_z(self) -> Quantity | None:
        """Error rate of the sifted bits in Z."""
        return self.counts.outcomes.error_rate("0", "0")

    @property
    def qber_x(self) -> Quantity | None:
        """Error rate of the sifted bits in X."""
        return self.counts.outcomes.error_rate("90", "90")

    @property
    def secret_fraction(self) -> Quantity | None:
        """Asymptotic secret bits per pair, with biased bases (sifting factor 1), clamped at zero."""
        if self.qber_z is None or self.qber_x is None:
            return None
        e_z, e_x = (self.counts.outcomes.error_posterior(basis, basis) for basis in ("0", "90"))
        return propagate(
            lambda z, x: bbm92_fraction(z, x, self.error_correction_efficiency), e_z, e_x, within=(0.0, 1.0)
        )

    @cached_property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second; its interval comes jointly from the rate and both error rates."""
        return key_rate(self.counts, self.error_correction_efficiency)

    @property
    def first_pair_s(self) -> float | None:
        """Seconds from the start to the first pair; None if there was none."""
        return self.counts.first_pair_s

    def row(self, name: str = "bbm92", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison."""
        counts, key = self.counts, self.secret_key_rate_bps
        pair_rate = counts.deliveries.rate_hz()
        return StrategyRow(
            name=name,
            epoch=counts.epoch,
            trusted_nodes=trusted_nodes,
            untrusted_stations=counts.untrusted_stations,
            attempts_hz=Quantity.exact(counts.attempts_hz),
            pair_rate_hz=pair_rate,
            fidelity=counts.deliveries.fidelity(),
            qber_z=self.qber_z,
            qber_x=self.qber_x,
            secret_fraction=self.secret_fraction,
            key_per_channel_use=key.scaled(1.0 / counts.attempts_hz),
            secret_key_rate_bps=key,
            first_pair_s=counts.deliveries.first_s(),
            time_to_256_bits_s=time_to(KEY_BITS, key, counts.propagation_s),
            time_to_block_s=time_to(BLOCK_BITS, pair_rate, counts.propagation_s),
            pairs=counts.deliveries.pairs,
            stopped_by=counts.stopped_by,
        )

    def __str__(self) -> str:
        counts = self.counts
        return (
            f"BBM92: {counts.deliveries.pairs} pairs (stopped by {counts.stopped_by}), "
            f"{_shown(counts.deliveries.rate_hz())} pairs/s, fidelity {_shown(counts.deliveries.fidelity())}, "
            f"QBER z {_shown(self.qber_z)}, x {_shown(self.qber_x)}, "
            f"{_shown(self.secret_key_rate_bps)} secret bit/s (asymptotic)"
        )


def key_rate(counts: PairCounts, error_correction_efficiency: float) -> Quantity:
    """Give pair rate times secret fraction, clamped at zero; without pairs, zero with the pair rate's upper bound."""
    pair_rate, sampler = counts.deliveries.rate_hz(), counts.deliveries.rate_sampler()
    posteriors = [counts.outcomes.error_posterior(basis, basis) for basis in ("0", "90")]
    if pair_rate is None or sampler is None or counts.outcomes.error_rate("0", "0") is None:
        return Quantity(0.0, 0.0, pair_rate.high if pair_rate is not None else float("inf"))
    if counts.outcomes.error_rate("90", "90") is None:
        return Quantity(0.0, 0.0, pair_rate.high)

    def rate(pairs: Any, e_z: Any, e_x: Any) -> Any:
        return pairs * np.maximum(0.0, bbm92_fraction(e_z, e_x, error_correction_efficiency))

    return propagate(rate, sampler, *posteriors, within=(0.0, float("inf")))


def protocol(
    session: Session,
    *,
    z_probability: float = 0.5,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
) -> Generator[Any, Any, None]:
    """Run BBM92 in a session, each end choosing Z with `z_probability`, until it closes."""
    if not 0.0 <= z_probability <= 1.0:
        raise InvalidArgument.of("z_probability", "be between 0 and 1", z_probability)

    def choose(session: Session) -> tuple[float, float]:
        chance = session.chance
        return (Z if chance.uniform() < z_probability else X), (Z if chance.uniform() < z_probability else X)

    counts = yield from collect(session, choose, keep=keep, min_fidelity=min_fidelity)
    session.finish(Bbm92Result(counts=counts, error_correction_efficiency=error_correction_efficiency))


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    z_probability: float = 0.5,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> Bbm92Result:
    """Run BBM92 between two nodes (by default the network's ends) until `stop`; `options` go to the simulation.

    >>> import qnet
    >>> from qnet.quantum import State
    >>> link = qnet.Link.from_numbers(0.2, 1e-4, State.werner(0.98))
    >>> run(qnet.Network.chain([20, 20], link=link), stop=qnet.Pairs(500), seed=1).counts.stopped_by
    'pairs'
    """
    route = network.route(source, target, max_span_km=max_span_km)
    bound = partial(
        protocol,
        z_probability=z_probability,
        keep=keep,
        min_fidelity=min_fidelity,
        error_correction_efficiency=error_correction_efficiency,
    )
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: Bbm92Result = session.result
    return result


def _shown(quantity: Quantity | None) -> str:
    return "-" if quantity is None else f"{quantity:±}"
