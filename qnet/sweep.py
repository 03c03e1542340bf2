"""The comparison over distance, and how much better repeaters must get to overtake bare fibre."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qnet.case import Case
from qnet.errors import InvalidArgument
from qnet.experiment import StrategyRow, Sweep, SweepPoint
from qnet.fields import Positive, check
from qnet.network.topology import Network
from qnet.strategies import DIRECT, REPEATER

__all__ = ["checked_lengths", "improvement_factor", "sweep"]

_MOST_IMPROVED = 1000.0
_FEWER_PAIRS = 2000


def checked_lengths(case: Case, lengths_km: Sequence[float]) -> tuple[float, ...]:
    """Give the lengths in order, once each; refuse any to which the route cannot be stretched."""
    if not isinstance(lengths_km, Iterable):
        raise InvalidArgument.of("sweep_km", "be lengths in km, as in [50, 100]", lengths_km)
    for length_km in lengths_km:
        check("sweep_km", length_km, Positive)
        case.route.scaled(length_km)
    return tuple(sorted(set(lengths_km)))


def sweep(case: Case, lengths_km: Sequence[float]) -> Sweep | None:
    """Make the comparison at other lengths (km); after Ctrl-C, at those that were done."""
    points: list[SweepPoint] = []
    replica = case.end_replica
    for length_km in lengths_km:
        if case.interrupt.pressed:
            break
        stretched = _stretched(case, length_km, replica)
        points.append(_point(stretched, length_km))
        replica = stretched.end_replica
    whole = points[:-1] if case.interrupt.pressed else points
    return Sweep(points=tuple(whole)) if whole else None


def _point(case: Case, length_km: float) -> SweepPoint:
    rows, _ = case.rows()
    route_bound, chain_bound = case.bounds
    return SweepPoint(
        length_km=length_km,
        strategies=rows,
        route_bits_per_use=route_bound,
        chain_bits_per_use=chain_bound,
        improvement_factor=None if case.interrupt.pressed else improvement_factor(case, rows),
    )


def _stretched(case: Case, length_km: float, first_replica: int) -> Case:
    """Give the case at another length, its random numbers apart from those of all others unless all are common."""
    base = case.network.route(case.source, case.target).scaled(length_km)
    chain = Network.chain(base.lengths_km, names=base.nodes, hardware=case.repeater, qkd_hardware=case.qkd)
    return replace(
        case,
        network=chain,
        source=None,
        target=None,
        pairs=min(case.pairs, _FEWER_PAIRS),
        replicas=1,
        first_replica=case.first_replica if case.common else first_replica,
        progress=lambda what, share: case.progress(f"{length_km:g} km: {what}", share),
    )


def improvement_factor(case: Case, rows: Sequence[StrategyRow]) -> float | None:
    """Find how many times better the repeaters must be to overtake bare fibre; None if 1000 times will not do.

    The factor is that of `RepeaterHardware.improved`, found to 10 % with the same random numbers. Most lie near 1:
    the search goes up by 2, 4, 16, ..., and then bisects.
    """
    direct, repeater = (next(row for row in rows if row.name == strategy.name) for strategy in (DIRECT, REPEATER))
    to_beat = direct.secret_key_rate_bps.value
    if repeater.secret_key_rate_bps.value > to_beat:
        return 1.0
    if repeater.attempts_hz is not None and to_beat >= repeater.attempts_hz.value:
        return None  # not even a pair per attempt would do

    hardware = case.repeater
    assert hardware is not None  # a route that can be stretched has no links of its own

    def overtakes(k: float) -> bool:
        case.progress("improvement factor", 0.0)
        better = replace(case, network=case.network.with_hardware(hardware.improved(k)), pairs=1000)
        rate: float = better.run(REPEATER, better.pairs, 0).secret_key_rate_bps.value
        return rate > to_beat

    low, high = 1.0, 2.0
    while not overtakes(high):
        if high == _MOST_IMPROVED:
            return None
        low, high = high, min(high**2, _MOST_IMPROVED)
    while high / low > 1.1:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if overtakes(middle) else (middle, high)
    return high
