import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, SuperOp

from qnet.errors import InvalidArgument
from qnet.quantum.photonics.modes import beam_splitter, loss, phase_flip, station

probabilities = st.floats(0.0, 1.0)


@settings(max_examples=25)
@given(probabilities, st.integers(1, 3))
def test_a_beam_splitter_is_unitary_and_keeps_the_number_of_photons(transmission: float, qubits: int) -> None:
    unitary = Operator(beam_splitter(transmission, qubits)).data
    number = np.add.outer(np.arange(2**qubits), np.arange(2**qubits)).ravel()
    assert unitary @ unitary.conj().T == pytest.approx(np.eye(4**qubits), abs=1e-12)
    assert np.abs(unitary[number[:, None] != number]).max() == 0.0


def test_two_photons_leave_a_balanced_beam_splitter_together() -> None:
    out = Operator(beam_splitter(0.5, qubits=2)).data[:, 1 + 4 * 1]
    assert np.abs(out[[2, 1 + 4, 4 * 2]]) ** 2 == pytest.approx([0.5, 0.0, 0.5], abs=1e-15)


def test_which_way_a_photon_is_reflected() -> None:
    """The first mode's photon keeps its sign on both sides, the second one's turns where it is reflected."""
    unitary = Operator(beam_splitter(0.8)).data
    t, r = math.sqrt(0.8), math.sqrt(0.2)
    assert unitary[[1, 2], 1] == pytest.approx([t, r])
    assert unitary[[1, 2], 2] == pytest.approx([-r, t])


@given(probabilities)
def test_photons_are_lost_one_by_one(efficiency: float) -> None:
    three = np.diag([0.0, 0.0, 0.0, 1.0]).reshape(-1)
    after = (SuperOp(loss(efficiency, qubits=2)).data @ three).reshape(4, 4).real
    binomial = [math.comb(3, n) * efficiency**n * (1 - efficiency) ** (3 - n) for n in range(4)]
    assert after == pytest.approx(np.diag(binomial), abs=1e-12)


@given(probabilities)
def test_a_phase_flip_leaves_populations_and_shortens_coherence(probability: float) -> None:
    plus = np.full(4, 0.5)
    after = (SuperOp(phase_flip(probability)).data @ plus).reshape(2, 2).real
    assert after == pytest.approx(np.array([[0.5, 0.5 - probability], [0.5 - probability, 0.5]]), abs=1e-12)


def test_a_station_adds_the_photons_of_each_port() -> None:
    ports = (((0, 1), (4,)), ((2, 3), (5,)))
    threshold, resolving = (station(ports, 0.01, number_resolving=which) for which in (False, True))
    two_in_first = dict.fromkeys(range(6), 0) | {0: 1, 4: 1}
    assert threshold.column(two_in_first) == pytest.approx([0.01, 0.99, 0.0], abs=1e-15)
    assert resolving.column(two_in_first) == [1.0, 0.0, 0.0]
    one_in_second = dict.fromkeys(range(6), 0) | {5: 1}
    assert resolving.column(one_in_second)[2] == pytest.approx(0.99**2)


@pytest.mark.parametrize("make", [beam_splitter, loss, phase_flip, lambda p: station((((0,),), ((1,),)), p)])
def test_a_probability_above_one_is_refused(make: object) -> None:
    with pytest.raises(InvalidArgument, match=r"must be at most 1, but is 1\.5"):
        make(1.5)  # type: ignore[operator]
