"""The plant: all that is installed in a network, and what all of it shares. It knows nothing of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

from qnet.errors import InvalidArgument
from qnet.hardware import QkdHardware, qkd_hardware
from qnet.network.lane import Lane
from qnet.network.links import Links
from qnet.network.options import DEFAULT_QKD, resolved_device
from qnet.network.post import Post
from qnet.network.station import Behaviour, Observer, Station
from qnet.network.world import World
from qnet.rng import Purpose
from qnet.time import Clock, ticks

if TYPE_CHECKING:
    from qnet.link import Link
    from qnet.link.pulse_attack import PulseAttack
    from qnet.link.pulses import PulseLink
    from qnet.network.chance import Chance
    from qnet.network.kept import Kept
    from qnet.network.route import Route
    from qnet.network.topology import Network
    from qnet.quantum import Engine, Operation

__all__ = ["Plant", "PulseAttackOn"]

PulseAttackOn = Callable[["PulseLink", "Route"], "PulseAttack | None"]
"""An attack that knows the laser system and the route it is on; None where it is not at work."""


class Plant:
    """The stations and lanes of a network, made when they are first asked for, and their one clock, world and post.

    Args:
        network: nodes, fibre and hardware.
        chance: gives random streams.
        engine: applies quantum operations.
        zero_delay: whether messages take no time.
        rounds: whether all links of a route follow the clock of the slowest.
        behaviours: dishonest nodes, by name.
        taps: what an eavesdropper does on links, by their two nodes.
        pulse_attack: what she does to laser pulses (see `Simulation`).
        observer: called with (tick, node, kind, details) at every classical action.

    Attributes:
        stations: made so far, by name.
        hardware: of the nodes, unless they were given by their numbers.
        flow_numbers: one for each activation of a flow.
        lane_numbers: one for each time that a lane is taken.
        kept: pairs that applications hold.
        on_station: called with each new station.
        on_lane: called with each new lane.
    """

    def __init__(
        self,
        network: Network,
        chance: Chance,
        engine: Engine,
        *,
        zero_delay: bool = False,
        rounds: bool = False,
        behaviours: Mapping[str, Behaviour] | None = None,
        taps: Mapping[frozenset[str], tuple[Operation, ...]] | None = None,
        pulse_attack: PulseAttack | PulseAttackOn | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.network = network
        self.chance = chance
        self.engine = engine
        self.clock = Clock()
        self.world = World(self.clock, engine)
        self.hardware, self._device = resolved_device(network)
        self.links = Links(self.hardware, self._device, rounds=rounds, taps=taps)
        self.post = Post(
            self.clock, network.graph(), self.station, hardware=self.hardware, zero_delay=zero_delay
        )  # fmt: skip
        self.stations: dict[str, Station] = {}
        self.kept: dict[Kept, None] = {}  # in the order in which they came: a set has another one in each run
        self.flow_numbers, self.lane_numbers = count(), count()
        self.on_station: Callable[[Station], None] = lambda station: None
        self.on_lane: Callable[[Lane], None] = lambda lane: None
        self._lanes: dict[tuple[frozenset[str], int], Lane] = {}
        self._behaviours = dict(behaviours or {})
        self._pulse_attack = pulse_attack
        self._observer = observer

    def station(self, name: str) -> Station:
        """Give a node, by name."""
        station = self.stations.get(name)
        if station is None:
            station = self.stations[name] = Station(
                name,
                self._device,
                clock=self.clock,
                world=self.world,
                send=self.post.send,
                behaviour=self._behaviours.get(name),
                chance=self.chance.stream(Purpose.POLICY, f"behaviour|{name}") if name in self._behaviours else None,
                observer=self._observer,
            )
            self.on_station(station)
        return station

    def lane(self, ends: tuple[str, str], link: Link, index: int) -> Lane:
        """Give a pair of memories of the link between two nodes."""
        key = (frozenset(ends), index)
        if key not in self._lanes:
            lane = Lane(self, link, (min(ends), max(ends)), index, len(self._lanes))
            self._lanes[key] = lane
            self.on_lane(lane)
        if self._lanes[key].link is not link:
            raise InvalidArgument.of("route", "have the same link on a span as all other routes over it", ends)
        return self._lanes[key]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes made so far."""
        return list(self._lanes.values())

    @property
    def longest_operation(self) -> int:
        """Ticks that a swap and a move to storage take at most."""
        return ticks(self._device.swap_s) + ticks(self._device.move_s)

    @cached_property
    def qkd(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        hardware: Any = self.network.qkd
        return qkd_hardware(DEFAULT_QKD if hardware is None else hardware)

    def pulse_attack(self, link: PulseLink, route: Route) -> PulseAttack | None:
        """Give what an eavesdropper does to the pulses that a laser system sends over a route."""
        attack = self._pulse_attack
        return attack(link, route) if callable(attack) else attack

    def note(self, node: str, kind: str, *details: Any) -> None:
        """Tell the observer what happened somewhere; see `Station.note`, for what a node does."""
        if self._observer is not None:
            self._observer(self.clock.now, node, kind, details)

    @property
    def observed(self) -> bool:
        """Whether there is an observer: what costs time to find out is found out for it alone."""
        return self._observer is not None
