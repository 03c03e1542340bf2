"""Repeaters, trusted nodes and the bare fibre, side by side on one route."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from annotated_types import Ge

from qnet.case import CLICKS, Case, Progress
from qnet.experiment import Comparison, HardwareRecord, Quantity, RouteRecord, provenance
from qnet.fields import Positive, check
from qnet.hardware import preset_names
from qnet.hardware.parts import AtLeastOne, FinitePositive
from qnet.network.interrupt import deferred_interrupt
from qnet.network.topology import Network
from qnet.strategies import HYBRID, REPEATER, STRATEGIES
from qnet.sweep import checked_lengths, sweep

__all__ = ["DEFAULT_NETWORK", "compare"]

DEFAULT_NETWORK = "surfnet"
_MEASURED_NETWORK = "surfnet-fibre"
_COMPARED_TWICE = ("direct-bb84", "trusted-bb84", "trusted-bbm92", "repeater-bbm92")
_FEWER_PAIRS, _FEWEST_PAIRS = 2000, 100


def compare(
    network: Network | None = None,
    source: str | None = None,
    target: str | None = None,
    *,
    hardware: Any = None,
    qkd_hardware: Any = None,
    pairs: int = 10_000,
    max_sim_time_s: float = 86_400.0,
    seed: int = 0,
    max_span_km: float | None = None,
    sweep_km: Sequence[float] = (),
    replicas: int = 100,
    session_s: float = 3600.0,
    trusted_every: int = 2,
    common_random_numbers: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare a repeater chain with a trusted-node chain and the bare fibre between two nodes.

    Args:
        network: by default SURFnet, the Dutch research network.
        source, target: the two ends; by default the network's own (Delft and Eindhoven).
        hardware: of the repeaters: a preset's name, a data file or a value; by default the network's.
        qkd_hardware: of the BB84 systems, likewise.
        pairs: entangled pairs to simulate for each strategy that uses them.
        max_sim_time_s: simulated seconds after which a strategy stops, whatever it has.
        seed: of all chance.
        max_span_km: stations are inserted so that no span is longer.
        sweep_km: total lengths to which the route is stretched for a plot of rate against distance.
        replicas: independent repetitions that measure the time to the first pair.
        session_s: length of the one session whose finite key is given (s).
        trusted_every: in the row `hybrid`, spans from trusted node to trusted node; a route of no more has no such row.
        common_random_numbers: give all strategies, and all points of a sweep, the same random streams.
        progress: called with (strategy, share done).

    Returns:
        A `Comparison`: print it, `plot()` it, take `to_frame()` or `to_json()`. After Ctrl-C it holds what was counted.

    >>> print(compare(Network.chain([20, 20]), pairs=50, replicas=2)["direct-bb84"].trusted_nodes)
    0
    """
    check("max_sim_time_s", max_sim_time_s, Positive)
    check("pairs", pairs, AtLeastOne)
    check("replicas", replicas, AtLeastOne)
    check("session_s", session_s, FinitePositive)
    check("trusted_every", trusted_every, Annotated[int, Ge(2)])
    with deferred_interrupt() as interrupt:
        case = Case(
            network=_equipped((network or Network.shipped(DEFAULT_NETWORK)).with_hardware(hardware, qkd_hardware)),
            source=source,
            target=target,
            max_span_km=max_span_km,
            pairs=int(pairs),
            seconds=max_sim_time_s,
            seed=seed,
            replicas=int(replicas),
            session_s=float(session_s),
            trusted_every=int(trusted_every),
            common=common_random_numbers,
            progress=progress or (lambda _what, _share: None),
            interrupt=interrupt,
        )
        return _comparison(case, checked_lengths(case, sweep_km))


def _comparison(case: Case, sweep_km: tuple[float, ...]) -> Comparison:
    """Make the comparison; after Ctrl-C, what is whole of it."""
    started = time.perf_counter()
    rows, timings = case.rows()
    notes = (*_said_of_rows(case), *_in_turn(case), *_not_modelled(case), *_todays_figures(case), *_both_lengths(case))
    swept = sweep(case, sweep_km)
    route_bound, chain_bound = case.bounds
    stopped = case.interrupt.pressed
    return Comparison(
        network=case.network.name,
        route=RouteRecord(
            nodes=case.route.nodes,
            lengths_km=case.route.lengths_km,
            route_factor=case.route.route_factor,
            lengths_source=case.route.lengths_source,
        ),
        seed=case.seed,
        hardware=HardwareRecord(
            repeater="given by numbers" if case.repeater is None else case.repeater.name,
            qkd=case.qkd.name,
            assumed=tuple(f"{sheet.name}: {name}" for sheet in case.sheets for name in sheet.assumed),
        ),
        strategies=rows,
        route_bits_per_use=route_bound,
        chain_bits_per_use=chain_bound,
        provenance=provenance(case.parameters | {"sweep_km": sweep_km}),
        conventions=case.conventions,
        timings=timings | {"total_s": time.perf_counter() - started},
        notes=(*notes, "Stopped by Ctrl-C: what had not been done is left out.") if stopped else notes,
        sweep=swept,
        interrupted=stopped,
    )


