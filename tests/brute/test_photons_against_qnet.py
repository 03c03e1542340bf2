"""qnet's double-click circuit against Fock space, pattern by pattern."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.quantum.photonics import double_click, double_click_operation

from . import photons as referee
from .test_against_qnet import SAME, SHOWS, matrix_of

EXAMPLES = settings(deadline=None, derandomize=True, max_examples=25)

probability = st.floats(0.0, 1.0)
PATTERNS = list(product((0, 1), repeat=2))


def numbers(efficiency_a, efficiency_b, visibility, dark, number_resolving):
    return {
        "efficiency_a": efficiency_a,
        "efficiency_b": efficiency_b,
        "visibility": visibility,
        "dark_count_probability": dark,
        "number_resolving": number_resolving,
    }


def qnet_patterns(*given_numbers):
    """By (early, late) detector; qnet's record is early + 3 late, a digit being 1 + the detector."""
    tensors = double_click_operation(**numbers(*given_numbers)).instrument.tensor
    return {(early, late): matrix_of(tensors[1 + early + 3 * (1 + late)]) for early, late in PATTERNS}


@EXAMPLES
@given(probability, probability, probability, st.floats(0.0, 0.1), st.booleans())
def test_double_click_by_pattern(efficiency_a, efficiency_b, visibility, dark, number_resolving):
    got = qnet_patterns(efficiency_a, efficiency_b, visibility, dark, number_resolving)
    expected = referee.double_click(efficiency_a, efficiency_b, visibility, dark, number_resolving)
    assert max(np.abs(got[pattern] - expected[pattern]).max() for pattern in PATTERNS) < SAME


@EXAMPLES
@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(0.01, 0.1))
def test_wrong_models_of_light_show(efficiency_a, efficiency_b, visibility, dark):
    """The frame bit flipped, the overlap taken for its square, the other kind of detector, no dark counts."""
    got = qnet_patterns(efficiency_a, efficiency_b, visibility, dark, False)
    right = referee.double_click(efficiency_a, efficiency_b, visibility, dark)
    wrong = [
        {(early, late): right[early, 1 - late] for early, late in PATTERNS},
        referee.double_click(efficiency_a, efficiency_b, visibility**0.5, dark),
        referee.double_click(efficiency_a, efficiency_b, visibility, dark, True),
        referee.double_click(efficiency_a, efficiency_b, visibility, 0.0),
    ]
    assert all(max(np.abs(got[p] - model[p]).max() for p in PATTERNS) > SHOWS for model in wrong)


def test_herald_names_psi_plus_for_one_detector_and_psi_minus_for_two():
    given_numbers = (0.5, 0.2, 0.8, 1e-3, False)
    herald = double_click(**numbers(*given_numbers))
    right = referee.double_click(*given_numbers)
    for outcome, rho in zip(herald.outcomes, (right[0, 0] + right[1, 1], right[0, 1] + right[1, 0]), strict=True):
        assert outcome.label == (2 if rho[1, 2].real > 0 else 3)
        weighted = herald.success_probability * outcome.probability * outcome.state.density_matrix()
        assert np.abs(weighted - rho).max() < SAME
