import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, quantum_info
from qiskit.quantum_info import Statevector
from strategies import random_state, states

from qnet.errors import InvalidArgument, UnknownName
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


@pytest.mark.parametrize("qubits", [1, 2, 3, 4])
def test_qiskit_counts_qubits_from_the_right(qubits: int) -> None:
    state = random_state(3, qubits)
    there = state.to_qiskit()
    order = [*range(qubits)[::-1], *range(qubits, 2 * qubits)[::-1]]
    reversed_ = state.density_matrix().reshape((2,) * 2 * qubits).transpose(order)
    assert there.data == pytest.approx(reversed_.reshape(2**qubits, -1), abs=1e-15)
    assert State.from_qiskit(there).tensor == pytest.approx(state.tensor, abs=1e-14)


def test_a_circuit_of_qiskit_makes_the_state_of_the_same_qubits() -> None:
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.h(1)
    state = State.from_qiskit(Statevector(circuit))
    assert [state.tensor[3, 0, 0], state.tensor[0, 1, 0], state.tensor[0, 0, 3]] == pytest.approx([-1, 1, 1])


@pytest.mark.parametrize("qubits", [1, 2, 3, 5])
def test_ghz_is_stabilised_by_all_x_and_by_pairs_of_z(qubits: int) -> None:
    tensor = State.ghz(qubits).tensor
    assert tensor[(1,) * qubits] == pytest.approx(1)
    assert [tensor[(3, *(3 * (k == j) for j in range(qubits - 1)))] for k in range(qubits - 1)] == pytest.approx(
        [1] * (qubits - 1)
    )
    assert State.ghz(qubits).purity() == pytest.approx(1)


def test_a_graph_state_is_stabilised_by_x_at_each_vertex_and_z_around() -> None:
    ring = nx.cycle_graph(5)
    tensor = State.graph(ring.edges).tensor
    for vertex in ring:
        stabiliser = tuple(1 if k == vertex else 3 * ring.has_edge(k, vertex) for k in ring)
        assert tensor[stabiliser] == pytest.approx(1)
    assert State.graph([], qubits=2).tensor[1, 1] == pytest.approx(1)


@settings(max_examples=25)
@given(st.integers(1, 3).flatmap(states), st.integers(0, 1000))
def test_fidelity_to_any_pure_target(state: State, seed: int) -> None:
    target = np.random.default_rng(seed).normal(size=(2**state.qubits, 2)) @ [1, 1j]
    target /= np.linalg.norm(target)
    expected = (target.conj() @ state.density_matrix() @ target).real
    assert state.fidelity(target) == pytest.approx(expected, abs=1e-12)
    assert state.fidelity(State.from_vector(target)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=25)
@given(states())
def test_measures_are_those_of_qiskit(state: State) -> None:
    theirs = state.to_qiskit()
    assert state.concurrence() == pytest.approx(quantum_info.concurrence(theirs), abs=1e-6)
    assert state.entanglement_of_formation() == pytest.approx(quantum_info.entanglement_of_formation(theirs), abs=1e-6)
    assert state.negativity() == pytest.approx(quantum_info.negativity(theirs, [0]), abs=1e-9)
    assert state.entropy() == pytest.approx(quantum_info.entropy(theirs), abs=1e-9)


@settings(max_examples=10)
@given(states(3))
def test_negativity_of_any_cut(state: State) -> None:
    theirs = state.to_qiskit()
    for cut in ([0], [1], [2], [0, 2]):
        assert state.negativity(cut) == pytest.approx(quantum_info.negativity(theirs, cut), abs=1e-9)


@given(st.tuples(*[st.floats(0.01, 1.0)] * 4))
def test_hashing_bound_of_a_bell_diagonal_pair(raw: tuple[float, ...]) -> None:
    weights = np.array(raw) / sum(raw)
    expected = 1 + np.sum(weights * np.log2(weights))
    state = State.bell_diagonal(weights)
    assert state.hashing_bound() == pytest.approx(max(0, expected), abs=1e-9)
    assert state.nearest_bell() == np.argmax(state.bell_weights())
    if weights.max() >= 0.5:
        assert state.concurrence() == pytest.approx(2 * weights.max() - 1, abs=1e-7)


def test_measures_of_bell_pairs_and_of_products() -> None:
    pair, product = State.bell(2), State.from_vector([1, 0, 0, 0])
    for state, amount in ((pair, 1.0), (product, 0.0)):
        assert [state.concurrence(), state.entanglement_of_formation()] == pytest.approx([amount] * 2, abs=1e-9)
        assert [state.log_negativity(), state.hashing_bound()] == pytest.approx([amount] * 2, abs=1e-9)
    assert [pair.teleportation_fidelity(2), product.teleportation_fidelity()] == pytest.approx([1, 2 / 3])
    assert pair.chsh((0.0, math.pi / 2), (math.pi / 4, -math.pi / 4)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("state", "output"), [(State.werner(0.8), "bell"), (State.ghz(3), "city")])
def test_it_draws_itself(state: State, output: str) -> None:
    figure = state.draw(output)
    assert type(figure).__name__ == "Figure"
    towers = sum(len(axes.collections[0].get_facecolor()) for axes in figure.axes if axes.collections)
    assert output == "bell" or towers == 4 * 6  # four entries, six faces each
    if output == "bell":
        assert [patch.get_width() for patch in figure.axes[0].patches] == pytest.approx(state.bell_weights())


def test_more_arguments_are_named_when_wrong() -> None:
    with pytest.raises(InvalidArgument, match=r"`vector` must have norm 1, but is 1\.41"):
        State.from_vector([1, 1])
    with pytest.raises(InvalidArgument, match=r"`vector` must have 2\*\*n amplitudes, but is \(3,\)"):
        State.bell().fidelity([1, 0, 0])
    with pytest.raises(InvalidArgument, match="`target` must have 2 qubits, but is 3"):
        State.bell().fidelity(State.ghz(3))
    with pytest.raises(InvalidArgument, match=r"`target` must be pure; its purity, but is 0\.25"):
        State.bell().fidelity(State.werner(0.25))
    with pytest.raises(InvalidArgument, match="`qubits` must be 1 to 8, but is 9"):
        State.ghz(9)
    with pytest.raises(InvalidArgument, match=r"`edges` must join two different vertices of 2, but is \(1, 1\)"):
        State.graph([(0, 1), (1, 1)])
    with pytest.raises(InvalidArgument, match=r"`qubits` must be different ones of the state's 2, but is \(2,\)"):
        State.bell().negativity((2,))
    with pytest.raises(UnknownName, match="Unknown drawing 'town'"):
        State.bell().draw("town")
