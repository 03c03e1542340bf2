"""What a node's operations do to pairs whose states are held as those of Phi+: swapping, purifying, heralding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from qnet.link import Device, Link
from qnet.planning.ageing import SIGNS, Ageing
from qnet.quantum import NOISELESS, Noise, Operation, Purification, measurement
from qnet.quantum.corrections import corrected, reframed
from qnet.quantum.pauli import Tensor

__all__ = ["corrections", "heralded", "heralds", "on_devices", "purifying", "record_maps", "swapping"]

_NOTHING = 1e-14


def heralded(link: Link, source: Device, target: Device) -> tuple[Tensor, tuple[float, ...]]:
    """Give a link's mean pair at its herald, as one near Phi+, and how likely each Bell label is."""
    mean, frames = np.zeros((4, 4)), [0.0] * 4
    for probability, state, label in heralds(link, source, target):
        mean += probability * state
        frames[label] += probability
    return mean, tuple(frames)


def heralds(link: Link, source: Device, target: Device) -> list[tuple[float, Tensor, int]]:
    """Give the pairs that a link heralds, at the herald: (probability, state as one near Phi+, its label).

    Both qubits wait from emission to herald, but for those that are measured at emission.
    """
    waited_s = link.cycle_s - link.emission_s
    ageing = Ageing(
        None if "source" in link.measured else source.memory.generator,
        None if "target" in link.measured else target.memory.generator,
    )
    aged = [ageing.aged(herald.state.tensor[..., None], waited_s)[..., 0] for herald in link.heralds]
    return [
        (herald.probability, reframed(state, herald.label), herald.label)
        for herald, state in zip(link.heralds, aged, strict=True)
    ]


def swapping(device: Device) -> Callable[[Sequence[Tensor]], Tensor]:
    """Give what a Bell measurement makes of (left pairs, right pairs), its four records put right.

    Shapes (4, 4, times); records beyond the four Bell labels are failures, and are left out.
    """
    assert device.swap is not None
    effective = device.swap_success_probability * swap_matrices(device.swap)

    def joint(pairs: Sequence[Tensor]) -> Tensor:
        left, right = pairs
        return joined(np.matmul(effective, left), right)

    return joint


def joined(rows: Tensor, right: Tensor) -> Tensor:
    """Multiply the matrices of each time: shapes (4, 4, times)."""
    total = rows[:, 0, None] * right[None, 0]
    for inner in range(1, 4):
        total += rows[:, inner, None] * right[None, inner]
    return total


def swap_matrices(swap: Operation) -> Tensor:
    """Give, for each Pauli of the source's qubit, the transposed matrix that joins the two pairs, records put right."""
    tensor = swap.instrument.tensor[:4]
    matrices: Tensor = np.einsum("ki,kjl->ilj", SIGNS, tensor)
    return matrices


def purifying(purification: Purification) -> Callable[[Sequence[Tensor]], Tensor]:
    """Give what a purification makes of its pairs when it accepts; shapes (4, 4, times)."""
    kept = purification.instrument.tensor[1].reshape(16, *(16,) * purification.pairs)

    def joint(pairs: Sequence[Tensor]) -> Tensor:
        rows = [pair.reshape(16, -1) for pair in pairs]
        live = [_live(each) for each in rows]
        product = rows[0][live[0]]
        for each, which in zip(rows[1:], live[1:], strict=True):
            product = (product[:, None] * each[which][None]).reshape(-1, product.shape[-1])
        matrix = kept[np.ix_(np.arange(16), *live)].reshape(16, -1)
        total: Tensor = (matrix @ product).reshape(4, 4, -1)
        return total

    return joint


def _live(rows: Tensor) -> NDArray[np.intp]:
    """Give which entries of a Pauli tensor are not nothing at all times; of most pairs only a few are."""
    sizes = np.abs(rows).max(axis=-1)
    return np.flatnonzero(sizes > _NOTHING * sizes.max())


def on_devices(purification: Purification, source: Device, target: Device) -> Purification:
    """Run a purification under the noise of two devices, unless it was given noise of its own."""
    plain = all(side.noise == NOISELESS for _, *sides in purification.alternatives for side in sides)
    if not plain or (source.noise == NOISELESS and target.noise == NOISELESS):
        return purification
    key = purification.digest, source.noise.digest, target.noise.digest
    if key not in _NOISY:
        _NOISY[key] = purification.with_noise(source.noise, target.noise)
    return _NOISY[key]


_NOISY: dict[tuple[str, str, str], Purification] = {}


def corrections(noise: Noise, frames: Sequence[float]) -> Tensor:
    """Give the mean noise of the gates that turn a pair of these frames into Phi+, on its first qubit, shape (4, 4).

    The turn itself is left out, for the states that are kept are turned already.
    """
    total = np.zeros((4, 4))
    for label, chance in enumerate(frames):
        if chance:
            total += chance * (SIGNS[label][:, None] * _turn(label, noise))
    return total


def _turn(label: int, noise: Noise) -> Tensor:
    key = label, noise.digest
    if key not in _TURNS:
        nothing = type(measurement(0.0).circuit)(1)
        turned = corrected(Operation(nothing, inputs=(0,), outputs=(0,), noise=noise), [label])
        _TURNS[key] = turned.instrument.tensor[0]
    return _TURNS[key]


_TURNS: dict[tuple[int, str], Tensor] = {}


def record_maps(purification: Purification) -> list[Callable[[Sequence[Tensor]], Tensor]]:
    """Give the map of each accepted pair of records apart, from tensors of shape (4, 4)."""
    if purification.digest not in _MAPS:
        _MAPS[purification.digest] = [
            _both_sides(a[first], b[second], purification.pairs)
            for _, *sides in purification.alternatives
            for a, b in [[side.instrument.tensor.reshape(side.records, 4, -1) for side in sides]]
            for first, second in np.argwhere(purification.accepted)
        ]
    return _MAPS[purification.digest]


_MAPS: dict[str, list[Callable[[Sequence[Tensor]], Tensor]]] = {}


def _both_sides(one: Tensor, two: Tensor, pairs: int) -> Callable[[Sequence[Tensor]], Tensor]:
    def joint(states: Sequence[Tensor]) -> Tensor:
        total = states[0]
        for state in states[1:]:
            total = np.multiply.outer(total, state)
        order = [2 * k for k in range(pairs)] + [2 * k + 1 for k in range(pairs)]
        matrix = total.transpose(order).reshape(4**pairs, 4**pairs)
        result: Tensor = one @ matrix @ two.T
        return result

    return joint
