"""The heralding circuit against creation operators in Fock space, plain NumPy."""

import numpy as np
import pytest
from brute.photons import double_click as referee
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.quantum.photonics import double_click

probabilities = st.floats(0.0, 1.0)


@settings(max_examples=8)
@given(probabilities, probabilities, probabilities, probabilities, st.booleans())
def test_double_click(eta_a: float, eta_b: float, v: float, dark: float, resolving: bool) -> None:
    herald = double_click(
        efficiency_a=eta_a,
        efficiency_b=eta_b,
        visibility=v,
        dark_count_probability=dark,
        number_resolving=resolving,
    )
    patterns = referee(eta_a, eta_b, v, dark, resolving)
    expected = {2: patterns[0, 0] + patterns[1, 1], 3: patterns[0, 1] + patterns[1, 0]}
    got = {label: np.zeros((4, 4)) for label in expected} | {
        outcome.label: herald.success_probability * outcome.probability * outcome.state.density_matrix()
        for outcome in herald.outcomes
    }
    for label, rho in expected.items():
        assert got[label] == pytest.approx(rho, rel=1e-9, abs=1e-14)
