import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.quantum.photonics import Herald, single_click

probabilities = st.floats(0.0, 1.0)


def herald_of(alpha: float, efficiency: float, **others: object) -> Herald:
    numbers = {"visibility": 1.0, "dark_count_probability": 0.0} | others
    return single_click(alpha_a=alpha, alpha_b=alpha, efficiency_a=efficiency, efficiency_b=efficiency, **numbers)


@pytest.mark.parametrize("alpha", [0.01, 0.3, 0.9])
def test_perfect_detectors_that_count_make_perfect_pairs_of_any_brightness(alpha: float) -> None:
    """Two photons leave together and are counted as two, so that one count means one bright memory."""
    herald = herald_of(alpha, 1.0, number_resolving=True)
    assert herald.fidelity == pytest.approx(1.0, abs=1e-12)
    assert herald.success_probability == pytest.approx(2 * alpha * (1 - alpha), rel=1e-12)


def test_threshold_detectors_make_perfect_pairs_of_dim_memories_only() -> None:
    assert herald_of(1e-9, 1.0).fidelity == pytest.approx(1.0, abs=1e-8)
    assert herald_of(0.3, 1.0).fidelity == pytest.approx(2 * 0.7 / (2 * 0.7 + 0.3), rel=1e-12)


@pytest.mark.parametrize("resolving", [False, True])
def test_dark_counts_alone_herald_the_product_of_the_memories(resolving: bool) -> None:
    dark = herald_of(0.2, 0.0, visibility=0.9, dark_count_probability=1e-3, number_resolving=resolving)
    assert dark.success_probability == pytest.approx(2e-3 * (1 - 1e-3), rel=1e-12)
    for outcome in dark.outcomes:
        memory = np.diag([0.8, 0.2])
        assert outcome.state.density_matrix() == pytest.approx(np.kron(memory, memory), abs=1e-14)
        assert outcome.fidelity == pytest.approx(0.2 * 0.8, rel=1e-12)


def test_success_falls_with_the_root_of_the_transmission_from_end_to_end() -> None:
    """The transmission is that of both arms; each is its root."""
    rates = [herald_of(0.05, math.sqrt(transmission)).success_probability for transmission in (1e-6, 1e-8)]
    assert rates[0] / rates[1] == pytest.approx(10.0, rel=1e-3)


def test_unequal_arms_are_balanced_by_the_brightness_of_the_memories() -> None:
    """Where alpha eta is the same, a photon says nothing about whose it was, up to what is bright twice."""
    numbers = {"efficiency_a": 0.02, "efficiency_b": 0.01, "visibility": 1.0, "dark_count_probability": 0.0}
    balanced = single_click(alpha_a=0.01, alpha_b=0.02, **numbers)
    assert balanced.fidelity == pytest.approx(1 - 0.015, abs=1e-3)
    assert single_click(alpha_a=0.01, alpha_b=0.01, **numbers).fidelity < 0.97


@settings(max_examples=20)
@given(
    *[probabilities] * 4,
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 4.0),
    probabilities,
    st.booleans(),
)
def test_states_are_states_and_probabilities_are_probabilities(
    alpha_a: float,
    alpha_b: float,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark: float,
    sigma: float,
    twice: float,
    resolving: bool,
) -> None:
    herald = single_click(
        alpha_a=alpha_a,
        alpha_b=alpha_b,
        efficiency_a=efficiency_a,
        efficiency_b=efficiency_b,
        visibility=visibility,
        dark_count_probability=dark,
        phase_sigma_rad=sigma,
        double_excitation_probability=twice,
        number_resolving=resolving,
    )
    assert 0.0 <= herald.success_probability <= 1.0
    for outcome in herald.outcomes:
        rho = outcome.state.density_matrix()
        assert np.trace(rho).real == pytest.approx(1.0, abs=1e-12)
        assert np.linalg.eigvalsh(rho).min() > -1e-9


@pytest.mark.parametrize(
    "name",
    ["alpha_a", "alpha_b", "efficiency_a", "efficiency_b", "visibility", "double_excitation_probability"],
)
def test_the_argument_that_is_no_probability_is_named(name: str) -> None:
    good = dict.fromkeys(("alpha_a", "alpha_b", "efficiency_a", "efficiency_b", "visibility"), 0.5)
    for bad in (-0.1, 1.3, float("nan")):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
            single_click(**good | {"dark_count_probability": 0.0, name: bad})


def test_a_negative_spread_of_the_phase_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="`phase_sigma_rad` must be at least 0"):
        herald_of(0.1, 0.1, phase_sigma_rad=-0.1)


def test_equal_numbers_are_compiled_once() -> None:
    assert herald_of(0.123, 0.4) is herald_of(0.123, 0.4)
