"""Flows to order: put on the plant by the options of a simulation, and by the plan of an offer where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qnet.network.course import Course
from qnet.network.flow import Flow
from qnet.network.recipes import recipe_flow
from qnet.time import ticks

if TYPE_CHECKING:
    from qnet.network.offers import Offer
    from qnet.network.pair import Pair
    from qnet.network.plant import Plant
    from qnet.network.route import Route
    from qnet.planning import Recipe
    from qnet.quantum import Purification

__all__ = ["FlowOptions", "Flows"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowOptions:
    """How pairs are made, as far as a simulation was told; the arguments are those of `Simulation`."""

    restart: Literal["pipelined", "per-pair"] = "pipelined"
    rounds: bool = False
    cutoff_s: float = math.inf
    cutoff_of: Literal["half", "pair"] = "half"
    failed_swap: Literal["connected", "sequential"] = "connected"
    memories: int = 1
    purification: Purification | None = None
    recipe: Recipe | Callable[[int], Recipe] | None = None

    @property
    def leave_it_open(self) -> bool:
        """Whether plans are searched for requests that ask for a fidelity; not where the options say how."""
        return self.purification is None and self.recipe is None and math.isinf(self.cutoff_s) and self.memories == 1

    def recipe_for(self, hops: int) -> Recipe | None:
        """Give the recipe for a number of links; None to swap as soon as possible."""
        return self.recipe(hops) if callable(self.recipe) else self.recipe


class Flows:
    """Makes flows."""

    def __init__(self, plant: Plant, options: FlowOptions) -> None:
        self.plant = plant
        self.options = options

    def flow(self, offer: Offer, *, keep: bool, stays: bool, deliver: Callable[[Pair], None]) -> Flow:
        """Make the flow that carries out the plan of an offer."""
        route, plan = offer.route, offer.plan
        course = self.course(
            route,
            keep=keep,
            stays=stays,
            purification=plan.link_purification,
            cutoff_s=plan.cutoff_s,
            pipelined=plan.restart == "pipelined",
        )
        if plan.recipe is not None:
            return recipe_flow(self.plant, route, course, plan.recipe, deliver=deliver)
        return Flow(self.plant, route, course, plan.memories, deliver=deliver)

    def course(self, route: Route, *, keep: bool, **changes: Any) -> Course:
        """Make the course of a flow by the options, and let the post learn the delays of its route.

        Args:
            route: where.
            keep: whether the ends keep their halves.
            changes: fields of `Course` other than the options say; `cutoff_s` instead of `cutoff`, in seconds.
        """
        options, plant = self.options, self.plant
        number, offsets = plant.post.lay(route)
        cutoff_s = changes.pop("cutoff_s", options.cutoff_s)
        cutoff = None if math.isinf(cutoff_s) else ticks(cutoff_s)
        cycle = max(ticks(link.cycle_s) for link in plant.links.along(route))
        rules = {
            "keep": keep,
            "cutoff": cutoff,
            "pipelined": options.restart == "pipelined",
            "cutoff_of": options.cutoff_of,
            "failed_swap": options.failed_swap,
            "rounds": options.rounds,
            "purification": options.purification,
            "memory_of_discards": route.hops * max(cutoff or 0, cycle) + 2 * offsets[-1] + plant.longest_operation,
        }
        return Course(number=number, nodes=route.nodes, offsets=offsets, **{**rules, **changes})
