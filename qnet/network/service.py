"""What the network offers to the sessions on one route."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

import simpy

from qnet.errors import InvalidArgument
from qnet.link.photons import PhotonLink
from qnet.link.pulses import PulseLink
from qnet.network.messages import Message
from qnet.network.pair import Setting
from qnet.network.requests import Request
from qnet.network.route import Route
from qnet.network.terms import Terms
from qnet.quantum import Engine, Operation
from qnet.rng import Purpose, Stream
from qnet.time import ticks

if TYPE_CHECKING:
    import numpy as np

    from qnet.hardware import QkdHardware, RepeaterHardware
    from qnet.link import Link
    from qnet.network.plant import Plant
    from qnet.network.reception import Reception

__all__ = ["Service"]


class Service:
    """What a session may use between the two ends of a route: their devices, their fibre, and who takes requests."""

    def __init__(self, plant: Plant, reception: Reception, route: Route, *, fixed: bool) -> None:
        self.route = route
        self.via = route if fixed else None
        """The route, if sessions may use no other."""
        self._plant = plant
        self._reception = reception
        self._number, _ = plant.post.lay(route)
        for name in route.nodes:  # sessions may talk before any of them asks for pairs
            plant.station(name)
        self._pulses: Stream | None = None
        self._pulsing: int | None = None
        """The session that has the QKD system of the route."""

    @property
    def engine(self) -> Engine:
        """The engine that applies operations."""
        return self._plant.engine

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the two ends."""
        return self.route.nodes[0], self.route.nodes[-1]

    def request(self, terms: Terms, on_end: Callable[[Request], None]) -> Request:
        """Ask for pairs, which are kept until someone takes them."""
        return self._reception.submit(terms, via=self.via, keep_pairs=True, on_end=on_end)

    @property
    def propagation_s(self) -> float:
        """Time a signal takes from end to end, in seconds."""
        return self._plant.post.propagation_s(self.route)

    @property
    def attempts_hz(self) -> float:
        """Attempts per second on the slowest link."""
        return min(link.attempts_hz for link in self._plant.links.along(self.route))

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of the route as they are specified: no tap is known to anyone."""
        return tuple(link.with_taps() for link in self._plant.links.along(self.route))

    @property
    def untrusted_stations(self) -> int:
        """Repeaters and midpoint stations."""
        midpoints = sum(link.stations for link in self._plant.links.along(self.route))
        return self.route.hops - 1 + midpoints

    @property
    def repeater_hardware(self) -> RepeaterHardware | None:
        """The hardware of nodes and links, unless they were given by their numbers."""
        return self._plant.hardware

    @property
    def qkd_hardware(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        return self._plant.qkd

    @property
    def pulses(self) -> PulseLink:
        """The QKD system that sends pulses over the bare fibre from end to end, as specified."""
        qkd = self.qkd_hardware
        return PulseLink(
            clock_hz=qkd.clock_hz,
            transmission=qkd.fibre.transmission(self.route.total_km),
            receiver_efficiency=qkd.receiver_efficiency,
            dark_count_probability=qkd.dark_count_probability,
            misalignment=qkd.misalignment,
            dead_time_s=qkd.dead_time_s,
        )

    def pulse_link(self, session: int) -> PulseLink:
        """Give the QKD system that sends pulses over the bare fibre from end to end; it serves one session alone."""
        if self._pulsing is None:
            self._pulsing = session
        if self._pulsing != session:
            raise InvalidArgument.of("session", f"be the only one to send pulses on {self.route}", session)
        link = self.pulses
        attack = self._plant.pulse_attack(link, self.route)
        return link if attack is None else replace(link, attack=attack)

    def photon_link(self, session: int) -> PhotonLink:
        """Give the same system with a source of single photons; taps of the route's links act on each of them."""
        pulses = self.pulse_link(session)
        shared = {field.name: getattr(pulses, field.name) for field in fields(pulses) if field.name != "attack"}
        return PhotonLink(**shared, taps=tuple(chain(*self._plant.links.taps(self.route))))

    def pulse_generator(self) -> np.random.Generator:
        """Give the random stream of the pulses on this route."""
        if self._pulses is None:
            self._pulses = self._plant.chance.stream(Purpose.DEVICE, "|".join(self.ends))
        return self._pulses.generator

    def measurements(self, source_setting: Setting, target_setting: Setting) -> tuple[Operation, Operation]:
        """Give the measurements of the two ends' devices at their settings, in degrees or "y"."""
        source, target = (self._plant.stations[name].device for name in self.ends)
        return source.measurement(_radians(source_setting)), target.measurement(_radians(target_setting))

    def send(self, sender: str, receiver: str, message: Message) -> None:
        """Send a message between nodes of the route."""
        self._plant.post.send(sender, receiver, message, self._number)

    def mailbox(self, node: str, session: int) -> simpy.Store:
        """Give where a session's application data arrives at a node."""
        boxes = self._plant.stations[node].mailboxes
        return boxes.setdefault(session, simpy.Store(self._plant.clock))

    def wait(self, duration_s: float) -> simpy.Event:
        """Give an event after a time in seconds."""
        return self._plant.clock.timeout(ticks(duration_s))

    def __repr__(self) -> str:
        return f"Service({self.route})"


def _radians(setting: Setting) -> float | Literal["y"]:
    return setting if isinstance(setting, str) else math.radians(setting)
