"""Noise of Aer models, device snapshots and Qiskit backends."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import random_quantum_channel
from qiskit_aer import AerSimulator
from qiskit_aer.noise import (
    NoiseModel,
    QuantumError,
    ReadoutError,
    amplitude_damping_error,
    depolarizing_error,
    pauli_error,
    thermal_relaxation_error,
)

from qnet.errors import FileError, InvalidArgument
from qnet.quantum import Noise, Operation
from qnet.quantum.pauli import pauli_tensor
from qnet.quantum.snapshot import Snapshot, snapshot_of

ROOT = Path(__file__).parents[2]
DEVICE = {
    "schema": "qnet.device/1",
    "name": "toy",
    "source": "made up",
    "date": "2026-05-01",
    "dt_s": 1e-9,
    "qubits": [{"t1_s": 1e-4, "t2_s": 8e-5, "readout_error_0": 0.01, "readout_error_1": 0.03}, {}, {"t1_s": 2e-4}],
    "gates": [
        {"name": "cz", "qubits": [0, 2], "infidelity": 0.02, "duration_s": 1e-6},
        {"name": "cz", "qubits": [1, 2], "depolarising": 0.5},
        {"name": "sx", "depolarising": 0.001, "duration_s": 1e-8},
    ],
    "ideal": ["rz"],
}


def by_aer(circuit: QuantumCircuit, model: NoiseModel) -> np.ndarray:
    """The Pauli tensor at the end, Aer attaching the noise; no transpiling."""
    circuit = circuit.reverse_bits()
    circuit.save_density_matrix()
    result = AerSimulator(method="density_matrix", noise_model=model, fusion_enable=False).run(circuit, shots=1)
    return pauli_tensor(np.asarray(result.result().data(0)["density_matrix"]))


def some_circuit() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.ry(0.3, 2)
    circuit.cx(2, 1)
    circuit.h(1)
    circuit.reset(0)
    circuit.cx(1, 0)
    return circuit


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_model_of_aer_does_here_what_it_does_there(seed: int) -> None:
    model, mirrored = NoiseModel(), NoiseModel()
    damping = amplitude_damping_error(0.2, 0.1)
    channel = QuantumError(random_quantum_channel(4, 4, rank=3, seed=seed))
    for each, place in ((model, lambda qubit: qubit), (mirrored, lambda qubit: 2 - qubit)):
        each.add_all_qubit_quantum_error(channel, ["cx"])
        each.add_quantum_error(depolarizing_error(0.1, 2), ["cx"], [place(2), place(1)])
        each.add_all_qubit_quantum_error(damping, ["h", "reset"])
        each.add_quantum_error(pauli_error([("X", 0.2), ("I", 0.8)]), ["ry"], [place(2)])
    operation = Operation(some_circuit(), outputs=(0, 1, 2), noise=Noise.from_aer(model, ideal=["h", "ry"]))
    assert operation.instrument.tensor[0] == pytest.approx(by_aer(some_circuit(), mirrored), abs=1e-9)


def test_readout_and_measurement_errors_of_aer() -> None:
    model = NoiseModel()
    model.add_all_qubit_readout_error(ReadoutError([[0.9, 0.1], [0.3, 0.7]]))
    model.add_readout_error(ReadoutError([[0.8, 0.2], [0.0, 1.0]]), [1])
    model.add_all_qubit_quantum_error(pauli_error([("X", 0.25), ("I", 0.75)]), ["measure"])
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    records = Operation(circuit, noise=Noise.from_aer(model)).instrument.tensor.reshape(2, 2)
    flipped = [[0.75 * 0.9 + 0.25 * 0.3, 0.75 * 0.1 + 0.25 * 0.7], [0.75 * 0.8, 0.75 * 0.2 + 0.25]]
    expected = np.outer(flipped[1], flipped[0])
    assert records == pytest.approx(expected, abs=1e-12)


def test_a_readout_error_of_two_qubits_is_refused() -> None:
    model = NoiseModel()
    model.add_readout_error(ReadoutError(np.full((4, 4), 0.25)), [0, 1])
    with pytest.raises(InvalidArgument, match="`model` must have readout errors of one qubit each"):
        Noise.from_aer(model)


def test_gates_of_a_model_may_have_names_of_their_own() -> None:
    model = NoiseModel()
    model.add_all_qubit_quantum_error(pauli_error([("Z", 1.0)]), ["mine"])
    circuit = QuantumCircuit(1)
    circuit.unitary(np.eye(2), [0], label="mine")
    (tensor,) = Operation(circuit, inputs=(0,), outputs=(0,), noise=Noise.from_aer(model)).instrument.tensor
    assert np.diagonal(tensor) == pytest.approx([1, -1, -1, 1], abs=1e-12)


def test_a_snapshot_is_that_of_the_qubits_chosen() -> None:
    noise = Noise.from_snapshot(DEVICE, qubits=(2, 0))
    assert noise.readout_on(1).error_1 == 0.03
    assert noise.relaxation_on(0).t1_s == 2e-4
    assert noise.gate("cz", (1, 0)) is not None
    assert noise.gate("cz", (0, 1)) is None
    assert noise.gate("sx", (0,)) == noise.gate("sx", (1,))
    assert noise.known == {"cz", "sx", "rz"}
    assert noise.source == "toy, made up, 2026-05-01"
    assert noise.dt_s == 1e-9


def test_a_snapshot_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text(json.dumps(DEVICE), encoding="utf-8")
    assert Noise.from_snapshot(tmp_path / "toy.json") == Noise.from_snapshot(DEVICE)


def test_the_published_schema_is_that_of_the_reader() -> None:
    schema = json.loads((ROOT / "docs/schema/qnet.device-1.json").read_text(encoding="utf-8"))
    assert schema == Snapshot.model_json_schema()
    jsonschema.validate(DEVICE, schema)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "qnet.device/2"}, "`schema` must be 'qnet.device/1', but is 'qnet.device/2'"),
        ({"source": 3}, "`source` must be a valid string, but is 3"),
        ({"colour": "red"}, "`colour` is no key of qnet.device/1"),
        ({"date": "May"}, "Invalid isoformat string: 'May'"),
        ({"qubits": [{"t1_s": -1.0}]}, "`qubits.0.t1_s` must be greater than 0, but is -1.0"),
        ({"gates": [{"name": "cz", "qubits": [0, 3]}]}, "must name different qubits of the device for 'cz'"),
        ({"gates": [{"name": "cz", "infidelity": 0.1}]}, "must give `infidelity` with its `qubits`"),
        ({"gates": [{"name": "cz", "qubits": [-1, 0]}]}, "`gates.0.qubits.0` must be greater than or equal to 0"),
        ({"gates": [{}]}, "`gates.0.name` is missing"),
        ({"qubits": [{"t1_s": 1.0, "t2_s": 3.0}], "gates": []}, "snapshot: Argument `t2_s` must be at most"),
    ],
)
def test_a_snapshot_that_breaks_its_schema_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(FileError) as caught:
        Noise.from_snapshot(DEVICE | change)
    assert message in str(caught.value)


def test_a_snapshot_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"schema": ', encoding="utf-8")
    with pytest.raises(FileError, match=r"half\.json"):
        Noise.from_snapshot(tmp_path / "half.json")
    with pytest.raises(FileError, match=r"Cannot read device snapshot .*none.json"):
        Noise.from_snapshot(tmp_path / "none.json")
    with pytest.raises(InvalidArgument, match="`qubits` must be different qubits of the device's 3"):
        Noise.from_snapshot(DEVICE, qubits=(0, 3))


BACKEND = GenericBackendV2(4, seed=3, coupling_map=[[0, 1], [1, 2], [2, 3]])


def test_a_backend_does_here_what_aer_makes_of_it() -> None:
    """Gate infidelities with T1 and T2 inside, on each qubit its own; rz is perfect and not in Aer's model."""
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.rz(0.3, 0)
    circuit.cx(0, 1)
    circuit.x(1)
    model = NoiseModel.from_backend(BACKEND)
    aer = Noise.from_aer(model, ideal=["rz"])
    ours = Noise.from_backend(BACKEND)
    got, expected = (Operation(circuit, outputs=(0, 1), noise=noise).instrument.tensor for noise in (ours, aer))
    assert got == pytest.approx(expected, abs=1e-9)
    assert np.abs(got - Operation(circuit, outputs=(0, 1)).instrument.tensor).max() > 1e-5


