"""What fills the two memories of a lane: attempts in slots, drawn at once up to the next success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import simpy

from qnet.link.link import Link
from qnet.rng import Stream
from qnet.time import Clock, Phase, ticks

__all__ = ["Loader", "Transmitter"]


class Transmitter(Protocol):
    """One end of a link, as far as the photons see it."""

    emitting: bool
    """Whether this end emits in every slot from now on."""


class Loader:
    """Attempts entanglement whenever both ends emit, on the link's grid of slots.

    Between attempts nothing can happen, so the number of attempts is drawn from the geometric law and slept through
    at once; attempts are memoryless, so this is exact, and so is dropping what was drawn when an end stops. No
    hand-shake is needed: a node with a free memory emits in each slot, and the midpoint heralds only if both did.

    Args:
        clock: the simulation's.
        link: what is attempted.
        ends: the two transmitters.
        stream: the lane's own random stream.
        on_click: called at the click of a success with (emission tick, tick at which the herald reaches the ends,
            the number of the herald).
    """

    def __init__(
        self,
        clock: Clock,
        link: Link,
        ends: tuple[Transmitter, Transmitter],
        stream: Stream,
        on_click: Callable[[int, int, int], None],
    ) -> None:
        self._clock = clock
        self._probability = link.success_probability
        self._source, self._target = ends
        self._stream = stream
        self._on_click = on_click
        self.cycle = max(1, ticks(link.cycle_s))
        self.emission = min(ticks(link.emission_s), self.cycle)
        self._detection = min(ticks(link.click_s), self.cycle)
        self._weights = [herald.probability for herald in link.heralds]
        self._slot = 0
        self._drawn = 0
        """Counts what was drawn, so that a click knows whether it was dropped."""
        self._awaits_click = False
        self._down = 0

    @property
    def is_up(self) -> bool:
        """Whether the link works."""
        return not self._down

    def wake(self) -> None:
        """Start attempting if both ends emit; a transmitter calls this when it begins to."""
        if self._source.emitting and self._target.emitting and not self._awaits_click and not self._down:
            now, cycle = self._clock.now, self.cycle
            attempts = self._stream.geometric(self._probability)
            self._slot = -(-now // cycle) * cycle + (attempts - 1) * cycle
            self._awaits_click = True
            self._drawn += 1
            self._clock.call(self._slot + self._detection - now, Phase.ARRIVALS, self._click, self._drawn)

    def cancel(self) -> None:
        """Drop the click that is to come; an end calls this when it stops emitting."""
        self._awaits_click = False
        self._drawn += 1

    def pause(self) -> None:
        """Attempt nothing until as many calls of `resume`: the link is down."""
        self._down += 1
        self.cancel()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._down -= 1
        self.wake()

    def _click(self, event: simpy.Event) -> None:
        if event._value != self._drawn:
            return
        self._awaits_click = False
        herald = self._stream.choose(self._weights) if len(self._weights) > 1 else 0
        self._source.emitting = self._target.emitting = False
        self._on_click(self._slot + self.emission, self._slot + self.cycle, herald)