def _said_of_rows(case: Case) -> tuple[str, ...]:
    """Say what a row takes for granted, and why one is missing."""
    source = "direct-bbm92: an ideal source of photon pairs at mid-route, untrusted, pumped as is best."
    if HYBRID in case.strategies:
        return (source, f"hybrid: a trusted node every {case.trusted_every} spans, repeaters between.")
    spans = f"a route of {case.route.hops} span{'s' if case.route.hops > 1 else ''}"
    return (source, f"hybrid is left out: {spans} has no room for a trusted node every {case.trusted_every} spans.")


def _in_turn(case: Case) -> tuple[str, ...]:
    """Say how hops share what a node has but once."""
    once = case.repeater is not None and case.repeater.optical_interfaces == 1 and case.route.hops > 1
    return ("One optical interface a node: its two links take turns, a pair of each.",) if once else ()


def _not_modelled(case: Case) -> tuple[str, ...]:
    """Say what makes this hardware's figures too good."""
    storage = None if case.repeater is None else case.repeater.storage
    unknown = storage is not None and math.isinf(storage.memory.attempts_to_dephase)
    return ("Not modelled: dephasing of stored qubits by further entangling attempts.",) if unknown else ()


def _todays_figures(case: Case) -> tuple[str, ...]:
    """Say what today's hardware would give in place of a projected one."""
    if case.repeater is None or case.repeater.epoch == "today" or any(case.route.links) or case.interrupt.pressed:
        return ()
    today = [name for name, kind, epoch, _ in preset_names() if (kind, epoch) == ("repeater", "today")]
    rates: dict[str, Quantity] = {}
    for number, name in enumerate(today):
        case.progress("with today's hardware", number / len(today))
        with_it = replace(case, network=case.network.with_hardware(name))
        for pairs in (_FEWEST_PAIRS, _FEWER_PAIRS):  # most are hopeless, and few pairs tell
            rates[name] = with_it.run(REPEATER, min(case.pairs, pairs), 0).secret_key_rate_bps
            if not rates[name].high:
                break
        if case.interrupt.pressed:
            return ()
    return (f"With today's repeater hardware, repeater-bbm92 in secret bit/s: {_positive_first(rates)}.",)


def _positive_first(rates: Mapping[str, Quantity]) -> str:
    """List what is above zero, then what may be, then the names of all others."""
    said = [f"{name} {rate:±}" for name, rate in rates.items() if rate.value]
    unsure = {name: rate.high for name, rate in rates.items() if not rate.value and rate.high}
    if unsure:
        said.append(f"less than {max(unsure.values()):.2g} for {', '.join(unsure)}")
    nothing = [name for name, rate in rates.items() if not rate.high]
    if nothing:
        said.append(f"0 for {', '.join(nothing)}")
    return "; ".join(said)


def _both_lengths(case: Case) -> tuple[str, ...]:
    """Say how the default route fares over the fibre that was measured, since the winner may depend on it."""
    shipped = Network.shipped(_MEASURED_NETWORK)
    ends = (case.route.nodes[0], case.route.nodes[-1])
    if case.network.name != DEFAULT_NETWORK or ends != shipped.default_ends or case.interrupt.pressed:
        return ()
    measured = replace(
        case,
        network=shipped.with_hardware(case.network.repeater, case.network.qkd),
        source=None,
        target=None,
        pairs=min(case.pairs, _FEWER_PAIRS),
    )
    figures: list[str] = []
    compared = [strategy for strategy in STRATEGIES if strategy.name in _COMPARED_TWICE]
    for number, strategy in enumerate(compared):
        case.progress("over the measured fibre", number / len(compared))
        result = measured.run(strategy, measured.pairs if strategy.on_pairs else CLICKS, 0)
        figures.append(f"{strategy.name} {_rate(result)}")
        if case.interrupt.pressed:
            return ()
    between = measured.route.hops - 1
    return (
        f"This route is {case.route.total_km:.4g} km by straight lines times {case.route.route_factor:g}; the "
        f"published fibre ({_MEASURED_NETWORK}) is {measured.route.total_km:.4g} km with "
        f"{between} node{'s' if between > 1 else ''} between. Over that, in secret bit/s: {', '.join(figures)}.",
    )


def _equipped(network: Network) -> Network:
    """Put hardware in place of names and files: what is wrong with them shows before anything runs."""
    simulation = network.simulate()
    return network.with_hardware(simulation.plant.hardware, simulation.plant.qkd)


def _rate(result: Any) -> str:
    return f"{result.secret_key_rate_bps:±}"
