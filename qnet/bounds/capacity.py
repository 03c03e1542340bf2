"""What no protocol can exceed over lossy channels: secret bits per use of one optical mode."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check

__all__ = ["chain_bits_per_use", "plob_bits_per_use", "tgw_bits_per_use"]


def plob_bits_per_use(transmission: float) -> float:
    """Give the secret-key capacity of a pure-loss channel without repeater; infinite for a perfect one.

    -log2(1 - eta) (Pirandola, Laurenza, Ottaviani and Banchi, Nat. Commun. 8, 15043 (2017), arXiv:1510.08863).

    >>> round(plob_bits_per_use(0.01), 6)
    0.0145
    """
    check("transmission", transmission, Probability)
    return math.inf if transmission == 1.0 else -math.log1p(-transmission) / math.log(2)


def tgw_bits_per_use(transmission: float) -> float:
    """Give the older and weaker bound on the same channel.

    log2((1 + eta) / (1 - eta)) (Takeoka, Guha and Wilde, Nat. Commun. 5, 5235 (2014), arXiv:1504.06390).

    >>> round(tgw_bits_per_use(0.01), 6)
    0.028855
    """
    check("transmission", transmission, Probability)
    return math.inf if transmission == 1.0 else 2.0 * math.atanh(transmission) / math.log(2)


def chain_bits_per_use(transmissions: Sequence[float]) -> float:
    """Give the capacity of a chain of ideal repeaters: that of its weakest span, whose transmissions are given.

    min over spans of -log2(1 - eta) (Pirandola, Commun. Phys. 2, 51 (2019), arXiv:1601.00966).

    >>> chain_bits_per_use([0.5, 0.75])
    1.0
    """
    if len(transmissions) == 0:
        raise InvalidArgument.of("transmissions", "hold at least one span", transmissions)
    return min(plob_bits_per_use(transmission) for transmission in transmissions)
