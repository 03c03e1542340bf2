"""qnet's heralding circuits against Fock space, pattern by pattern."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.quantum.photonics import (
    double_click,
    double_click_operation,
    emitter_absorber_operation,
    single_click,
    single_click_operation,
)

from . import photons as referee
from .test_against_qnet import SAME, SHOWS, matrix_of

EXAMPLES = settings(deadline=None, derandomize=True, max_examples=25)

probability = st.floats(0.0, 1.0)
PATTERNS = list(product((0, 1), repeat=2))


def numbers(efficiency_a, efficiency_b, visibility, dark, number_resolving, double_excitation=0.0):
    return {
        "efficiency_a": efficiency_a,
        "efficiency_b": efficiency_b,
        "visibility": visibility,
        "dark_count_probability": dark,
        "number_resolving": number_resolving,
        "double_excitation_probability": double_excitation,
    }


def qnet_patterns(*given_numbers):
    """By (early, late) detector; qnet's record is early + 3 late, a digit being 1 + the detector."""
    tensors = double_click_operation(**numbers(*given_numbers)).instrument.tensor
    return {(early, late): matrix_of(tensors[1 + early + 3 * (1 + late)]) for early, late in PATTERNS}


@EXAMPLES
@given(probability, probability, probability, st.floats(0.0, 0.1), st.booleans(), probability)
def test_double_click_by_pattern(efficiency_a, efficiency_b, visibility, dark, number_resolving, double_excitation):
    given_numbers = (efficiency_a, efficiency_b, visibility, dark, number_resolving, double_excitation)
    got, expected = qnet_patterns(*given_numbers), referee.double_click(*given_numbers)
    assert difference(got, expected) < SAME


def qnet_single(alphas, efficiencies, visibility, dark, sigma=0.0, double_excitation=0.0, number_resolving=False):
    """By detector; the memories are given so that the record is 1 + the detector."""
    operation = single_click_operation(
        alpha_a=alphas[0],
        alpha_b=alphas[1],
        phase_sigma_rad=sigma,
        **numbers(*efficiencies, visibility, dark, number_resolving, double_excitation),
    )
    return {detector: matrix_of(operation.instrument.tensor[1 + detector]) for detector in (0, 1)}


def difference(got, expected):
    return max(np.abs(got[pattern] - expected[pattern]).max() for pattern in got)


two = st.tuples(probability, probability)


@EXAMPLES
@given(two, two, probability, st.floats(0.0, 0.1), st.floats(0.0, 2.0), probability, st.booleans())
def test_single_click_by_detector(alphas, efficiencies, visibility, dark, sigma, double_excitation, resolving):
    given_numbers = (alphas, efficiencies, visibility, dark, sigma, double_excitation, resolving)
    assert difference(qnet_single(*given_numbers), referee.single_click(*given_numbers)) < SAME


middle = st.floats(0.1, 0.9)


@settings(EXAMPLES, max_examples=8)
@given(st.tuples(middle, middle), st.tuples(middle, middle), middle, st.floats(0.01, 0.1), st.floats(0.2, 1.0), middle)
def test_wrong_models_of_single_click_show(alphas, efficiencies, visibility, dark, sigma, double_excitation):
    """Detectors exchanged, the overlap taken for its root, bright and dark exchanged, noise missing."""
    light = (visibility, dark, sigma, double_excitation)
    got, right = qnet_single(alphas, efficiencies, *light), referee.single_click(alphas, efficiencies, *light)
    wrong = [
        {0: right[1], 1: right[0]},
        referee.single_click(alphas, efficiencies, visibility**0.5, *light[1:]),
        {detector: rho[::-1, ::-1] for detector, rho in right.items()},
        referee.single_click(alphas, efficiencies, visibility, dark, 0.0, double_excitation),
        referee.single_click(alphas, efficiencies, visibility, dark, sigma, 0.0),
        referee.single_click(alphas, efficiencies, *light, True),
    ]
    assert min(difference(got, model) for model in wrong) > SHOWS


@EXAMPLES
@given(probability, probability, probability, probability, probability)
def test_emitter_absorber(efficiency, latch, visibility, false_latch, double_excitation):
    operation = emitter_absorber_operation(
        efficiency=efficiency,
        latch_probability=latch,
        visibility=visibility,
        false_latch_probability=false_latch,
        double_excitation_probability=double_excitation,
    )
    expected = referee.emitter_absorber(efficiency, latch, visibility, false_latch, double_excitation)
    assert np.abs(matrix_of(operation.instrument.tensor[1]) - expected).max() < SAME


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
    assert all(difference(got, model) > SHOWS for model in wrong)


def test_herald_names_psi_plus_for_one_detector_and_psi_minus_for_two():
    given_numbers = (0.5, 0.2, 0.8, 1e-3, False)
    herald = double_click(**numbers(*given_numbers))
    right = referee.double_click(*given_numbers)
    for outcome, rho in zip(herald.outcomes, (right[0, 0] + right[1, 1], right[0, 1] + right[1, 0]), strict=True):
        assert outcome.label == (2 if rho[1, 2].real > 0 else 3)
        weighted = herald.success_probability * outcome.probability * outcome.state.density_matrix()
        assert np.abs(weighted - rho).max() < SAME


def test_herald_names_psi_plus_for_a_s_detector_and_psi_minus_for_b_s():
    alphas, efficiencies = (0.3, 0.1), (0.5, 0.2)
    herald = single_click(alpha_a=0.3, alpha_b=0.1, **numbers(*efficiencies, 0.8, 1e-3, False))
    for outcome, rho in zip(
        herald.outcomes, referee.single_click(alphas, efficiencies, 0.8, 1e-3).values(), strict=True
    ):
        assert outcome.label == (2 if rho[1, 2].real > 0 else 3)
        weighted = herald.success_probability * outcome.probability * outcome.state.density_matrix()
        assert np.abs(weighted - rho).max() < SAME
