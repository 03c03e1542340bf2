"""A flow whose nodes carry out a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

from qnet.network.flow import Flow
from qnet.network.pair import Pair
from qnet.network.plan import Plan
from qnet.network.port import Port
from qnet.network.recipes.messages import GivenUp, Made, Read, Renew
from qnet.network.recipes.node import RecipeNode
from qnet.network.recipes.tree import Tree
from qnet.network.route import Route
from qnet.network.station import Station
from qnet.planning.recipe import Recipe
from qnet.rng import Purpose, stream_seed

if TYPE_CHECKING:
    from qnet.network.simulation import Simulation

__all__ = ["recipe_flow"]


def recipe_flow(
    simulation: Simulation, route: Route, plan: Plan, recipe: Recipe, *, deliver: Callable[[Pair], None]
) -> Flow:
    """Put a recipe on the lanes of a route: one lane of a span for each copy.

    Args:
        simulation: where it runs.
        route: the nodes.
        plan: whether ends keep, and how links restart; cut-offs and purification are the recipe's.
        recipe: how the pairs of the spans become one.
        deliver: called with each pair that both ends have handed over.

    Raises:
        InvalidArgument: the recipe does not join the route's ends; leaves of one copy wait for each other; a node with
            storage would have to purify.
    """
    tree = Tree(recipe, hops=route.hops)
    for (a, one), (b, other) in permutations(enumerate(plan.nodes), 2):
        simulation.delays[plan.flow, one, other] = plan.delay(a, b)
    copies = [sorted(copy for there, copy in tree.lanes if there == span) for span in range(route.hops)]
    return Flow(simulation, route, plan, copies, deliver=deliver, make_role=partial(_role, tree=tree, copies=copies))


def _role(
    flow: Flow, position: int, lefts: Sequence[Port], rights: Sequence[Port], *, tree: Tree, copies: list[list[int]]
) -> RecipeNode:
    """Make what a node does, and see that messages of the recipe reach it."""
    plan, simulation = flow.plan, flow.simulation
    station = simulation.station(plan.nodes[position])
    for kind in (GivenUp, Made, Read, Renew):
        station.agents.setdefault(kind, partial(_pass_on, station))
    ports = {
        (position + side, copy): port
        for side, side_ports in ((-1, lefts), (0, rights))
        for copy, port in zip(copies[position + side] if side_ports else (), side_ports, strict=True)
    }
    ends = (plan.nodes[0], plan.nodes[-1])
    hands: dict[str, Any] = {"hand_over": flow.hand_over, "forfeit": flow.forfeit} if station.name in ends else {}
    return RecipeNode(
        station,
        plan,
        tree,
        position,
        ports=ports,
        stream=simulation.stream(Purpose.RECORD, "|".join((station.name, *ends))),
        shared=partial(_shared, simulation, "|".join(ends)),
        **hands,
    )


def _pass_on(station: Station, message: GivenUp | Made | Read | Renew) -> None:
    """Give a message to the node's role in the flow, unless that has left."""
    role = station.roles.get(message.flow)
    if isinstance(role, RecipeNode):
        role.told(message)


def _shared(simulation: Simulation, name: str, pair: int) -> float:
    """Give a number that depends on a pair's name alone, as randomness shared by both its ends does."""
    return stream_seed(simulation.seed, Purpose.POLICY, f"{name}|{pair}", simulation.replica) / 2**128