def test_qubits_of_a_backend_are_chosen_and_gates_turned_round() -> None:
    """Qubits 3 and 2 as 0 and 1: the device's cx goes from 2 to 3, so that ours is turned by gates it knows."""
    noise = Noise.from_backend(BACKEND, qubits=(3, 2))
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    (tensor,) = Operation(circuit, outputs=(0, 1), noise=noise).instrument.tensor
    assert noise.gate("cx", (0, 1)) is None
    assert tensor[[1, 2, 3], [1, 2, 3]] == pytest.approx([1, -1, 1], abs=0.03)
    assert abs(tensor[1, 1] - 1.0) > 1e-4


def test_a_snapshot_of_a_backend_can_be_kept() -> None:
    content = json.dumps(snapshot_of(BACKEND.target, qubits=(0, 1)))
    assert Noise.from_snapshot(json.loads(content), qubits=(0, 1)) == Noise.from_backend(BACKEND, qubits=(0, 1))


def test_a_fake_chip_of_ibm() -> None:
    fakes = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    noise = Noise.from_backend(fakes.FakeSherbrooke(), qubits=(0, 1))
    assert noise.knows("ecr")
    assert 0.0 < noise.readout_on(0).error_0 < 0.1


def test_errors_of_times_are_cut_as_aer_does() -> None:
    """An infidelity below what T1 and T2 cost leaves those alone."""
    device = DEVICE | {"gates": [{"name": "sx", "qubits": [0], "infidelity": 1e-9, "duration_s": 1e-5}]}
    gate = Noise.from_snapshot(device).gate("sx", (0,))
    assert gate is not None
    assert gate.depolarising == pytest.approx(0.0, abs=1e-15)
    relaxed = thermal_relaxation_error(1e-4, 8e-5, 1e-5)
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    model = NoiseModel()
    model.add_all_qubit_quantum_error(relaxed, ["sx"])
    got = Operation(circuit, outputs=(0,), noise=Noise.from_snapshot(device)).instrument.tensor[0]
    assert got == pytest.approx(by_aer(circuit, model), abs=1e-9)
