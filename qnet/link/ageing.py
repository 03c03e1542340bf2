"""Heralded states some time later: what two memories do to them while they wait."""

from __future__ import annotations

from dataclasses import replace

from qnet.quantum import State, Waiting
from qnet.quantum.photonics import HeraldedState

__all__ = ["aged"]


def aged(
    heralds: tuple[HeraldedState, ...], memories: tuple[Waiting, Waiting], waited_s: tuple[float, float]
) -> tuple[HeraldedState, ...]:
    """Give the heralded states after their qubits have waited (seconds; source's, then target's) in two memories.

    >>> pair = HeraldedState(probability=1.0, state=State.bell(0), label=0)
    >>> memory = Waiting.from_t1_t2(t2_s=1.0)
    >>> round(aged((pair,), (memory, memory), (0.5, 0.5))[0].fidelity, 6)  # (1 + exp(-1)) / 2
    0.68394
    """
    first, second = (memory.matrix(time) for memory, time in zip(memories, waited_s, strict=True))
    return tuple(replace(herald, state=State(first.dot(herald.state.tensor).dot(second.T))) for herald in heralds)
