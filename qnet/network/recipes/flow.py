"""A flow whose nodes carry out a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

from qnet.network.course import Course
from qnet.network.flow import Flow
from qnet.network.pair import Pair
from qnet.network.port import Port
from qnet.network.recipes.messages import GivenUp, Made, Read, Renew
from qnet.network.recipes.node import RecipeNode
from qnet.network.recipes.tree import Tree
from qnet.network.route import Route
from qnet.network.station import Station
from qnet.planning.recipe import Recipe
from qnet.rng import Purpose

if TYPE_CHECKING:
    from qnet.network.chance import Chance
    from qnet.network.plant import Plant

__all__ = ["recipe_flow"]


def recipe_flow(plant: Plant, route: Route, course: Course, recipe: Recipe, *, deliver: Callable[[Pair], None]) -> Flow:
    """Put a recipe on the lanes of a route: one lane of a span for each copy.

    Args:
        plant: where it runs.
        route: the nodes.
        course: whether ends keep, and how links restart; cut-offs and purification are the recipe's.
        recipe: how the pairs of the spans become one.
        deliver: called with each pair that both ends have handed over.

    Raises:
        InvalidArgument: the recipe does not join the route's ends; leaves of one copy wait for each other; a node with
            storage would have to purify.
    """
    tree = Tree(recipe, hops=route.hops)
    for (a, one), (b, other) in permutations(enumerate(course.nodes), 2):
        plant.post.delays[course.number, one, other] = course.delay(a, b)
    copies = [sorted(copy for there, copy in tree.lanes if there == span) for span in range(route.hops)]
    return Flow(plant, route, course, copies, deliver=deliver, make_role=partial(_role, tree=tree, copies=copies))


def _role(
    flow: Flow, position: int, lefts: Sequence[Port], rights: Sequence[Port], *, tree: Tree, copies: list[list[int]]
) -> RecipeNode:
    """Make what a node does, and see that messages of the recipe reach it."""
    course, plant = flow.course, flow.plant
    station = plant.station(course.nodes[position])
    for kind in (GivenUp, Made, Read, Renew):
        station.agents.setdefault(kind, partial(_pass_on, station))
    ports = {
        (position + side, copy): port
        for side, side_ports in ((-1, lefts), (0, rights))
        for copy, port in zip(copies[position + side] if side_ports else (), side_ports, strict=True)
    }
    ends = (course.nodes[0], course.nodes[-1])
    hands: dict[str, Any] = {"hand_over": flow.hand_over, "forfeit": flow.forfeit} if station.name in ends else {}
    return RecipeNode(
        station,
        course,
        tree,
        position,
        ports=ports,
        stream=plant.chance.numbered(Purpose.RECORD, "|".join((station.name, *ends))),
        shared=partial(_shared, plant.chance, "|".join(ends)),
        **hands,
    )


def _pass_on(station: Station, message: GivenUp | Made | Read | Renew) -> None:
    """Give a message to the node's role in the flow, unless that has left."""
    role = station.roles.get(message.flow)
    if isinstance(role, RecipeNode):
        role.told(message)


def _shared(chance: Chance, name: str, pair: int) -> float:
    """Give a number that depends on a pair's name alone, as randomness shared by both its ends does."""
    return chance.shared(Purpose.POLICY, f"{name}|{pair}")
