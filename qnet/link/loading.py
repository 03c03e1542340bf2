"""The process that fills the two memories of a link."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

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
    at once; attempts are memoryless, so this is exact. No hand-shake is needed: a node with a free memory emits in
    each slot, and the midpoint heralds only if both did.

    Args:
        clock: the simulation's.
        link: what is attempted.
        ends: the two transmitters, source first.
        stream: the link's own random stream.
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
        self._link = link
        self._source, self._target = ends
        self._stream = stream
        self._on_click = on_click
        self._cycle = max(1, ticks(link.cycle_s))
        self._emission = min(ticks(link.emission_s), self._cycle)
        self._detection = min(ticks(link.click_s), self._cycle)
        self._weights = [herald.probability for herald in link.heralds]
        self._slot = 0
        self._click = clock.event()
        clock.process(self._run())

    def wake(self) -> None:
        """Start attempting if both ends emit; a transmitter calls this when it begins to."""
        if self._source.emitting and self._target.emitting and not self._click.triggered:
            now, cycle = self._clock.now, self._cycle
            attempts = self._stream.geometric(self._link.success_probability)
            self._slot = -(-now // cycle) * cycle + (attempts - 1) * cycle
            self._clock.fire(self._click, self._slot + self._detection - now, Phase.ARRIVALS)

    def _run(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self._click
            self._click = self._clock.event()
            herald = self._stream.choose(self._weights) if len(self._weights) > 1 else 0
            self._source.emitting = self._target.emitting = False
            self._on_click(self._slot + self._emission, self._slot + self._cycle, herald)
