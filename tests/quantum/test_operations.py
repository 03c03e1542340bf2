import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qnet.errors import CircuitError, InvalidArgument
from qnet.quantum import Assignment, GateNoise, Noise, Operation, bell_measurement, bell_pair, measurement, move


def circuit_with(gate: str, qubits: int, *arguments: object) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, 1)
    getattr(circuit, gate)(*arguments)
    return circuit


def conditional() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    return circuit


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (circuit_with("ccx", 3, 0, 2, 1), r"Gate `ccx` on qubits \(0, 2, 1\) is unknown to the noise"),
        (circuit_with("delay", 1, 100, 0), r"Gate `delay` on qubits \(0,\) is unknown to the noise"),
        (circuit_with("initialize", 1, [0, 1], 0), r"Gate `initialize` on qubits \(0,\) is unknown to the noise"),
        (circuit_with("rx", 2, Parameter("a"), 1), r"Gate `rx` on qubits \(1,\) has no value for its parameter a"),
        (conditional(), r"Instruction `if_else` on qubits \(1,\) is control flow"),
    ],
    ids=str,
)
def test_the_instruction_that_cannot_be_compiled_is_named(circuit: QuantumCircuit, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        Operation(circuit)


def test_a_gate_without_noise_is_never_run_bare() -> None:
    only_cz = Noise(gates={"cz": GateNoise(depolarising=0.01)})
    with pytest.raises(CircuitError, match="Gate `cx`"):
        Operation(circuit_with("cx", 2, 0, 1), noise=only_cz)
    Operation(circuit_with("cx", 2, 0, 1), noise=Noise(ideal=frozenset({"cx"})))


def test_a_gate_that_aer_does_not_have_is_a_circuit_error() -> None:
    mine = QuantumCircuit(1, name="mine").to_gate()
    operation = Operation(circuit_with("append", 1, mine, [0]), outputs=(0,), noise=Noise(ideal=frozenset({"mine"})))
    with pytest.raises(CircuitError, match=r"Aer cannot run the circuit.*unknown instruction: mine"):
        _ = operation.instrument


@pytest.mark.parametrize(("inputs", "qubits"), [((), 11), ((0,), 7), (tuple(range(5)), 5)])
def test_limits(inputs: tuple[int, ...], qubits: int) -> None:
    with pytest.raises(CircuitError, match=f"this one has {len(inputs)} inputs and {qubits} qubits"):
        Operation(QuantumCircuit(qubits), inputs=inputs)


@pytest.mark.parametrize("places", [(0, 0), (2,), (-1,)])
def test_ends_are_different_qubits_of_the_circuit(places: tuple[int, ...]) -> None:
    with pytest.raises(InvalidArgument, match=r"`outputs` must be different qubits of the circuit's 2, but is"):
        Operation(QuantumCircuit(2), outputs=places)


def test_a_qubit_that_ends_measured_is_no_output() -> None:
    circuit = circuit_with("measure", 1, 0, 0)
    circuit.barrier()
    with pytest.raises(CircuitError, match="Qubit 0 ends measured and is also an output"):
        Operation(circuit, outputs=(0,))
    circuit.reset(0)
    assert Operation(circuit, outputs=(0,)).records == 2


def test_an_assignment_is_made_of_distributions() -> None:
    with pytest.raises(InvalidArgument, match=r"be a probability distribution in column 1, but is \(0\.3, 0\.6\)"):
        Assignment(((0, 1),), ((1.0, 0.3), (0.0, 0.6)))


@pytest.mark.parametrize(("bit", "weight"), [(0, 2), (1, 1)])
def test_assignments_fit_the_bits_measured(bit: int, weight: int) -> None:
    circuit = circuit_with("measure", 1, 0, 0)
    with pytest.raises(InvalidArgument, match=f"count measured bits and have {weight + 1} columns"):
        Operation(circuit, assignments=(Assignment(((bit, weight),), ((1.0, 0.0), (0.0, 1.0)) if bit else ((1.0,),)),))


def test_the_digest_is_that_of_the_content() -> None:
    noise = Noise.from_numbers(two_qubit_depolarising=0.01)
    assert bell_measurement(noise).digest == bell_measurement(Noise.from_numbers(two_qubit_depolarising=0.01)).digest
    others = [bell_measurement(), bell_measurement(noise), bell_pair(), measurement(0.0), measurement(0.1), move()]
    assert len({operation.digest for operation in others}) == len(others)
    swapped = Operation(bell_measurement().circuit, inputs=(1, 0))
    assert swapped.digest != bell_measurement().digest


def test_unitaries_differ_by_their_matrix() -> None:
    digests = set()
    for phase in (1, 1j):
        circuit = QuantumCircuit(1)
        circuit.unitary(np.diag([1, phase]), [0])
        digests.add(Operation(circuit, outputs=(0,)).digest)
    assert len(digests) == 2


def test_it_takes_the_time_of_its_gates() -> None:
    noise = Noise.from_numbers(one_qubit_gate_s=1.0, two_qubit_gate_s=10.0, initialisation_s=100.0)
    assert bell_measurement(noise).duration_s == 11.0
    assert bell_pair(noise).duration_s == 211.0


def test_an_angle_is_finite() -> None:
    with pytest.raises(InvalidArgument, match="`angle` must be finite, but is inf"):
        measurement(float("inf"))
