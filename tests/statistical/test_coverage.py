"""Intervals that runs report: over 200 seeds, those of 95 % cover the exact value 180 to 199 times."""

import math
from itertools import pairwise

import pytest
from chains import ATTEMPT_S, attempt, chain, deliver, dephasing

from qnet.experiment import DeliveryCounts

SEEDS = 200
P, T2 = 0.3, 20.0  # of a link, in attempts


def counted(seed, pairs, **options):
    counts = DeliveryCounts()
    taken = deliver(chain([attempt(P)] * 2, dephasing(T2)), pairs, seed=seed, **options)
    for pair in taken:
        counts.add(pair.tick, pair.fidelity())
    counts.stop(taken[-1].tick)
    return counts


@pytest.mark.parametrize("pairs", [150, pytest.param(2000, marks=pytest.mark.validate)])
def test_rates_and_fidelities_of_two_links(pairs):
    """Longest of two waits (3-2p)/(p(2-p)); the half in the middle waits |N-M|: E[a^|N-M|] = p/(2-p) (1+qa)/(1-qa)."""
    a, q = math.exp(-1 / T2), 1 - P
    rate_hz = P * (2 - P) / (3 - 2 * P) / ATTEMPT_S
    fidelity = (1 + P / (2 - P) * (1 + q * a) / (1 - q * a)) / 2
    covered = [0, 0]
    for seed in range(SEEDS):
        counts = counted(seed, pairs, classical_delay="zero")
        for k, (quantity, exact) in enumerate([(counts.rate_hz(), rate_hz), (counts.fidelity(), fidelity)]):
            covered[k] += quantity.low <= exact <= quantity.high
    assert all(180 <= count <= 199 for count in covered), covered


def test_seeds_agree():
    """Runs with different seeds differ by less than 4 standard errors of the difference, about (high - low) / 3.92."""
    rates = [counted(seed, 400, restart="per-pair").rate_hz() for seed in range(1000, 1010)]
    for one, other in pairwise(rates):
        error = ((one.high - one.low) ** 2 + (other.high - other.low) ** 2) ** 0.5 / 3.92
        assert abs(one.value - other.value) < 4 * error
