import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.quantum import State
from qnet.quantum.photonics import Herald, double_click

probabilities = st.floats(0.0, 1.0)


def herald_of(efficiency: float, **others: object) -> Herald:
    numbers = {"visibility": 1.0, "dark_count_probability": 0.0} | others
    return double_click(efficiency_a=efficiency, efficiency_b=efficiency, **numbers)


@pytest.mark.parametrize("resolving", [False, True])
def test_without_noise_every_pair_is_perfect_whatever_is_lost(resolving: bool) -> None:
    for efficiency, success in ((1.0, 0.5), (0.1, 0.005)):
        herald = herald_of(efficiency, number_resolving=resolving)
        assert herald.fidelity == pytest.approx(1.0, abs=1e-12)
        assert herald.success_probability == pytest.approx(success, rel=1e-12)


def test_success_falls_with_the_transmission_from_end_to_end() -> None:
    """The transmission is that of both arms; each is its root."""
    rates = [herald_of(math.sqrt(transmission)).success_probability for transmission in (1e-2, 1e-4)]
    assert rates[0] / rates[1] == pytest.approx(100.0, rel=1e-9)


def test_dark_counts_alone_herald_two_mixed_memories() -> None:
    for outcome in herald_of(0.0, dark_count_probability=1e-3).outcomes:
        assert outcome.state.tensor == pytest.approx(State.bell_diagonal([0.25] * 4).tensor, abs=1e-14)
        assert outcome.fidelity == pytest.approx(0.25, abs=1e-14)


def test_a_memory_that_always_emits_twice_tells_in_which_bin() -> None:
    """What is left of Psi+ and Psi- is their even mixture; that they differ is known still."""
    herald = herald_of(0.3, double_excitation_probability=1.0)
    for outcome in herald.outcomes:
        assert outcome.state.bell_weights() == pytest.approx((0.0, 0.0, 0.5, 0.5), abs=1e-12)


@settings(max_examples=8)
@given(probabilities, probabilities, probabilities, probabilities, probabilities, st.booleans())
def test_states_are_states_and_probabilities_are_probabilities(
    efficiency_a: float, efficiency_b: float, visibility: float, dark: float, twice: float, resolving: bool
) -> None:
    herald = double_click(
        efficiency_a=efficiency_a,
        efficiency_b=efficiency_b,
        visibility=visibility,
        dark_count_probability=dark,
        double_excitation_probability=twice,
        number_resolving=resolving,
    )
    assert 0.0 <= herald.success_probability <= 1.0
    for outcome in herald.outcomes:
        rho = outcome.state.density_matrix()
        assert np.trace(rho).real == pytest.approx(1.0, abs=1e-12)
        assert np.linalg.eigvalsh(rho).min() > -1e-9


def test_a_probability_of_emitting_twice_above_one_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="`double_excitation_probability` must be at most 1"):
        herald_of(0.1, double_excitation_probability=1.1)
