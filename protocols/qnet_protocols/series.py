"""Declared sessions that follow one another: what a long run is divided into, so that memory does not grow with it.

All are declared at once and alike, before the first, and each with the same part of the epsilon, which adds up
(Portmann and Renner, Rev. Mod. Phys. 94, 025008 (2022), arXiv:2102.00021). Their keys are joined. One that aborts adds
none; a forged message ends them all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from qnet import Session
from qnet.experiment import Observed
from qnet_protocols.post_processing import KeyMaterial
from qnet_protocols.pulse_blocks import clicks_within

__all__ = ["Series", "divided"]

_MOST_CLICKS = 10**7
"""Of one session: its bits and what is done to them take about a gigabyte."""


def divided(session: Session, gain: float) -> tuple[int, int]:
    """Give the clicks of one session, and how many sessions there are to be at most.

    Args:
        session: its limits on pairs and seconds count.
        gain: expected clicks per pulse.
    """
    whole = clicks_within(session, gain)
    parts = max(1, math.ceil(whole / _MOST_CLICKS))
    alike = math.ceil(whole / parts)
    if parts == 1 or math.isinf(session.seconds_left):
        return alike, parts
    # Talk hardly ever takes the time that is set aside for it, and what it leaves is for more sessions.
    fitting = min(alike, clicks_within(session, gain, parts=parts))
    return fitting if 2 * fitting > alike else alike, 2 * parts


@dataclass(kw_only=True, eq=False)
class Series:
    """What came of the sessions so far.

    Args:
        most: how many there are to be at most.
        clicks: of each.
        gain: expected clicks per pulse.
    """

    most: int
    clicks: int
    gain: float
    counts: Any = None
    """Of all of them together."""
    proved_bits: int | None = None
    """Secret bits that the counts of those sessions prove which made a key; None before one did, or without a proof."""
    _done: list[KeyMaterial] = field(default_factory=list)
    _observed: Observed | None = None

    def goes_on(self, session: Session) -> bool:
        """Whether there is to be another session, and time for it."""
        if not self._done:
            return True
        if len(self._done) == self.most or self._done[-1].forged or session.stopped_by is not None:
            return False
        return math.isinf(session.seconds_left) or clicks_within(session, self.gain) >= self.clicks

    def begin(self, counts: Any, observed: Observed) -> None:
        """Take in what a session saw."""
        self.counts = counts if self.counts is None else self.counts + counts
        self._observed = self._observed or observed

    def prove(self, bits: int) -> None:
        """Take in what a session that makes a key has proved."""
        self.proved_bits = bits + (self.proved_bits or 0)

    def end(self, material: KeyMaterial) -> None:
        """Take in the key of a session."""
        self._done.append(material)

    def with_last(self, material: KeyMaterial) -> KeyMaterial:
        """Join the keys of the sessions that have ended, and that of the last one."""
        return KeyMaterial.joined([*self._done, material])

    def observed(self, material: KeyMaterial) -> Observed | None:
        """Give what the ends of the first session could compare, and the bits that all keys together were made of."""
        seen = self._observed
        made = material.sessions - material.aborted_sessions
        return None if seen is None else replace(seen, key_bits=seen.key_bits * max(1, made))
