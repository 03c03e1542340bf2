"""What a node that follows a recipe does when something is lost: gives up the rest, and sees that it is made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qnet.network.recipes.lane import Half
from qnet.network.recipes.messages import GivenUp, Renew
from qnet.network.recipes.tree import Vertex
from qnet.planning.recipe import Swap

if TYPE_CHECKING:
    from qnet.network.recipes.node import RecipeNode

__all__ = ["Losses"]


class Losses:
    """Decides what goes with what a node has lost, and tells those who hold it.

    What one node says passes along the route at the speed of light, so that whatever a node makes after it was told
    reaches another after that one was told: all agree on what is given up.
    """

    def __init__(self, node: RecipeNode) -> None:
        self._node = node
        self._tree = node.tree

    def lose(self, vertex: Vertex, parts: Mapping[int, Half]) -> None:
        """Give up all that a vertex works on, and see that it is made again; `parts` are those that were complete.

        Where memories go on by themselves, what is complete is told to its ends alone: the nodes within work on the
        next pair already.
        """
        node = self._node
        if self._goes_on(vertex):
            for part in vertex.parts:
                if part not in parts:
                    self._decide(vertex, self._tree[part])
                elif isinstance(vertex.recipe, Swap):  # else the other end knows
                    first, last = self._tree[part].ends
                    node.tell(first + last - node.position, GivenUp(node.flow, part, parts[part].pair))
        else:
            self.redo(vertex)
        for half in parts.values():
            if node.holds(half):
                node.drop(half)

    def redo(self, vertex: Vertex) -> None:
        """See that a vertex is made again, of which nothing is left here."""
        if not self._goes_on(vertex):
            self._decide(vertex, self._tree.renewed_with(vertex, pipelined=self._node.course.pipelined))

    def fail(self) -> None:
        """Have the whole recipe made again, after a fault of this node."""
        self._tell(self._tree.root, (self._node.position,), fault=True)

    def renew(self, message: Renew) -> None:
        """Give up all that is held below a vertex, and give its leaves their turns again."""
        vertex, node = self._tree[message.vertex], self._node
        concerned = node.memories.turn_back(vertex, message)
        node.give_up_below(vertex, node.drop_for_good if message.fault else node.drop)
        node.memories.open_in_turn(concerned)

    def _goes_on(self, vertex: Vertex) -> bool:
        """Tell whether the memories below a vertex fill again without being told."""
        return self._node.course.pipelined and not self._tree.shares(vertex)

    def _decide(self, decider: Vertex, below: Vertex) -> None:
        """Have all below a vertex made again. Of two deciders one tells the others, unless there are no others."""
        first, last = below.ends
        origins = decider.deciders if last == first + 1 else decider.deciders[:1]
        if self._node.position in origins:
            self._tell(below, origins)

    def _tell(self, below: Vertex, origins: tuple[int, ...], *, fault: bool = False) -> None:
        node = self._node
        message = Renew(node.flow, below.number, node.station.now, origins, fault)
        first, last = below.ends
        for position in range(first, last + 1):
            if position not in origins:
                node.tell(position, message)
        self.renew(message)
