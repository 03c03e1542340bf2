"""Chains to set in motion, and what tests want to know of a run."""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence

import numpy as np

from qnet.link import Device, Link
from qnet.network.entangled import Entangled
from qnet.network.pair import Pair
from qnet.network.simulation import Simulation
from qnet.network.topology import Network
from qnet.quantum import State, Waiting

MANY = 20_000_000
"""Events after which a test gives up."""
ATTEMPT_S = 1e-3
"""One attempt of the links below: a unit of time that the delays of a few kilometres do not reach."""


def attempt(probability: float, state: State | None = None, **numbers: object) -> Link:
    """A link whose qubits are as old as its herald, so that what waits before the herald does not age."""
    plain = Link.from_numbers(probability, ATTEMPT_S, State.bell() if state is None else state)
    settings = {"cycle_s": ATTEMPT_S, "emission_s": ATTEMPT_S, "detection_s": ATTEMPT_S, **numbers}
    return Link(success_probability=probability, heralds=plain.heralds, **settings)


def chain(links: Sequence[Link], device: Device | None = None, length_km: float | Sequence[float] = 1.0) -> Network:
    """Nodes n0, n1, ...; one length for all spans, or one for each."""
    lengths = length_km if isinstance(length_km, Sequence) else [length_km] * len(links)
    return Network.chain(lengths, link=list(links), hardware=device or Device())


def dephasing(t2_in_attempts: float) -> Device:
    return Device(memory=Waiting.from_t1_t2(t2_s=t2_in_attempts * ATTEMPT_S))


def take(simulation: Simulation, source: str, target: str, pairs: int, *, keep: bool = False) -> list[Pair]:
    """Run until so many pairs have come, and give them as they were when they came."""
    taken: list[Pair] = []

    def protocol(session):
        session.request(pairs=pairs, keep=keep)
        while len(taken) < pairs:
            taken.append((yield session.next_pair()))
            taken[-1].release()

    simulation.start(protocol, source, target)
    assert simulation.run(max_events=MANY) == "done"
    return taken


def deliver(network: Network, pairs: int, *, keep: bool = False, **options: object) -> list[Pair]:
    """Pairs between the ends of a chain."""
    source, target = network.default_ends
    return take(network.simulate(**options), source, target, pairs, keep=keep)


def actions(network: Network, pairs: int, *, keep: bool = False, **options: object) -> list[tuple]:
    """All classical actions until so many pairs have come."""
    seen: list[tuple] = []
    options["observer"] = lambda *action: seen.append(action)
    deliver(network, pairs, keep=keep, **options)
    return seen


def live_states() -> int:
    """How many entangled states exist in this process."""
    gc.collect()
    return sum(isinstance(thing, Entangled) for thing in gc.get_objects())


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean of independent values, and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))
