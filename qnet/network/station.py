"""A node: its memories and optical interfaces, and what it believes about the qubits it stores."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import simpy

from qnet.errors import InvalidArgument
from qnet.link import Device
from qnet.network.attempts import AttemptLog
from qnet.network.entangled import Slot
from qnet.network.messages import (
    ApplicationData,
    Discarded,
    Heralded,
    Joined,
    Message,
    Purified,
    Restart,
    Swapped,
)
from qnet.network.port import Belief, Port
from qnet.network.world import World
from qnet.quantum import LINEAR_OPTICS_FAILED, Operation, State
from qnet.rng import Stream
from qnet.time import Clock, Phase, seconds

__all__ = ["FAILED", "Behaviour", "Belief", "HeldHalf", "Meddler", "NodeView", "Observer", "Port", "Role", "Station"]

FAILED = LINEAR_OPTICS_FAILED
"""The record of a swap that failed."""

Observer = Callable[[int, str, str, tuple[Any, ...]], None]
"""Called with (tick, node, kind of action, details) at every classical action of every node."""


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
        """Give the record (0 to 3; where swaps may fail, also `FAILED`) made public after one that gave `record`."""
        ...


@runtime_checkable
class Meddler(Behaviour, Protocol):
    """A behaviour that need not do to its qubits what it promised. The others believe that it has swapped."""

    def swap(self, device: Device, chance: Stream) -> Operation:
        """Give what is done in place of the device's swap, two qubits in, none out; `announce` gets its record."""
        ...


