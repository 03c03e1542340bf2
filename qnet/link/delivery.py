"""The state of a pair that a chain of links delivers, averaged over how long memories wait; no events, no chance.

The chain starts anew for each pair, and each repeater swaps as soon as both its pairs are there. Ends measure, or
freeze, their qubits when their own link is heralded; swaps always succeed; classical messages are as fast as heralds.
With two interfaces a repeater loads both links at once and the earlier qubit waits for the later; with one it makes
the link on the source's side first. How long repeaters wait is averaged exactly over the geometric laws of the two
links, and taken to be independent from one repeater to the next: exact for one repeater.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from qnet.hardware import Memory, RepeaterHardware
from qnet.link.ageing import aged
from qnet.link.device import Device, device_of, waiting_of
from qnet.link.link import Link
from qnet.quantum.pauli import Tensor
from qnet.quantum.states import BELL_TENSORS

__all__ = ["delivered", "fidelity_of"]


def delivered(hardware: RepeaterHardware, links: Sequence[Link]) -> Tensor:
    """Give the state that a chain delivers, by the Pauli frame that the ends are told.

    Args:
        hardware: of all nodes.
        links: from the source's end to the target's.

    Returns:
        Shape (4, 4, 4): for each label its probability times the Pauli tensor of the pair, no frame undone.
    """
    device = device_of(hardware)
    frames = _at_herald(links[0], device)
    for left, right in pairwise(links):
        frames = _swapped(frames, _at_herald(right, device), _waits(hardware, device, left, right), device)
    return frames


def fidelity_of(frames: Tensor) -> float:
    """Give the mean fidelity to the Bell states that the labels name.

    >>> fidelity_of(np.stack([0.25 * bell for bell in BELL_TENSORS]))
    1.0
    """
    return float(np.sum(frames * BELL_TENSORS) / 4.0)


_Wait = tuple[float, Tensor, Tensor]
"""A probability, and what it then does to the qubits on a repeater's left and right."""


def _at_herald(link: Link, device: Device) -> Tensor:
    waited_s = link.cycle_s - link.emission_s
    frames = np.zeros((4, 4, 4))
    for herald in aged(link.heralds, (device.memory, device.memory), (waited_s, waited_s)):
        frames[herald.label] += herald.probability * herald.state.tensor
    return frames


def _waits(hardware: RepeaterHardware, device: Device, left: Link, right: Link) -> tuple[_Wait, ...]:
    still = np.eye(4)
    if device.optical_interfaces == 1:
        return ((1.0, _wait(hardware, device, right), still),)
    left_first, both, right_first = _who_is_first(left, right)
    return (
        (left_first, _wait(hardware, device, right), still),
        (both, still, still),
        (right_first, still, _wait(hardware, device, left)),
    )


def _who_is_first(left: Link, right: Link) -> tuple[float, float, float]:
    """Give the chances that the left link is there first, both at once, the right one first; exact for equal slots."""
    p, q = left.success_probability, right.success_probability
    if left.cycle_s != right.cycle_s:  # as if both were tried all the time, at the rates that they have
        share = left.rate_hz / (left.rate_hz + right.rate_hz)
        return share, 0.0, 1.0 - share
    any_of_both = p + q - p * q
    return p * (1.0 - q) / any_of_both, p * q / any_of_both, q * (1.0 - p) / any_of_both


def _wait(hardware: RepeaterHardware, device: Device, other: Link) -> Tensor:
    """Give what waiting for another link does: ``sum p (1 - p)**(n - 1) M**n = p M / (1 - (1 - p) M)``, M per slot."""
    p = other.success_probability
    memory = hardware.memory if hardware.storage is None else hardware.storage.memory
    slot = np.asarray(waiting_of(memory).matrix(other.cycle_s) * _disturbance(memory)[:, None])
    mean = np.asarray(np.linalg.solve(np.eye(4) - slot + p * slot, p * slot), dtype=np.float64)
    if device.move_in is None:
        return mean
    moved = device.move_in.instrument.tensor[0].dot(device.memory.matrix(device.move_s))
    return np.asarray(mean.dot(moved))


def _disturbance(memory: Memory) -> Tensor:
    """Give the factors on a qubit's I, X, Y, Z for one entangling attempt of its neighbour: exp(-1/N) on coherences."""
    coherence = math.exp(-1.0 / memory.attempts_to_dephase)
    return np.array([1.0, coherence, coherence, 1.0])


def _swapped(left: Tensor, right: Tensor, waits: Sequence[_Wait], device: Device) -> Tensor:
    assert device.swap is not None
    frames = np.zeros((4, 4, 4))
    for weight, on_left, on_right in waits:
        for record, swap in enumerate(device.swap.instrument.tensor):
            middle = weight * on_left.T.dot(swap).dot(on_right)
            for a in range(4):
                for b in range(4):
                    frames[a ^ b ^ record] += left[a].dot(middle).dot(right[b])
    return frames
