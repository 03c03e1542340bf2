"""Six states: both ends measure entangled pairs in Z, X or Y; three error rates bound the eavesdropper more tightly.

Source: Bruss, PRL 81, 3018 (1998), quant-ph/9805019; Bechmann-Pasquinucci and Gisin, PRA 59, 4238 (1999),
quant-ph/9807041. The error rates of three bases fix the weights p of the four Bell states, so that the asymptotic
secret fraction of the bits in Z is ``1 - H(p) + (1 - f) h(e_z)`` (Lo, Quantum Inf. Comput. 1, 81, 2001,
quant-ph/0102138).

No finite-key proof stands behind a key made here: it is as long as the formula for endless runs allows at the worst
state that the compared bits leave likely, and the result says so (`finite` is False).
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
from qnet.experiment import BetaPosterior, KeyRun, Observed, Quantity, StrategyRow, binomial_interval, propagate
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, EpsilonBudget, six_state_fraction
from qnet_protocols.entanglement import PairCounts, Setting, collect, count, row_of
from qnet_protocols.pair_rounds import CUT_SHORT, take
from qnet_protocols.post_processing import Forger, KeyMaterial, key_from, make_run, route_record
from qnet_protocols.three_rates import BASES, Compared, sort

__all__ = ["SixStateResult", "key_protocol", "make_key", "protocol", "run", "wrong_bits"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SixStateResult:
    """Counts of a six-state run, with the figures that follow from them; see `Bbm92Result`."""

    counts: PairCounts
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY

    @property
    def qber_z(self) -> Quantity | None:
        """Error rate of the sifted bits in Z, which are the key."""
        return binomial_interval(*wrong_bits(self.counts)["z"])

    @property
    def qber_x(self) -> Quantity | None:
        """Error rate of the sifted bits in X."""
        return binomial_interval(*wrong_bits(self.counts)["x"])

    @property
    def qber_y(self) -> Quantity | None:
        """Error rate of the sifted bits in Y."""
        return binomial_interval(*wrong_bits(self.counts)["y"])

    @property
    def secret_fraction(self) -> Quantity | None:
        """Asymptotic secret bits per pair, with biased bases (sifting factor 1), clamped at zero."""
        return propagate(self._fraction, *self._errors, within=(0.0, 1.0)) if self._all_bases else None

    @cached_property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second; its interval comes jointly from the rate and the three error rates."""
        deliveries = self.counts.deliveries
        pair_rate, sampler = deliveries.rate_hz(), deliveries.rate_sampler()
        if pair_rate is None or sampler is None or not self._all_bases:
            return Quantity(0.0, 0.0, pair_rate.high if pair_rate is not None else math.inf)

        def rate(pairs: Any, *errors: Any) -> Any:
            return pairs * np.maximum(0.0, self._fraction(*errors))

        return propagate(rate, sampler, *self._errors, within=(0.0, math.inf))

    @property
    def first_pair_s(self) -> float | None:
        """Seconds from the start to the first pair; None if there was none."""
        return self.counts.first_pair_s

    def row(self, name: str = "six-state", *, trusted_nodes: int = 0) -> StrategyRow:
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

    @property
    def _all_bases(self) -> bool:
        return all(posterior.trials for posterior in self._errors)

    @property
    def _errors(self) -> list[BetaPosterior]:
        return [BetaPosterior(successes=wrong, trials=bits) for wrong, bits in wrong_bits(self.counts).values()]

    def _fraction(self, e_z: Any, e_x: Any, e_y: Any) -> Any:
        return six_state_fraction(e_z, e_x, e_y, self.error_correction_efficiency)

    def __str__(self) -> str:
        counts = self.counts
        rates = (
            f"{name} {_shown(rate)}" for name, rate in zip("zxy", (self.qber_z, self.qber_x, self.qber_y), strict=True)
        )
        return (
            f"Six states: {counts.deliveries.pairs} pairs (stopped by {counts.stopped_by}), "
            f"{_shown(counts.deliveries.rate_hz())} pairs/s, fidelity {_shown(counts.deliveries.fidelity())}, "
            f"QBER {', '.join(rates)}, {_shown(self.secret_key_rate_bps)} secret bit/s (asymptotic)"
        )


def wrong_bits(counts: PairCounts) -> dict[str, tuple[int, int]]:
    """Give wrong and all sifted bits in "z", "x" and "y". Phi+ gives opposite bits in Y: those that agree are wrong."""
    outcomes = counts.outcomes
    differ, bits = outcomes.errors("y", "y")
    return {"z": outcomes.errors("0", "0"), "x": outcomes.errors("90", "90"), "y": (bits - differ, bits)}


def protocol(
    session: Session,
    *,
    z_probability: float = 1.0 / 3.0,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
) -> Generator[Any, Any, None]:
    """Run the six-state protocol until the session closes; ends choose Z with `z_probability`, else X or Y evenly."""
    _check(z_probability)

    def choose(session: Session) -> tuple[Setting, Setting]:
        return basis(session.chance.uniform(), z_probability), basis(session.chance.uniform(), z_probability)

    counts = yield from collect(session, choose, keep=keep, min_fidelity=min_fidelity)
    session.finish(SixStateResult(counts=counts, error_correction_efficiency=error_correction_efficiency))


