"""Cascade on blocks of 10^5 bits: it leaks at most a tenth more than it must, and none of many blocks fails.

Without a failure in 3,000 blocks the probability of one is below 1e-3 with 95 % confidence.
"""

import numpy as np
import pytest

from qnet.keys import cascade
from qnet.rng import Purpose, Stream

BITS = 100_000
MOST = 1.10


@pytest.mark.parametrize("blocks", [20, pytest.param(3000, marks=pytest.mark.validate)])
@pytest.mark.parametrize("error_rate", [0.01, 0.02, 0.03, 0.05, 0.08])
def test_large_blocks_leak_at_most_a_tenth_more_than_they_must(error_rate: float, blocks: int) -> None:
    public, secret = (Stream(7, Purpose.POLICY, f"{what} {error_rate}") for what in ("public", "secret"))
    failures, efficiencies = 0, []
    for _ in range(blocks):
        alice = secret.generator.integers(0, 2, BITS, dtype=np.uint8)
        bob = alice ^ (secret.generator.random(BITS) < error_rate)
        reconciled = cascade(alice, bob, error_rate, public)
        failures += not np.array_equal(reconciled.key, alice)
        efficiencies.append(reconciled.efficiency(error_rate))
    assert failures == 0
    error = 4.0 * np.std(efficiencies, ddof=1) / blocks**0.5
    assert np.mean(efficiencies) + error < MOST
