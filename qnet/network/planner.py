"""The controller's planner: which routes and plans would serve a request, the best one first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument, NoRoute
from qnet.network.offers import Offer, Refusal
from qnet.network.route import Route, fibre_between
from qnet.network.terms import Terms
from qnet.planning import Chain, Plan
from qnet.planning.search import Proposal, best_plan

if TYPE_CHECKING:
    from qnet.network.flows import Flows
    from qnet.network.topology import Network

__all__ = ["Planner"]

_ROUTES = 3
"""How many routes are looked at where a fidelity is asked for."""


class Planner:
    """Knows the network as it is specified, and what faults the controller has heard of; runs no simulation."""

    def __init__(self, network: Network, flows: Flows, *, max_span_km: float | None = None) -> None:
        self._network = network
        self._plant = flows.plant
        self._options = flows.options
        self._max_span_km = max_span_km
        self._chains: dict[Route, Chain] = {}
        self._routes_between: dict[tuple[str, str, int, frozenset[frozenset[str]]], list[Route]] = {}

    def offers(
        self, terms: Terms, down: frozenset[frozenset[str]], via: Route | None = None, *, every_route: bool = False
    ) -> list[Offer] | Refusal:
        """Give the ways to serve a request, the best first; or say why there is none.

        Args:
            terms: what is asked.
            down: spans that may not be used.
            via: the only route that may be.
            every_route: give the best plan of each route, instead of the best of all; none of which it is not certain
                how many of its pairs will do.
        """
        searched = self._options.leave_it_open and max(terms.min_fidelity, terms.mean_fidelity) > 0.0
        try:
            routes = self._routes(terms, _ROUTES if searched else 1, down, via)
        except NoRoute as error:
            broken = ", ".join(sorted("-".join(sorted(edge)) for edge in down))
            return Refusal(reason=f"{error} Down: {broken}." if down else str(error))
        if searched:
            try:
                return self._searched(routes, terms, every_route)
            except InvalidArgument:  # hardware whose plans cannot be predicted; what is too bad is dropped on delivery
                pass
        usual = self._usual(routes[0], terms)
        promised = usual.predicted if every_route else None
        if promised is not None and not promised.meets(terms.min_fidelity, terms.mean_fidelity):
            said = f"fidelity {promised.fidelity:.4f}, none below {promised.fidelity_min:.4f}"
            return Refusal(reason=f"What the options prescribe promises only pairs of {said}", best=usual)
        return [usual]

    def _routes(self, terms: Terms, count: int, down: frozenset[frozenset[str]], via: Route | None) -> Sequence[Route]:
        if via is None:
            key = terms.source, terms.target, count, down
            if key not in self._routes_between:
                self._routes_between[key] = self._network.routes(
                    terms.source, terms.target, count, without=down, max_span_km=self._max_span_km
                )
            return self._routes_between[key]
        if any(fibre_between(*span) in down for span in pairwise(via.nodes)):
            raise NoRoute(f"The route {via} was asked for.")
        return [via]

    def _searched(self, routes: Sequence[Route], terms: Terms, every_route: bool) -> list[Offer] | Refusal:
        """Offer plans that meet what is asked, the fastest first; else say what comes nearest."""
        alternatives = [[route] for route in routes] if every_route else [routes]
        found = [self._best(each, terms) for each in alternatives]
        offers = [
            Offer(route=routes[one.chain], plan=one.plan) for routes, one in zip(alternatives, found, strict=True)
        ]
        good = [offer for offer, one in zip(offers, found, strict=True) if one.accepted]
        if good:
            return sorted(good, key=lambda offer: -_rate_hz(offer))
        nearest = max(range(len(found)), key=lambda k: found[k].prediction.fidelity_min)
        return Refusal(reason=found[nearest].reason, best=offers[nearest])

    def _best(self, routes: Sequence[Route], terms: Terms) -> Proposal:
        return best_plan(
            [self._chain(route) for route in routes],
            min_fidelity=terms.min_fidelity,
            mean_fidelity=terms.mean_fidelity,
            keep=terms.holds,
            restart="per-pair",
        )

    def _usual(self, route: Route, terms: Terms) -> Offer:
        """Offer what the options of the simulation say."""
        options = self._options
        plan = Plan(
            chain=self._chain(route),
            recipe=options.recipe_for(route.hops),
            link_purification=options.purification,
            cutoff_s=options.cutoff_s,
            keep=terms.holds,
            memories=options.memories,
            restart=options.restart,
        )
        return Offer(route=route, plan=plan)

    def _chain(self, route: Route) -> Chain:
        if route not in self._chains:
            plant = self._plant
            delays = plant.post.delays_s(route)
            links = tuple(plant.links.along(route))
            devices = tuple(plant.station(node).device for node in route.nodes)
            self._chains[route] = Chain(links=links, devices=devices, delays_s=delays)
        return self._chains[route]


def _rate_hz(offer: Offer) -> float:
    return 0.0 if offer.predicted is None else offer.predicted.rate_hz
