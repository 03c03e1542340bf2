"""What an application sees of the network: requests, pairs, measurements, messages, time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import simpy

from qnet.errors import InvalidArgument, UnknownName
from qnet.link.pulse_bits import PulseBits
from qnet.link.pulse_counts import PulseCounts
from qnet.network.messages import ApplicationData
from qnet.network.pair import Outcome, Pair, Setting, relabel
from qnet.network.readings import joint_outcomes, joint_probabilities
from qnet.network.requests import Request
from qnet.network.terms import TermOptions, Terms, with_terms
from qnet.quantum import NO_WAITING, Compiled, Half
from qnet.rng import Stream
from qnet.time import Clock, Phase, seconds, ticks

if TYPE_CHECKING:
    from qnet.hardware import QkdHardware, RepeaterHardware
    from qnet.link import Link
    from qnet.link.pulses import PulseLink
    from qnet.network.route import Route
    from qnet.network.service import Service

__all__ = ["Session"]


class Session:
    """A protocol's seat in the network: both its ends, one route, one clock.

    A protocol is a generator function ``protocol(session)``; it yields the events that `next_pair` and `receive` give
    and calls `finish` with its result.
    """

    def __init__(self, number: int, name: str, service: Service, clock: Clock, chance: Stream) -> None:
        self.number = number
        self.name = name
        self._service = service
        self.result: Any = None
        self.stopped_by: str | None = None
        self.pair_limit = math.inf
        self.horizon_s = math.inf
        self.on_pair: Callable[[], None] | None = None
        self._clock = clock
        self._chance = chance
        self._request: Request | None = None
        self._taken = 0
        self._pulses: simpy.Event | None = None

    @property
    def now(self) -> float:
        """The simulated time in seconds."""
        return seconds(self._clock.now)

    @property
    def tick(self) -> int:
        """The simulated time in picoseconds."""
        return self._clock.now

    @property
    def seconds_left(self) -> float:
        """Simulated seconds until the run is to stop; infinite without such a limit."""
        return self.horizon_s - self.now

    @property
    def route(self) -> Route:
        """The route between the two ends."""
        plan = None if self._request is None else self._request.plan
        return self._service.route if plan is None else plan.route

    @property
    def propagation_s(self) -> float:
        """Time a signal takes from end to end, in seconds."""
        return self._service.propagation_s

    @property
    def attempts_hz(self) -> float:
        """Attempts per second on the slowest link of the route."""
        return self._service.attempts_hz

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of the route as they are specified, in its order; what taps do to them is known to no one."""
        return self._service.links

    @property
    def untrusted_stations(self) -> int:
        """Powered stations between the ends that need no trust: repeaters and the midpoints of links."""
        return self._service.untrusted_stations

    @property
    def repeater_hardware(self) -> RepeaterHardware | None:
        """The hardware of nodes and links; None where they were given by their numbers."""
        return self._service.repeater_hardware

    @property
    def qkd_hardware(self) -> QkdHardware:
        """The hardware of the QKD systems."""
        return self._service.qkd_hardware

    @property
    def pulses(self) -> PulseLink:
        """The system that sends laser pulses over the bare fibre of the route, as specified; no attack is known."""
        return self._service.pulses

    @property
    def chance(self) -> Stream:
        """The protocol's own random stream, for its choices of settings."""
        return self._chance

    @with_terms
    def request(self, **terms: Unpack[TermOptions]) -> Request:
        """Ask for pairs; one request a session, on the account of a tenant of the session's name by default.

        The keywords are those of `qnet.network.terms.Terms`. With `keep` the ends keep their halves, which decohere,
        until the protocol measures or releases the pair, instead of measuring when their own link heralds; a memory
        that holds one makes no other. A request that is refused, or ends before the session, ends the session with it.
        """
        if self._request is not None:
            raise InvalidArgument.of("session", "make one request", "a second one")
        source, target = self._service.ends
        terms.setdefault("tenant", self.name)
        self._request = self._service.request(Terms(source=source, target=target, **terms), self._request_ended)
        if self.stopped_by is not None:  # before the protocol began
            self._request.end("closed", self.stopped_by)
        return self._request

    def next_pair(self) -> simpy.Event:
        """Give an event whose value is the next pair; None if the session is closed or has all it asked for."""
        if self._request is None:
            raise InvalidArgument.of("session", "call request before next_pair", "no request")
        if self._taken >= self.pair_limit and self.stopped_by is None:
            self.close("pairs")
        self._taken += 1
        if self.on_pair is not None and self._taken > 1:
            self.on_pair()
        return self._request.take(self._clock)

    def measure(self, pair: Pair, source_setting: Setting, target_setting: Setting) -> Outcome:
        """Measure both ends of a pair along ``cos(t) Z + sin(t) X``, t in degrees on the Bloch sphere; or "y", along Y.

        The outcomes are drawn from the compiled measurements of the two devices, readout errors included; the
        target's setting and bit are relabelled by the pair's frame (see `Outcome`). A kept pair is measured as it is
        now, and its memories are free.
        """
        engine, chance = self._service.engine, self._chance
        at_source, at_target = self._service.measurements(source_setting, target_setting)
        probabilities, left = engine.branches(at_source, (Half(pair.tensor, 0, NO_WAITING, 0.0),))
        source_bit = chance.choose(probabilities)
        probabilities, _ = engine.branches(at_target, (Half(left(source_bit), 0, NO_WAITING, 0.0),))
        target_setting, target_bit = relabel(target_setting, chance.choose(probabilities), pair.label)
        pair.release()
        return Outcome(source_setting, source_bit, target_setting, target_bit)

    def measure_all(
        self, pairs: Sequence[Pair], source_settings: Sequence[Setting], target_settings: Sequence[Setting]
    ) -> list[Outcome]:
        """Measure many pairs as `measure` does, each at a setting of its own, in a tenth of the time.

        What is delivered does not change any more, unless it is kept, so a protocol may measure a whole block when it
        has it. Kept pairs are measured as they are now, and their memories are free.
        """
        settings = list(zip(source_settings, target_settings, strict=True))
        if not isinstance(self._service.engine, Compiled):
            return [self.measure(pair, *chosen) for pair, chosen in zip(pairs, settings, strict=True)]
        drawn = self._chance.generator.random(len(pairs))
        bits = np.zeros(len(pairs), np.int64)
        for chosen in dict.fromkeys(settings):
            places = [place for place, given in enumerate(settings) if given == chosen]
            tensors = [pairs[place].tensor for place in places]
            probabilities = joint_probabilities(tensors, *self._service.measurements(*chosen))
            bits[places] = joint_outcomes(probabilities, drawn[places])
        outcomes = []
        for pair, (source, target), both in zip(pairs, settings, bits.tolist(), strict=True):
            outcomes.append(Outcome(source, both >> 1, *relabel(target, both & 1, pair.label)))
            pair.release()
        return outcomes

    def expected_difference(self, pair: Pair, setting: Setting) -> float:
        """Give the probability that the bits of both ends differ if both measure Z (0), X (90) or "y", by their belief.

        It rests on what the ends were told of the pair and on their devices as specified, readout errors included.
        """
        told = joint_probabilities([pair.believed_tensor], *self._service.measurements(setting, setting))[0]
        differ, flipped = float(told[1] + told[2]), relabel(setting, 0, pair.label)[1]
        return min(1.0, max(0.0, 1.0 - differ if flipped else differ))  # rounding may lead outside

    def stream(
        self,
        pulses: int,
        intensities: Sequence[float],
        intensity_probabilities: Sequence[float],
        z_probability: float,
        *,
        bits: bool = False,
    ) -> simpy.Event:
        """Send weak coherent pulses from source to target over the bare fibre of the route (BB84, four states).

        Args:
            pulses: how many meet a receiver that is ready; the time also passes in which it is not (dead time).
            intensities: mean photon numbers that the source chooses from.
            intensity_probabilities: how often it chooses each.
            z_probability: how often each side chooses the Z basis.
            bits: whether to give the bits of both ends, too.

        Returns:
            An event, after the time this takes, whose value is the block's `PulseCounts`, or its `PulseBits`; None if
            the session was closed before.
        """
        link = self._service.pulse_link(self.number)
        choices = intensities, intensity_probabilities, z_probability
        sample = link.sample_bits if bits else link.sample
        block: PulseBits | PulseCounts = sample(pulses, *choices, self._service.pulse_generator())
        return self._arriving(block, block.counts if isinstance(block, PulseBits) else block)

    def photons(self, rounds: int, z_probability: float, *, bits: bool = False) -> simpy.Event:
        """Send single photons from source to target over the bare fibre of the route (BB84, four states).

        One leaves in each period of the QKD system's clock. `rounds` are those that meet a receiver that is ready; the
        rest is as in `stream`.
        """
        link = self._service.photon_link(self.number)
        sample = link.sample_bits if bits else link.sample
        block: PulseBits | PulseCounts = sample(rounds, z_probability, self._service.pulse_generator())
        return self._arriving(block, block.counts if isinstance(block, PulseBits) else block)

    def _arriving(self, block: PulseBits | PulseCounts, counts: PulseCounts) -> simpy.Event:
        self._pulses = arrival = simpy.Event(self._clock)
        if self.stopped_by is not None:
            return arrival.succeed(None)
        self._clock.call(ticks(counts.elapsed_s), Phase.REQUESTS, lambda _: self._arrived(arrival, block))
        return arrival

    def send(self, sender: str, receiver: str, payload: Any) -> None:
        """Send application data from one end to the other; it arrives after the fibre's delay."""
        for node in (sender, receiver):
            self._check_end(node)
        self._service.send(sender, receiver, ApplicationData(self.number, payload))

    def receive(self, node: str) -> simpy.Event:
        """Give an event whose value is the next application data that reaches this session at one of its ends."""
        self._check_end(node)
        return self._service.mailbox(node, self.number).get()

    def wait(self, duration_s: float) -> simpy.Event:
        """Give an event that happens after a time in seconds."""
        return self._service.wait(duration_s)

    def release(self, pair: Pair) -> None:
        """Give a kept pair's two memories back, unmeasured; the state of the pair stays as it is now."""
        pair.release()

    def finish(self, result: Any) -> None:
        """State the protocol's result."""
        self.result = result

    def _check_end(self, node: str) -> None:
        if node not in self._service.ends:
            raise UnknownName.of("end of the session", node, self._service.ends)

    def _request_ended(self, request: Request) -> None:
        if request.status in ("refused", "failed", "expired", "cancelled"):
            self.close(request.status)

    @staticmethod
    def _arrived(arrival: simpy.Event, counts: Any) -> None:
        if not arrival.triggered:  # else the session was closed meanwhile
            arrival.succeed(counts)

    def leave(self) -> None:
        """End with the protocol: nobody takes any more what was delivered to it."""
        self.close("finished")
        if self._request is not None:
            self._request.abandon()

    def close(self, reason: str) -> None:
        """End the session: no more pairs; a protocol that waits for one gets None."""
        if self.stopped_by is None:
            self.stopped_by = reason
            if self._request is not None:
                self._request.end("closed", f"its session ended: {reason}")
            if self._pulses is not None and not self._pulses.triggered:
                self._pulses.succeed(None)
