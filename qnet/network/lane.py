"""A lane: one pair of memories of a link, which one flow after the other may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnet.link import Link, Loader
from qnet.network.entangled import Entangled, Slot
from qnet.network.messages import Heralded
from qnet.network.port import Port
from qnet.quantum import NO_WAITING, Half
from qnet.rng import Purpose, Stream
from qnet.time import ticks

if TYPE_CHECKING:
    from qnet.network.flow import Flow
    from qnet.network.plant import Plant

__all__ = ["Lane", "herald_delay"]

_ID_STEP = 1 << 20
_PATIENCE = 10.0
"""Times as long as a success takes on average; half as much again at the other end, so that not both give way."""


class Lane:
    """One pair of memories of a link: a port at each end, and what loads them.

    Attributes:
        link: what is attempted.
        ends: the two nodes, sorted.
        name: of its random streams.
        index: which of the link's memory pairs this is, from 0.
        number: by which messages name it while a flow has it; another one each time.
        flow: the flow that has it, or None.
    """

    def __init__(self, plant: Plant, link: Link, ends: tuple[str, str], index: int, created: int) -> None:
        self.link = link
        self.ends = ends
        self.index = index
        self.number = -1
        self.flow: Flow | None = None
        self._plant = plant
        self.name = "|".join(ends) + (f"#{index}" if index else "")
        self.ports = tuple(Port(plant.station(name), other) for name, other in zip(ends, reversed(ends), strict=True))
        stream = plant.chance.stream(Purpose.GENERATION, self.name)
        self.loader = Loader(plant.clock, link, self.ports, stream, self._clicked)  # type: ignore[arg-type]
        for side, port in enumerate(self.ports):
            port.loader = self.loader
            port.opposite = self.ports[1 - side]
            port.patience = round((_PATIENCE + side * _PATIENCE / 2) * self.loader.cycle / link.success_probability)
            if port.station.attempts is not None:
                port.emissions = port.station.attempts.port(self.loader.cycle)
        self._logged = any(port.emissions is not None for port in self.ports)
        self._sides: tuple[tuple[Port, bool], tuple[Port, bool]]
        self._eves: dict[str, Stream] = {}
        self._pair = created  # ids are never reused: they count up in steps from a number that no other lane has

    def port(self, node: str) -> Port:
        """Give the side of a node."""
        return self.ports[0] if node == self.ends[0] else self.ports[1]

    def take(self, flow: Flow, source: str, number: int) -> None:
        """Let a flow have the lane, with its source at a node, until `release`."""
        assert self.flow is None, f"{self} is used by {self.flow}"
        self.flow = flow
        self.number = number
        first, last = self.ports if source == self.ends[0] else self.ports[::-1]
        self._sides = (first, "source" in self.link.measured), (last, "target" in self.link.measured)
        self._midpoint = f"{first.station.name}|{last.station.name}"
        for port in self.ports:
            port.lane = number

    def release(self) -> None:
        """Let another flow have the lane, whose ports must be closed, and empty but for what is kept."""
        assert not any(port.emitting for port in self.ports)
        assert all(port.kept or not (port.holds_interface or port.slot.state) for port in self.ports)
        self.flow = None

    def _clicked(self, emitted: int, heralded: int, herald: int) -> None:
        """Put the two halves of a success into the memories, and send both ends its herald."""
        self._pair += _ID_STEP
        flow, midpoint, send = self.flow, self._midpoint, self._plant.post.send
        assert flow is not None
        (source, at_source), (target, at_target) = self._sides
        slots = self._slot(source, at_source), self._slot(target, at_target)
        state = Entangled(self.link.heralds[herald].state.tensor, slots, (emitted, emitted))
        if self.link.taps:
            self._tap(state)
        if self._logged:
            self._log(state, emitted)
        message = Heralded(self.number, self._pair, herald, emitted)
        if self._plant.observed:
            self._plant.note(midpoint, "click", self._pair, herald, emitted, self.index, flow.number)
        route = flow.course.number
        send(midpoint, source.station.name, message, route)
        send(midpoint, target.station.name, message, route)

    def _log(self, state: Entangled, emitted: int) -> None:
        """End the attempts of both ports with this one; those of others dephase its qubits from their emission on."""
        after = emitted - self.loader.emission + 1
        for port in self.ports:
            port.log_end(after)
        for slot in state.slots:
            if slot.exposure is not None:
                slot.exposure.seen = slot.exposure.log.before(max(emitted, after))

    def _tap(self, state: Entangled) -> None:
        name = f"tap|{self._midpoint}{self.name[len(self._midpoint) :]}"
        if name not in self._eves:
            self._eves[name] = self._plant.chance.stream(Purpose.DEVICE, name)
        state.modelled = state.tensor
        for tap in self.link.taps:
            probabilities, result = self._plant.engine.branches(tap, (Half(state.tensor, 1, NO_WAITING, 0.0),))
            state.tensor = result(self._eves[name].choose(probabilities))

    @staticmethod
    def _slot(port: Port, measured: bool) -> Slot:
        if measured:
            port.early = Slot(NO_WAITING)
            return port.early
        assert port.slot.state is None
        return port.slot

    def __repr__(self) -> str:
        return f"Lane({self.name})"


def herald_delay(link: Link) -> int:
    """Give the ticks from a click to the end of its slot, when the herald reaches both ends."""
    return max(1, ticks(link.cycle_s)) - ticks(link.click_s)
