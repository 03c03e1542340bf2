"""The ways to make pairs on a route, without cut-offs, and how fast each can be at best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.plan import Chain, Plan
from qnet.planning.prediction import check_predictable
from qnet.planning.recipe import Recipe, Swap, leaves, nested, purified, sequential
from qnet.quantum import Purification

__all__ = ["Way", "Wish", "ways"]

_TIMES = 256
_LEFT_OUT = 1e-4
"""The probability of long times that a bound may leave out."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked of a plan, beside its fidelity.

    Args:
        keep: whether the ends store their halves.
        restart: of swaps as soon as possible.
        protocols: purifications to choose from.
        rounds: of purification at most, links and ends together.
    """

    keep: bool
    restart: Literal["per-pair", "pipelined"]
    protocols: tuple[Purification, ...]
    rounds: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """A way to make pairs.

    Args:
        chain: the number of the route.
        plan: without cut-offs.
        fastest_hz: no plan of this kind is faster, with cut-offs or without.
    """

    chain: int
    plan: Plan
    fastest_hz: float


def ways(chains: Sequence[Chain], wish: Wish) -> list[Way]:
    """Give all ways to make pairs that can be predicted, those that may be the fastest first.

    Raises:
        InvalidArgument: none can be predicted; the message says why.
    """
    found, refusal = [], None
    different = {chain.digest: number for number, chain in reversed(list(enumerate(chains)))}
    for number in sorted(different.values()):
        for plan in _plans(chains[number], wish):
            try:
                check_predictable(plan)
            except InvalidArgument as error:
                refusal = error
            else:
                found.append(Way(chain=number, plan=plan, fastest_hz=_fastest_hz(plan)))
    if not found:
        assert refusal is not None
        raise refusal
    return sorted(found, key=lambda way: -way.fastest_hz)


def _plans(chain: Chain, wish: Wish) -> Iterator[Plan]:
    """Give the ways to make pairs on a chain for which its nodes have interfaces."""
    for protocol in (None, *(wish.protocols if wish.rounds else ())):
        yield Plan(chain=chain, keep=wish.keep, restart=wish.restart, link_purification=protocol)
    for recipe in _recipes(chain.hops, wish):
        plan = Plan(chain=chain, recipe=recipe, keep=wish.keep)
        if all(device.optical_interfaces >= need for device, need in zip(chain.devices, plan.interfaces, strict=True)):
            yield plan


def _recipes(hops: int, wish: Wish) -> Iterator[Recipe]:
    """Give recipes without cut-offs: orders of swaps, rounds on links, rounds from end to end."""
    orders = [nested(hops)] if hops < 3 else [nested(hops), sequential(hops)]
    for order in orders:
        yield order
        for protocol in wish.protocols:
            for at_links in range(wish.rounds + 1):
                for at_ends in range(wish.rounds + 1 - at_links):
                    if at_links + at_ends and (hops > 1 or at_links == 0):
                        yield _repeated(_on_links(order, protocol, at_links), protocol, at_ends)


def _repeated(recipe: Recipe, protocol: Purification, rounds: int) -> Recipe:
    for _ in range(rounds):
        recipe = purified(recipe, protocol)
    return recipe


def _on_links(recipe: Recipe, protocol: Purification, rounds: int) -> Recipe:
    match recipe:
        case Swap():
            left, right = (_on_links(part, protocol, rounds) for part in recipe.parts)
            return replace(recipe, left=left, right=right)
        case _:
            return _repeated(recipe, protocol, rounds)


def _fastest_hz(plan: Plan) -> float:
    """Give a rate that no plan of its kind exceeds: each pair needs a herald of every leaf, which both ends hear of.

    In a pipeline a link is no faster than its heralds.
    """
    chain, counts = plan.chain, _heralds(plan)
    links = list(zip(chain.links, counts, strict=True))
    if plan.restart == "pipelined":
        return min(link.rate_hz / count for link, count in links)
    begin_s = [chain.delay_s(0, span + (span + 1 < chain.hops)) for span in range(chain.hops)]
    told_s = [max(chain.delay_s(0, span), chain.delay_s(span + 1, chain.hops)) for span in range(chain.hops)]
    lags_s = [begin + told for begin, told in zip(begin_s, told_s, strict=True)]
    longest_s = max(lags_s) + max(link.cycle_s - np.log(_LEFT_OUT / count) / link.rate_hz for link, count in links)
    times_s = np.linspace(0.0, longest_s, _TIMES + 1)
    done = np.ones(_TIMES + 1)
    for (link, count), lag_s in zip(links, lags_s, strict=True):
        attempts = np.floor(np.maximum(times_s - lag_s, 0.0) / link.cycle_s + 1e-9)
        done *= (1.0 - (1.0 - link.success_probability) ** attempts) ** count
    return float(1.0 / ((1.0 - done)[1:].sum() * longest_s / _TIMES))


def _heralds(plan: Plan) -> list[int]:
    """Give how many heralds of each link a pair takes at least."""
    if plan.recipe is None:
        return [1 if plan.link_purification is None else plan.link_purification.pairs] * plan.chain.hops
    spans = [leaf.span for leaf in leaves(plan.recipe)]
    return [spans.count(span) for span in range(plan.chain.hops)]