def key_protocol(
    session: Session,
    *,
    epsilon: float = 1e-10,
    z_probability: float = 0.6,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    forger: Forger | None = None,
) -> Generator[Any, Any, None]:
    """Run the six-state protocol until the session closes, then make a key of bits in Z; finishes with a `KeyRun`.

    All sifted bits in X and Y are compared, and as many in Z as in X, chosen at random.

    Args:
        session: where.
        epsilon: a third for each: that the compared bits mislead about the error rates, that the keys differ unnoticed,
            that a message is forged unnoticed. This is no security parameter of the key, for which there is no proof.
        z_probability: with which each end chooses Z; X and Y share the rest.
        keep, min_fidelity, error_correction_efficiency: as in `protocol`.
        forger: alters messages on the way.
    """
    _check(z_probability)

    def choose(pairs: int) -> tuple[list[Setting], list[Setting]]:
        source, target = session.chance.generator.random((2, pairs)).tolist()
        return [basis(drawn, z_probability) for drawn in source], [basis(drawn, z_probability) for drawn in target]

    budget = EpsilonBudget.even(epsilon)
    taken = yield from take(session, choose, BASES, keep=keep, min_fidelity=min_fidelity)
    counts = count(session, taken.pairs, taken.outcomes)
    result = SixStateResult(counts=counts, error_correction_efficiency=error_correction_efficiency)
    rounds, errors, observed = sort(taken, session.chance.generator)
    test = Compared(
        pairs=counts.deliveries.pairs,
        key_bits=observed.key_bits,
        errors=errors,
        expected_error=observed.expected[0],
        efficiency=error_correction_efficiency,
        budget=budget,
    )
    run = partial(_key_run, session, result, observed)
    session.finish(run(KeyMaterial.none(CUT_SHORT)))
    if taken.in_time:
        material = yield from key_from(session, rounds, test.declared, reason=test.reason, forger=forger)
        session.finish(run(material))


def basis(uniform: float, z_probability: float) -> Setting:
    """Choose a basis with a number drawn evenly from 0 to 1."""
    if uniform < z_probability:
        return BASES[0]
    return BASES[1] if uniform < (1.0 + z_probability) / 2.0 else BASES[2]


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    z_probability: float = 1.0 / 3.0,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> SixStateResult:
    """Run the six-state protocol between two nodes (by default the network's ends) until `stop`.

    The `options` go to the simulation.

    >>> import qnet
    >>> from qnet.quantum import State
    >>> link = qnet.Link.from_numbers(0.2, 1e-4, State.bell_diagonal([0.9, 0.1, 0.0, 0.0]))  # phase flips only
    >>> result = run(qnet.Network.chain([20], link=link), stop=qnet.Pairs(1000), seed=1)
    >>> [round(rate.value, 1) for rate in (result.qber_z, result.qber_x, result.qber_y)]
    [0.0, 0.1, 0.1]
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
    result: SixStateResult = session.result
    return result


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
    z_probability: float = 0.6,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    **options: Any,
) -> KeyRun:
    """Make a key with six states between two nodes (by default the network's ends); `options` go to the simulation.

    >>> import qnet
    >>> from qnet.quantum import State
    >>> link = qnet.Link.from_numbers(1.0, 1e-5, State.werner(0.99))
    >>> key = make_key(qnet.Network.chain([20], link=link), stop=qnet.Pairs(4000), epsilon=1e-3, seed=1)
    >>> key.keys_match, key.finite
    (True, False)
    """
    route = network.route(source, target, max_span_km=max_span_km)
    bound = partial(
        key_protocol,
        epsilon=epsilon,
        z_probability=z_probability,
        keep=keep,
        min_fidelity=min_fidelity,
        error_correction_efficiency=error_correction_efficiency,
    )
    return make_run(network, bound, route, stop=stop, seed=seed, attack=attack, progress=progress, **options)


def _key_run(session: Session, result: SixStateResult, observed: Observed, material: KeyMaterial) -> KeyRun:
    expected = (f"expected_error_{name}" for name in observed.names)
    return KeyRun(
        protocol="six-state",
        route=route_record(session.route),
        raw=result.counts.deliveries.pairs,
        sifted=observed.wrong.size,
        qber_z=result.qber_z,
        qber_x=result.qber_x,
        qber_y=result.qber_y,
        leaked_bits=material.leaked_bits,
        authentication_bits=material.authentication_bits,
        epsilon=None,
        asymptotic_rate_bps=result.secret_key_rate_bps,
        elapsed_s=session.now,
        reason=material.reason,
        declared=dict(zip(expected, observed.expected, strict=True)),
        observed=observed,
        alice_key=material.alice,
        bob_key=material.bob,
    )


def _check(z_probability: float) -> None:
    if not 0.0 <= z_probability <= 1.0:
        raise InvalidArgument.of("z_probability", "be between 0 and 1", z_probability)


def _shown(quantity: Quantity | None) -> str:
    return "-" if quantity is None else f"{quantity:±}"
