"""BBM92: both ends measure entangled pairs in Z or X and keep what they measured alike.

Source: Bennett, Brassard, Mermin, PRL 68, 557 (1992). The asymptotic secret fraction is ``1 - h(e_x) - f h(e_z)``
(Shor and Preskill, PRL 85, 441, 2000), from the two error rates and never from their mean.

`run` counts, `make_key` makes a key: bits in Z are the key, bits in X the test, as Tomamichel, Lim, Gisin and Renner
have it (Nat. Commun. 3, 634 (2012), arXiv:1103.4130). What is tolerated is declared after a few hundred pairs, from
what the ends were told of them, and none of these makes key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from qnet import InvalidArgument, Network, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import DeliveryCounts, KeyRun, Quantity, StrategyRow, propagate
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, EpsilonBudget, bbm92_fraction, plan_single_photons
from qnet_protocols.entanglement import PairCounts, collect, counts_of, row_of
from qnet_protocols.pair_blocks import Block, believed, declared_by, measured, rounds_in
from qnet_protocols.post_processing import Forger, KeyMaterial, key_from, make_run, route_record

__all__ = ["Bbm92Result", "key_protocol", "key_rate", "make_key", "protocol", "run"]

Z, X = 0.0, 90.0
_CHARACTERISED = 300
"""Pairs of which the ends only ask what to expect of the others, or a tenth of all, if these are few."""


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
        return row_of(
            self.counts,
            name,
            self.secret_key_rate_bps,
            trusted_nodes=trusted_nodes,
            qber_z=self.qber_z,
            qber_x=self.qber_x,
            secret_fraction=self.secret_fraction,
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


def key_protocol(
    session: Session,
    *,
    epsilon: float = 1e-10,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    keep: bool = False,
    min_fidelity: float = 0.0,
    forger: Forger | None = None,
) -> Generator[Any, Any, None]:
    """Make a key with BBM92 in a session, of the pairs or in the time that it has; finishes with a `KeyRun`.

    Args:
        session: where.
        epsilon: split evenly over secrecy, correctness and authentication.
        tolerated_error: error rate of the test bits above which the session aborts; by default what the ends expect,
            and five standard deviations more.
        key_error: share of wrong bits that is declared of the key, which sets what reconciliation may disclose; by
            default as for the test bits, from what is expected of the key, or the tolerated error where that is given.
        error_correction_efficiency: f in the declared leak.
        keep, min_fidelity: as in `protocol`.
        forger: alters messages on the way.
    """
    budget, began, deliveries = EpsilonBudget.even(epsilon), session.now, DeliveryCounts()
    if math.isinf(session.pair_limit) and math.isinf(session.seconds_left):
        raise InvalidArgument.of("stop", "limit pairs or seconds", session.pair_limit)
    request = session.request(pairs=session.pair_limit, keep=keep, min_fidelity=min_fidelity)
    few = int(min(_CHARACTERISED, max(1.0, session.pair_limit / 10)))
    expected = yield from believed(session, few, deliveries)
    rounds = min(session.pair_limit - deliveries.pairs, rounds_in(session, request, deliveries.pairs))
    plan = plan_single_photons(
        int(rounds),
        expected,
        epsilon=budget,
        tolerated_error=tolerated_error,
        key_error=key_error,
        error_correction_efficiency=error_correction_efficiency,
    )
    readings = yield from measured(session, int(rounds), plan.key_basis_probability, deliveries, keep=keep)
    deliveries.stop(session.tick)
    block = Block.of(plan, expected, readings, session)
    refused = session.stopped_by in ("refused", "failed", "cancelled")
    cut_short = (
        request.reason if refused else f"the run ended before the key was made, after {deliveries.pairs:,} pairs"
    )
    session.finish(_key_run(session, began, deliveries, block, KeyMaterial.none(cut_short)))
    if session.stopped_by is None:
        material = yield from key_from(session, block.rounds, block.declared, reason=block.reason, forger=forger)
        session.finish(_key_run(session, began, deliveries, block, material))


def make_key(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    epsilon: float = 1e-10,
    attack: Any = None,
    progress: Callable[[float], None] | None = None,
    max_span_km: float | None = None,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    keep: bool = False,
    min_fidelity: float = 0.0,
    **options: Any,
) -> KeyRun:
    """Make a key with BBM92 between two nodes (by default the network's ends); `options` go to the simulation.

    >>> import qnet
    >>> from qnet.quantum import State
    >>> link = qnet.Link.from_numbers(1.0, 1e-5, State.werner(0.995))
    >>> run = make_key(qnet.Network.chain([20], link=link), stop=qnet.Pairs(8_000), epsilon=1e-6, seed=1)
    >>> run.secret_bits, run.keys_match
    (636, True)
    """
    route = network.route(source, target, max_span_km=max_span_km)
    bound = partial(
        key_protocol,
        epsilon=epsilon,
        tolerated_error=tolerated_error,
        key_error=key_error,
        error_correction_efficiency=error_correction_efficiency,
        keep=keep,
        min_fidelity=min_fidelity,
    )
    return make_run(network, bound, route, stop=stop, seed=seed, attack=attack, progress=progress, **options)


def _key_run(session: Session, began: float, deliveries: DeliveryCounts, block: Block, material: KeyMaterial) -> KeyRun:
    wanted, outcomes = block.plan.session, block.outcomes
    counts = counts_of(session, deliveries, outcomes)
    return KeyRun(
        protocol="bbm92",
        route=route_record(session.route),
        raw=deliveries.pairs,
        sifted=len(block.sifted),
        qber_z=outcomes.error_rate("0", "0"),
        qber_x=outcomes.error_rate("90", "90"),
        leaked_bits=material.leaked_bits,
        authentication_bits=material.authentication_bits,
        epsilon=wanted.epsilon.total,
        asymptotic_rate_bps=key_rate(counts, wanted.error_correction_efficiency),
        elapsed_s=session.now - began,
        reason=material.reason,
        declared=declared_by(block.plan, block.expected),
        observed=block.observed,
        alice_key=material.alice,
        bob_key=material.bob,
    )


def _shown(quantity: Quantity | None) -> str:
    return "-" if quantity is None else f"{quantity:±}"
