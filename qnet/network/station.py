"""A node: its memories and optical interfaces, and what it believes about the qubits it stores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import simpy

from qnet.link import Device, Loader
from qnet.network.messages import ApplicationData, Discarded, Heralded, Message, Purified, Restart, Swapped
from qnet.network.world import Slot, World
from qnet.quantum import State
from qnet.quantum.photonics import HeraldedState
from qnet.time import Clock, Phase, seconds

__all__ = ["Behaviour", "Belief", "HeldHalf", "NodeView", "Observer", "Port", "Role", "Station"]

Observer = Callable[[int, str, str, tuple[Any, ...]], None]
"""Called with (tick, node, kind of action, details) at every classical action of every node."""


class Belief(NamedTuple):
    """What a node knows of a half it stores: which pair, since when, and the state a success is known to give."""

    pair: int
    emitted: int
    herald: HeraldedState


class HeldHalf(NamedTuple):
    """A stored half as a policy may see it: whom it is entangled with, how old and how good it is believed to be."""

    neighbour: str
    age_s: float
    fidelity: float


class NodeView(NamedTuple):
    """All that a policy or a behaviour gets to see: plain values, made from the node's own inbox."""

    node: str
    now_s: float
    halves: tuple[HeldHalf, ...]


class Behaviour(Protocol):
    """How a node treats the truth. Without one, a node is honest."""

    def announce(self, view: NodeView, record: int) -> int:
        """Give the record (0 to 3) that the node makes public after a swap that gave `record`."""
        ...


class Port:
    """A node's side of one link: a memory slot, and whether it is emitting, waiting for an interface, or holding."""

    __slots__ = ("belief", "early", "emitting", "holds_interface", "link", "loader", "neighbour", "slot", "station")

    def __init__(self, station: Station, link: int, neighbour: str) -> None:
        self.station = station
        self.link = link
        self.neighbour = neighbour
        self.slot = Slot(station.device.memory)
        self.emitting = False
        self.holds_interface = False
        self.belief: Belief | None = None
        self.early: Slot | None = None
        """The record of a qubit that was measured at emission, until the herald comes."""
        self.loader: Loader | None = None

    def open(self) -> None:
        """Begin to emit, now or as soon as the node has an optical interface free."""
        self.slot.waiting = self.station.device.memory
        if self.station.interfaces_free > 0:
            self.station.interfaces_free -= 1
            self.holds_interface = self.emitting = True
            assert self.loader is not None
            self.loader.wake()
        else:
            self.station.queue.append(self)

    def release_interface(self) -> None:
        """Give the interface to the port that has waited longest."""
        if self.holds_interface:
            self.holds_interface = False
            self.station.interfaces_free += 1
            if self.station.queue:
                self.station.queue.popleft().open()


class Role(Protocol):
    """What a node does for one flow: it is one of its ends, or a repeater."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def heralded(self, port: Port, message: Heralded) -> None:
        """Handle the herald of a pair on one of its links."""
        ...

    def discarded(self, port: Port, message: Discarded) -> None:
        """Handle the loss of the other half of a pair."""
        ...

    def swapped(self, message: Swapped) -> None:
        """Handle a repeater's swap."""
        ...

    def purified(self, port: Port, message: Purified) -> None:
        """Handle what the other side of a link read in a purification."""
        ...

    def restarted(self) -> None:
        """Handle the start of a new round."""
        ...


class Station:
    """A node acts on its own slots and on what has reached it, and on nothing else."""

    def __init__(
        self,
        name: str,
        device: Device,
        *,
        clock: Clock,
        world: World,
        send: Callable[[str, str, Message, int], None],
        behaviour: Behaviour | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        self.device = device
        self.world = world
        self.behaviour = behaviour
        self.interfaces_free = device.optical_interfaces
        self.queue: deque[Port] = deque()
        self.ports: dict[int, tuple[Port, Role]] = {}
        self.roles: dict[int, Role] = {}
        self.mailboxes: dict[int, simpy.Store] = {}
        self.heralds: dict[int, tuple[HeraldedState, ...]] = {}
        """What a success of each of its links is known to give (the specification, not the truth), by link."""
        self._clock = clock
        self._send = send
        self._observer = observer

    @property
    def now(self) -> int:
        """The time, in ticks."""
        return self._clock.now

    def send(self, receiver: str, message: Message, flow: int) -> None:
        """Send a message along the route of a flow; it arrives after the fibre's delay."""
        self._send(self.name, receiver, message, flow)

    def after(self, delay: int, phase: Phase, act: Callable[[], None]) -> None:
        """Do something of one's own later; what was believed must be checked again then."""
        self._clock.call(delay, phase, lambda _: act())

    def note(self, kind: str, *details: Any) -> None:
        """Tell the observer, if there is one."""
        if self._observer is not None:
            self._observer(self._clock.now, self.name, kind, details)

    def receive(self, event: simpy.Event) -> None:
        """Act on a message that has arrived."""
        message = event._value
        if self._observer is not None:
            self.note(type(message).__name__.lower(), *message)
        match message:
            case Heralded():
                port, role = self.ports[message.link]
                role.heralded(port, message)
            case Swapped():
                self.roles[message.flow].swapped(message)
            case Discarded():
                port, role = self.ports[message.link]
                role.discarded(port, message)
            case Purified():
                port, role = self.ports[message.link]
                role.purified(port, message)
            case Restart():
                self.roles[message.flow].restarted()
            case ApplicationData():
                self.mailboxes[message.session].put(message.payload)

    def view(self) -> NodeView:
        """Give what a policy may see."""
        halves = tuple(
            HeldHalf(port.neighbour, seconds(self.now - belief.emitted), self._believed_fidelity(belief))
            for port, _ in self.ports.values()
            if (belief := port.belief) is not None
        )
        return NodeView(self.name, seconds(self.now), halves)

    def _believed_fidelity(self, belief: Belief) -> float:
        """Predict a stored pair's fidelity: its state at emission, both halves aged as this node's memory ages."""
        aging = self.device.memory.matrix(seconds(self.now - belief.emitted))
        return State(aging.dot(belief.herald.state.tensor).dot(aging.T)).fidelity(belief.herald.label)
