"""Heralded pairs drawn in bulk, where nothing happens between them that would need events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Count, check
from qnet.link.link import Link
from qnet.rng import Stream

__all__ = ["sample"]

_LEAST = 1e-16
"""Below, numbers of attempts would not fit into 64 bits."""


def sample(link: Link, pairs: int, stream: Stream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw what it took to make so many pairs one after the other, and what each herald said.

    Attempts follow the geometric law on {1, 2, ...}, ``P(n) = p (1 - p)**(n - 1)``; they are independent of the herald.

    Args:
        link: what is attempted.
        pairs: how many pairs.
        stream: of random numbers, used for whole arrays; do not draw single numbers from it as well.

    Returns:
        For each pair its number of attempts, and the place of its herald in `link.heralds`.

    Raises:
        InvalidArgument: the number of pairs is none, or attempts succeed so seldom that they could not be counted.

    >>> from qnet.quantum import State
    >>> from qnet.rng import Purpose, Stream
    >>> link = Link.from_numbers(0.01, 1e-4, State.werner(0.95))
    >>> attempts, heralds = sample(link, 1_000_000, Stream(7, Purpose.GENERATION, "a|b"))
    >>> round(float(attempts.mean())), heralds.max()
    (100, np.int64(0))
    """
    check("pairs", pairs, Count)
    if link.success_probability < _LEAST:
        raise InvalidArgument.of("link", f"succeed with at least {_LEAST:g} per attempt to be sampled", link)
    attempts = stream.generator.geometric(link.success_probability, int(pairs))
    ends = np.cumsum([herald.probability for herald in link.heralds])
    heralds = np.searchsorted(ends[:-1], stream.generator.random(int(pairs)), side="right")
    return attempts, heralds
