"""The search for a plan: of all the ways to make pairs that a route allows, the one of highest predicted rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.planning.cutoffs import limited
from qnet.planning.plan import Chain, Plan
from qnet.planning.prediction import Prediction, predict, predicted
from qnet.planning.shelf import out_of_reach, shelf
from qnet.planning.tree import Maker
from qnet.planning.ways import Way, Wish, ways
from qnet.planning.worst import worst_fidelity
from qnet.quantum import Purification
from qnet.quantum.library import dejmps

__all__ = ["Proposal", "best_plan"]

_TAIL = 1e-4
_COARSE = 384
"""Times of a law while plans are compared."""
_PHASES = 1
"""Parts of a slot that are told apart meanwhile."""
_MARGIN = 5e-4
"""By which a mean on such a coarse lattice may be off."""
_HOPELESS = 0.6
"""Of the best rate: a way that is slower with one kind of cut-offs will not win with another."""
_CLOSE = 0.85
"""Of the best rate: a way that is slower will not win for a threshold next to the one that was searched for."""
_NEXT = 1e-3
"""How far such a threshold may be below."""
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """What a search found.

    Args:
        chain: which of the candidate routes, counted from 0.
        plan: how it would make the pairs.
        prediction: what that delivers.
        accepted: whether every pair, or the mean, is as good as was asked for.
        reason: why it was chosen, or why nothing better can be had, in one sentence.
        rivals: the ways that may win for thresholds a little lower.
    """

    chain: int
    plan: Plan
    prediction: Prediction
    accepted: bool
    reason: str
    rivals: tuple[Way, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return f"{self.reason} Plan: {self.plan}. Predicted: {self.prediction}."


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """The fidelities that are asked for."""

    min_fidelity: float
    mean_fidelity: float

    def met_by(self, prediction: Prediction) -> bool:
        return prediction.meets(self.min_fidelity, self.mean_fidelity)


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
    wish = Wish(keep=keep, restart=restart, protocols=protocols, rounds=rounds)

    def search(min_fidelity: float, mean_fidelity: float, among: Sequence[Way] = ()) -> Proposal:
        ask = _Ask(min_fidelity=min_fidelity, mean_fidelity=mean_fidelity)
        return _search(among or ways(chains, wish), _Comparison(chains, wish, ask), ask)

    return shelf(chains, wish).find(float(min_fidelity), float(mean_fidelity), search)


def _search(candidates: Sequence[Way], comparison: _Comparison, ask: _Ask) -> Proposal:
    """Try the ways that may be fastest first, each with the longest cut-offs that do; a cut-off makes no way faster."""
    best: tuple[float, int, Plan] | None = None
    nearest: tuple[float, int, Plan] | None = None
    tops: list[tuple[float, Way]] = []
    for way in candidates:
        if best is not None and way.fastest_hz <= best[0]:
            break
        for plan, spare in limited(way.plan, comparison.excess):
            rate_hz = comparison.rate_hz(plan) if spare > -2.0 * _MARGIN else None
            tops.append((rate_hz or (math.inf if spare > -_NEXT else 0.0), way))
            if rate_hz is not None and (best is None or rate_hz > best[0]):
                best = rate_hz, way.chain, plan
            if best is not None and (rate_hz or 0.0) < _HOPELESS * best[0]:
                break
            if best is None and (nearest is None or comparison.quality(plan) > nearest[0]):
                nearest = comparison.quality(plan), way.chain, plan
    found = best or nearest
    assert found is not None
    prediction = predict(found[2])
    rivals = dict.fromkeys(way for top, way in tops if best is not None and top >= _CLOSE * best[0])
    return Proposal(
        chain=found[1],
        plan=found[2],
        prediction=prediction,
        accepted=best is not None,
        reason=_reason(best is not None, ask, prediction),
        rivals=tuple(rivals),
    )


class _Comparison:
    """Predicts plans of some chains on coarse lattices; what plans have in common is worked out once."""

    def __init__(self, chains: Sequence[Chain], wish: Wish, ask: _Ask) -> None:
        self._ask = ask
        self._makers = {
            chain.digest: Maker(chain, keep=wish.keep, tail=_TAIL, points=_COARSE, phases=_PHASES) for chain in chains
        }
        self._known: dict[str, Prediction] = {}

    def prediction(self, plan: Plan) -> Prediction:
        if plan.digest not in self._known:
            self._known[plan.digest] = predicted(plan, self._makers[plan.chain.digest])
        return self._known[plan.digest]

    def rate_hz(self, plan: Plan) -> float | None:
        """Give the rate of a plan; None if it is not good enough, or hardly ever delivers."""
        try:
            prediction = self.prediction(plan)
        except InvalidArgument:
            return None
        return prediction.rate_hz if self._ask.met_by(prediction) else None

    def excess(self, plan: Plan) -> float:
        """Give by how much a plan is better than asked for; means, which take longer, only where they are asked for."""
        spare = worst_fidelity(plan) - self._ask.min_fidelity + _ROUNDING
        if not self._ask.mean_fidelity or spare < 0.0:
            return spare
        return min(spare, self.prediction(plan).fidelity - self._ask.mean_fidelity - _MARGIN)

    def quality(self, plan: Plan) -> float:
        """Give the fidelity by which plans compare that are not good enough."""
        return worst_fidelity(plan) if self._ask.min_fidelity else self.prediction(plan).fidelity


def _reason(met: bool, ask: _Ask, prediction: Prediction) -> str:
    if met:
        return "The fastest plan found that meets the request."
    if prediction.fidelity_min < ask.min_fidelity:
        return out_of_reach(ask.min_fidelity, prediction)
    return f"No plan found has a mean of {ask.mean_fidelity:g} or better; the best has {prediction.fidelity:.4f}."


@cache
def _default() -> Purification:
    return dejmps()
