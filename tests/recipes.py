"""Flows that follow a recipe, put straight onto the lanes of a network, and what tests want to know of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qnet.network.flow import Flow
from qnet.network.pair import Pair
from qnet.network.recipes import recipe_flow
from qnet.network.simulation import Simulation
from qnet.network.topology import Network
from qnet.planning.recipe import Generate, Recipe, Swap

MANY_EVENTS = 400_000
"""Events after which a test gives up."""


def follow(
    network: Network,
    recipe: Recipe,
    pairs: int,
    *,
    keep: bool = False,
    before: Callable[[Simulation, Flow], None] = lambda simulation, flow: None,
    **options: object,
) -> tuple[Simulation, Flow, list[Pair]]:
    """Run until so many pairs have come; `before` sees the simulation before it begins. Nothing leaks on the way."""
    simulation = network.simulate(**options)
    route = network.route(*network.default_ends)
    for name in route.nodes:
        simulation.plant.station(name)
    taken: list[Pair] = []
    flow = recipe_flow(simulation.plant, route, simulation.flows.course(route, keep=keep), recipe, deliver=taken.append)
    before(simulation, flow)
    flow.activate()
    for event in range(MANY_EVENTS):
        simulation.clock.step()  # raises when nothing is left to happen
        if len(taken) >= pairs:
            break
        if event % 1000 == 0 and simulation.clock.peek() > simulation.clock.now:
            simulation.audit()
    simulation.clock.advance(simulation.clock.now, budget=1000)  # both ends deliver in one tick, so let it end
    return simulation, flow, taken


def further(recipe: Recipe, hops: int) -> Recipe:
    """The same recipe, so many hops further on the route."""
    if isinstance(recipe, Generate):
        return replace(recipe, span=recipe.span + hops)
    if isinstance(recipe, Swap):
        return replace(recipe, left=further(recipe.left, hops), right=further(recipe.right, hops))
    return replace(recipe, pairs=tuple(further(pair, hops) for pair in recipe.pairs))
