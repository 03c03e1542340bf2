"""What a node knows of renewals: news that all below a vertex is given up, and made again."""

from __future__ import annotations

from functools import cache

from qnet.network.plan import Plan
from qnet.network.recipes.messages import Renew
from qnet.network.recipes.tree import Tree, Vertex

__all__ = ["Renewals"]


class Renewals:
    """The last renewal of each vertex, as a node heard of it, and what follows from when others hear.

    A renewal passes through the route at the speed of light, so that whatever a node makes after it heard reaches
    another after that one heard: all agree on what was given up.
    """

    def __init__(self, plan: Plan, tree: Tree, position: int) -> None:
        self._plan = plan
        self._tree = tree
        self._position = position
        self._last: dict[int, Renew] = {}
        self.recipients = cache(self._recipients)
        self._nearest = cache(self._find_nearest)

    def told_at(self, renewal: Renew, position: int) -> int:
        """Give the tick at which a renewal reaches a position."""
        return renewal.moment + self._plan.delay(self._nearest(renewal.origins, position), position)

    def is_overtaken(self, renewal: Renew) -> bool:
        """Tell whether its origin had not heard yet of a wider renewal, which came here first.

        That one has given up already what this one is about; what is here now is newer than both.
        """
        if not self._last:
            return False
        origin = self._nearest(renewal.origins, self._position)
        wider = (self._last.get(vertex.number) for vertex in self._tree.above(renewal.vertex))
        return any(one is not None and self.told_at(one, origin) > renewal.moment for one in wider)

    def note(self, renewal: Renew) -> None:
        """Keep a renewal."""
        self._last[renewal.vertex] = renewal

    def clear(self) -> None:
        """Forget all."""
        self._last.clear()

    def _recipients(self, below: Vertex, origins: tuple[int, ...]) -> tuple[int, ...]:
        """Give the positions which this node has to tell, being the nearest of those who decided."""
        first, last = below.ends
        positions = set(range(first, last + 1)) - {*origins, self._position}
        return tuple(sorted(k for k in positions if self._nearest(origins, k) == self._position))

    def _find_nearest(self, origins: tuple[int, ...], position: int) -> int:
        return min(origins, key=lambda origin: self._plan.delay(origin, position))
