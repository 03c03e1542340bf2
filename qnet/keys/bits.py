"""Strings of bits: arrays of 0 and 1, checked once where they enter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qnet.errors import InvalidArgument

__all__ = ["Bits", "as_bits", "locked"]

Bits = NDArray[np.uint8]
"""A one-dimensional array of 0 and 1."""


def as_bits(name: str, bits: ArrayLike, length: int | None = None) -> Bits:
    """Copy to an array of bits; `InvalidArgument` for another shape, another length, or anything but 0 and 1.

    >>> as_bits("key", [0, 1, 1])
    array([0, 1, 1], dtype=uint8)
    """
    given = np.asarray(bits)
    if given.ndim != 1 or (given.size and not (given.dtype.kind in "bui" and 0 <= given.min() <= given.max() <= 1)):
        raise InvalidArgument.of(name, "be a one-dimensional array of 0 and 1", bits)
    if length is not None and given.size != length:
        raise InvalidArgument.of(name, f"have {length} bits", given.size)
    return given.astype(np.uint8)


def locked(bits: Bits) -> Bits:
    """Make an array read-only and give it back."""
    bits.flags.writeable = False
    return bits
