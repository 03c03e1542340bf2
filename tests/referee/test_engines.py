"""The compiled engine against Aer circuits run at every operation: same states, same noise, same records."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from quantum.strategies import durations, noises, random_state, states, waitings

from qnet.quantum import Aer, Compiled, Half, Noise, Operation, State, Waiting, bell_measurement, measurement, move
from qnet.quantum.aer import CALLS

EXAMPLES = settings(max_examples=10)
ends = st.sampled_from([0, 1])


def agree(operation: Operation | None, halves: Sequence[Half]) -> None:
    """Every record: the same probability and, where it can happen, the same state."""
    (got, result), (expected, referee) = (engine.branches(operation, halves) for engine in (Compiled(), Aer()))
    assert got == pytest.approx(expected, abs=1e-9)
    for record, probability in enumerate(expected):
        if probability > 1e-6:
            assert result(record) == pytest.approx(referee(record), abs=1e-9)


def halves(qubits: int = 2) -> st.SearchStrategy[Half]:
    """One qubit of a random state, aged in a random memory."""
    tensors = states(qubits).map(lambda state: state.tensor)
    return st.builds(Half, tensors, st.integers(0, qubits - 1), waitings(), st.just(0.0) | durations)


@EXAMPLES
@given(halves(), halves(), noises())
def test_swap(left: Half, right: Half, noise: Noise) -> None:
    agree(bell_measurement(noise), [left, right])


@EXAMPLES
@given(halves(3), halves(), noises())
def test_swap_of_a_state_of_three(left: Half, right: Half, noise: Noise) -> None:
    agree(bell_measurement(noise), [left, right])


@EXAMPLES
@given(st.integers(1, 3).flatmap(halves), st.just(0.0) | st.floats(-3.0, 3.0), noises())
def test_measurement(half: Half, angle: float, noise: Noise) -> None:
    agree(measurement(angle, noise), [half])


@EXAMPLES
@given(st.integers(1, 3).flatmap(halves), noises())
def test_move(half: Half, noise: Noise) -> None:
    agree(move(noise), [half])


@EXAMPLES
@given(st.integers(1, 3).flatmap(halves))
def test_waiting(half: Half) -> None:
    agree(None, [half])


@EXAMPLES
@given(halves(), halves(), noises())
def test_two_in_and_one_out(kept: Half, spent: Half, noise: Noise) -> None:
    """One side of a purification, with a measurement in the middle."""
    circuit = QuantumCircuit(2, 1)
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    circuit.reset(1)
    circuit.h(0)
    agree(Operation(circuit, inputs=(0, 1), outputs=(0,), noise=noise), [kept, spent])


@pytest.mark.parametrize("decides", [False, True])
@settings(max_examples=3)
@given(half=st.integers(1, 3).flatmap(halves))
def test_a_circuit_that_does_nothing(decides: bool, half: Half) -> None:
    circuit = QuantumCircuit(1, 1)
    if decides:
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.x(0)
    agree(Operation(circuit, inputs=(0,), outputs=(0,)), [half])


@settings(max_examples=3)
@given(st.integers(0, 1000), waitings(), noises())
def test_a_chain_with_the_same_draws(seed: int, waiting: Waiting, noise: Noise) -> None:
    draws = np.random.default_rng(seed).uniform(size=(2, 4))
    ends = []
    for engine in (Compiled(), Aer()):
        state, records = random_state(seed).tensor, []
        for swap, (draw, *waits) in enumerate(draws):
            right = random_state(seed + 1 + swap).tensor
            pair = [Half(state, 1, waiting, waits[0]), Half(right, 0, waiting, waits[1])]
            probabilities, result = engine.branches(bell_measurement(noise), pair)
            records.append(min(int(np.searchsorted(np.cumsum(probabilities), draw)), 3))
            state = result(records[-1])
        ends.append((records, state))
    assert ends[0][0] == ends[1][0]
    assert ends[0][1] == pytest.approx(ends[1][1], abs=1e-9)


def test_only_the_referee_calls_aer_in_the_loop() -> None:
    operation, half = bell_measurement(), Half(State.bell().tensor, 0, Waiting.depolarising(1.0), 0.5)
    _ = operation.instrument
    before = dict(CALLS)
    Compiled().branches(operation, [half, half])
    assert before == CALLS
    Aer().branches(operation, [half, half])
    assert {"compile": before["compile"], "loop": before["loop"] + 3} == CALLS
