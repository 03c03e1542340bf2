"""How the nodes of a route carry out a recipe, each by what has reached it."""

from __future__ import annotations

from qnet.network.recipes.flow import recipe_flow
from qnet.network.recipes.node import RecipeNode
from qnet.network.recipes.tree import Tree

__all__ = ["RecipeNode", "Tree", "recipe_flow"]
