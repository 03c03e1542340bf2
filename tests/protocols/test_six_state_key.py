"""Keys made with six states: how long they are, and when there is none."""

import math
from itertools import product

import numpy as np
import pytest
from qnet_protocols import six_state
from qnet_protocols.three_rates import Compared
from werner import SLOT_S, chain, link

from qnet import Device, InvalidArgument, Link, Network, Pairs, Seconds
from qnet.attacks import InterceptResend, MessageForgery
from qnet.experiment import KeyRun
from qnet.keys import EpsilonBudget, clopper_pearson
from qnet.quantum import Noise, Readout, State

LOOSE = 0.03
BUDGET = EpsilonBudget.even(LOOSE)


def made(network: Network, pairs: int = 3000, seed: int = 1, **options: object) -> KeyRun:
    return six_state.make_key(network, stop=Pairs(pairs), seed=seed, epsilon=LOOSE, **options)


@pytest.mark.parametrize("labels", [(0,), (3,), (1, 2), (3, 2, 1)])
def test_both_ends_hold_one_key_whatever_the_frames(labels: tuple[int, ...]) -> None:
    run = made(Network.chain([50.0] * len(labels), link=[link(label=label) for label in labels]), pairs=1500)
    assert run.keys_match
    assert run.secret_bits > 100
    assert (run.finite, run.epsilon) == (False, None)
    assert run.qber_z.value == run.qber_x.value == run.qber_y.value == 0
    assert run.to_json()["qber"].keys() == {"z", "x", "y"}


def test_key_bits_are_those_of_z_that_were_not_compared() -> None:
    run = made(chain(1, 0.98), pairs=2500)
    of_basis = np.bincount(run.observed.kinds, minlength=3)
    assert run.observed.key_bits == of_basis[0] - of_basis[1]
    assert run.sifted == of_basis.sum()
    for share, bits in zip((0.36, 0.04, 0.04), of_basis, strict=True):
        assert abs(bits - 2500 * share) < 4 * math.sqrt(2500 * share)


def worst_secret(errors: list[tuple[int, int]]) -> float:
    """The least 1 - H(p) + h(e_z) of states whose error rates lie in their intervals."""
    ranges = [np.linspace(*clopper_pearson(*each, LOOSE / 9), 12) for each in errors]
    secrets = []
    for z, x, y in product(*ranges):
        p = np.clip([1 - (x + y + z) / 2, (x + y - z) / 2, (z + y - x) / 2, (z + x - y) / 2], 1e-300, None)
        secrets.append(1 + p @ np.log2(p) - z * math.log2(z) - (1 - z) * math.log2(1 - z))
    return min(secrets)


def test_the_key_has_the_length_of_the_formula_at_the_worst_to_be_expected() -> None:
    errors = [(8, 500), (12, 500), (10, 500)]
    test = Compared(pairs=9000, key_bits=2000, errors=errors, expected_error=0.02, efficiency=1.2, budget=BUDGET)
    highest = (40 + 3 * math.sqrt(40) + 4) / 2000
    leak = -1.2 * (highest * math.log2(highest) + (1 - highest) * math.log2(1 - highest))
    expected = 2000 * (worst_secret(errors) - leak) - math.ceil(math.log2(3 / LOOSE))
    assert test.declared.key_length == pytest.approx(expected, abs=5)
    assert test.declared.leak_limit == pytest.approx(2000 * leak)
    assert test.reason is None


@pytest.mark.parametrize("fraction", [0.3, 1.0])
def test_intercepted_qubits_leave_no_key(fraction: float) -> None:
    run = made(chain(1), attack=InterceptResend(fraction=fraction))
    assert run.secret_bits == 0
    assert run.attack.noticed
    # in Z or X, as a coin says: what is measured in neither is half wrong
    assert run.qber_y.value == pytest.approx(fraction / 2, abs=0.2)
    assert run.qber_z.value == pytest.approx(fraction / 4, abs=0.1)


def test_a_forged_message_is_caught() -> None:
    run = made(chain(1), pairs=900, attack=MessageForgery())
    assert "a message was forged" in run.reason
    assert run.secret_bits == 0


def test_how_many_more_pairs_are_needed_is_said_and_right() -> None:
    short = made(chain(1, 0.99), pairs=150)
    more = int(short.reason.split("about ")[1].split()[0].replace(",", ""))
    assert made(chain(1, 0.99), pairs=2 * (150 + more)).secret_bits > 0
    assert "a longer run would not help" in made(chain(1, 0.7), pairs=600).reason
    assert made(chain(1), pairs=1).aborted


def test_what_readout_does_is_expected() -> None:
    device = Device(noise=Noise.from_numbers(readout=Readout(error_0=0.02, error_1=0.02)))
    run = made(chain(1, 0.97, hardware=device), pairs=400)
    expected = (1 - 0.96 * 0.96**2) / 2
    assert list(run.declared.values()) == pytest.approx([expected] * 3)


def test_a_key_is_made_in_the_time_there_is() -> None:
    network = Network.chain([20.0], link=Link.from_numbers(0.5, SLOT_S, State.werner(0.99)))
    run = six_state.make_key(network, stop=Seconds(0.5), seed=1, epsilon=LOOSE)
    assert run.keys_match
    assert 0.4 < run.elapsed_s <= 0.5
    with pytest.raises(InvalidArgument, match="`z_probability` must be between 0 and 1"):
        made(network, pairs=1, z_probability=-0.1)


def test_a_run_of_a_few_pairs_says_how_many_more_it_takes() -> None:
    few = Compared(
        pairs=10, key_bits=0, errors=[(0, 2), (0, 2), (0, 0)], expected_error=0.02, efficiency=1.16, budget=BUDGET
    )
    assert "wrong bits (0 of 2 in Z, 0 of 2 in X, 0 of 0 in Y)" in few.reason
    more = int(few.reason.split("about ")[1].split(" ")[0].replace(",", ""))
    assert 100 < more < 10_000
