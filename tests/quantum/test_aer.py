import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import transpile
from qiskit.quantum_info import SuperOp
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error, thermal_relaxation_error
from strategies import relaxations

from qnet.quantum import Noise, bell_pair
from qnet.quantum.aer import depolarising
from qnet.quantum.pauli import pauli_tensor


@settings(max_examples=25)
@given(st.floats(1e-3, 1.0), st.sampled_from([1, 2]))
def test_depolarising_is_what_aer_calls_so(strength: float, qubits: int) -> None:
    expected = SuperOp(depolarizing_error(strength, qubits)).data
    assert depolarising(strength, qubits).data == pytest.approx(expected, abs=1e-12)


@settings(max_examples=10)
@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.floats(0.01, 0.3), relaxations())
def test_noise_is_that_of_an_aer_noise_model(one: float, two: float, time_s: float, times: dict[str, float]) -> None:
    relaxed = thermal_relaxation_error(times["t1_s"], times["t2_s"], time_s, times["excited_population"])
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(one, 1).compose(relaxed), ["h", "reset"])
    model.add_all_qubit_quantum_error(depolarizing_error(two, 2).compose(relaxed.expand(relaxed)), ["cx"])
    simulator = AerSimulator(method="density_matrix", noise_model=model, fusion_enable=False)
    circuit = transpile(bell_pair().circuit.reverse_bits(), basis_gates=["h", "cx", "reset"], optimization_level=0)
    circuit.save_density_matrix()
    expected = simulator.run(circuit).result().data(0)["density_matrix"].data
    noise = Noise.from_numbers(
        one_qubit_depolarising=one,
        initialisation_depolarising=one,
        two_qubit_depolarising=two,
        one_qubit_gate_s=time_s,
        initialisation_s=time_s,
        two_qubit_gate_s=time_s,
        **times,
    )
    assert bell_pair(noise).instrument.tensor[0] == pytest.approx(pauli_tensor(expected), abs=1e-9)


@pytest.mark.parametrize("weak", [1e-7, 1e-9, 1e-12])
def test_weak_noise_is_not_lost(weak: float) -> None:
    """A model of Aer's would drop its weakest terms, and the trace with them: 9e-10 for a depolarising of 1e-9."""
    noise = Noise.from_numbers(two_qubit_depolarising=weak, two_qubit_gate_s=weak, t1_s=1.0, t2_s=1.8)
    (tensor,) = bell_pair(noise).instrument.tensor
    assert tensor[0, 0] == pytest.approx(1.0, abs=1e-14)
    assert tensor[1, 1] - 1.0 == pytest.approx(-weak * (1 + 2 / 1.8), abs=1e-14 + 10 * weak**2)
    assert np.abs(tensor[0, 1:3]).max() < 1e-15
