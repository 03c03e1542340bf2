"""Every standard gate, under its own name, as a matrix, or written in others."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.library import MCXGate, PauliGate, QFTGate, StatePreparation, UCRYGate, XGate
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from qnet.errors import CircuitError
from qnet.quantum import NOISELESS, GateNoise, Noise, Operation
from qnet.quantum.aer import channel_of

STANDARD = [
    gate.base_class(*np.linspace(0.3, 1.7, len(gate.params)))
    for name, gate in get_standard_gate_name_mapping().items()
    if name not in ("measure", "reset", "delay", "global_phase") and gate.num_qubits < 4
]
COMPOSED = [MCXGate(2), XGate().control(1, ctrl_state=0), QFTGate(3), PauliGate("XYZ"), UCRYGate([0.1, 0.2])]
CHIP = Noise(gates={"sx": GateNoise(), "rz": GateNoise(), "cz": GateNoise()})


def tensor_of(gate: Gate, noise: Noise) -> np.ndarray:
    circuit, ends = QuantumCircuit(gate.num_qubits), tuple(range(gate.num_qubits))
    circuit.append(gate, ends)
    return Operation(circuit, inputs=ends, outputs=ends, noise=noise).instrument.tensor


@pytest.mark.parametrize("gate", STANDARD + COMPOSED, ids=lambda gate: gate.name)
def test_every_gate_does_what_its_matrix_says(gate: Gate) -> None:
    expected = channel_of(Operator(gate)).tensor
    for noise in (NOISELESS, Noise(ideal=frozenset({gate.name}))):
        assert tensor_of(gate, noise) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("gate", [g for g in STANDARD if g.num_qubits < 3] + COMPOSED[1:2], ids=lambda gate: gate.name)
def test_a_chip_has_every_gate_by_way_of_its_own(gate: Gate) -> None:
    assert tensor_of(gate, CHIP) == pytest.approx(channel_of(Operator(gate)).tensor, abs=1e-9)


def test_noise_stays_with_the_name_of_a_gate_that_aer_does_not_have() -> None:
    noise = Noise(gates={"iswap": GateNoise(depolarising=0.2)})
    (iswap,) = [gate for gate in STANDARD if gate.name == "iswap"]
    got = tensor_of(iswap, noise)[0].reshape(16, 16)
    pure = channel_of(Operator(iswap)).tensor[0].reshape(16, 16)
    assert got == pytest.approx(np.diag([1.0] + [0.8] * 15) @ pure, abs=1e-12)


def test_preparations_are_opened() -> None:
    circuit = QuantumCircuit(1)
    circuit.initialize([0.6, 0.8j], 0)
    circuit.append(StatePreparation([1, 0]), [0])
    (tensor,) = Operation(circuit, outputs=(0,)).instrument.tensor
    assert tensor == pytest.approx([1.0, 0.0, 0.96, -0.28], abs=1e-12)


def test_what_cannot_be_translated_is_refused() -> None:
    with pytest.raises(CircuitError, match=r"Gate `cx` on qubits \(0, 1\) is unknown to the noise"):
        tensor_of(STANDARD[3], Noise(gates={"sx": GateNoise(), "rz": GateNoise()}))
    line = {("cz", (0, 1)): GateNoise(), ("cz", (1, 2)): GateNoise()}  # no way from 0 to 2 but by moving qubits
    with pytest.raises(CircuitError, match=r"Gate `ccx` on qubits \(0, 1, 2\) is unknown to the noise"):
        tensor_of(MCXGate(2), Noise(gates={"sx": GateNoise(), "rz": GateNoise()}, gates_on=line))
