import math

import numpy as np
import pytest
from qnet_protocols import six_state
from werner import AT_ONCE, SLOT_S, agrees, chain, link, near, qber_of

from qnet import Device, InvalidArgument, Link, Network, Pairs
from qnet.quantum import Noise, Readout, State

WEIGHTS = (0.97, 0.015, 0.005, 0.01)
"""Phi+, Phi-, Psi+, Psi-: three different error rates, e_z = 0.015, e_x = 0.025, e_y = 0.02."""
F_EC = 1.16


def network_of(weights: tuple[float, ...], probability: float = 1.0, **hardware: object) -> Network:
    pair = Link.from_numbers(probability, SLOT_S, State.bell_diagonal(weights))
    return Network.chain([10.0], link=pair, **hardware)


def rates(result: six_state.SixStateResult) -> list[float]:
    return [rate.value for rate in (result.qber_z, result.qber_x, result.qber_y)]


def closed_form(weights: tuple[float, ...], f: float = F_EC) -> float:
    """1 - H(p) + (1 - f) h(e_z), from the weights of the state."""
    p, e_z = np.array(weights), weights[2] + weights[3]
    h = -e_z * math.log2(e_z) - (1 - e_z) * math.log2(1 - e_z)
    return 1 + float(p @ np.log2(p)) + (1 - f) * h


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("labels", [(0,), (1,), (2,), (3,), (1, 2), (3, 2), (1, 2, 3)])
def test_perfect_pairs_of_any_label_make_no_errors(labels: tuple[int, ...], keep: bool) -> None:
    network = Network.chain([10.0] * len(labels), link=[link(label=label) for label in labels])
    result = six_state.run(network, stop=Pairs(90), seed=3, keep=keep)
    assert rates(result) == [0, 0, 0]


def test_each_error_shows_in_the_two_other_bases() -> None:
    for label, expected in ((1, [0, 1, 1]), (2, [1, 0, 1]), (3, [1, 1, 0])):
        wrong = Link.from_numbers(1.0, SLOT_S, State.bell(label), label=0)
        assert rates(six_state.run(Network.chain([10.0], link=wrong), stop=Pairs(60), seed=1)) == expected


@pytest.mark.parametrize("pairs", [3000, pytest.param(250_000, marks=pytest.mark.validate)])
def test_rate_is_the_formula_at_the_exact_state(pairs: int) -> None:
    result = six_state.run(network_of(WEIGHTS, 0.5), stop=Pairs(pairs), seed=4, **AT_ONCE)
    expected = closed_form(WEIGHTS) * 0.5 / SLOT_S
    assert near(result.secret_key_rate_bps, expected, 0.01 if pairs > 10_000 else 0.1, "key, bit/s")
    assert result.row().secret_key_rate_bps == result.secret_key_rate_bps
    assert result.secret_fraction.value == pytest.approx(six_state.six_state_fraction(*rates(result)))


def test_error_rates_of_a_werner_chain() -> None:
    result = six_state.run(chain(2, 0.97), stop=Pairs(1500), seed=2, **AT_ONCE)
    for differ, total in six_state.wrong_bits(result.counts).values():
        assert agrees(differ, total, qber_of(0.97, 2))


def test_readout_errors_of_both_ends_count_in_every_basis() -> None:
    device = Device(noise=Noise.from_numbers(readout=Readout(error_0=0.1, error_1=0.1)))
    result = six_state.run(network_of((1.0, 0.0, 0.0, 0.0), hardware=device), stop=Pairs(3000), seed=5)
    for wrong, total in six_state.wrong_bits(result.counts).values():
        assert agrees(wrong, total, 2 * 0.1 * 0.9)


def test_bases_are_chosen_as_asked() -> None:
    result = six_state.run(chain(1), stop=Pairs(2000), seed=6, z_probability=0.8)
    counted = {name: total for name, (_, total) in six_state.wrong_bits(result.counts).items()}
    for name, share in (("z", 0.64), ("x", 0.01), ("y", 0.01)):
        assert agrees(counted[name], 2000, share)


def test_before_all_bases_were_seen_nothing_is_claimed() -> None:
    result = six_state.run(chain(1), stop=Pairs(30), seed=1, z_probability=1.0)
    assert result.qber_x is result.qber_y is result.secret_fraction is None
    assert (result.secret_key_rate_bps.value, result.secret_key_rate_bps.low) == (0, 0)
    assert "QBER z 0" in str(result)
    with pytest.raises(InvalidArgument, match="`z_probability` must be between 0 and 1"):
        six_state.run(chain(1), stop=Pairs(1), z_probability=1.5)
