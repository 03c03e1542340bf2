"""What a circuit compiles to, against matrices written by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from strategies import probabilities, random_state, readouts, states

from qnet.errors import CircuitError
from qnet.quantum import Assignment, Noise, Operation, Readout, State, bell_measurement, bell_pair, measurement, move
from qnet.quantum.aer import CALLS
from qnet.quantum.pauli import density_matrix
from qnet.quantum.program import Segment


def test_each_content_is_compiled_once() -> None:
    noise = Noise.from_numbers(two_qubit_depolarising=0.0123456)
    before = CALLS["compile"]
    first = bell_measurement(noise).instrument
    assert CALLS["compile"] == before + 1
    assert bell_measurement(Noise.from_numbers(two_qubit_depolarising=0.0123456)).instrument is first
    assert CALLS["compile"] == before + 1
    assert bell_measurement(Noise.from_numbers(two_qubit_depolarising=0.0123457)).instrument is not first


def test_bell_pair() -> None:
    assert bell_pair().instrument.tensor[0] == pytest.approx(State.bell().tensor, abs=1e-14)


def test_bell_measurement_tells_the_label() -> None:
    probabilities = [bell_measurement().instrument.branches(State.bell(label).tensor, [0, 1]) for label in range(4)]
    assert np.array(probabilities) == pytest.approx(np.eye(4), abs=1e-14)


@settings(max_examples=10)
@given(states(1), st.floats(-3.0, 3.0))
def test_measurement(state: State, angle: float) -> None:
    plus, minus = measurement(angle).instrument.branches(state.tensor, [0])
    expected = math.cos(angle) * state.tensor[3] + math.sin(angle) * state.tensor[1]
    assert plus - minus == pytest.approx(expected, abs=1e-12)
    assert plus + minus == pytest.approx(1.0, abs=1e-12)


@settings(max_examples=10)
@given(states(1))
def test_move_changes_the_qubit_and_not_the_state(state: State) -> None:
    (moved,) = move().instrument.branches(state.tensor, [0])
    assert moved == pytest.approx(state.tensor, abs=1e-12)


@settings(max_examples=10)
@given(readouts, readouts)
def test_each_qubit_is_misread_in_its_own_way(first: Readout, second: Readout) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.x(1)
    circuit.measure([0, 1], [1, 0])  # bit 0, the least significant, is qubit 1's
    operation = Operation(circuit, noise=Noise.from_numbers(readout=first, readout_of={1: second}))
    read_1 = np.array([1 - first.error_0, first.error_0])
    read_0 = np.array([second.error_1, 1 - second.error_1])
    assert operation.instrument.tensor == pytest.approx(np.outer(read_1, read_0).ravel(), abs=1e-14)


@settings(max_examples=10)
@given(probabilities, probabilities)
def test_a_measurement_in_the_middle_sees_the_state_of_that_moment(p: float, q: float) -> None:
    """The same qubit twice, with rotations in between: probabilities multiply, and the second outcome lives on."""
    circuit = QuantumCircuit(2, 2)
    circuit.ry(2 * math.asin(math.sqrt(p)), 0)
    circuit.measure(0, 0)
    circuit.ry(2 * math.asin(math.sqrt(q)), 0)
    circuit.cx(0, 1)
    circuit.measure(0, 1)
    records = Operation(circuit, outputs=(1,)).instrument.tensor
    expected = [[(1 - p) * (1 - q), p * q], [(1 - p) * q, p * (1 - q)]]
    assert records[:, 0].reshape(2, 2) == pytest.approx(np.array(expected), abs=1e-12)
    assert records[:, 3] == pytest.approx(records[:, 0] * [1, 1, -1, -1], abs=1e-12)


def test_reset_gives_a_fresh_qubit_to_either_outcome() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    circuit.reset(0)
    plus = State(np.array([1.0, 1.0, 0.0, 0.0]))
    branches = Operation(circuit, inputs=(0,), outputs=(0,)).instrument.branches(plus.tensor, [0])
    assert np.array(branches) == pytest.approx(np.array([[0.5, 0, 0, 0.5]] * 2), abs=1e-14)


def test_a_bit_measured_twice_holds_the_later_outcome() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.h(0)
    circuit.measure(1, 0)
    assert Operation(circuit).instrument.tensor.tolist() == pytest.approx([1.0, 0.0])


def test_measuring_part_of_a_state_leaves_the_rest_conditional() -> None:
    state = random_state(3, 2)
    circuit = QuantumCircuit(2, 1)
    circuit.measure(1, 0)
    branches = Operation(circuit, inputs=(0, 1), outputs=(0,)).instrument.branches(state.tensor, [0, 1])
    for value, tensor in enumerate(branches):
        block = state.density_matrix()[value::2, value::2]
        assert density_matrix(tensor) == pytest.approx(block, abs=1e-14)


def test_an_assignment_counts_over_measurements_of_different_moments() -> None:
    """Two bits of different weight, measured one after the other: merged branches must not mix their counts."""
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.ry(2 * math.asin(math.sqrt(0.3)), 0)
    circuit.measure(0, 1)
    count = Assignment(((0, 1), (1, 2)), ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 1.0, 0.5), (0.0, 0.0, 0.0, 0.5)))
    records = Operation(circuit, assignments=(count,)).instrument.tensor
    assert records == pytest.approx([0.35, 0.35 + 0.15 + 0.075, 0.075], abs=1e-14)


def test_outcomes_recorded_alike_keep_their_different_states() -> None:
    """A bit that no assignment counts: its two branches add up to the dephased state."""
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    (tensor,) = Operation(circuit, outputs=(0,), assignments=()).instrument.tensor
    assert tensor == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=1e-14)


def test_a_unitary_of_four_qubits_acts_as_it_says() -> None:
    """Aer gets it with an idle fifth qubit; see `qnet.quantum.aer`."""
    rng = np.random.default_rng(5)
    unitary = np.linalg.qr(rng.normal(size=(16, 16)) + 1j * rng.normal(size=(16, 16)))[0]
    circuit = QuantumCircuit(5)
    circuit.unitary(unitary, [3, 0, 4, 1])
    (tensor,) = Operation(circuit, outputs=(1, 4, 0, 3)).instrument.tensor
    assert density_matrix(tensor) == pytest.approx(np.outer(unitary[:, 0], unitary[:, 0].conj()), abs=1e-13)


def test_a_compilation_that_would_take_too_long_is_refused_before_it_starts() -> None:
    circuit = QuantumCircuit(10)
    for _ in range(20):
        for qubit in range(9):
            circuit.cx(qubit, qubit + 1)
    operation = Operation(circuit, outputs=tuple(range(10)))
    before = dict(CALLS)
    with pytest.raises(CircuitError, match=r"would take more than the limit of 2 s"):
        _ = operation.instrument
    assert before == CALLS


def test_a_compilation_that_would_fill_the_memory_is_refused() -> None:
    circuit = QuantumCircuit(1, 40)
    circuit.measure([0] * 40, range(40))
    with pytest.raises(CircuitError, match=r"would take more than the limit of 1 GB"):
        _ = Operation(circuit).instrument


def test_ten_qubits_may_all_be_measured() -> None:
    """A thousand outcomes of ten qubits: each branch holds what the measurements left, one number."""
    circuit = QuantumCircuit(10, 10)
    circuit.h(0)
    for qubit in range(9):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(10), range(10))
    records = Operation(circuit, noise=Noise.from_numbers(readout=Readout(error_0=0.5, error_1=0.5))).instrument
    assert records.tensor == pytest.approx(np.full(1024, 1 / 1024), abs=1e-15)


def test_what_nobody_sees_is_not_run() -> None:
    """The gate after the last measurement acts on a qubit that is thrown away; one before it does not."""
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.h(0)
    circuit.cx(0, 1)
    (part,) = Operation(circuit).segments
    assert isinstance(part, Segment)
    assert [gate.name for gate, _ in part.gates] == ["h"]


@settings(max_examples=10)
@given(states(2), st.sampled_from([0, 1]))
def test_measured_qubits_may_be_taken_up_again(state: State, first: int) -> None:
    """Only one of the two blocks of a register is kept; a gate between the two qubits needs all of it."""
    circuit = QuantumCircuit(2, 2)
    circuit.measure(first, 0)
    circuit.cx(first, 1 - first)
    circuit.measure(1 - first, 1)
    got = Operation(circuit, inputs=(0, 1)).instrument.branches(state.tensor, [0, 1])
    chances = state.density_matrix().diagonal().real.reshape(2, 2)
    chances = chances if first == 0 else chances.T
    expected = [chances[a, b ^ a] for b in (0, 1) for a in (0, 1)]
    assert got == pytest.approx(expected, abs=1e-12)
