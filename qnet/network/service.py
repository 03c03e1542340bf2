"""What the network offers to the sessions on one route."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import simpy

from qnet.errors import InvalidArgument
from qnet.link.pulses import PulseLink
from qnet.network.messages import Message
from qnet.network.requests import Request, Terms
from qnet.network.route import Route
from qnet.quantum import Engine, Operation
from qnet.rng import Purpose, Stream
from qnet.time import ticks

if TYPE_CHECKING:
    import numpy as np

    from qnet.hardware import QkdHardware, RepeaterHardware
    from qnet.network.simulation import Simulation

__all__ = ["Service"]


class Service:
    """What a session may use between the two ends of a route: their devices, their fibre, and who takes requests."""

    def __init__(self, simulation: Simulation, route: Route, number: int, *, fixed: bool) -> None:
        self.route = route
        self.via = route if fixed else None
        """The route, if sessions may use no other."""
        self._simulation = simulation
        self._number = number
        self._pulses: Stream | None = None
        self._pulsing: int | None = None
        """The session that has the QKD system of the route."""

    @property
    def engine(self) -> Engine:
        """The engine that applies operations."""
        return self._simulation.engine

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the two ends."""
        return self.route.nodes[0], self.route.nodes[-1]

    def request(self, terms: Terms, on_end: Callable[[Request], None]) -> Request:
        """Ask for pairs, which are kept until someone takes them."""
        return self._simulation.reception.submit(terms, via=self.via, keep_pairs=True, on_end=on_end)

    @property
    def propagation_s(self) -> float:
        """Time a signal takes from end to end, in seconds."""
        return self._simulation.propagation_s(self.route)

    @property
    def attempts_hz(self) -> float:
        """Attempts per second on the slowest link."""
        return min(self._simulation.link(self.route, span).attempts_hz for span in range(self.route.hops))

    @property
    def untrusted_stations(self) -> int:
        """Repeaters and midpoint stations."""
        midpoints = sum(self._simulation.link(self.route, span).stations for span in range(self.route.hops))
        return self.route.hops - 1 + midpoints

    @property
    def repeater_hardware(self) -> RepeaterHardware | None:
        """The hardware of nodes and links, unless they were given by their numbers."""
        return self._simulation.hardware

    @property
    def qkd_hardware(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        return self._simulation.qkd

    def pulse_link(self, session: int) -> PulseLink:
        """Give the QKD system that sends pulses over the bare fibre from end to end; it serves one session alone."""
        if self._pulsing is None:
            self._pulsing = session
        if self._pulsing != session:
            raise InvalidArgument.of("session", f"be the only one to send pulses on {self.route}", session)
        qkd = self.qkd_hardware
        return PulseLink(
            clock_hz=qkd.clock_hz,
            transmission=qkd.fibre.transmission(self.route.total_km),
            receiver_efficiency=qkd.receiver_efficiency,
            dark_count_probability=qkd.dark_count_probability,
            misalignment=qkd.misalignment,
            dead_time_s=qkd.dead_time_s,
        )

    def pulse_generator(self) -> np.random.Generator:
        """Give the random stream of the pulses on this route."""
        if self._pulses is None:
            name = "|".join(self.ends)
            self._pulses = Stream(self._simulation.seed, Purpose.DEVICE, name, self._simulation.replica)
        return self._pulses.generator

    def measurements(self, source_setting: float, target_setting: float) -> tuple[Operation, Operation]:
        """Give the measurements of the two ends' devices at their settings, in degrees."""
        source, target = (self._simulation.stations[name].device for name in self.ends)
        return source.measurement(math.radians(source_setting)), target.measurement(math.radians(target_setting))

    def send(self, sender: str, receiver: str, message: Message) -> None:
        """Send a message between nodes of the route."""
        self._simulation.send(sender, receiver, message, self._number)

    def mailbox(self, node: str, session: int) -> simpy.Store:
        """Give where a session's application data arrives at a node."""
        boxes = self._simulation.stations[node].mailboxes
        return boxes.setdefault(session, simpy.Store(self._simulation.clock))

    def wait(self, duration_s: float) -> simpy.Event:
        """Give an event after a time in seconds."""
        return self._simulation.clock.timeout(ticks(duration_s))

    def __repr__(self) -> str:
        return f"Service({self.route})"
