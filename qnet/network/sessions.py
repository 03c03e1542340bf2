"""The sessions of a simulation: protocols at work, each between two nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import simpy

from qnet.errors import InvalidArgument
from qnet.network.service import Service
from qnet.network.session import Session
from qnet.rng import Purpose
from qnet.time import Phase, ticks

if TYPE_CHECKING:
    from qnet.network.plant import Plant
    from qnet.network.reception import Reception
    from qnet.network.route import Route
    from qnet.network.run import Stop

__all__ = ["Protocol", "Sessions"]

Protocol = Callable[[Session], Generator[simpy.Event, Any, None]]
"""A generator function of a session."""


class Sessions:
    """Starts protocols on the routes they work on."""

    def __init__(self, plant: Plant, reception: Reception) -> None:
        self._plant = plant
        self._reception = reception
        self._all: list[Session] = []
        self._services: dict[tuple[Route, bool], Service] = {}

    def start(
        self, protocol: Protocol, route: Route, *, fixed: bool, name: str = "", stop: Stop | None = None
    ) -> Session:
        """Set a protocol to work on a route; its pairs may come over others, unless the route is `fixed`."""
        service = self._service(route, fixed=fixed)
        if not name:
            alike = [s for s in self._all if s.name.startswith(_name_of(protocol)) and s.route is service.route]
            name = f"{_name_of(protocol)}-{len(alike)}"
        chance = self._plant.chance.stream(Purpose.MEASUREMENT, "|".join((name, *service.ends)))
        session = Session(len(self._all), name, service, self._plant.clock, chance)
        steps = protocol(session)
        if not isinstance(steps, Generator):
            raise InvalidArgument.of("protocol", "be a generator function: one that yields", _name_of(protocol))
        if stop is not None:
            self._limit(session, stop)
        self._all.append(session)
        self._plant.clock.process(_serve(steps, session))
        return session

    def __iter__(self) -> Iterator[Session]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def finished(self) -> bool:
        """Whether all have come to an end."""
        return all(session.stopped_by is not None for session in self._all)

    def _limit(self, session: Session, stop: Stop) -> None:
        """Let a session end after so many pairs, or so many seconds from now."""
        session.pair_limit, session.horizon_s = stop.pairs, session.now + stop.seconds
        if math.isfinite(stop.seconds):
            self._plant.clock.call(ticks(stop.seconds), Phase.REQUESTS, lambda _: session.close("sim-time"))

    def _service(self, route: Route, *, fixed: bool) -> Service:
        if (route, fixed) not in self._services:
            self._services[route, fixed] = Service(self._plant, self._reception, route, fixed=fixed)
        return self._services[route, fixed]


def _serve(steps: Generator[simpy.Event, Any, None], session: Session) -> Generator[simpy.Event, Any, None]:
    """Let a protocol run to its end; what it asked for is no longer wanted then."""
    yield from steps
    session.leave()


def _name_of(protocol: Any) -> str:
    """Name a protocol, looking through `functools.partial`."""
    return str(getattr(getattr(protocol, "func", protocol), "__name__", "protocol"))
