"""A recipe, numbered: what every node of a flow knows of how its pairs are made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from qnet.errors import InvalidArgument
from qnet.planning.recipe import Generate, Purify, Recipe, Swap
from qnet.time import ticks

__all__ = ["Tree", "Vertex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """A vertex of a recipe.

    Args:
        number: counts the vertices, parts before the whole and in the recipe's order.
        first: the first vertex below it; all numbers from there to its own are below it, or itself.
        recipe: what it does.
        parts: the numbers of its parts.
        parent: the number of what it is a part of; None at the top.
        cutoff: for how many ticks its first part may wait for the last; None without limit.
    """

    number: int
    first: int
    recipe: Recipe
    parts: tuple[int, ...]
    parent: int | None
    cutoff: int | None

    @property
    def ends(self) -> tuple[int, int]:
        """The positions that its pair joins."""
        return self.recipe.ends

    @property
    def deciders(self) -> tuple[int, ...]:
        """The positions of those who know first whether it succeeds: who swaps, or both who purify."""
        return (self.recipe.node,) if isinstance(self.recipe, Swap) else self.ends

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.number


class Tree:
    """A recipe for a route of so many hops.

    Raises:
        InvalidArgument: the recipe does not join the route's ends, or leaves of one memory pair wait for each other.

    >>> from qnet.planning import nested
    >>> tree = Tree(nested(2), hops=2)
    >>> [str(vertex.recipe) for vertex in tree.vertices]
    ['0-1', '1-2', '(0-1 + 1-2)']
    """

    def __init__(self, recipe: Recipe, *, hops: int) -> None:
        if recipe.ends != (0, hops):
            raise InvalidArgument.of("recipe", f"join positions 0 and {hops}", recipe.ends)
        self.recipe = recipe
        self.vertices: list[Vertex] = []
        self._add(recipe)
        self.root = self.vertices[-1]
        self.lanes: dict[tuple[int, int], tuple[int, ...]] = {}
        """By (span, copy): the leaves that use this memory pair, in turn."""
        for vertex in self.vertices:
            if isinstance(leaf := vertex.recipe, Generate):
                lane = leaf.span, leaf.copy
                self.lanes[lane] = (*self.lanes.get(lane, ()), vertex.number)
        self._check_turns()

    def __getitem__(self, number: int) -> Vertex:
        return self.vertices[number]

    def above(self, number: int) -> Iterator[Vertex]:
        """Give a vertex and all that it is below, from itself on."""
        parent: int | None = number
        while parent is not None:
            yield self.vertices[parent]
            parent = self.vertices[parent].parent

    def is_purified_later(self, number: int) -> bool:
        """Tell whether what a vertex makes goes into a purification, sooner or later."""
        _, *later = self.above(number)
        return any(isinstance(vertex.recipe, Purify) for vertex in later)

    def shares(self, vertex: Vertex) -> bool:
        """Tell whether leaves below a vertex take turns with other leaves."""
        return any(len(leaves) > 1 and any(leaf in vertex for leaf in leaves) for leaves in self.lanes.values())

    def renewed_with(self, vertex: Vertex, *, pipelined: bool) -> Vertex:
        """Give what has to be made again if what a vertex made is lost: itself, or what it shares memories with.

        Where its leaves take turns with later ones, those may hold the memories by now. In a pipeline the memories
        may even have come to the next pair.
        """
        for whole in self.above(vertex.number):
            touched = [leaves for leaves in self.lanes.values() if any(leaf in whole for leaf in leaves)]
            others = [leaf for leaves in touched for leaf in leaves if leaf not in whole]
            if not any(pipelined or leaf > whole.number for leaf in others):
                return whole
        raise AssertionError("nothing is outside the root")

    def wraps(self, lane: tuple[int, int]) -> Vertex | None:
        """Give the vertex whose completion begins the turns of a memory pair anew, if both its nodes learn of that."""
        span, _ = lane
        whole = self._common(self.lanes[lane])
        return whole if whole.ends == (span, span + 1) else None

    @property
    def repeats(self) -> bool:
        """Whether every memory pair can go on by itself when it is free again."""
        return all(self.wraps(lane) is not None for lane in self.lanes)

    def _common(self, leaves: tuple[int, ...]) -> Vertex:
        """Give the lowest vertex that all leaves of a lane are below."""
        return next(vertex for vertex in self.above(leaves[0]) if all(leaf in vertex for leaf in leaves))

    def _add(self, recipe: Recipe) -> int:
        first = len(self.vertices)
        parts = tuple(self._add(part) for part in recipe.parts)
        number = len(self.vertices)
        limit_s = math.inf if isinstance(recipe, Generate) else recipe.cutoff_s
        cutoff = None if math.isinf(limit_s) else ticks(limit_s)
        self.vertices.append(Vertex(number=number, first=first, recipe=recipe, parts=parts, parent=None, cutoff=cutoff))
        for part in parts:
            self.vertices[part] = replace(self.vertices[part], parent=number)
        return number

    def _freed_by(self, leaf: int, position: int) -> int:
        """Give the vertex that frees the memory which a leaf fills at a position: swaps there, measures it, or ends."""
        part, *later = self.above(leaf)
        for whole in later:
            swaps = isinstance(whole.recipe, Swap) and whole.recipe.node == position
            if swaps or (isinstance(whole.recipe, Purify) and part.number != whole.parts[0]):
                return whole.number
            part = whole
        return self.root.number

    def _check_turns(self) -> None:
        """Refuse a recipe in which a leaf waits for a memory that is freed only after it."""
        needs: dict[int, set[int]] = {vertex.number: set(vertex.parts) for vertex in self.vertices}
        for leaves in self.lanes.values():
            for leaf, following in pairwise(leaves):
                needs[following] |= {self._freed_by(leaf, end) for end in self[leaf].ends}
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            rule = "give leaves that wait for each other copies of their own"
            raise InvalidArgument.of("recipe", rule, str(self.recipe)) from error
