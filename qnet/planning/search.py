"""The search for a plan: of all the ways to make pairs that a route allows, the one of highest predicted rate."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import Literal

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.planning.plan import Chain, Plan
from qnet.planning.prediction import Prediction, predict
from qnet.planning.recipe import Generate, Recipe, Swap, nested, purified, sequential
from qnet.planning.worst import worst_fidelity
from qnet.quantum import Purification
from qnet.quantum.library import dejmps

__all__ = ["Proposal", "best_plan"]

_TAIL = 1e-4
_COARSE = 384
"""Times of a law while plans are compared."""
_MARGIN = 5e-4
"""By which a mean on such a coarse lattice may be off."""
_HALVINGS = 9
_PROPOSALS: OrderedDict[object, Proposal] = OrderedDict()
_KEPT = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """What a search found.

    Args:
        chain: which of the candidate routes, counted from 0.
        plan: how it would make the pairs.
        prediction: what that delivers.
        accepted: whether every pair, or the mean, is as good as was asked for.
        reason: why it was chosen, or why nothing better can be had, in one sentence.
    """

    chain: int
    plan: Plan
    prediction: Prediction
    accepted: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} Plan: {self.plan}. Predicted: {self.prediction}."


@dataclass(frozen=True, eq=False)
class _Ask:
    """What is asked of a plan."""

    min_fidelity: float
    mean_fidelity: float
    keep: bool
    restart: Literal["per-pair", "pipelined"]

    def met_by(self, prediction: Prediction) -> bool:
        return prediction.fidelity_min >= self.min_fidelity - 1e-9 and prediction.fidelity >= self.mean_fidelity - 1e-9


def best_plan(
    chains: Sequence[Chain],
    *,
    min_fidelity: float = 0.0,
    mean_fidelity: float = 0.0,
    keep: bool = False,
    restart: Literal["per-pair", "pipelined"] = "per-pair",
    purifications: Sequence[Purification] | None = None,
    rounds: int = 2,
) -> Proposal:
    """Find the plan of highest predicted rate that meets a request.

    Tried are swaps as soon as possible, nested and from one end; up to so many rounds of purification, of links and
    from end to end, where nodes have an interface for each memory; and cut-offs just short enough for the threshold,
    alike at all vertices or doubling from level to level.

    Args:
        chains: the candidate routes.
        min_fidelity: what every delivered pair must have, given all that its ends know of it.
        mean_fidelity: what their mean must have.
        keep: whether the ends store their halves.
        restart: of swaps as soon as possible; recipes start anew per pair.
        purifications: the protocols to choose from; DEJMPS by default.
        rounds: of purification at most, links and ends together.

    Returns:
        A proposal; if no plan meets the request, the one of highest fidelity, not accepted, with the reason.

    >>> from qnet.link import Device, Link
    >>> from qnet.quantum import State, Waiting
    >>> device = Device(memory=Waiting.from_t1_t2(t2_s=0.05), optical_interfaces=4)
    >>> chain = Chain.of([Link.from_numbers(0.1, 1e-4, State.werner(0.97))] * 2, device, delays_s=5e-5)
    >>> best = best_plan([chain], min_fidelity=0.92)
    >>> best.accepted, best.prediction.fidelity_min >= 0.92
    (True, True)
    """
    check("min_fidelity", min_fidelity, Probability)
    check("mean_fidelity", mean_fidelity, Probability)
    if not chains:
        raise InvalidArgument.of("chains", "hold at least one candidate", chains)
    protocols = (_default(),) if purifications is None else tuple(purifications)
    ask = _Ask(float(min_fidelity), float(mean_fidelity), keep, restart)
    key = tuple(chain.digest for chain in chains), astuple(ask), tuple(one.digest for one in protocols), rounds
    if key not in _PROPOSALS:
        _PROPOSALS[key] = _search(chains, ask, protocols, rounds)
        if len(_PROPOSALS) > _KEPT:
            _PROPOSALS.popitem(last=False)
    _PROPOSALS.move_to_end(key)
    return _PROPOSALS[key]


def _search(chains: Sequence[Chain], ask: _Ask, protocols: Sequence[Purification], rounds: int) -> Proposal:
    """Try the fastest ways first, each with the longest cut-offs that do; a cut-off makes no way faster."""
    ways = sorted(_ways(chains, ask, protocols, rounds), key=lambda way: -way[0])
    best: tuple[float, int, Plan] | None = None
    refused: list[tuple[float, int, Plan]] = []
    for fastest_hz, number, way in ways:
        if best is not None and fastest_hz <= best[0]:
            break
        for plan in _limited(way, ask):
            prediction = predict(plan, tail=_TAIL, points=_COARSE)
            if not ask.met_by(prediction):
                refused.append((prediction.fidelity_min if ask.min_fidelity else prediction.fidelity, number, plan))
            elif best is None or prediction.rate_hz > best[0]:
                best = prediction.rate_hz, number, plan
    # if nothing meets the request: what comes nearest
    _, number, plan = best or max(refused, key=lambda one: one[0])
    prediction = predict(plan)
    return Proposal(
        chain=number,
        plan=plan,
        prediction=prediction,
        accepted=best is not None,
        reason=_reason(best is not None, ask, prediction),
    )


def _ways(
    chains: Sequence[Chain], ask: _Ask, protocols: Sequence[Purification], rounds: int
) -> list[tuple[float, int, Plan]]:
    """Give (rate in Hz, number of the chain, plan) of all ways to make pairs, without cut-offs."""
    ways, refusal = [], None
    for number, chain in enumerate(chains):
        for plan in _plans(chain, ask, protocols, rounds):
            try:
                ways.append((predict(plan, tail=_TAIL, points=_COARSE).rate_hz, number, plan))
            except InvalidArgument as error:
                refusal = error
    if not ways:
        assert refusal is not None
        raise refusal
    return ways


def _reason(met: bool, ask: _Ask, prediction: Prediction) -> str:
    if met:
        return "The fastest plan found that meets the request."
    if prediction.fidelity_min < ask.min_fidelity:
        return (
            f"No plan found keeps every pair at {ask.min_fidelity:g} or better; "
            f"the best guarantees {prediction.fidelity_min:.4f}."
        )
    return f"No plan found has a mean of {ask.mean_fidelity:g} or better; the best has {prediction.fidelity:.4f}."


def _plans(chain: Chain, ask: _Ask, protocols: Sequence[Purification], rounds: int) -> Iterator[Plan]:
    """Give the ways to make pairs on a chain for which its nodes have interfaces."""
    for protocol in (None, *(protocols if rounds else ())):
        yield Plan(chain=chain, keep=ask.keep, restart=ask.restart, link_purification=protocol)
    for recipe in _recipes(chain.hops, protocols, rounds):
        plan = Plan(chain=chain, recipe=recipe, keep=ask.keep)
        if all(device.optical_interfaces >= need for device, need in zip(chain.devices, plan.interfaces, strict=True)):
            yield plan


def _recipes(hops: int, protocols: Sequence[Purification], rounds: int) -> Iterator[Recipe]:
    """Give recipes without cut-offs: orders of swaps, rounds on links, rounds from end to end."""
    orders = [nested(hops)] if hops < 3 else [nested(hops), sequential(hops)]
    for order in orders:
        yield order
        for protocol in protocols:
            for at_links in range(rounds + 1):
                for at_ends in range(rounds + 1 - at_links):
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


def _limited(free: Plan, ask: _Ask) -> Iterator[Plan]:
    """Give a plan with cut-offs as long as the request allows: of equal length, or doubling with each level."""
    shortest_s = max(link.cycle_s for link in free.chain.links)
    if free.recipe is None or isinstance(free.recipe, Generate) or _good(free, ask):
        yield free
        return
    for growth in (1.0, 2.0):

        def limited(cutoff_s: float, growth: float = growth) -> Plan:
            assert free.recipe is not None
            return replace(free, recipe=_with_cutoffs(free.recipe, cutoff_s, growth)[0])

        plan = _longest(limited, shortest_s, ask)
        yield plan
        if plan.recipe is not None and _height(plan.recipe) < 2:
            return


def _good(plan: Plan, ask: _Ask) -> bool:
    """Tell whether a plan meets the request; predictions, which take longer, only where the mean is asked for."""
    if worst_fidelity(plan) < ask.min_fidelity:
        return False
    return not ask.mean_fidelity or predict(plan, tail=_TAIL, points=_COARSE).fidelity >= ask.mean_fidelity + _MARGIN


def _longest(limited: Callable[[float], Plan], shortest_s: float, ask: _Ask) -> Plan:
    """Find the longest cut-off that is good enough, to a few per cent; the shortest if none is."""
    best = limited(shortest_s)
    if not _good(best, ask):
        return best
    low_s = high_s = shortest_s
    while _good(plan := limited(4.0 * high_s), ask):
        best, low_s, high_s = plan, 4.0 * high_s, 4.0 * high_s
        if high_s > 1e9 * shortest_s:
            return best
    high_s *= 4.0
    for _ in range(_HALVINGS):
        middle_s = math.sqrt(low_s * high_s)
        if _good(plan := limited(middle_s), ask):
            best, low_s = plan, middle_s
        else:
            high_s = middle_s
    return best


def _with_cutoffs(recipe: Recipe, cutoff_s: float, growth: float) -> tuple[Recipe, int]:
    """Set cut-offs, at the lowest vertices as given; give the recipe and its height."""
    if isinstance(recipe, Generate):
        return recipe, 0
    done = [_with_cutoffs(part, cutoff_s, growth) for part in recipe.parts]
    height = 1 + max(level for _, level in done)
    limit_s = cutoff_s * growth ** (height - 1)
    if isinstance(recipe, Swap):
        return replace(recipe, left=done[0][0], right=done[1][0], cutoff_s=limit_s), height
    return replace(recipe, pairs=tuple(part for part, _ in done), cutoff_s=limit_s), height


def _height(recipe: Recipe) -> int:
    return 0 if isinstance(recipe, Generate) else 1 + max(map(_height, recipe.parts))


@cache
def _default() -> Purification:
    return dejmps()
