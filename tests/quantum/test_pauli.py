import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_state

from qnet.quantum.pauli import PAULIS, density_matrix, pauli_tensor


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 4))
def test_round_trip(seed: int, qubits: int) -> None:
    tensor = random_state(seed, qubits).tensor
    assert pauli_tensor(density_matrix(tensor)) == pytest.approx(tensor, abs=1e-14)


def test_the_left_factor_is_the_first_axis() -> None:
    rho = np.kron(np.diag([0.7, 0.3]), np.diag([1.0, 0.0])).astype(complex)
    tensor = pauli_tensor(rho)
    assert tensor[3, 0] == pytest.approx(0.4)
    assert tensor[0, 3] == pytest.approx(1.0)


def test_entries_are_expectation_values() -> None:
    state = random_state(7, 3)
    observable = np.kron(np.kron(PAULIS[1], PAULIS[2]), PAULIS[3])
    assert state.tensor[1, 2, 3] == pytest.approx(np.trace(state.density_matrix() @ observable).real, abs=1e-14)
