"""Ageing in the bases of the generators equals matrices of waiting."""

import numpy as np
import pytest

from qnet.planning.ageing import CERTAIN, EVEN, Ageing
from qnet.quantum import State, Waiting

WARM = Waiting.from_t1_t2(t1_s=3.0, t2_s=2.0, excited_population=0.1)
PAULI = Waiting.from_pauli_rates(0.1, 0.0, 0.3)
PAIR = State.werner(0.9).tensor


@pytest.mark.parametrize("memories", [(WARM, PAULI), (PAULI, WARM), (WARM, WARM), (None, WARM), (WARM, None)])
def test_a_pair_ages_as_its_memories_do(memories) -> None:
    waited = [np.eye(4) if memory is None else memory.matrix(0.7) for memory in memories]
    ageing = Ageing(*(None if memory is None else memory.generator for memory in memories))
    expected = waited[0] @ PAIR @ waited[1].T
    assert ageing.aged_one(PAIR, 0.7) == pytest.approx(expected)
    assert ageing.aged(PAIR[..., None], 0.7)[..., 0] == pytest.approx(expected)


def test_swapped_pairs_relax_as_the_mean_over_frames() -> None:
    states = [State.bell(label).tensor for label in range(4)]
    signs = [state.diagonal() * states[0].diagonal() for state in states]
    waited = WARM.matrix(0.7)
    mean = np.mean([s[:, None] * (waited @ b @ waited.T) for s, b in zip(signs, states, strict=True)], axis=0)
    swapped = Ageing(WARM.generator, WARM.generator, EVEN).aged_one(states[0], 0.7)
    assert swapped == pytest.approx(mean)
    assert Ageing(WARM.generator, WARM.generator, CERTAIN).aged_one(states[0], 0.7) != pytest.approx(mean)


@pytest.mark.parametrize("window", [None, (4, 0.0), (4, 0.3), (0, 0.0)])
def test_gathering_sums_all_that_came_before(window) -> None:
    ageing = Ageing(WARM.generator, PAULI.generator)
    values = PAIR[..., None] * np.linspace(1.0, 2.0, 12)
    got = ageing.gathered(values, 0.2, window)[..., -1]
    weight = lambda n: 1.0 if window is None or n <= window[0] else window[1] * (n == window[0] + 1)  # noqa: E731
    expected = sum(weight(n) * ageing.aged_one(values[..., 11 - n], 0.2 * n) for n in range(1, 12))
    assert got == pytest.approx(expected)


def test_a_random_wait_is_the_mean_of_waits() -> None:
    ageing = Ageing(WARM.generator, WARM.generator)
    times, weights = np.array([0.1, 0.9]), np.array([0.25, 0.75])
    expected = sum(w * ageing.aged_one(PAIR, t) for w, t in zip(weights, times, strict=True))
    assert ageing.after_random(PAIR, weights, times) == pytest.approx(expected)
