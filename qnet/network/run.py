"""Run one protocol between two nodes, and stop it."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import simpy

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check_fields
from qnet.network.route import Route
from qnet.network.session import Session
from qnet.network.topology import Network

__all__ = ["Pairs", "Seconds", "Stop", "checked_stop", "run"]

_REASONS = {"time": "sim-time", "events": "events", "interrupted": "interrupted", "exhausted": "exhausted"}


@dataclass(frozen=True, kw_only=True)
class Stop:
    """When to stop a run: at whichever comes first.

    Args:
        pairs: delivered pairs of each session (for pulses: clicks).
        seconds: simulated time.
        events: events of the simulation.
    """

    pairs: Positive = math.inf
    seconds: Positive = math.inf
    events: Positive = math.inf

    def __post_init__(self) -> None:
        check_fields(self)
        if math.isinf(self.pairs) and math.isinf(self.seconds) and math.isinf(self.events):
            raise InvalidArgument.of("stop", "limit pairs, seconds or events", self)
        if math.isfinite(self.pairs) and self.pairs != int(self.pairs):
            raise InvalidArgument.of("pairs", "be a whole number", self.pairs)


def checked_stop(stop: Any) -> Stop:
    """Give a limit back, or say how to write one."""
    if not isinstance(stop, Stop):
        raise InvalidArgument.of("stop", "be a qnet.Stop, such as qnet.Pairs(1000) or qnet.Seconds(0.5)", stop)
    return stop


def Pairs(count: int, *, seconds: float = math.inf) -> Stop:
    """Stop after so many pairs, or so many seconds of simulated time if they come first."""
    return Stop(pairs=count, seconds=seconds)


def Seconds(duration_s: float) -> Stop:
    """Stop after a simulated time in seconds."""
    return Stop(seconds=duration_s)


def run(
    network: Network,
    protocol: Callable[[Session], Generator[simpy.Event, Any, None]],
    *routes: Route,
    stop: Stop,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> list[Session]:
    """Run a protocol on each of some routes, all in one simulation, until all have stopped.

    Args:
        network: where.
        protocol: a generator function of a session.
        routes: one session each; routes may share nodes, but no link.
        stop: when; a session that has its pairs waits for the others.
        seed: of the simulation.
        progress: called with the share done, 0 to 1, about a hundred times.
        options: of the simulation; see `qnet.network.simulation.Simulation`.

    Returns:
        The sessions, with their `result` and `stopped_by`: "pairs", "sim-time", "events" or "interrupted".
    """
    checked_stop(stop)
    simulation = network.simulate(seed=seed, **options)
    sessions = [simulation.start(protocol, route=route) for route in routes]
    report = _reporter(progress, stop.pairs * len(sessions))
    for session in sessions:
        session.pair_limit, session.horizon_s = stop.pairs, stop.seconds
        session.on_pair = report
    ended = simulation.run(
        until_s=None if math.isinf(stop.seconds) else stop.seconds,
        max_events=None if math.isinf(stop.events) else int(stop.events),
    )
    simulation.close(_REASONS.get(ended, ended))
    return sessions


def _reporter(progress: Callable[[float], None] | None, wanted: float) -> Callable[[], None] | None:
    if progress is None or math.isinf(wanted):
        return None
    done, every = 0, max(1, int(wanted) // 100)

    def report() -> None:
        nonlocal done
        done += 1
        if done % every == 0:
            progress(min(1.0, done / wanted))

    return report
