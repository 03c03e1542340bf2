"""Hashing by Toeplitz matrices: privacy amplification, and the tags of verification.

The matrix T[i, j] = s[i - j + n - 1] of a random seed s is two-universal: two different keys of n bits get the same m
bits with probability 2^-m, whatever they are (Krawczyk, Crypto 1994, LNCS 839, 129). By the leftover hash lemma, m bits
of a key of min-entropy H are within 2^-((H - m) / 2) / 2 of uniform bits that nobody knows (Renner, quant-ph/0512258).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument
from qnet.fields import check
from qnet.keys.bits import Bits, as_bits
from qnet.rng import Stream, check_stream

__all__ = ["Length", "toeplitz_hash", "toeplitz_seed"]

Length = Annotated[int, Ge(1)]
"""A number of bits, at least one."""


def toeplitz_seed(key_bits: int, length: int, stream: Stream) -> Bits:
    """Draw the key_bits + length - 1 random bits that choose a matrix; they may be public, but not known in advance."""
    check("key_bits", key_bits, Length)
    check("length", length, Length)
    check_stream("stream", stream)
    return stream.generator.integers(0, 2, key_bits + length - 1, dtype=np.uint8)


def toeplitz_hash(key: ArrayLike, seed: ArrayLike, length: int) -> Bits:
    """Multiply the key by the Toeplitz matrix of the seed, modulo 2, and give that many bits.

    `key` has n bits, `seed` n + length - 1; more rows than bits make a longer tag, never a longer secret. One
    convolution of real numbers: its sums are whole numbers up to n, and rounding errors stay below 1e-9 for n = 10^6,
    so that their parity is exact. Raises `InvalidArgument` for anything but bits and for a seed of another length.

    >>> toeplitz_hash([1, 0, 1], [1, 0, 0, 1], 2)  # rows 0 0 1 and 1 0 0
    array([1, 1], dtype=uint8)
    """
    from scipy.fft import irfft, next_fast_len, rfft

    bits = as_bits("key", key)
    if not bits.size:
        raise InvalidArgument.of("key", "hold at least one bit", key)
    check("length", length, Length)
    chosen = as_bits("seed", seed, bits.size + length - 1)
    # Outputs from n - 1 on are not reached by what wraps around.
    size = next_fast_len(chosen.size, real=True)
    sums = irfft(rfft(bits.astype(float), size) * rfft(chosen.astype(float), size), size)
    return np.asarray(np.rint(sums[bits.size - 1 : chosen.size]).astype(np.int64) & 1, dtype=np.uint8)
