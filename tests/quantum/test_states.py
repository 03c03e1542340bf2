import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_state, states

from qnet.errors import InvalidArgument
from qnet.quantum import BELL_NAMES, State
from qnet.quantum.pauli import PAULIS

VECTORS = {
    "Phi+": [1, 0, 0, 1],
    "Phi-": [1, 0, 0, -1],
    "Psi+": [0, 1, 1, 0],
    "Psi-": [0, 1, -1, 0],
}


@pytest.mark.parametrize("label", range(4))
def test_bell_states_are_the_textbook_ones(label: int) -> None:
    vector = np.array(VECTORS[BELL_NAMES[label]]) / math.sqrt(2)
    assert State.bell(label).density_matrix() == pytest.approx(np.outer(vector, vector), abs=1e-15)
    assert State.bell(label).bell_weights() == tuple(float(k == label) for k in range(4))


@given(st.floats(0.0, 1.0))
def test_werner(fidelity: float) -> None:
    state = State.werner(fidelity)
    expected = (4 * fidelity - 1) / 3 * State.bell().density_matrix() + (1 - fidelity) / 3 * np.eye(4)
    assert state.density_matrix() == pytest.approx(expected, abs=1e-12)
    assert state.fidelity() == pytest.approx(fidelity, abs=1e-12)


@settings(max_examples=25)
@given(states())
def test_measures_are_those_of_the_density_matrix(state: State) -> None:
    rho = state.density_matrix()
    assert state.purity() == pytest.approx(np.trace(rho @ rho).real)
    assert sum(state.bell_weights()) == pytest.approx(1.0)
    for label, name in enumerate(BELL_NAMES):
        vector = np.array(VECTORS[name]) / math.sqrt(2)
        assert state.fidelity(label) == pytest.approx((vector @ rho @ vector).real, abs=1e-12)
    assert State.from_density_matrix(rho).tensor == pytest.approx(state.tensor, abs=1e-14)


@settings(max_examples=25)
@given(states())
def test_error_rates_are_those_of_the_outcomes(state: State) -> None:
    differ = state.density_matrix()[1, 1] + state.density_matrix()[2, 2]
    assert state.qber("z") == pytest.approx(differ.real, abs=1e-12)
    assert state.qber("z", label=2) == pytest.approx(1 - differ.real, abs=1e-12)
    weights = state.bell_weights()
    assert state.qber("x") == pytest.approx(weights[1] + weights[3], abs=1e-12)
    assert state.qber("y") == pytest.approx(weights[1] + weights[2], abs=1e-12)


@settings(max_examples=25)
@given(states(), st.floats(-4.0, 4.0), st.floats(-4.0, 4.0))
def test_correlation(state: State, a: float, b: float) -> None:
    observable_a, observable_b = (math.cos(t) * PAULIS[3] + math.sin(t) * PAULIS[1] for t in (a, b))
    expected = np.trace(state.density_matrix() @ np.kron(observable_a, observable_b)).real
    assert state.correlation(a, b) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=25)
@given(states(), st.tuples(*[st.floats(-4.0, 4.0)] * 4))
def test_no_setting_beats_the_largest_chsh_value(state: State, angles: tuple[float, ...]) -> None:
    a, a2, b, b2 = angles
    e = state.correlation
    assert abs(e(a, b) + e(a, b2) + e(a2, b) - e(a2, b2)) <= state.chsh_max() + 1e-12


def test_the_content_is_read_only_and_has_a_digest() -> None:
    state = State.werner(0.9)
    with pytest.raises(ValueError, match="read-only"):
        state.tensor[0, 0] = 2.0
    assert state.digest == State.werner(0.9).digest
    assert state.digest != State.werner(0.8).digest


def test_it_prints_its_bell_weights() -> None:
    assert str(State.werner(0.7)) == "State(Phi+ 0.7000, Phi- 0.1000, Psi+ 0.1000, Psi- 0.1000)"
    assert str(random_state(1, 3, rank=1)) == "State(3 qubits, purity 1.0000)"


@pytest.mark.parametrize(
    ("rho", "message"),
    [
        (np.diag([0.5, 0.6]), r"`state` must have trace 1, but is 1\.1"),
        (np.diag([1.1, -0.1]), "`state` must be positive; its lowest eigenvalue, but is -0.1"),
        (np.array([[0.5, 0.1], [0.0, 0.5]]), r"`rho` must be Hermitian; its largest deviation, but is"),
        (np.eye(3) / 3, r"`rho` must be a square matrix of side 2\*\*n, but is \(3, 3\)"),
        (np.diag([math.nan, 1.0]), "must"),
    ],
)
def test_no_other_matrix_is_a_state(rho: np.ndarray, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        State.from_density_matrix(rho)


def test_arguments_are_named_when_wrong() -> None:
    with pytest.raises(InvalidArgument, match=r"`tensor` must have shape \(4,\) \* n"):
        State(np.ones((4, 2)))
    with pytest.raises(InvalidArgument, match="`label` must be 0, 1, 2 or 3, but is 4"):
        State.bell(4)
    with pytest.raises(InvalidArgument, match=r"`fidelity` must be at most 1, but is 1\.2"):
        State.werner(1.2)
    with pytest.raises(InvalidArgument, match="`weights` must be four numbers"):
        State.bell_diagonal([0.5, 0.5])
    with pytest.raises(InvalidArgument, match="`basis` must be 'x', 'y' or 'z', but is 'w'"):
        State.bell().qber("w")
    with pytest.raises(InvalidArgument, match="must have two qubits for this measure, but is 3"):
        random_state(1, 3).fidelity()
