"""E91: QKD from entangled pairs, secured by the violation of Bell's inequality.

Ekert, PRL 67, 661 (1991): the source measures at 0, 45 or 90 degrees on the Bloch sphere, the target at 45, 90 or 135
(polarisers at half of that). Equal settings give key, the others the CHSH value S. The key rate is device-independent
(Acin et al., PRL 98, 230501, 2007); beside it stands the ordinary one for trusted devices, from the error rate in X
and that in Z, ``e_z = (1 - t_zz) / 2`` with ``t_zz = (E(0, 45) - E(0, 135)) / sqrt(2)``.

No finite-key proof stands behind a key made here: it is as long as the formula for endless runs allows at the lowest S
that the outcomes leave likely, and the result says so (`finite` is False).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import KeyRun, Observed
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, EpsilonBudget
from qnet_protocols.bell_test import BellTest, observed, rounds
from qnet_protocols.e91_result import SOURCE_SETTINGS, TARGET_SETTINGS, E91Result
from qnet_protocols.entanglement import Setting, collect, count
from qnet_protocols.pair_rounds import CUT_SHORT, take
from qnet_protocols.post_processing import Declared, Forger, KeyMaterial, key_from, make_run, route_record

__all__ = ["SOURCE_SETTINGS", "TARGET_SETTINGS", "E91Result", "key_protocol", "make_key", "protocol", "run"]


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
    few = BellTest.hoped(
        len(taken.pairs), (e_z, e_x), error_correction_efficiency=error_correction_efficiency, budget=budget
    )
    told = f"; {few.needed}" if taken.pairs else ""  # the ends expect nothing before the first
    reason = f"{len(taken.pairs)} pairs are too few to see all settings{told}" if test is None else test.reason
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
