"""Faults: links that are down for a time, and nodes that lose what their memories hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, check
from qnet.network.lane import Lane
from qnet.network.messages import FaultReport
from qnet.network.options import check_nodes
from qnet.network.route import fibre_between
from qnet.time import Phase, seconds, ticks

if TYPE_CHECKING:
    from qnet.network.plant import Plant

__all__ = ["Faults"]


class Faults:
    """What goes wrong in a network, and when. The nodes concerned tell the controller's node.

    Args:
        plant: what may fail.
        controller: gives the controller's node.
    """

    def __init__(self, plant: Plant, controller: Callable[[], str]) -> None:
        self._plant = plant
        self._controller = controller
        self._down: Counter[frozenset[str]] = Counter()

    def fail_link(self, a: str, b: str, from_s: float, to_s: float = math.inf) -> None:
        """Let the link between two nodes make no heralds for a time.

        Pairs already stored live on, and messages still travel: those of the nodes, and heralds of clicks before.

        Args:
            a: one end.
            b: the other end; stations inserted between the two go down with the link.
            from_s: simulated time in seconds, not in the past.
            to_s: when it is up again.

        Raises:
            InvalidArgument: no fibre joins the two, or the times are out of order.
        """
        clock, network = self._plant.clock, self._plant.network
        check_nodes((a, b), network)
        if not network.graph().has_edge(a, b):
            raise InvalidArgument.of("link", "join neighbours", (a, b))
        self._check_time("from_s", from_s)
        if not to_s > from_s:
            raise InvalidArgument.of("to_s", "be later than from_s", to_s)
        now = clock.now
        clock.call(ticks(from_s) - now, Phase.ARRIVALS, lambda _: self._switch(a, b, down=True))
        if math.isfinite(to_s):
            clock.call(ticks(to_s) - now, Phase.ARRIVALS, lambda _: self._switch(a, b, down=False))

    def lose_memories(self, node: str, at_s: float) -> None:
        """Let a node lose every half it stores, and every one whose herald is under way.

        It tells the partners as of any discard; what it has measured is a record, and stays. Ask for it before pairs
        are swapped that it may strike: only from then on do nodes remember their swaps.

        Args:
            node: which.
            at_s: simulated time in seconds, not in the past.
        """
        clock = self._plant.clock
        check_nodes((node,), self._plant.network)
        self._check_time("at_s", at_s)
        self._plant.world.lossy = True
        wait = ticks(at_s) - clock.now
        clock.call(wait, Phase.ARRIVALS, lambda _: self._lose(node))

    def meet(self, lane: Lane) -> None:
        """Hold a new lane of a link to what the link suffers just now."""
        for _ in range(self._down[_fibre(lane)]):
            lane.loader.pause()

    def _switch(self, a: str, b: str, *, down: bool) -> None:
        before = self._down[frozenset((a, b))]
        self._down[frozenset((a, b))] += 1 if down else -1
        for lane in self._plant.lanes:
            if _fibre(lane) == {a, b}:
                if down:
                    lane.loader.pause()
                else:
                    lane.loader.resume()
        if bool(before) == bool(self._down[frozenset((a, b))]):
            return  # another fault of the same link began before, or lasts longer
        for node, other in ((a, b), (b, a)):
            self._report(node, "link-down" if down else "link-up", other)

    def _lose(self, node: str) -> None:
        if node not in self._plant.network.nodes and node not in self._plant.stations:
            return  # no route has needed this station
        station = self._plant.station(node)
        for port, role in list(station.ports.values()):
            port.lost_at = station.now
            role.lost(port)
        for kept in list(self._plant.kept):
            kept.lose(node)
        self._report(node, "memories-lost", None)

    def _report(self, node: str, kind: str, neighbour: str | None) -> None:
        station = self._plant.station(node)
        station.note("fault", kind, neighbour)
        self._plant.post.tell(node, self._controller(), FaultReport(node, kind, neighbour, station.now))

    def _check_time(self, name: str, time_s: float) -> None:
        check(name, time_s, NonNegative)
        if math.isinf(time_s):
            raise InvalidArgument.of(name, "be finite", time_s)
        now_s = seconds(self._plant.clock.now)
        if time_s < now_s:
            raise InvalidArgument.of(name, f"be no earlier than now, {now_s:g} s", time_s)


def _fibre(lane: Lane) -> frozenset[str]:
    """Give the two nodes of the network whose fibre a lane uses."""
    return fibre_between(*lane.ends)
