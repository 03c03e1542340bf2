"""What the protocols that send pulses or single photons share: a model of their channel, and blocks sent until full."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from qnet import InvalidArgument, Session
from qnet.bounds import ThresholdReceiver
from qnet.hardware import QkdHardware
from qnet.keys import certain_count

__all__ = ["click_rate_hz", "clicks_within", "collected", "counted", "receiver_of", "with_efficiency"]

ROUND_TRIPS = 600
"""Reconciliation and all that is said after the rounds takes no more, or hardly ever."""
_FIRST_BLOCK, _SMALLEST_BLOCK, _GROWTH = 10**7, 10**4, 10
_MOST_PULSES = 10**15
_MOST_IN_ALL = 10**17
"""Pulses that a key may take: years at the highest of clocks."""
_PATIENCE = 20.0
"""Times as many pulses as expected: then the clicks that are missing will not come."""


def receiver_of(hardware: QkdHardware, length_km: float) -> ThresholdReceiver:
    """Give the model of a QKD system at the end of so much fibre, by which a session is declared."""
    return ThresholdReceiver(
        transmission=hardware.fibre.transmission(length_km) * hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )


def with_efficiency(hardware: QkdHardware, error_correction_efficiency: float | None) -> QkdHardware:
    """Give the same system with another f, unless that is None."""
    if error_correction_efficiency is None:
        return hardware
    return replace(hardware, error_correction_efficiency=error_correction_efficiency)


def counted(session: Session, send: Callable[[int], Any]) -> Generator[Any, Any, Any]:
    """Send growing blocks until there are as many clicks as the run asks for, or its time is up, and close it.

    `send` gives the event of a block of so many pulses that meet a live receiver; blocks are counts, which add.
    """
    hardware = session.qkd_hardware
    counts: Any = yield send(0)
    block = _FIRST_BLOCK
    while session.stopped_by is None:
        fitting = min(float(block), 0.5 * session.seconds_left * _live_hz(counts, hardware))
        more = (yield send(int(fitting))) if fitting >= _SMALLEST_BLOCK else None
        if more is None:
            session.close("sim-time")
            break
        counts += more
        if counts.clicks >= session.pair_limit:
            session.close("pairs")
        block = min(_GROWTH * block, _needed(counts, session.pair_limit))
    return counts


def clicks_within(session: Session, gain: float, *, parts: int = 1) -> int:
    """Give the clicks of all bases that a run is limited to, or that will all but certainly have come in its time.

    Args:
        session: its limits on pairs and seconds count.
        gain: expected clicks per pulse.
        parts: of its time, in each of which both ends speak; the clicks are those of one.
    """
    clicks = session.pair_limit
    if not gain > 0.0:
        raise InvalidArgument.of("network", "let some photon through", str(session.route))
    if math.isinf(clicks) and math.isinf(session.seconds_left):
        raise InvalidArgument.of("stop", "limit pairs (clicks) or seconds", clicks)
    if not math.isinf(session.seconds_left):
        seconds = session.seconds_left / parts - 2.0 * ROUND_TRIPS * session.propagation_s
        clicks = min(clicks, certain_count(max(0.0, seconds) * click_rate_hz(session.qkd_hardware, gain)))
    return int(min(clicks, _MOST_PULSES))


def click_rate_hz(hardware: QkdHardware, gain: float) -> float:
    """Give the clicks to expect in a second, at so many per pulse that meets a live receiver."""
    dead = math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9)
    return hardware.clock_hz * gain / (1.0 + dead * gain)


def collected(
    session: Session, send: Callable[[int], Any], clicks: int, gain: float
) -> Generator[Any, Any, tuple[Any, bool]]:
    """Send until so many clicks have come; gives the bits, and whether the clicks came while the session was open.

    `gain` is the expected one; where clicks stay away, that shows after some times as many pulses.
    """
    bits: Any = yield send(0)
    while bits.counts.clicks < clicks:
        counts, missing = bits.counts, clicks - bits.counts.clicks
        if counts.live_pulses >= min(_PATIENCE * clicks / gain, _MOST_IN_ALL):
            return bits, False
        seen = counts.clicks / counts.live_pulses if counts.clicks else gain
        pulses = (missing + 4.0 * math.sqrt(missing)) / min(1.0, max(seen, 0.1 * gain))
        more = yield send(math.ceil(min(pulses, _MOST_IN_ALL)))
        if more is None:
            return bits, False
        bits += more
    return bits, True


def _live_hz(counts: Any, hardware: QkdHardware) -> float:
    """Give how many pulses a second meet a live receiver: as seen so far; before, as few as if every one clicked."""
    if counts.live_pulses:
        return float(counts.live_pulses / counts.elapsed_s)
    return hardware.clock_hz / (1.0 + hardware.dead_time_s * hardware.clock_hz)


def _needed(counts: Any, clicks: float) -> int:
    """Extrapolate how many more pulses bring the clicks that are missing."""
    missing = max(1.0, clicks - counts.clicks)
    return int(min(_MOST_PULSES, missing * counts.live_pulses / max(1, counts.clicks))) + _FIRST_BLOCK
