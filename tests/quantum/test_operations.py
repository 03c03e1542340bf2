import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.classical import expr

from qnet.errors import CircuitError, InvalidArgument
from qnet.quantum import Assignment, GateNoise, Noise, Operation, State, bell_measurement, bell_pair, measurement, move


def circuit_with(gate: str, qubits: int, *arguments: object) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, 1)
    getattr(circuit, gate)(*arguments)
    return circuit


def looping(kind: str) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    with circuit.while_loop((circuit.clbits[0], 0)) if kind == "while" else circuit.for_loop(range(10**9)):
        circuit.measure(0, 0)
        if kind == "break":
            circuit.break_loop()
    return circuit


def with_variable() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    with circuit.if_test(circuit.add_var("a", expr.lift(True))):
        circuit.x(0)
    return circuit


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (
            circuit_with("delay", 1, 100, 0),
            r"Instruction `delay` on qubits \(0,\) lasts 100 in the unit 'dt': the noise",
        ),
        (
            circuit_with("delay", 1, Parameter("t"), 0, "s"),
            r"`delay` on qubits \(0,\) has no value for its parameter t",
        ),
        (circuit_with("rx", 2, Parameter("a"), 1), r"Gate `rx` on qubits \(1,\) has no value for its parameter a"),
        (circuit_with("append", 2, Gate("mine", 1, []), [1]), r"Gate `mine` on qubits \(1,\) is unknown to the noise"),
        (looping("while"), r"Instruction `while_loop` on qubits \(0,\) has no bound"),
        (looping("break"), r"Instruction `break_loop` on qubits \(0,\) leaves a loop early"),
        (looping("for"), "more than 10000 instructions once its loops are unrolled"),
        (with_variable(), r"Instruction `if_else` on qubits .* reads the variable 'a'"),
    ],
    ids=["dt", "delay", "rx", "mine", "while", "break", "for", "variable"],
)
def test_the_instruction_that_cannot_be_compiled_is_named(circuit: QuantumCircuit, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        Operation(circuit)


def test_what_only_half_compiles_is_refused_with_what_is_inside() -> None:
    inner = circuit_with("append", 1, Gate("mine", 1, []), [0])
    inner.name = "outer"
    with pytest.raises(CircuitError, match=r"`outer` on qubits \(1,\) is unknown to the noise.*Inside it: Gate `mine`"):
        Operation(circuit_with("append", 2, inner.to_instruction(), [1], [0]))


def test_a_gate_without_noise_is_never_run_bare() -> None:
    only_cz = Noise(gates={"cz": GateNoise(depolarising=0.01)})
    with pytest.raises(CircuitError, match="Gate `cx`"):
        Operation(circuit_with("cx", 2, 0, 1), noise=only_cz)
    Operation(circuit_with("cx", 2, 0, 1), noise=Noise(ideal=frozenset({"cx"})))


def test_a_gate_without_noise_is_written_in_gates_that_have_some() -> None:
    """A cx is two h and the cz, with the noise of all three."""
    noise = Noise(gates={"cz": GateNoise(depolarising=0.1), "h": GateNoise(depolarising=0.01, duration_s=1.0)})
    written = QuantumCircuit(2)
    written.h(1)
    written.cz(0, 1)
    written.h(1)
    operation = Operation(circuit_with("cx", 2, 0, 1), outputs=(0, 1), noise=noise)
    expected = Operation(written, outputs=(0, 1), noise=noise).instrument.tensor
    assert operation.instrument.tensor == pytest.approx(expected, abs=1e-14)
    assert operation.duration_s == 2.0


def test_an_ideal_gate_may_be_any_unitary() -> None:
    inner = QuantumCircuit(2, name="mine")
    inner.h(0)
    inner.cx(0, 1)
    noise = Noise(ideal=frozenset({"mine"}))
    operation = Operation(circuit_with("append", 2, inner.to_gate(), [0, 1]), outputs=(0, 1), noise=noise)
    assert operation.instrument.tensor[0] == pytest.approx(State.bell().tensor, abs=1e-14)
    with pytest.raises(CircuitError, match=r"Gate `mine` on qubits .* has neither a matrix nor a definition"):
        Operation(circuit_with("append", 1, Gate("mine", 1, []), [0]), noise=noise)


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
