import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import PTM, Choi
from qiskit_aer.noise import thermal_relaxation_error
from strategies import durations, relaxations, waitings

from qnet.errors import InvalidArgument
from qnet.quantum import NO_WAITING, Waiting
from qnet.quantum.aer import relaxation


@settings(max_examples=50)
@given(relaxations(), st.floats(1e-3, 2.0))
def test_it_is_thermal_relaxation_as_aer_has_it(times: dict[str, float], duration_s: float) -> None:
    error = thermal_relaxation_error(times["t1_s"], times["t2_s"], duration_s, times["excited_population"])
    assert Waiting.from_t1_t2(**times).matrix(duration_s) == pytest.approx(PTM(error).data.real, abs=1e-9)


@settings(max_examples=50)
@given(relaxations(), durations)
def test_it_is_the_relaxation_that_qubits_suffer_during_gates(times: dict[str, float], duration_s: float) -> None:
    channel = relaxation(times["t1_s"], times["t2_s"], duration_s, times["excited_population"])
    assert Waiting.from_t1_t2(**times).matrix(duration_s) == pytest.approx(PTM(channel).data.real, abs=1e-13)


@settings(max_examples=50)
@given(waitings(), durations, durations)
def test_waiting_twice_is_waiting_for_the_sum(waiting: Waiting, one_s: float, two_s: float) -> None:
    twice = waiting.matrix(two_s) @ waiting.matrix(one_s)
    assert twice == pytest.approx(waiting.matrix(one_s + two_s), abs=1e-10)
    assert waiting.matrix(0.0) == pytest.approx(np.eye(4))


@settings(max_examples=50)
@given(waitings(), durations)
def test_it_keeps_the_trace_and_is_completely_positive(waiting: Waiting, duration_s: float) -> None:
    matrix = waiting.matrix(duration_s)
    assert matrix[0] == pytest.approx([1, 0, 0, 0], abs=1e-12)
    assert np.linalg.eigvalsh(Choi(PTM(matrix)).data)[0] > -1e-12


@given(waitings(), durations)
@settings(max_examples=25)
def test_the_generator_is_the_derivative(waiting: Waiting, duration_s: float) -> None:
    step_s = 1e-6
    slope = (waiting.matrix(duration_s + step_s) - waiting.matrix(duration_s)) / step_s
    fastest = np.abs(waiting.generator).max()
    assert slope == pytest.approx(waiting.generator @ waiting.matrix(duration_s), abs=1e-5 * (1 + fastest) ** 2)


def test_pauli_rates_count_errors() -> None:
    """A flip at rate r in Z leaves the coherence exp(-2 r t), since an even number of flips does nothing."""
    matrix = Waiting.from_pauli_rates(0.0, 0.0, 3.0).matrix(0.1)
    assert np.diagonal(matrix) == pytest.approx([1, math.exp(-0.6), math.exp(-0.6), 1])


def test_a_depolarising_memory_shrinks_the_bloch_vector() -> None:
    assert Waiting.depolarising(2.0).matrix(1.0) == pytest.approx(np.diag([1, *[math.exp(-0.5)] * 3]))


def test_relaxation_times_come_back() -> None:
    assert Waiting.from_t1_t2(t1_s=2.0, t2_s=1.0, excited_population=0.25).relaxation_times() == (2.0, 1.0, 0.25)
    assert Waiting.from_pauli_rates(1.0, 0.0, 0.0).relaxation_times() is None
    assert NO_WAITING.is_trivial
    assert not Waiting.depolarising(1.0).is_trivial


@pytest.mark.parametrize(
    "rates",
    [
        (0.0, -1.0, -1.0, -2.5),  # T2 > 2 T1
        (0.0, -1.0, 0.0, 0.0),  # x alone would make negative probabilities of Pauli errors
        (0.0, 1.0, 1.0, 1.0),  # growth
        (-1.0, -1.0, -1.0, -1.0),  # a trace that decays
    ],
)
def test_a_generator_that_is_no_channel_at_some_time_is_refused(rates: tuple[float, ...]) -> None:
    with pytest.raises(InvalidArgument, match="`generator` must keep the trace and be conditionally completely"):
        Waiting(np.diag(rates))


def test_a_drift_without_relaxation_is_refused() -> None:
    pumped = np.zeros((4, 4))
    pumped[3, 0] = 1.0
    with pytest.raises(InvalidArgument, match="conditionally completely positive"):
        Waiting(pumped)


@given(st.floats(1e-3, 1e3), st.floats(1.0001, 10.0))
def test_t2_is_at_most_twice_t1(t1_s: float, excess: float) -> None:
    with pytest.raises(InvalidArgument, match=r"`t2_s` must be at most 2 \* t1_s"):
        Waiting.from_t1_t2(t1_s=t1_s, t2_s=2 * t1_s * excess)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_times_are_positive(bad: float) -> None:
    for make in (lambda t: Waiting.from_t1_t2(t1_s=t), lambda t: Waiting.depolarising(t)):
        with pytest.raises(InvalidArgument, match="must be"):
            make(bad)
    with pytest.raises(InvalidArgument, match=r"`generator` must be a finite matrix of shape \(4, 4\)"):
        Waiting(np.zeros((3, 3)))
