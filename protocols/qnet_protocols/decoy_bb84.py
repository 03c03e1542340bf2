"""Decoy-state BB84 with weak coherent pulses over bare fibre: one decoy, two (vacuum and weak), or three.

Detections are sampled from photon numbers, loss, dark counts and the double-click rule (`Session.stream`). `run`
counts, and gives the key rate of endless runs: yield and error rate of single photons are bounded from the observed
gains, for vacuum and weak by Ma, Qi, Zhao and Lo (PRA 72, 012326, 2005), for other decoys by a linear program
(`qnet.keys.linear_decoy_bound`). Key comes from Z, its phase error from X:
``R = mu e^-mu Y1 [1 - h(e1_x)] - Q f h(E_z)`` per signal pulse.

`make_key` makes a key, of a length that is declared beforehand: one decoy after Rusca et al. (Appl. Phys. Lett. 112,
171104 (2018), arXiv:1801.03443), two after Lim et al. (PRA 89, 022307 (2014), arXiv:1311.7129), from clicks of all
intensities. For three decoys no finite-key proof is offered: the key is as long as in an endless run, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from qnet import InvalidArgument, Network, Session, Stop
from qnet import run as run_protocol
from qnet.bounds import ThresholdReceiver, optimal_vacuum_weak
from qnet.experiment import KeyRun, Quantity, binomial_interval
from qnet.hardware import QkdHardware
from qnet.keys import EpsilonBudget, LinearDecoyBound, linear_decoy_bound
from qnet_protocols.decoy_block import DecoyBlock
from qnet_protocols.decoy_choice import PulseWish, mean_gain
from qnet_protocols.decoy_plan import DecoyPlan, plan_decoys
from qnet_protocols.decoy_result import DecoyResult
from qnet_protocols.post_processing import Forger, KeyMaterial, key_from, make_run, route_record
from qnet_protocols.pulse_blocks import click_rate_hz, collected, counted, receiver_of, with_efficiency
from qnet_protocols.series import Series, divided

__all__ = ["DecoyResult", "key_protocol", "make_key", "protocol", "run"]

_SHARES = (0.5, 0.25, 0.25)
"""How often each intensity is sent while gains are measured; the asymptotic rate counts signal pulses only."""
_BOUND_CLICKS = 1e6
"""For how many clicks the bound of one or three decoys is made."""


def protocol(
    session: Session, *, error_correction_efficiency: float | None = None, decoys: int = 2
) -> Generator[Any, Any, None]:
    """Send pulses in growing blocks until there are as many clicks as the run asks for, or its time is up."""
    hardware = with_efficiency(session.qkd_hardware, error_correction_efficiency)
    intensities, shares, bound = _asymptotic_choice(hardware, session.route.total_km, decoys)
    counts = yield from counted(session, lambda pulses: session.stream(pulses, intensities, shares, 0.5))
    session.finish(_result(session, counts, intensities, hardware, bound))


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    error_correction_efficiency: float | None = None,
    decoys: int = 2,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> DecoyResult:
    """Run decoy BB84 over the bare fibre between two nodes (by default the network's ends).

    Args:
        network: its shortest route is taken as one fibre, without anything between the ends.
        source, target: the ends.
        stop: `Pairs` counts clicks of all intensities.
        seed: of the run.
        max_span_km: taken for the sake of one signature; bare fibre has no spans.
        error_correction_efficiency: f, bits revealed per bit of Shannon limit; by default the hardware's own.
        decoys: 1, 2 (vacuum and weak) or 3.
        progress: called with the share done.
        options: go to the simulation.
    """
    route = network.route(source, target)
    bound = partial(protocol, error_correction_efficiency=error_correction_efficiency, decoys=decoys)
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: DecoyResult = session.result
    return result


def key_protocol(
    session: Session,
    *,
    epsilon: float = 1e-10,
    decoys: int = 2,
    intensities: Sequence[float] | None = None,
    intensity_probabilities: Sequence[float] | None = None,
    z_probability: float | None = None,
    tolerated_error: float | None = None,
    error_correction_efficiency: float | None = None,
    forger: Forger | None = None,
) -> Generator[Any, Any, None]:
    """Make a key of laser pulses in a session, of the clicks or in the time that it has; finishes with a `KeyRun`.

    The length is declared beforehand, from the model of the channel, so cautiously that an honest channel proves less
    with a probability of 3e-7; the session aborts if what it sees proves less. Above 10^7 clicks it is a series of
    declared sessions, alike but for chance.

    Args:
        session: where.
        epsilon: split evenly over secrecy, correctness and authentication, of each session of a series.
        decoys: 1, 2 or 3, with the intensities that suit the channel best; without a finite-key proof for 3.
        intensities: mean photon numbers in place of these, brightest first.
        intensity_probabilities: how often each of them is sent; by default what suits the channel best.
        z_probability: how often each end chooses Z; by default likewise.
        tolerated_error: error rate of signals on the worst channel that is to make a key; by default that expected.
        error_correction_efficiency: f in the declared leak; by default the hardware's own.
        forger: alters messages on the way.
    """
    hardware = with_efficiency(session.qkd_hardware, error_correction_efficiency)
    receiver = receiver_of(hardware, session.route.total_km)
    wish = PulseWish(
        intensities=None if intensities is None else tuple(intensities),
        probabilities=None if intensity_probabilities is None else tuple(intensity_probabilities),
        z_probability=z_probability,
    )
    plan, series = _planned(
        session,
        receiver,
        epsilon,
        error_correction_efficiency=hardware.error_correction_efficiency,
        decoys=decoys,
        tolerated_error=tolerated_error,
        wish=wish,
    )
    if plan.reason is not None:
        session.finish(
            _key_run(session, hardware, plan, series, KeyMaterial.none(plan.reason + _time(session, plan, series)))
        )
        return
    send = partial(
        session.stream,
        intensities=plan.pulses.intensities,
        intensity_probabilities=plan.pulses.probabilities,
        z_probability=plan.pulses.z_probability,
        bits=True,
    )
    while series.goes_on(session):
        bits, complete = yield from collected(session, send, series.clicks, series.gain)
        block = DecoyBlock.of(plan, bits, session)
        series.begin(bits.counts, block.observed(receiver, 0.0, bits.counts.elapsed_s))
        finish = partial(_key_run, session, hardware, plan, series)
        short = "the time was up" if complete else f"only {bits.counts.clicks:,} of {series.clicks:,} clicks came"
        material = KeyMaterial.none(short)
        session.finish(finish(series.with_last(material)))
        if session.stopped_by is None and complete:
            seen = _as_tested(bits.counts, block.tested_error)
            fraction = _result(session, seen, plan.pulses.intensities, hardware, plan.bound).fraction
            declared = block.declared(fraction)
            judge = partial(_judged, block, series)
            talk = key_from(session, block.rounds, declared, reason=block.reason, judge=judge, forger=forger)
            material = yield from talk
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
    decoys: int = 2,
    intensities: Sequence[float] | None = None,
    intensity_probabilities: Sequence[float] | None = None,
    z_probability: float | None = None,
    tolerated_error: float | None = None,
    error_correction_efficiency: float | None = None,
    **options: Any,
) -> KeyRun:
    """Make a key with decoy BB84 over the bare fibre between two nodes (by default the network's ends).

    `stop` limits clicks (`Pairs`) or simulated time; the other arguments are those of `run` and `key_protocol`.

    >>> import qnet
    >>> run = make_key(qnet.Network.chain([50]), stop=qnet.Pairs(100_000), epsilon=1e-9, seed=1, decoys=1)
    >>> run.secret_bits > 3_000, run.keys_match, run.finite
    (True, True, True)
    """
    route = network.route(source, target)
    bound = partial(
        key_protocol,
        epsilon=epsilon,
        decoys=decoys,
        intensities=intensities,
        intensity_probabilities=intensity_probabilities,
        z_probability=z_probability,
        tolerated_error=tolerated_error,
        error_correction_efficiency=error_correction_efficiency,
    )
    facts = {"facts": lambda session: {"pulses": session.pulses}}
    return make_run(network, bound, route, stop=stop, seed=seed, attack=attack, progress=progress, **facts, **options)


def _judged(block: DecoyBlock, series: Series, wrong: Any) -> str | None:
    """Judge a block as it does itself, and keep what it proves if it makes a key."""
    reason = block.judge(wrong)
    if reason is None and block.plan.finite:
        series.prove(block.proved_bits(wrong))
    return reason


def _key_run(
    session: Session,
    hardware: QkdHardware,
    plan: DecoyPlan,
    series: Series,
    material: KeyMaterial,
) -> KeyRun:
    counts = series.counts
    wanted, intensities = plan.session, plan.pulses.intensities
    seen = [None, None] if counts is None else [sum(basis[1:], start=basis[0]) for basis in (counts.z, counts.x)]
    qber_z, qber_x = (None if basis is None else binomial_interval(basis.errors, basis.clicks) for basis in seen)
    result = None if counts is None else _result(session, counts, intensities, hardware, plan.bound)
    return KeyRun(
        protocol="decoy-bb84",
        route=route_record(session.route),
        raw=0 if counts is None else counts.clicks,
        sifted=sum(basis.clicks for basis in seen if basis is not None),
        qber_z=qber_z,
        qber_x=qber_x,
        leaked_bits=material.leaked_bits,
        authentication_bits=material.authentication_bits,
        epsilon=wanted.epsilon.total * series.most if plan.finite else None,
        asymptotic_rate_bps=Quantity.exact(0.0) if result is None else result.secret_key_rate_bps,
        elapsed_s=session.now,
        reason=material.reason,
        declared={
            "expected_error_z": plan.expected.counts.error_rate,
            "expected_error_x": plan.expected.counts.error_rate,
            "tolerated_error": min(0.5, wanted.counts.error_rate),
            "key_bits": plan.key_bits,
            "test_bits": plan.test_bits,
            **({"key_length": wanted.key_length} if wanted.key_length is not None else {}),
            "error_correction_efficiency": wanted.error_correction_efficiency,
            "sessions": series.most,
            "key_basis_probability": plan.pulses.z_probability,
        }
        | {f"intensity_{number}": intensity for number, intensity in enumerate(intensities)},
        rounds_s=None if counts is None else counts.elapsed_s,
        proved_bits=series.proved_bits,
        observed=series.observed(material),
        sessions=material.sessions,
        aborted_sessions=material.aborted_sessions,
        alice_key=material.alice,
        bob_key=material.bob,
    )


def _planned(session: Session, receiver: ThresholdReceiver, epsilon: float, **choices: Any) -> tuple[DecoyPlan, Series]:
    """Declare sessions for the clicks that the run is limited to, or for those that come in its time."""

    def planned(gain: float, **pulses: Any) -> tuple[DecoyPlan, Series]:
        clicks, most = divided(session, gain)
        plan = plan_decoys(receiver, clicks, epsilon=EpsilonBudget.even(epsilon / most), **pulses, **choices)
        return plan, Series(most=most, clicks=clicks, gain=mean_gain(receiver, plan.pulses))

    plan, series = planned(receiver.gain(0.3))
    if plan.reason is None and not np.isinf(session.seconds_left):
        return planned(series.gain, pulses=plan.pulses)  # now that it is known what will be sent
    return plan, series


def _time(session: Session, plan: DecoyPlan, series: Series) -> str:
    """Say how long the missing clicks would take, where it is time that the run is limited to."""
    if np.isinf(session.seconds_left) or not plan.more_clicks:
        return ""
    rate_hz = click_rate_hz(session.qkd_hardware, series.gain)
    return f", some {plan.more_clicks / rate_hz:.2g} s more"


def _asymptotic_choice(
    hardware: QkdHardware, length_km: float, decoys: int
) -> tuple[tuple[float, ...], tuple[float, ...], LinearDecoyBound | None]:
    """Give intensities, their shares, and the bound on single photons, for gains that are known exactly."""
    receiver, f = receiver_of(hardware, length_km), hardware.error_correction_efficiency
    signal, weak = optimal_vacuum_weak(receiver, error_correction_efficiency=f)
    if decoys == 2:
        return (signal, weak, 0.0), _SHARES, None
    if decoys not in (1, 3):
        raise InvalidArgument.of("decoys", "be 1, 2 or 3", decoys)
    fainter = (2.0 * weak, weak, 0.0) if decoys == 3 else (weak,)
    intensities = max(signal, 4.0 * weak), *fainter
    return intensities, (0.5, *[0.5 / decoys] * decoys), linear_decoy_bound(intensities, receiver, clicks=_BOUND_CLICKS)


def _result(
    session: Session, counts: Any, intensities: tuple[float, ...], hardware: QkdHardware, bound: LinearDecoyBound | None
) -> DecoyResult:
    return DecoyResult(
        pulses=counts,
        intensities=intensities,
        hardware=hardware,
        propagation_s=hardware.fibre.delay_s(session.route.total_km),
        stopped_by=session.stopped_by or "",
        bound=bound,
    )


def _as_tested(counts: Any, error: float) -> Any:
    """Give the signals in Z an error rate: their own is not known before reconciliation."""
    signal, *others = counts.z
    return replace(counts, z=(replace(signal, errors=round(error * signal.clicks)), *others))
