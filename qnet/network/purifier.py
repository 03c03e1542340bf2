"""Purification of a link: several raw pairs make a better one before the node's role for the flow hears of any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qnet.network.messages import Discarded, Heralded, Purified, Swapped
from qnet.network.station import Port, Role, Station
from qnet.network.world import Slot
from qnet.quantum import NOISELESS, Noise, Operation, Purification, State
from qnet.quantum.corrections import corrected, reframed
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Stream
from qnet.time import Phase, ticks

__all__ = ["Purifier", "on_device", "purified_state"]


class Purifier:
    """One side of a link that purifies; in front of the role that its node has in the flow.

    Raw pairs come one after the other and wait in memories. When there are enough, each side turns the Bell states it
    was told of into Phi+ (the source's side does), runs its circuit, and tells the other what it read. What both
    records accept goes on as one heralded pair; else all is lost and the link starts anew.

    Args:
        role: told of purified pairs as if they had been heralded.
        chooser: the stream by which both sides choose alike, one each with the same name.
    """

    def __init__(
        self,
        station: Station,
        role: Role,
        purification: Purification,
        *,
        is_source: bool,
        flow: int,
        stream: Stream,
        chooser: Stream,
    ) -> None:
        self._station = station
        self._role = role
        self._purification = purification
        self._busy = ticks(self._purification.duration_s)
        self._time = self._busy + ticks(station.device.measurement_s)
        self._is_source = is_source
        self._flow = flow
        self._stream = stream
        self._chooser = chooser
        self._chances = [chance for chance, *_ in self._purification.alternatives]
        self._operations: dict[tuple[int, ...], Operation] = {}
        self._raw: list[tuple[Slot, Heralded]] = []
        self._read: int | None = None
        self._told: dict[int, int] = {}
        """What the other side read, by the first raw pair of the round."""

    def start(self) -> None:
        """Begin to work: the role does that."""

    def restarted(self) -> None:
        """Ignore: the role is told."""

    def swapped(self, message: Swapped) -> None:
        """Ignore: the role is told."""

    def heralded(self, port: Port, message: Heralded) -> None:
        """Shelve a raw pair; go for the next one, or purify."""
        self._raw.append((port.slot, message))
        port.release_interface()
        if len(self._raw) < self._purification.pairs:
            port.slot = Slot(self._station.device.memory)
            port.open()
            return
        operation = self._operation([raw.herald for _, raw in self._raw])
        slots = [slot for slot, _ in self._raw]
        read, port.slot = self._station.world.purify(operation, slots, self._stream, self._busy)
        if self._time:
            self._station.after(self._time, Phase.SWAPS, lambda: self._announce(port, read))
        else:
            self._announce(port, read)

    def discarded(self, port: Port, message: Discarded) -> None:
        """Pass on that the other half of a purified pair is gone."""
        self._role.discarded(port, message)

    def purified(self, port: Port, message: Purified) -> None:
        """Hear what the other side read."""
        self._told[message.pair] = message.record
        self._decide(port)

    def _announce(self, port: Port, read: int) -> None:
        self._read = read
        first = self._raw[0][1].pair
        self._station.note("purify", first, read)
        self._station.send(port.neighbour, Purified(port.link, first, read), self._flow)
        self._decide(port)

    def _decide(self, port: Port) -> None:
        """Keep the pair or start anew, once both sides' records are here."""
        if self._read is None or not self._raw or self._raw[0][1].pair not in self._told:
            return
        raw, self._raw = self._raw, []
        mine, self._read = self._read, None
        theirs = self._told.pop(raw[0][1].pair)
        records = (mine, theirs) if self._is_source else (theirs, mine)
        if self._purification.accepted[records]:
            oldest = min(message.emitted for _, message in raw)
            last = raw[-1][1]
            herald = len(self._station.heralds[port.link]) - 1  # the purified one stands behind the raw ones
            self._role.heralded(port, Heralded(port.link, last.pair, herald, oldest))
        else:
            self._station.world.discard(port.slot)
            port.open()

    def _operation(self, heralds: Sequence[int]) -> Operation:
        """Give this side's circuit for raw pairs with these heralds, by the alternative that both sides chose."""
        choice = self._chooser.choose(self._chances) if len(self._chances) > 1 else 0
        key = (choice, *heralds)
        if key not in self._operations:
            _, source, target = self._purification.alternatives[choice]
            known = self._station.heralds[self._raw[0][1].link]
            labels = [known[herald].label for herald in heralds]
            self._operations[key] = corrected(source, labels) if self._is_source else target
        return self._operations[key]


def on_device(purification: Purification, noise: Noise) -> Purification:
    """Run a purification under a device's noise, unless it was given noise of its own."""
    plain = all(side.noise == NOISELESS for _, *sides in purification.alternatives for side in sides)
    return purification.with_noise(noise) if plain and noise != NOISELESS else purification


def purified_state(purification: Purification, heralds: Sequence[HeraldedState]) -> HeraldedState:
    """Give what a success is known to be: the purification of fresh pairs, each turned to Phi+."""
    turned = [herald.probability * reframed(herald.state.tensor, herald.label) for herald in heralds]
    _, state = purification.purify([State(np.sum(turned, axis=0))] * purification.pairs)
    return HeraldedState(probability=1.0, state=state, label=0)
