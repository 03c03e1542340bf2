"""Circuits that decide on what they measured, against matrices written by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr, types
from strategies import noises, random_state, readouts, states

from qnet.errors import CircuitError
from qnet.quantum import NOISELESS, Assignment, GateNoise, Noise, Operation, Readout, State, measurement
from qnet.quantum.pauli import density_matrix

X = np.array([[0, 1], [1, 0]])
Z = np.diag([1, -1])


def teleportation(noise: Noise = NOISELESS) -> Operation:
    """From qubit 0 over the pair of 1 and 2, which is an input too; bit 0 is the phase, bit 1 the parity."""
    circuit = QuantumCircuit(3, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    return Operation(circuit, inputs=(0, 1, 2), outputs=(2,), noise=noise)


@settings(max_examples=10)
@given(states(1))
def test_teleportation_is_the_identity(state: State) -> None:
    joint = np.multiply.outer(state.tensor, State.bell().tensor)
    for tensor in teleportation().instrument.branches(joint, [0, 1, 2]):
        assert tensor == pytest.approx(state.tensor / 4, abs=1e-12)


@settings(max_examples=10)
@given(states(1), states(2), readouts, readouts)
def test_corrections_follow_the_misread_bits(state: State, pair: State, phase: Readout, parity: Readout) -> None:
    """For true bits (z, x): <B_zx| on the first two, then Z^z' X^x' for the recorded bits z', x'."""
    noise = Noise.from_numbers(readout_of={0: phase, 1: parity})
    rho = np.kron(state.density_matrix(), pair.density_matrix()).reshape(4, 2, 4, 2)
    joint = np.multiply.outer(state.tensor, pair.tensor)
    got = teleportation(noise).instrument.branches(joint, [0, 1, 2])
    for record, tensor in enumerate(got):
        z_read, x_read = record & 1, record >> 1
        expected = np.zeros((2, 2), complex)
        for z, x in np.ndindex(2, 2):
            bell = (np.kron(np.eye(2), np.linalg.matrix_power(X, x)) @ [1, 0, 0, (-1) ** z]) / math.sqrt(2)
            true = np.einsum("a,abcd,c->bd", bell, rho, bell)
            fix = np.linalg.matrix_power(Z, z_read) @ np.linalg.matrix_power(X, x_read)
            chance = phase.matrix[z_read][z] * parity.matrix[x_read][x]
            expected += chance * fix @ true @ fix.T
        assert density_matrix(tensor) == pytest.approx(expected, abs=1e-12)


def test_a_misread_bit_is_misread_once() -> None:
    """The record and the correction agree: what was read as 1 was flipped."""
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    noise = Noise.from_numbers(readout=Readout(error_0=0.1, error_1=0.3))
    zero, one = Operation(circuit, inputs=(0,), outputs=(0,), noise=noise).instrument.branches(np.ones(4), [0])
    mixed = np.array([0.5, 0.0, 0.0, 0.5])  # of the input's diagonal: here <Z> = 1, so it was 0
    assert zero == pytest.approx(2 * 0.9 * mixed, abs=1e-14)
    assert one == pytest.approx(2 * 0.1 * mixed * [1, 1, 1, -1], abs=1e-14)


def count_to(value: int, build: Callable[[QuantumCircuit, ClassicalRegister], None]) -> float:
    """Prepare a register of two bits holding `value`, and give the probability that `build` sets qubit 2."""
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(3), register)
    for bit in range(2):
        if value >> bit & 1:
            circuit.x(bit)
        circuit.measure(bit, bit)
    build(circuit, register)
    tensors = Operation(circuit, outputs=(2,)).instrument.tensor
    return float((1.0 - tensors.sum(axis=0)[3]) / 2.0)


@pytest.mark.parametrize("value", range(4))
def test_switch_takes_the_case_that_names_the_value(value: int) -> None:
    def build(circuit: QuantumCircuit, register: ClassicalRegister) -> None:
        with circuit.switch(register) as case:
            with case(0, 3):
                circuit.x(2)
            with case(1):
                circuit.ry(2 * math.asin(math.sqrt(0.25)), 2)
            with case(case.DEFAULT):
                circuit.ry(2 * math.asin(math.sqrt(0.5)), 2)

    assert count_to(value, build) == pytest.approx([1.0, 0.25, 0.5, 1.0][value], abs=1e-12)


@pytest.mark.parametrize("value", range(4))
@pytest.mark.parametrize(
    ("make", "law"),
    [
        (lambda c: expr.cast(expr.bit_not(c), types.Bool()), lambda v: v != 3),
        (lambda c: expr.less(c, 2), lambda v: v < 2),
        (lambda c: expr.equal(expr.bit_xor(c, 3), 1), lambda v: v ^ 3 == 1),
        (lambda c: expr.logic_and(c[0], expr.logic_not(c[1])), lambda v: v == 1),
        (lambda c: expr.greater_equal(expr.shift_left(c, 1), 2), lambda v: 2 * v % 4 >= 2),
        (lambda c: expr.equal(expr.add(c, 2), 1), lambda v: (v + 2) % 4 == 1),
        (lambda c: expr.index(c, 1), lambda v: v >= 2),
        (lambda c: (c, 2), lambda v: v == 2),
        (lambda c: (c[1], 0), lambda v: v < 2),
    ],
)
def test_conditions_compute(
    value: int, make: Callable[[ClassicalRegister], object], law: Callable[[int], bool]
) -> None:
    def build(circuit: QuantumCircuit, register: ClassicalRegister) -> None:
        with circuit.if_test(make(register)) as otherwise:
            circuit.x(2)
        with otherwise:
            circuit.id(2)

    assert count_to(value, build) == pytest.approx(float(law(value)), abs=1e-12)


def test_loops_are_unrolled_with_their_parameter() -> None:
    circuit, angle = QuantumCircuit(1, 1), Parameter("a")
    with circuit.for_loop([1, 2, 4], angle) as a:
        circuit.ry(0.1 * a, 0)
    by_hand = QuantumCircuit(1)
    by_hand.ry(0.7, 0)
    got, expected = (Operation(c, outputs=(0,)).instrument.tensor for c in (circuit, by_hand))
    assert got == pytest.approx(expected, abs=1e-14)


def test_repeat_until_success_in_so_many_rounds() -> None:
    """Measure, and try again only while the result was 0: the chance of 0 halves in every round."""
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(4)), circuit.if_test((circuit.clbits[0], 0)):
        circuit.reset(0)
        circuit.h(0)
        circuit.measure(0, 0)
    circuit.reset(0)
    assert Operation(circuit).instrument.tensor == pytest.approx([1 / 16, 15 / 16], abs=1e-12)


def test_noise_acts_inside_branches_and_there_only() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    noise = Noise(gates={"x": GateNoise(depolarising=0.2)}, ideal=frozenset({"h"}))
    zero, one = Operation(circuit, outputs=(1,), noise=noise).instrument.tensor
    assert zero == pytest.approx([0.5, 0, 0, 0.5], abs=1e-14)
    assert one == pytest.approx([0.5, 0, 0, -0.4], abs=1e-14)


def test_the_longest_branch_counts_and_delays_overlap() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.delay(3, [0, 1], unit="s")
    circuit.delay(500, 1, unit="ms")
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.cx(0, 1)
    with otherwise:
        circuit.x(1)
    noise = Noise.from_numbers(one_qubit_gate_s=1.0, two_qubit_gate_s=10.0)
    assert Operation(circuit, noise=noise).duration_s == 13.5


def test_a_bit_may_count_and_steer() -> None:
    """An assignment counts what was recorded of a bit that steers, and the truth of one that does not."""
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    count = Assignment(((0, 1), (1, 1)), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    noise = Noise.from_numbers(readout=Readout(error_0=0.1))
    records = Operation(circuit, noise=noise, assignments=(count,)).instrument.tensor
    assert records == pytest.approx([0.9, 0.0, 0.1], abs=1e-14)


def test_a_qubit_that_may_end_measured_is_no_output() -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.measure(0, 1)
    with pytest.raises(CircuitError, match="Qubit 0 ends measured and is also an output"):
        Operation(circuit, outputs=(0,))


def test_content_tells_bodies_conditions_and_matrices_apart() -> None:
    def digest(value: int, gate: str, delay: float, matrix: np.ndarray) -> str:
        circuit = QuantumCircuit(1, 1)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], value)):
            getattr(circuit, gate)(0)
            circuit.delay(delay, 0, unit="s")
            circuit.unitary(matrix, [0])
        return Operation(circuit).digest

    base = (1, "x", 1.0, X)
    others = [(0, *base[1:]), (1, "y", *base[2:]), (1, "x", 2.0, X), (1, "x", 1.0, Z)]
    assert digest(*base) == digest(*base)
    assert len({digest(*each) for each in (base, *others)}) == 5


def test_gates_of_one_name_are_told_apart_by_what_they_are_made_of() -> None:
    digests = set()
    for gate in ("x", "y"):
        inner, circuit = QuantumCircuit(1, name="mine"), QuantumCircuit(1)
        getattr(inner, gate)(0)
        circuit.append(inner.to_gate(), [0])
        digests.add(Operation(circuit).digest)
    assert len(digests) == 2


@settings(max_examples=10)
@given(noises(), st.integers(0, 1000))
def test_measuring_late_or_with_a_choice_in_between_is_the_same(noise: Noise, seed: int) -> None:
    """A choice that does nothing forces the misreading to its own moment; the record's law is unchanged."""
    plain = measurement(0.4, noise)
    circuit = plain.circuit.copy()
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.barrier()
    tensor = random_state(seed, 1).tensor
    steered = Operation(circuit, inputs=(0,), noise=noise).instrument.branches(tensor, [0])
    assert np.array(steered) == pytest.approx(np.array(plain.instrument.branches(tensor, [0])), abs=1e-13)
