"""Purification of a link: several raw pairs make a better one before the node's role for the flow hears of any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from qnet.network.entangled import Slot
from qnet.network.messages import Discarded, Heralded, Joined, Purified, Swapped
from qnet.network.port import Port
from qnet.network.station import Role, Station
from qnet.quantum import NOISELESS, Noise, Operation, Purification, State
from qnet.quantum.corrections import corrected, reframed
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["Purifier", "SharedChoice", "on_device", "purified_state"]


class SharedChoice:
    """Shared randomness of the two sides of a lane: who comes first in a round draws, and the other chooses alike."""

    def __init__(self, stream: Stream, chances: Sequence[float]) -> None:
        self._stream = stream
        self._chances = chances
        self._drawn: dict[int, int] = {}

    def of(self, pair: int) -> int:
        """Give the alternative for the round that began with a pair."""
        if len(self._chances) == 1:
            return 0
        if pair in self._drawn:
            return self._drawn.pop(pair)
        self._drawn[pair] = choice = self._stream.choose(self._chances)
        return choice

    def clear(self) -> None:
        """Forget rounds that one side alone began."""
        self._drawn.clear()


class Purifier:
    """One side of a lane that purifies; in front of the role that its node has in the flow.

    Raw pairs come one after the other and wait in memories. When there are enough, each side turns the Bell states it
    was told of into Phi+ (the source's side does), runs its circuit, and tells the other what it read. What both
    records accept goes on as one heralded pair; else all is lost and the lane starts anew.

    Args:
        role: told of purified pairs as if they had been heralded.
        route: the number under which the flow's delays are known.
        choice: by which both sides choose alike.
    """

    def __init__(
        self,
        station: Station,
        role: Role,
        purification: Purification,
        *,
        is_source: bool,
        route: int,
        stream: Stream,
        choice: SharedChoice,
    ) -> None:
        self.flow = -1
        self._station = station
        self._role = role
        self._purification = purification
        self._pairs = purification.pairs
        self._accepted = {tuple(map(int, records)) for records in np.argwhere(purification.accepted)}
        self._busy = ticks(self._purification.duration_s)
        self._time = self._busy + ticks(station.device.measurement_s)
        self._is_source = is_source
        self._route = route
        self._stream = stream
        self._choice = choice
        self._operations: dict[tuple[int, ...], Operation] = {}
        self._raw: list[tuple[Slot, Heralded]] = []
        self._read: int | None = None
        self._told: dict[int, int] = {}
        """What the other side read, by the first raw pair of the round."""

    def start(self) -> None:
        """Begin to work: the role does that."""

    stop = restarted = start

    def reset(self) -> None:
        """Forget the round."""
        self._raw.clear()
        self._read = None
        self._told.clear()
        self._choice.clear()

    def held(self) -> Iterable[Slot]:
        """Give the slots of raw pairs; once the circuit has run they are empty."""
        return [slot for slot, _ in self._raw]

    def swapped(self, message: Swapped) -> None:
        """Ignore: the role is told."""

    def joined(self, port: Port, message: Joined) -> None:
        """Pass on that a purified pair goes further."""
        self._role.joined(port, message)

    def heralded(self, port: Port, message: Heralded) -> None:
        """Shelve a raw pair; go for the next one, or purify."""
        self._raw.append((port.slot, message))
        port.release_interface()
        if len(self._raw) < self._pairs:
            port.slot = port.new_slot()
            port.open()
            return
        slots, raws = zip(*self._raw, strict=True)
        operation = self._operation(port, raws)
        read, port.slot = self._station.world.purify(operation, slots, self._stream, self._busy)
        first = raws[0].pair
        if self._station.observed:
            self._station.note("purifying", message.pair, *(raw.pair for raw in raws[:-1]))
        if self._time:
            self._station.after(self._time, Phase.SWAPS, lambda: self._announce(port, first, read), self.flow)
        else:
            self._announce(port, first, read)

    def discarded(self, port: Port, message: Discarded) -> None:
        """Drop the round if a raw pair has lost its other half; else pass on that a purified pair has."""
        if any(raw.pair == message.pair for _, raw in self._raw):
            self._drop(port, message.pair)
        else:
            self._role.discarded(port, message)

    def lost(self, port: Port, pair: int | None = None) -> None:
        """Drop the round and tell the other side, or let the role do so for a purified pair."""
        if pair is None and not self._raw:
            self._role.lost(port)
            return
        self._station.note("lost", self._raw[0][1].pair if pair is None else pair)
        if pair is not None:
            self._station.world.discard(port.slot)
            self._station.send(port.neighbour, Discarded(port.lane, pair), self._route)
        self._drop(port)

    def purified(self, port: Port, message: Purified) -> None:
        """Hear what the other side read."""
        self._told[message.pair] = message.record
        self._decide(port)

    def _drop(self, port: Port, known: int | None = None) -> None:
        """End the round; the other side hears of each raw pair but the one that it told us of."""
        for slot, raw in self._raw:
            self._station.note("drop", raw.pair)
            if slot.state is not None and slot is not port.slot:
                self._station.world.discard(slot)
            if raw.pair != known:
                self._station.send(port.neighbour, Discarded(port.lane, raw.pair), self._route)
        herald_to_come = len(self._raw) < self._pairs and port.slot.state is not None
        self._raw, self._read = [], None
        self._told.clear()
        if not herald_to_come:  # else that pair will be the first of the next round
            port.close()
            port.open()

    def _announce(self, port: Port, first: int, read: int) -> None:
        if not self._raw or self._raw[0][1].pair != first:
            return  # the round was dropped
        self._read = read
        self._station.note("purify", first, read)
        self._station.send(port.neighbour, Purified(port.lane, first, read), self._route)
        self._decide(port)

    def _decide(self, port: Port) -> None:
        """Keep the pair or start anew, once both sides' records are here."""
        if self._read is None or not self._raw or self._raw[0][1].pair not in self._told:
            return
        raw, self._raw = self._raw, []
        mine, self._read = self._read, None
        theirs = self._told.pop(raw[0][1].pair)
        records = (mine, theirs) if self._is_source else (theirs, mine)
        if records in self._accepted:
            oldest, last = raw[0][1].emitted, raw[-1][1]
            self._station.note("accepted", last.pair)
            herald = len(port.heralds) - 1  # the purified one stands behind the raw ones
            self._role.heralded(port, Heralded(port.lane, last.pair, herald, oldest))
        else:
            self._station.note("rejected", raw[-1][1].pair)
            self._station.world.discard(port.slot)
            port.open()

    def _operation(self, port: Port, raws: Sequence[Heralded]) -> Operation:
        """Give this side's circuit for raw pairs with these heralds, by the alternative that both sides chose."""
        key = (self._choice.of(raws[0].pair), *(raw.herald for raw in raws))
        operation = self._operations.get(key)
        if operation is None:
            _, source, target = self._purification.alternatives[key[0]]
            labels = [port.heralds[herald].label for herald in key[1:]]
            self._operations[key] = operation = corrected(source, labels) if self._is_source else target
        return operation


def on_device(purification: Purification, noise: Noise) -> Purification:
    """Run a purification under a device's noise, unless it was given noise of its own."""
    plain = all(side.noise == NOISELESS for _, *sides in purification.alternatives for side in sides)
    return purification.with_noise(noise) if plain and noise != NOISELESS else purification


def purified_state(purification: Purification, heralds: Sequence[HeraldedState]) -> HeraldedState:
    """Give what a success is known to be: the purification of fresh pairs, each turned to Phi+."""
    turned = [herald.probability * reframed(herald.state.tensor, herald.label) for herald in heralds]
    _, state = purification.purify([State(np.sum(turned, axis=0))] * purification.pairs)
    return HeraldedState(probability=1.0, state=state, label=0)
