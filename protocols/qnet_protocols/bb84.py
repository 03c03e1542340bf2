"""BB84 with single photons over bare fibre: prepared, sent and measured as circuits.

Source: Bennett and Brassard, Proc. IEEE Int. Conf. Computers, Systems and Signal Processing, Bangalore (1984), p. 175.
One photon leaves in each period of the QKD system's clock, from a source that never emits two; `Session.photons` sends
it through the compiled circuits of preparation, eavesdropper, fibre and measurement, with loss, dark counts, detector
efficiency and dead time. The asymptotic secret fraction is ``1 - h(e_x) - f h(e_z)`` per click in Z (Shor and Preskill,
PRL 85, 441, 2000).

`run` counts, `make_key` makes a key: bits in Z are the key, bits in X the test, as Tomamichel, Lim, Gisin and Renner
have it (Nat. Commun. 3, 634 (2012), arXiv:1103.4130). With a `mean_photon_number` the source is a laser that is taken
for a source of single photons, without decoys: a key that photon-number splitting gives away, and no proof covers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import numpy as np

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.bounds import ThresholdReceiver
from qnet.experiment import KeyRun
from qnet.hardware import QkdHardware
from qnet.keys import EpsilonBudget, ExpectedErrors, SinglePhotonPlan, plan_single_photons
from qnet_protocols.bb84_result import Bb84Result
from qnet_protocols.pair_blocks import Block, Readings, declared_by
from qnet_protocols.post_processing import Forger, KeyMaterial, key_from, make_run, route_record
from qnet_protocols.pulse_blocks import collected, counted, receiver_of, with_efficiency
from qnet_protocols.series import Series, divided

__all__ = ["Bb84Result", "key_protocol", "make_key", "protocol", "run"]


def protocol(session: Session, *, error_correction_efficiency: float | None = None) -> Generator[Any, Any, None]:
    """Send photons in growing blocks until there are as many clicks as the run asks for, or its time is up."""
    hardware = with_efficiency(session.qkd_hardware, error_correction_efficiency)
    counts = yield from counted(session, lambda rounds: session.photons(rounds, 0.5))
    session.finish(_result(session, counts, hardware))


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    error_correction_efficiency: float | None = None,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> Bb84Result:
    """Run BB84 with single photons over the bare fibre between two nodes (by default the network's ends).

    Args:
        network: its shortest route is taken as one fibre; taps of its links act on each photon.
        source, target: the ends.
        stop: `Pairs` counts clicks of all bases.
        seed: of the run.
        max_span_km: taken for the sake of one signature; bare fibre has no spans.
        error_correction_efficiency: f, bits revealed per bit of Shannon limit; by default the hardware's own.
        progress: called with the share done.
        options: go to the simulation.

    >>> import qnet
    >>> result = run(qnet.Network.chain([50]), stop=qnet.Pairs(1_000_000), seed=1)
    >>> print(f"{100 * result.qber_x.value:.1f} %")
    1.0 %
    """
    route = network.route(source, target)
    bound = partial(protocol, error_correction_efficiency=error_correction_efficiency)
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: Bb84Result = session.result
    return result


def key_protocol(
    session: Session,
    *,
    epsilon: float = 1e-10,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float | None = None,
    mean_photon_number: float | None = None,
    forger: Forger | None = None,
) -> Generator[Any, Any, None]:
    """Make a key of photons in a session, of the clicks or in the time that it has; finishes with a `KeyRun`.

    Above 10^7 clicks it is a series of declared sessions, alike but for chance.

    Args:
        session: where.
        epsilon: split evenly over secrecy, correctness and authentication, of each session of a series.
        tolerated_error: error rate of the test bits above which the session aborts; by default that of the model of
            the channel, and five standard deviations more.
        key_error: share of wrong bits that is declared of the key, which sets what reconciliation may disclose; by
            default as for the test bits, from what is expected of the key, or the tolerated error where that is given.
        error_correction_efficiency: f in the declared leak; by default the hardware's own.
        mean_photon_number: None for single photons, else of laser pulses that are treated as if they were.
        forger: alters messages on the way.
    """
    hardware = with_efficiency(session.qkd_hardware, error_correction_efficiency)
    receiver = receiver_of(hardware, session.route.total_km)
    gain, error = _expected(receiver, mean_photon_number)
    (clicks, most), expected = divided(session, gain), ExpectedErrors(error_z=error, error_x=error)
    plan = plan_single_photons(
        clicks,
        expected,
        epsilon=EpsilonBudget.even(epsilon / most),
        tolerated_error=tolerated_error,
        key_error=key_error,
        error_correction_efficiency=hardware.error_correction_efficiency,
    )

    def send(rounds: int) -> Any:
        if mean_photon_number is None:
            return session.photons(rounds, plan.key_basis_probability, bits=True)
        return session.stream(rounds, [mean_photon_number], [1.0], plan.key_basis_probability, bits=True)

    series = Series(most=most, clicks=clicks, gain=gain)
    while series.goes_on(session):
        bits, complete = yield from collected(session, send, clicks, gain)
        block = Block.of(plan, expected, _readings(bits), session)
        series.begin(bits.counts, block.observed)
        result = _result(session, series.counts, hardware)
        finish = partial(_key_run, session, result, plan, expected, series, proved=mean_photon_number is None)
        short = "the time was up" if complete else f"only {bits.counts.clicks:,} of {clicks:,} clicks came"
        material = KeyMaterial.none(block.reason or short)
        session.finish(finish(series.with_last(material)))
        if session.stopped_by is None and complete:
            material = yield from key_from(session, block.rounds, block.declared, reason=block.reason, forger=forger)
            session.finish(finish(series.with_last(material)))
        series.end(material)


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
    error_correction_efficiency: float | None = None,
    mean_photon_number: float | None = None,
    **options: Any,
) -> KeyRun:
    """Make a key with BB84 over the bare fibre between two nodes (by default the network's ends).

    `stop` limits clicks (`Pairs`) or simulated time; the other arguments are those of `run` and `key_protocol`.

    >>> import qnet
    >>> run = make_key(qnet.Network.chain([50]), stop=qnet.Pairs(100_000), seed=1)
    >>> run.secret_bits > 20_000, run.keys_match, run.finite
    (True, True, True)
    """
    route = network.route(source, target)
    bound = partial(
        key_protocol,
        epsilon=epsilon,
        tolerated_error=tolerated_error,
        key_error=key_error,
        error_correction_efficiency=error_correction_efficiency,
        mean_photon_number=mean_photon_number,
    )

    def facts(session: Session) -> dict[str, Any]:
        return {} if mean_photon_number is None else {"pulses": session.pulses}

    told = {"facts": facts}
    return make_run(network, bound, route, stop=stop, seed=seed, attack=attack, progress=progress, **told, **options)


def _expected(receiver: ThresholdReceiver, mean_photon_number: float | None) -> tuple[float, float]:
    """Give the clicks per round and their error rate, as the model has them."""
    if mean_photon_number is None:
        return receiver.photon_yield(1), receiver.photon_error(1)
    return receiver.gain(mean_photon_number), receiver.error_rate(mean_photon_number)


def _result(session: Session, counts: Any, hardware: QkdHardware) -> Bb84Result:
    return Bb84Result(
        counts=counts,
        hardware=hardware,
        propagation_s=hardware.fibre.delay_s(session.route.total_km),
        stopped_by=session.stopped_by or "",
    )


def _readings(bits: Any) -> Readings:
    return Readings(
        bases=np.stack([bits.basis, bits.basis]),
        bits=np.stack([bits.alice, bits.bob]),
        at_s=np.linspace(0.0, bits.counts.elapsed_s, len(bits)),
    )


def _key_run(
    session: Session,
    result: Bb84Result,
    plan: SinglePhotonPlan,
    expected: ExpectedErrors,
    series: Series,
    material: KeyMaterial,
    *,
    proved: bool,
) -> KeyRun:
    return KeyRun(
        protocol="bb84",
        route=route_record(session.route),
        raw=result.counts.clicks,
        sifted=result.counts.z[0].clicks + result.counts.x[0].clicks,
        qber_z=result.qber_z,
        qber_x=result.qber_x,
        leaked_bits=material.leaked_bits,
        authentication_bits=material.authentication_bits,
        epsilon=plan.session.epsilon.total * series.most if proved else None,
        asymptotic_rate_bps=result.secret_key_rate_bps,
        elapsed_s=session.now,
        rounds_s=result.counts.elapsed_s,
        reason=material.reason,
        declared={**declared_by(plan, expected), "sessions": series.most},
        observed=series.observed(material),
        sessions=material.sessions,
        aborted_sessions=material.aborted_sessions,
        alice_key=material.alice,
        bob_key=material.bob,
    )
