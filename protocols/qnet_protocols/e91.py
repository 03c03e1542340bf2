"""E91: QKD from entangled pairs, secured by the violation of Bell's inequality.

Ekert, PRL 67, 661 (1991): the source measures at 0, 45 or 90 degrees on the Bloch sphere, the target at 45, 90 or 135
(polarisers at half of that). Equal settings give key, the others the CHSH value S. The key rate is device-independent
(Acin et al., PRL 98, 230501, 2007); beside it stands the ordinary one for trusted devices, from the error rate in X
and that in Z, ``e_z = (1 - t_zz) / 2`` with ``t_zz = (E(0, 45) - E(0, 135)) / sqrt(2)``.

No finite-key proof stands behind a key made here: it is as long as the formula for endless runs allows at the lowest S
that the outcomes leave likely, and the result says so (`finite` is False).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import (
    BetaPosterior,
    Estimate,
    KeyRun,
    Observed,
    Quantity,
    StrategyRow,
    binomial_interval,
    propagate,
)
from qnet.keys import (
    ERROR_CORRECTION_EFFICIENCY,
    EpsilonBudget,
    bbm92_fraction,
    device_independent_fraction,
)
from qnet_protocols.bell_test import BellTest, observed, rounds
from qnet_protocols.entanglement import PairCounts, Setting, collect, count, row_of
from qnet_protocols.pair_rounds import CUT_SHORT, take
from qnet_protocols.post_processing import Declared, Forger, KeyMaterial, key_from, make_run, route_record

__all__ = ["SOURCE_SETTINGS", "TARGET_SETTINGS", "E91Result", "key_protocol", "make_key", "protocol", "run"]

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


def protocol(
    session: Session,
    *,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
) -> Generator[Any, Any, None]:
    """Run E91 in a session, both ends choosing their three settings evenly, until it closes."""

    counts = yield from collect(session, _choose, keep=keep, min_fidelity=min_fidelity)
    session.finish(E91Result(counts=counts, error_correction_efficiency=error_correction_efficiency))


def key_protocol(
    session: Session,
    *,
    epsilon: float = 1e-10,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    forger: Forger | None = None,
) -> Generator[Any, Any, None]:
    """Run E91 until the session closes, then make a key of the rounds with equal settings; finishes with a `KeyRun`.

    All other outcomes are compared in public. The run is aborted unless they violate Bell's inequality by more than
    chance could (`BellTest`).

    Args:
        session: where.
        epsilon: a third for each: that chance makes S look too large, that the keys differ unnoticed, that a message
            is forged unnoticed. This is no security parameter of the key, for which there is no proof.
        keep, min_fidelity: as in `protocol`.
        error_correction_efficiency: of each direction; the words of both ends are charged, since no proof of
            device-independent security grants the eavesdropper the positions of the errors.
        forger: alters messages on the way.
    """
    budget = EpsilonBudget.even(epsilon)

    def choose(pairs: int) -> tuple[list[Setting], list[Setting]]:
        source, target = session.chance.generator.integers(0, 3, (2, pairs)).tolist()
        return [SOURCE_SETTINGS[k] for k in source], [TARGET_SETTINGS[k] for k in target]

    taken = yield from take(session, choose, (0.0, 90.0), keep=keep, min_fidelity=min_fidelity)
    counts = count(session, taken.pairs, taken.outcomes)
    result = E91Result(counts=counts, error_correction_efficiency=error_correction_efficiency)
    e_z, e_x = taken.expected
    test = BellTest.of(
        counts,
        expected_error=(3.0 * e_x + e_z) / 4.0,
        error_correction_efficiency=error_correction_efficiency,
        budget=budget,
    )
    reason = f"{len(taken.pairs)} pairs are too few to see all settings" if test is None else test.reason
    declared = _NO_KEY if test is None else test.declared
    run = partial(_key_run, session, result, test, observed(taken))
    session.finish(run(KeyMaterial.none(CUT_SHORT)))
    if taken.in_time:
        material = yield from key_from(session, rounds(taken), declared, reason=reason, forger=forger)
        session.finish(run(material))


_NO_KEY = Declared(key_length=0, leak_limit=0.0, expected_error=0.5, epsilon=EpsilonBudget())


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> E91Result:
    """Run E91 between two nodes (by default the network's ends) until `stop`; `options` go to the simulation."""
    route = network.route(source, target, max_span_km=max_span_km)
    bound = partial(
        protocol, keep=keep, min_fidelity=min_fidelity, error_correction_efficiency=error_correction_efficiency
    )
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: E91Result = session.result
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
    keep: bool = False,
    min_fidelity: float = 0.0,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    **options: Any,
) -> KeyRun:
    """Make a key with E91 between two nodes (by default the network's ends); `options` go to the simulation.

    >>> import qnet
    >>> from qnet.quantum import State
    >>> link = qnet.Link.from_numbers(0.5, 1e-4, State.werner(0.75))  # entangled, but S = 1.89
    >>> key = make_key(qnet.Network.chain([20], link=link), stop=qnet.Pairs(900), seed=1)
    >>> key.secret_bits, key.aborted
    (0, True)
    """
    route = network.route(source, target, max_span_km=max_span_km)
    bound = partial(
        key_protocol,
        epsilon=epsilon,
        keep=keep,
        min_fidelity=min_fidelity,
        error_correction_efficiency=error_correction_efficiency,
    )
    return make_run(network, bound, route, stop=stop, seed=seed, attack=attack, progress=progress, **options)


def _choose(session: Session) -> tuple[Setting, Setting]:
    a, b = (int(3 * session.chance.uniform()) for _ in range(2))
    return SOURCE_SETTINGS[a], TARGET_SETTINGS[b]


def _key_run(
    session: Session, result: E91Result, test: BellTest | None, seen: Observed, material: KeyMaterial
) -> KeyRun:
    row = result.row()
    return KeyRun(
        protocol="e91",
        route=route_record(session.route),
        raw=row.pairs,
        sifted=result.key_errors[1],
        qber_z=row.qber_z,
        qber_x=row.qber_x,
        chsh=row.chsh,
        leaked_bits=material.leaked_bits,
        authentication_bits=material.authentication_bits,
        epsilon=None,
        asymptotic_rate_bps=row.secret_key_rate_bps,
        elapsed_s=session.now,
        reason=material.reason,
        declared={} if test is None else {"lowest_chsh": test.lowest_chsh, "expected_error": test.error},
        observed=seen,
        alice_key=material.alice,
        bob_key=material.bob,
    )


def _share(errors: int, total: int) -> tuple[float, float]:
    """Give a share and the variance of its estimate, one success and one failure added so that it is never zero."""
    share = (errors + 1.0) / (total + 2.0)
    return errors / total, share * (1.0 - share) / total
