"""Laws that hold for every circuit under every noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from random_circuits import circuits, operation_of, random_circuit
from strategies import noises, readouts, states

from qnet.quantum import GateNoise, Instrument, Noise, Operation, Readout, Relaxation, State
from qnet.quantum.pauli import density_matrix


def choi_matrices(instrument: Instrument) -> list[np.ndarray]:
    """``sum K[o, i] P_o x P_i^T`` of each record; transposing turns the sign of Y."""
    choi = instrument.tensor.copy()
    for axis in range(choi.ndim - instrument.inputs, choi.ndim):
        choi[(slice(None),) * axis + (2,)] *= -1.0
    return [density_matrix(record) for record in choi]


@settings(max_examples=15)
@given(circuits, noises(), states(2))
def test_records_are_complete_and_completely_positive(circuit: QuantumCircuit, noise: Noise, state: State) -> None:
    instrument = operation_of(circuit, noise).instrument
    assert instrument.completeness_error() < 1e-12
    assert min(np.linalg.eigvalsh(choi)[0] for choi in choi_matrices(instrument)) > -1e-12
    branches = instrument.branches(state.tensor, [0, 1])
    assert sum(tensor[0] for tensor in branches) == pytest.approx(1.0, abs=1e-12)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.permutations(range(3)), readouts, readouts)
def test_names_of_qubits_mean_nothing(seed: int, order: list[int], one: Readout, two: Readout) -> None:
    """The same circuit on qubits called otherwise, the noise of each going with it."""
    circuit, renamed = random_circuit(seed, qubits=3), QuantumCircuit(3, 2)
    renamed.compose(circuit, qubits=order, inplace=True)

    def noise(name: list[int]) -> Noise:
        plain = Noise.from_numbers(one_qubit_depolarising=0.01, two_qubit_depolarising=0.05, two_qubit_gate_s=0.1)
        return Noise(
            gates=plain.gates,
            gates_on={("cx", (name[0], name[2])): GateNoise(depolarising=0.3, duration_s=0.2)},
            readout_of={name[0]: one, name[1]: two},
            relaxation_of={name[1]: Relaxation(t1_s=1.0, t2_s=0.5), name[2]: Relaxation(t2_s=2.0)},
        )

    got = Operation(renamed, inputs=tuple(order[:2]), outputs=(order[0],), noise=noise(order)).instrument
    expected = Operation(circuit, inputs=(0, 1), outputs=(0,), noise=noise([0, 1, 2])).instrument
    assert got.tensor == pytest.approx(expected.tensor, abs=1e-12)
