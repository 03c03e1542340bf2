"""Swapping as soon as possible: when the links of a chain are there, and what the plan then delivers.

Without cut-offs each link takes a time of its own, so that delivery is the latest of independent times if all links
start anew per pair (exact), and nearly so in a pipeline (see `pipeline`). The state is `transfer`'s.
"""

from __future__ import annotations

import math

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.law import common
from qnet.planning.order import last_in_time
from qnet.planning.phases import START, Phase, Phases, later, mixed, settled, visits
from qnet.planning.pipeline import in_pipeline
from qnet.planning.plan import Plan
from qnet.planning.recipe import Generate, Purify, Recipe, Swap
from qnet.planning.transfer import Arrival, delivered_state
from qnet.planning.tree import Maker
from qnet.quantum.pauli import Tensor

__all__ = ["Delivery", "as_recipe", "swap_asap"]

Delivery = tuple[float, float, Tensor]
"""Mean time from one delivery to the next, mean time to the first (both in seconds), mean state."""


def swap_asap(plan: Plan, *, tail: float, points: int) -> Delivery:
    """Give what a plan delivers that swaps as soon as possible and has no cut-off."""
    chain = plan.chain
    maker = Maker(chain, keep=True, tail=tail, points=points)
    first = _arrivals(plan, maker, (0.0,) * (chain.hops + 1), START)
    first_s = _mean_latest_s(first, points)
    if plan.restart == "pipelined":
        period_s, arrivals = in_pipeline(plan, first, points)
        return period_s, first_s, delivered_state(plan, arrivals, points)
    begin = (*(chain.delay_s(0, node) for node in range(chain.hops)), 0.0)

    def again(phase: Phase) -> list[Arrival]:
        return _arrivals(plan, maker, begin, phase)

    known, weights, matrix = settled(_phases(first, points), lambda phase: _phases(again(phase), points))
    shares = visits(weights, matrix)
    deliveries = [again(phase) for phase in known]
    period_s = float(shares @ [_mean_latest_s(arrivals, points) for arrivals in deliveries])
    states = [delivered_state(plan, arrivals, points) for arrivals in deliveries]
    return period_s, first_s, np.tensordot(shares, states, axes=1)


def as_recipe(plan: Plan) -> Recipe:
    """Give the recipe of two links that swap as soon as possible, with the plan's cut-off.

    The cut-off counts from emission; giving up the older half is giving up both, for attempts have no memory.
    """
    chain = plan.chain
    if chain.hops != 2 or plan.restart == "pipelined" or plan.link_purification is not None or chain.cycle_s is None:
        rule = "be infinite, but for two equal links restarted per pair; give cut-offs in a recipe"
        raise InvalidArgument.of("cutoff_s", rule, plan.cutoff_s)
    waited_s = chain.links[0].cycle_s - chain.links[0].emission_s
    if not plan.cutoff_s > waited_s:
        raise InvalidArgument.of("cutoff_s", f"be more than the {waited_s:g} s from emission to herald", plan.cutoff_s)
    return Swap(left=Generate(span=0), right=Generate(span=1), cutoff_s=plan.cutoff_s - waited_s)


def _arrivals(plan: Plan, maker: Maker, begin: tuple[float, ...], phase: Phase) -> list[Arrival]:
    """Give when each link is there if the nodes begin at given times."""
    arrivals = []
    for span in range(plan.chain.hops):
        made = maker.make(_part(plan, span), begin, phase)
        arrivals.append(
            Arrival(law=made.ready(), frames=made.frames, told_s=_told_s(plan, span), phases=made.ready_phases())
        )
    return arrivals


def _part(plan: Plan, span: int) -> Recipe:
    """Give the recipe of a link: raw pairs that are purified are made in turn on one pair of memories."""
    raw = Generate(span=span)
    if plan.link_purification is None:
        return raw
    return Purify(pairs=(raw,) * plan.link_purification.pairs, purification=plan.link_purification)


def _told_s(plan: Plan, span: int) -> float:
    """Give when both ends know of the swaps next to a link, counted from its herald if it is the last one."""
    chain = plan.chain
    told_s = 0.0
    for node in (span, span + 1):
        if 0 < node < chain.hops:
            message_s = max(chain.delay_s(node, 0), chain.delay_s(node, chain.hops))
            told_s = max(told_s, chain.devices[node].swap_s + message_s)
        elif not plan.keep:
            told_s = max(told_s, chain.devices[node].measurement_s)
    return told_s


def _mean_latest_s(arrivals: list[Arrival], points: int) -> float:
    """Give the mean time at which both ends know that all links are there and swapped."""
    laws = common([arrival.times.later(arrival.told_s) for arrival in arrivals], points)
    until = np.prod([np.cumsum(law.weights) / law.total for law in laws], axis=0)
    return laws[0].origin_s + laws[0].step_s * float(np.sum(1.0 - until))


def _phases(arrivals: list[Arrival], points: int) -> Phases:
    """Give what part of a slot has passed at a delivery: as it has when the link is known that was last."""
    laws = common([arrival.times.later(arrival.told_s) for arrival in arrivals], points)
    last = last_in_time(laws, math.inf)
    return mixed([(share, later(one.phases, one.told_s)) for share, one in zip(last, arrivals, strict=True)])
