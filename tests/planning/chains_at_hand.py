"""Chains for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence

from qnet.link import Device, Link
from qnet.planning import Chain
from qnet.quantum import Noise, State, Waiting, bell_measurement

SLOT_S = 1e-4
NOISE = Noise.from_numbers(two_qubit_depolarising=0.01, one_qubit_depolarising=0.002)


def link(probability: float = 0.1, fidelity: float = 0.97, cycle_s: float = SLOT_S) -> Link:
    return Link.from_numbers(probability, cycle_s, State.werner(fidelity))


def device(t2_s: float = 20e-3, **more: object) -> Device:
    settings = {"memory": Waiting.from_t1_t2(t1_s=2.5 * t2_s, t2_s=t2_s), "optical_interfaces": 16, **more}
    return Device(**settings)


def noisy(t2_s: float = 20e-3) -> Device:
    """Gates and readouts that take time and make errors."""
    return device(t2_s, noise=NOISE, swap=bell_measurement(NOISE), swap_s=3e-5, measurement_s=2e-5)


def chain(hops: int, node: Device | None = None, links: Sequence[Link] = (), delay_s: float = SLOT_S) -> Chain:
    return Chain.of(list(links) or [link()] * hops, node or device(), delays_s=delay_s)