class Role(Protocol):
    """What a node does for one flow: it is one of its ends, or a repeater."""

    flow: int
    """The number of the flow's activation; set before `start`."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def stop(self) -> None:
        """Begin nothing new; finish what is under way."""
        ...

    def reset(self) -> None:
        """Forget everything; the flow empties the ports, the role what it holds besides (see `held`)."""
        ...

    def held(self) -> Iterable[Slot]:
        """Give the slots that it holds besides those of its ports."""
        ...

    def heralded(self, port: Port, message: Heralded) -> None:
        """Handle the herald of a pair on one of its lanes."""
        ...

    def discarded(self, port: Port, message: Discarded) -> None:
        """Handle the loss of the other half of a pair."""
        ...

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Handle the loss of what its memories on a lane hold, or of a pair just heralded; the partner must be told."""
        ...

    def joined(self, port: Port, message: Joined) -> None:
        """Handle that a pair goes further now."""
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
        chance: Stream | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        self.device = device
        self.world = world
        self.behaviour = behaviour
        self._chance = chance
        infinite = math.isinf(device.attempts_to_dephase)
        self.attempts = None if infinite else AttemptLog(device.attempts_to_dephase, device.storage)
        """The attempts of all its ports, where they dephase its memories."""
        self.interfaces_free = device.optical_interfaces
        self.places = 0
        """How many ports it has."""
        self.queue: deque[Port] = deque()
        self.ports: dict[int, tuple[Port, Role]] = {}
        """By number of the lane: its port here, and who works with it."""
        self.roles: dict[int, Role] = {}
        """By number of the flow's activation."""
        self.mailboxes: dict[int, simpy.Store] = {}
        self.agents: dict[type, Callable[[Any], None]] = {}
        """Who takes messages of a class that is none of the flows': a controller's `FaultReport`, say."""
        self._clock = clock
        self._send = send
        self._observer = observer

    @property
    def now(self) -> int:
        """The time, in ticks."""
        return self._clock.now

    def send(self, receiver: str, message: Message, route: int) -> None:
        """Send a message along the route of a flow, by the number in its plan; it arrives after the fibre's delay."""
        self._send(self.name, receiver, message, route)

    def after(self, delay: int, phase: float, act: Callable[[], None], flow: int) -> None:
        """Do something for a flow later, unless it has left by then; what was believed must be checked again."""
        roles = self.roles
        self._clock.call(delay, phase, lambda _: act() if flow in roles else None)  # type: ignore[arg-type]

    @property
    def observed(self) -> bool:
        """Whether there is an observer to tell."""
        return self._observer is not None

    def look(self) -> None:
        """See whether an interface serves a lane on which nobody answers, while someone is waiting on another one.

        If it is still so after a while, the two change places. Without that, two ends whose interfaces are fewer than
        their memories might try on different lanes for ever, each of them waiting for the other.
        """
        if not any(port.is_met for port in self.queue):
            return
        for port, _ in self.ports.values():
            if port.emitting and not port.is_met and not port.watched:
                port.watched = True
                wait = max(1, port.since + port.patience - self.now)
                self._clock.call(wait, Phase.REQUESTS, self._exchange, port)

    def _exchange(self, event: simpy.Event) -> None:
        port: Port = event._value
        port.watched = False
        waiting = next((other for other in self.queue if other.is_met), None)
        if waiting is None or not port.emitting or port.is_met:
            return
        if self.now < port.since + port.patience:  # it has begun anew meanwhile
            self.look()
        else:
            port.give_way(waiting)

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
                if (use := self.ports.get(message.lane)) is not None:
                    port, role = use
                    if message.emitted > port.lost_at or port.early is not None:
                        role.heralded(port, message)
                    else:  # when the partner has had its herald, too, also where messages take no time
                        self.after(0, Phase.SWAPS, lambda: role.lost(port, message.pair), role.flow)
            case Purified():
                if (use := self.ports.get(message.lane)) is not None:
                    use[1].purified(use[0], message)
            case Swapped():
                if message.flow in self.roles:
                    self.roles[message.flow].swapped(message)
            case Discarded():
                if (use := self.ports.get(message.lane)) is not None:
                    use[1].discarded(use[0], message)
            case Joined():
                if (use := self.ports.get(message.lane)) is not None:
                    use[1].joined(use[0], message)
            case Restart():
                if message.flow in self.roles:
                    self.roles[message.flow].restarted()
            case ApplicationData():
                self.mailboxes[message.session].put(message.payload)
            case _:
                self.agents[type(message)](message)

    def swap(self, left: Slot, right: Slot, stream: Stream) -> int:
        """Measure two halves jointly, or as a dishonest node does; give the public record, or `FAILED`."""
        device, world, behaviour = self.device, self.world, self.behaviour
        if device.swap_success_probability < 1.0 and stream.uniform() >= device.swap_success_probability:
            world.discard(left)
            world.discard(right)
            return FAILED
        honest = device.swap
        assert honest is not None
        if behaviour is None:
            return world.swap(honest, left, right, stream)
        view, done = self.view(), honest
        if isinstance(behaviour, Meddler):
            assert self._chance is not None
            done = behaviour.swap(device, self._chance)

        def announce(record: int) -> int:
            failed = record == FAILED and done is honest
            return record if failed else _checked(behaviour.announce(view, record), honest.records)

        return world.swap(honest, left, right, stream, announce, done=done)

    def view(self) -> NodeView:
        """Give what a policy may see."""
        halves = tuple(self.half(port) for port, _ in self.ports.values() if port.belief is not None)
        return NodeView(self.name, seconds(self.now), halves)

    def half(self, port: Port) -> HeldHalf:
        """Give what a policy may see of a half that a port holds."""
        assert port.belief is not None
        age_s = seconds(self.now - port.belief.emitted)
        return HeldHalf(port.neighbour, age_s, self._believed_fidelity(port.belief))

    def _believed_fidelity(self, belief: Belief) -> float:
        """Predict a stored pair's fidelity: its state at emission, both halves aged as this node's memory ages."""
        aging = self.device.memory.matrix(seconds(self.now - belief.emitted))
        return State(aging.dot(belief.herald.state.tensor).dot(aging.T)).fidelity(belief.herald.label)


def _checked(record: int, records: int) -> int:
    if record not in range(records):
        raise InvalidArgument.of("announce", f"give a record, 0 to {records - 1}", record)
    return record
