"""The post: carries messages from node to node, as late as the fibre allows. Nothing else gets from one to another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from qnet.network.messages import PHASES, Message
from qnet.time import Clock, Phase, ticks

if TYPE_CHECKING:
    import networkx as nx

    from qnet.hardware import RepeaterHardware
    from qnet.network.route import Route
    from qnet.network.station import Station

__all__ = ["Post"]

_FIBRE_KM_PER_S = 2e5


class Post:
    """Knows how long messages take, and delivers them.

    Args:
        clock: of the simulation.
        fibre: of the network, with `length_km` on its edges.
        station: gives the node of a name.
        hardware: whose fibre the routes are of; None for a speed of 200,000 km/s.
        zero_delay: whether messages take no time at all.

    Attributes:
        delays: ticks that a message takes along a route, by (number of the route, sender, receiver).
    """

    def __init__(
        self,
        clock: Clock,
        fibre: nx.Graph,
        station: Callable[[str], Station],
        *,
        hardware: RepeaterHardware | None,
        zero_delay: bool,
    ) -> None:
        self.delays: dict[tuple[int, str, str], int] = {}
        self._clock = clock
        self._fibre = fibre
        self._station = station
        self._hardware = hardware
        self._zero_delay = zero_delay
        self._distances: dict[str, dict[str, float]] = {}
        self._routes = count()

    def send(self, sender: str, receiver: str, message: Message, route: int) -> None:
        """Let a message arrive after its delay along a route, by the number that `lay` gave it."""
        delay = self.delays[route, sender, receiver]
        self._clock.call(delay, PHASES[type(message)], self._station(receiver).receive, message)

    def tell(self, sender: str, receiver: str, message: Any) -> None:
        """Let a message that belongs to no flow arrive after the shortest way over the network's fibre."""
        phase = PHASES.get(type(message), Phase.ARRIVALS)
        self._clock.call(self.distance(sender, receiver), phase, self._station(receiver).receive, message)

    def lay(self, route: Route) -> tuple[int, tuple[int, ...]]:
        """Learn the delays of a route; give its number, and each node's offset from the first, in ticks."""
        number, offsets = next(self._routes), [0]
        for span in route.spans():
            offsets.append(offsets[-1] + (0 if self._zero_delay else ticks(self.propagation_s(span))))
        for a, at in zip(route.nodes, offsets, strict=True):
            for b, there in ((route.nodes[0], 0), (route.nodes[-1], offsets[-1])):
                self.set_delay(number, a, b, abs(at - there))
        for a, b, start, stop in zip(route.nodes, route.nodes[1:], offsets, offsets[1:], strict=False):
            self.set_delay(number, a, b, stop - start)
        self._join(route)
        return number, tuple(offsets)

    def set_delay(self, route: int, a: str, b: str, delay: int) -> None:
        """Let messages of a route take so many ticks between two nodes, both ways."""
        self.delays[route, a, b] = self.delays[route, b, a] = delay

    def propagation_s(self, route: Route) -> float:
        """Give the time a signal takes along a route, in seconds."""
        if self._hardware is None:
            return route.total_km / _FIBRE_KM_PER_S
        return self._hardware.fibre.delay_s(route.total_km)

    def delays_s(self, route: Route) -> tuple[float, ...]:
        """Give the classical delay of each span of a route, in seconds."""
        return tuple(0.0 if self._zero_delay else self.propagation_s(span) for span in route.spans())

    def distance(self, a: str, b: str) -> int:
        """Give the ticks that a message takes between two nodes over the shortest fibre."""
        if a not in self._distances:
            import networkx as nx

            self._distances[a] = dict(nx.single_source_dijkstra_path_length(self._fibre, a, weight="length_km"))
        return 0 if self._zero_delay else ticks(self._distances[a][b] / _FIBRE_KM_PER_S)

    def _join(self, route: Route) -> None:
        """Reach stations that a route inserts on its way."""
        for (a, b), length_km in zip(pairwise(route.nodes), route.lengths_km, strict=True):
            if not self._fibre.has_edge(a, b):
                self._fibre.add_edge(a, b, length_km=length_km)
                self._distances.clear()
