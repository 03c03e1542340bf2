"""How much each span of a network was used in a run, and how good the pairs were that it took part in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from qnet.time import seconds

if TYPE_CHECKING:
    from qnet.network.report import Report
    from qnet.network.trace import Trace

__all__ = ["SpanUse", "elapsed_s_of", "fibre_between", "usage_of"]


class SpanUse(NamedTuple):
    """What a span did.

    Args:
        rate_hz: pairs per second: those that its link made (known from a trace), or those delivered over it.
        busy: share of the time in which a memory of the link held a qubit, the mean over its memories; None where only
            a report is known.
        fidelity: mean true fidelity of the pairs that were delivered over it; None if there were none.
    """

    rate_hz: float
    busy: float | None
    fidelity: float | None


def usage_of(run: Trace | Report) -> dict[frozenset[str], SpanUse]:
    """Give the use of every span that was used, by its two nodes; stations inserted on a span count for it.

    Args:
        run: a trace, which knows all pairs, or a report, which knows those that were delivered to requests.
    """
    from qnet.network.trace import Trace

    return _traced(run) if isinstance(run, Trace) else _reported(run)


def elapsed_s_of(run: Trace | Report) -> float:
    """Give the simulated seconds that rates are averaged over: those reported, or up to the last event traced."""
    from qnet.network.trace import Trace

    return seconds(max((event.tick for event in run), default=0)) if isinstance(run, Trace) else run.totals.simulated_s


def fibre_between(a: str, b: str) -> frozenset[str]:
    """Give the two nodes of the network whose fibre two neighbours use; inserted stations are named after it."""
    for name in (a, b):
        if "~" in name:
            return frozenset(name.rpartition("#")[0].split("~"))
    return frozenset((a, b))


def _traced(trace: Trace) -> dict[frozenset[str], SpanUse]:
    lives, elapsed_s = trace.lives(), elapsed_s_of(trace)
    made: dict[frozenset[str], int] = {}
    held_s: dict[frozenset[str], float] = {}
    memories: dict[frozenset[str], set[tuple[frozenset[str], int]]] = {}
    for life in lives:
        span = fibre_between(*life.ends)
        until = [elapsed_s if freed is None else freed for freed in life.freed_s]
        made[span] = made.get(span, 0) + 1
        held_s[span] = held_s.get(span, 0.0) + math.fsum(until) / 2.0 - life.emitted_s
        memories.setdefault(span, set()).add((frozenset(life.ends), life.memory))
    fidelity = _means((delivery.nodes, 1, delivery.fidelity) for delivery in trace.deliveries())
    return {
        span: SpanUse(
            made[span] / len({ends for ends, _ in memories[span]}) / elapsed_s,
            held_s[span] / len(memories[span]) / elapsed_s,
            fidelity.get(span),
        )
        for span in made
    }


def _reported(report: Report) -> dict[frozenset[str], SpanUse]:
    """Count pairs over the routes that they were made on, which after a fault are not those of the last plan."""
    elapsed_s = elapsed_s_of(report)
    served = [route for record in report.requests for route in record.routes]
    pairs: dict[frozenset[str], int] = {}
    for nodes, delivered, _ in served:
        for span in _fibres(nodes):
            pairs[span] = pairs.get(span, 0) + delivered
    fidelity = _means(served)
    return {span: SpanUse(pairs[span] / elapsed_s, None, fidelity[span]) for span in pairs}


def _fibres(nodes: Iterable[str]) -> Iterator[frozenset[str]]:
    return iter(dict.fromkeys(fibre_between(a, b) for a, b in pairwise(nodes)))


def _means(delivered: Iterable[tuple[tuple[str, ...], int, float]]) -> Mapping[frozenset[str], float]:
    """Give by span the mean fidelity of what was delivered over it, from (route, pairs, their mean fidelity)."""
    sums: dict[frozenset[str], tuple[int, float]] = {}
    for nodes, pairs, fidelity in delivered:
        for span in _fibres(nodes):
            number, total = sums.get(span, (0, 0.0))
            sums[span] = number + pairs, total + pairs * fidelity
    return {span: total / number for span, (number, total) in sums.items() if number}
