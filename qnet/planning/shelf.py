"""Proposals that were found before: one serves all thresholds for which a search would find nothing better.

Thresholds of users may be any numbers, so that few come twice. They are rounded up to a thousandth, which costs next to
no rate where cut-offs seldom strike; to a tenth of that where they often do; only where that is out of reach the search
is for the very number.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qnet.planning.plan import Chain
from qnet.planning.prediction import Prediction
from qnet.planning.recipe import Generate, Recipe
from qnet.planning.ways import Way, Wish

if TYPE_CHECKING:
    from qnet.planning.search import Proposal

__all__ = ["Shelf", "out_of_reach", "shelf"]

_STEPS = (1_000, 10_000)
_SELDOM = 0.9
"""The share of attempts that must be done with what was made for them, so that the coarser steps do."""
_ROUNDING = 1e-9
_SHELVES: OrderedDict[object, Shelf] = OrderedDict()
_KEPT = 1024
_Search = Callable[[float, float, Sequence[Way]], "Proposal"]


def shelf(chains: Sequence[Chain], wish: Wish) -> Shelf:
    """Give the proposals for some routes; the ones used least recently are forgotten."""
    key = (
        tuple(chain.digest for chain in chains),
        (wish.keep, wish.restart, wish.rounds),
        tuple(protocol.digest for protocol in wish.protocols),
    )
    if key not in _SHELVES:
        _SHELVES[key] = Shelf()
        if len(_SHELVES) > _KEPT:
            _SHELVES.popitem(last=False)
    _SHELVES.move_to_end(key)
    return _SHELVES[key]


class Shelf:
    """Keeps what searches on the same routes have found."""

    def __init__(self) -> None:
        self._found: dict[tuple[float, float], Proposal] = {}
        self._unlimited: list[tuple[float, Proposal]] = []
        """Plans without cut-offs, and the threshold for which each is the fastest: it is for all up to its own."""
        self._nearest: Proposal | None = None
        """What comes nearest to thresholds that no plan meets; the same for all."""

    def find(self, min_fidelity: float, mean_fidelity: float, search: _Search) -> Proposal:
        """Give the proposal for thresholds; search if there is none."""
        if mean_fidelity:
            return self._exact(min_fidelity, mean_fidelity, search)
        coarse, fine = (min(math.ceil(min_fidelity * steps - _ROUNDING) / steps, 1.0) for steps in _STEPS)
        proposal = self._served(coarse, search)
        if proposal is None:
            proposal = self._served(fine, search) or self._served(min_fidelity, search)
        elif proposal.prediction.attempt_success < _SELDOM:
            proposal = self._served(fine, search, proposal.rivals)
        if proposal is not None:
            return proposal
        assert self._nearest is not None
        return replace(self._nearest, reason=out_of_reach(min_fidelity, self._nearest.prediction))

    def _served(self, min_fidelity: float, search: _Search, among: Sequence[Way] = ()) -> Proposal | None:
        if self._nearest is not None and min_fidelity > self._nearest.prediction.fidelity_min:
            return None
        proposal = self._exact(min_fidelity, 0.0, search, among)
        return proposal if proposal.accepted else None

    def _exact(self, min_fidelity: float, mean_fidelity: float, search: _Search, among: Sequence[Way] = ()) -> Proposal:
        key = min_fidelity, mean_fidelity
        if key not in self._found:
            self._found[key] = self._known(*key) or search(*key, among)
            self._note(min_fidelity, mean_fidelity, self._found[key])
        return self._found[key]

    def _known(self, min_fidelity: float, mean_fidelity: float) -> Proposal | None:
        if mean_fidelity:
            return None
        for least, proposal in self._unlimited:
            if least <= min_fidelity <= proposal.prediction.fidelity_min:
                return proposal
        return None

    def _note(self, min_fidelity: float, mean_fidelity: float, proposal: Proposal) -> None:
        if mean_fidelity:
            return
        if not proposal.accepted:
            self._nearest = proposal
        elif _is_unlimited(proposal.plan.recipe):
            self._unlimited.append((min_fidelity, proposal))


def out_of_reach(min_fidelity: float, nearest: Prediction) -> str:
    """Say why no plan keeps every pair at a threshold."""
    return (
        f"No plan found keeps every pair at {min_fidelity:g} or better; the best guarantees {nearest.fidelity_min:.4f}."
    )


def _is_unlimited(recipe: Recipe | None) -> bool:
    if recipe is None or isinstance(recipe, Generate):
        return True
    return math.isinf(recipe.cutoff_s) and all(map(_is_unlimited, recipe.parts))
