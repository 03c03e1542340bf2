"""A connection: a plan on a route, which makes pairs for a demand while the controller grants it the links."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from qnet.network.demand import Demand
from qnet.network.flow import Flow
from qnet.network.offers import Offer
from qnet.network.pair import Pair
from qnet.network.requests import Request
from qnet.network.rescue import Rescue
from qnet.network.route import Route, fibre_between
from qnet.time import ticks

if TYPE_CHECKING:
    from qnet.network.flows import Flows
    from qnet.network.lane import Lane

__all__ = ["Connection"]


class Connection:
    """Works for the requests of a demand, or for one of them alone.

    Attributes:
        number: counts the connections of a simulation.
        route: over which nodes.
        demand: whose pairs it makes.
        only: the one request that has reserved the links; None if all of the demand share them.
    """

    def __init__(
        self, flows: Flows, offer: Offer, demand: Demand, number: int, *, keep: bool, stays: bool, rescues: bool
    ) -> None:
        self.number = number
        self.route: Route = offer.route
        self.demand = demand
        self.only: Request | None = None
        self._flows = flows
        self._offer = offer
        self._had = 0
        self._began: int | None = None
        self._keep = keep
        self._stays = stays or rescues
        self._rescues = rescues

    @cached_property
    def flow(self) -> Flow:
        """What its nodes do."""
        return self._flows.flow(self._offer, keep=self._keep, stays=self._stays, deliver=self._deliver)

    @cached_property
    def rescue(self) -> Rescue | None:
        """What becomes of pairs that are too bad; None where they are dropped, or given to who asks for less."""
        if not self._rescues:
            return None
        return Rescue(self._flows.plant, self.flow.course, self.number, give=self._deliver_rescued)

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """The pairs of memories that it needs, in the order of its route."""
        return tuple(lane for lanes in self.flow.lanes for lane in lanes)

    @cached_property
    def interfaces(self) -> tuple[tuple[str, int], ...]:
        """The optical interfaces that its nodes must have free for it, as (node, number).

        Which ones depends on the node's lanes alone, so that who reserves them need not try all there are.
        """
        needed: dict[str, list[int]] = {}
        for port in (port for lane in self.lanes for port in lane.ports):
            count, own = port.station.device.optical_interfaces, needed.setdefault(port.station.name, [])
            if len(own) < count:
                own.append(next(at % count for at in range(port.place, port.place + count) if at % count not in own))
        return tuple((node, number) for node, numbers in needed.items() for number in numbers)

    @property
    def resources(self) -> tuple[Hashable, ...]:
        """What it must have for itself where links are reserved: its lanes, and interfaces for them."""
        return (*self.lanes, *self.interfaces)

    @cached_property
    def edges(self) -> frozenset[frozenset[str]]:
        """The fibres of its route, as pairs of places."""
        return frozenset(fibre_between(*span) for span in pairwise(self.route.nodes))

    @cached_property
    def drain(self) -> int:
        """Ticks after which nothing that was under way when it stopped can still be delivered."""
        links = self._flows.plant.links.along(self.route)
        slots = 2 * max(ticks(link.cycle_s) for link in links)
        return slots + 2 * self.flow.course.offsets[-1] + 2 * self._flows.plant.longest_operation

    @cached_property
    def typical(self) -> int:
        """Roughly the ticks from pair to pair: the slowest link's, times what waiting for all of them costs."""
        links = self._flows.plant.links.along(self.route)
        waiting = sum(1.0 / k for k in range(1, self.route.hops + 1)) / min(link.rate_hz for link in links)
        return ticks(waiting) + 2 * self.flow.course.offsets[-1]

    @property
    def had(self) -> int:
        """Ticks for which it has had its links so far."""
        return self._had + (0 if self._began is None else self._flows.plant.clock.now - self._began)

    @property
    def active(self) -> bool:
        """Whether it has its links."""
        return "flow" in self.__dict__ and self.flow.active

    def begin(self) -> None:
        """Take the links and make pairs."""
        self._began = self._flows.plant.clock.now
        self.flow.activate()
        self.update()

    def stop(self) -> None:
        """Begin no new pairs."""
        self.flow.stop()

    def end(self) -> None:
        """Give the links back, with nothing on them."""
        if self.rescue is not None:
            self.rescue.clear()
        self.flow.reset()
        self.only = None
        self._had = self.had
        self._began = None

    def update(self) -> None:
        """Let the ends emit or not, as there is someone who wants pairs or not."""
        if self.active:
            if self._wanted:
                self.flow.start()
            else:
                self.flow.stop()

    @property
    def _wanted(self) -> bool:
        return bool(self.demand.requests) if self.only is None else self.only.open

    def _deliver(self, pair: Pair) -> None:
        if self._give(pair):
            return
        if self.rescue is not None and self._wanted:
            self.rescue.take(pair)
        else:
            pair.release()

    def _deliver_rescued(self, pair: Pair) -> None:
        assert pair.kept is not None
        self.flow.note_delivery(pair, pair.kept.pairs)
        if not self._give(pair):
            pair.release()

    def _give(self, pair: Pair) -> bool:
        """Give a pair away, with its memories if its taker keeps it; say whether anyone has it."""
        taker = None
        if self.only is None:
            taker = self.demand.give(pair, self.route.nodes)
        elif self.only.open:
            taker = self.demand.give_to(self.only, pair, self.route.nodes)
        if taker is None:
            return False
        if not taker.stays:
            pair.release()
        self._flows.plant.note(self.route.nodes[0], "given", taker.number)
        return True

    def __repr__(self) -> str:
        return f"Connection({self._offer.route}, {'active' if self.active else 'waiting'})"
