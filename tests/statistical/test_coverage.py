"""Over 200 seeds a 95 % interval must cover what is exactly known 180 to 199 times (a false alarm in 1000 runs)."""

import pytest
from qnet_protocols import bbm92
from werner import AT_ONCE, SLOT_S, chain, entropy, mean_longest_wait, qber_of

from qnet import Pairs
from qnet.experiment import Quantity

HOPS, FIDELITY, P = 2, 0.97, 0.5
QBER = qber_of(FIDELITY, HOPS)
RATE_HZ = 1 / (mean_longest_wait(HOPS, P) * SLOT_S)
EXACT = {
    "pair_rate_hz": RATE_HZ,
    "qber_z": QBER,
    "qber_x": QBER,
    "secret_fraction": 1 - 2.16 * entropy(QBER),
    "secret_key_rate_bps": RATE_HZ * (1 - 2.16 * entropy(QBER)),
    "time_to_256_bits_s": 256 / (RATE_HZ * (1 - 2.16 * entropy(QBER))) + 20 / 2e5,
}


@pytest.fixture(scope="module")
def rows() -> list:
    network = chain(HOPS, FIDELITY, P)
    return [bbm92.run(network, stop=Pairs(300), seed=seed, **AT_ONCE).row() for seed in range(200)]


@pytest.mark.parametrize("name", EXACT)
def test_an_interval_covers_as_often_as_it_says(rows: list, name: str) -> None:
    covered = sum(covers(getattr(row, name), EXACT[name]) for row in rows)
    assert 180 <= covered <= 199


def covers(quantity: Quantity, exact: float) -> bool:
    return quantity.low <= exact <= quantity.high


def test_estimates_have_no_bias(rows: list) -> None:
    for name in ("pair_rate_hz", "qber_z", "qber_x"):
        values = [getattr(row, name).value for row in rows]
        mean = sum(values) / 200
        spread = (sum((value - mean) ** 2 for value in values) / 199 / 200) ** 0.5
        assert abs(mean - EXACT[name]) < 4 * spread
