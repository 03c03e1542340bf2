import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import PTM, average_gate_fidelity
from strategies import relaxations

from qnet.errors import CircuitError, InvalidArgument, UnknownName
from qnet.quantum import NOISELESS, GateNoise, Instrument, Noise, Operation, Readout, Relaxation


def test_plain_numbers_reach_every_gate_of_their_kind() -> None:
    noise = Noise.from_numbers(one_qubit_depolarising=0.1, two_qubit_depolarising=0.2, initialisation_s=3.0)
    assert {noise.gates[name].depolarising for name in ("h", "ry", "x")} == {0.1}
    assert {noise.gates[name].depolarising for name in ("cx", "cz", "swap")} == {0.2}
    assert noise.gates["reset"] == GateNoise(duration_s=3.0)


def test_time_of_gates_adds_up() -> None:
    noise = Noise.from_numbers(one_qubit_gate_s=1.0, two_qubit_gate_s=10.0)
    assert noise.duration_s(["h", "cx", "measure", "h"]) == 12.0


def test_readout_matrix_has_the_recorded_value_by_row() -> None:
    assert Readout(error_0=0.1, error_1=0.3).matrix == ((0.9, 0.3), (0.1, 0.7))


def test_equality_is_that_of_the_content() -> None:
    one, same, other = (Noise.from_numbers(one_qubit_depolarising=p) for p in (0.1, 0.1, 0.2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert len({one.digest, other.digest, NOISELESS.digest}) == 3


def test_only_what_is_stated_is_known() -> None:
    noise = Noise(gates={"cz": GateNoise()}, ideal=frozenset({"barrier_free"}))
    assert noise.knows("cz")
    assert noise.knows("barrier_free")
    assert not noise.knows("cx")


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_each_field_is_held_to_its_rule(bad: float) -> None:
    with pytest.raises(InvalidArgument, match="`depolarising` must be"):
        GateNoise(depolarising=bad)
    with pytest.raises(InvalidArgument, match="`error_1` must be"):
        Readout(error_1=bad)
    with pytest.raises(InvalidArgument, match="`excited_population` must be"):
        Noise(excited_population=bad)


def test_t2_is_at_most_twice_t1() -> None:
    assert Noise(t1_s=1.0, t2_s=2.0).t2_s == 2.0
    with pytest.raises(InvalidArgument, match=r"`t2_s` must be at most 2 \* t1_s = 2\.0, but is 2\.5"):
        Noise(t1_s=1.0, t2_s=2.5)


def test_a_misspelt_gate_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="Unknown gate 'cxx'; the nearest is 'cx'"):
        Noise(gates={"cxx": GateNoise()})


@settings(max_examples=25)
@given(relaxations(), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from(["one", "two"]))
@example({"t1_s": math.inf, "t2_s": 3.0, "excited_population": 0.0}, 0.0, 1.0, "two")
def test_infidelity_is_that_of_the_whole_gate(times: dict[str, float], share: float, time_s: float, size: str) -> None:
    """Depolarising makes up what T1 and T2 leave to be explained, so that the gate is as bad as was measured."""
    qubits = ["one", "two"].index(size) + 1
    relaxed = relaxed_infidelity(Relaxation(**times), time_s, qubits)
    infidelity = relaxed + share * (1 - 0.5**qubits - relaxed)
    noise = Noise.from_numbers(**{f"{size}_qubit_infidelity": infidelity, f"{size}_qubit_gate_s": time_s}, **times)
    assert infidelity_of("x" if qubits == 1 else "swap", qubits, noise) == pytest.approx(infidelity, abs=1e-12)


def relaxed_infidelity(times: Relaxation, time_s: float, qubits: int) -> float:
    noise = Noise(
        gates=dict.fromkeys(("x", "swap"), GateNoise(duration_s=time_s)),
        t1_s=times.t1_s,
        t2_s=times.t2_s,
        excited_population=times.excited_population,
    )
    return infidelity_of("x" if qubits == 1 else "swap", qubits, noise)


def infidelity_of(gate: str, qubits: int, noise: Noise) -> float:
    """Of the gate under noise to the gate itself, by Qiskit."""
    circuit, ends = QuantumCircuit(qubits), tuple(range(qubits))
    getattr(circuit, gate)(*ends)
    noisy, pure = (Operation(circuit, inputs=ends, outputs=ends, noise=n).instrument for n in (noise, NOISELESS))
    side = 4**qubits
    channel = PTM(noisy.tensor.reshape(side, side) @ pure.tensor.reshape(side, side).T)
    return 1.0 - float(average_gate_fidelity(channel))


def test_an_infidelity_that_relaxation_exceeds_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"`infidelity` must be at least what T1 and T2 cost during 0\.1 s, 0\.0"):
        Noise.from_numbers(one_qubit_infidelity=1e-3, one_qubit_gate_s=0.1, t1_s=1.0, t2_s=1.0)
    with pytest.raises(InvalidArgument, match=r"`infidelity` must be at most that of full depolarising, 0\.75"):
        Noise.from_numbers(two_qubit_infidelity=0.8)
    with pytest.raises(InvalidArgument, match="`two_qubit_infidelity` must not join two_qubit_depolarising"):
        Noise.from_numbers(two_qubit_infidelity=0.1, two_qubit_depolarising=0.1)


def test_each_qubit_may_have_noise_of_its_own() -> None:
    noise = Noise(
        gates={"x": GateNoise(depolarising=0.1, duration_s=1.0)},
        gates_on={("x", (1,)): GateNoise(depolarising=0.3, duration_s=2.0)},
        relaxation_of={1: Relaxation(t2_s=4.0)},
    )
    circuit = QuantumCircuit(2)
    circuit.x([0, 1])
    (tensor,) = Operation(circuit, inputs=(0, 1), outputs=(0, 1), noise=noise).instrument.tensor
    assert tensor[3, 0, 3, 0] == pytest.approx(-0.9, abs=1e-14)
    assert tensor[0, 3, 0, 3] == pytest.approx(-0.7, abs=1e-14)
    assert tensor[0, 1, 0, 1] == pytest.approx(0.7 * math.exp(-0.5), abs=1e-14)


@pytest.mark.parametrize(("unit", "amount"), [("s", 0.002), ("ms", 2), ("us", 2000), ("ns", 2e6), ("dt", 4)])
def test_delays_relax(unit: str, amount: float) -> None:
    noise = Noise(relaxation_of={1: Relaxation(t1_s=0.003, t2_s=0.004)}, dt_s=5e-4)
    circuit = QuantumCircuit(2)
    circuit.delay(amount, 1, unit=unit)
    operation = Operation(circuit, inputs=(1,), outputs=(1,), noise=noise)
    assert np.diagonal(operation.instrument.tensor[0]) == pytest.approx(
        [1.0, math.exp(-0.5), math.exp(-0.5), math.exp(-2 / 3)], abs=1e-14
    )
    assert operation.duration_s == pytest.approx(0.002, rel=1e-15)


def test_a_labelled_unitary_has_the_noise_of_its_label() -> None:
    noise = Noise(gates={"mine": GateNoise(depolarising=0.2)}, custom=frozenset({"mine"}))
    circuit = QuantumCircuit(1)
    circuit.unitary(np.eye(2), [0], label="mine")
    (tensor,) = Operation(circuit, inputs=(0,), outputs=(0,), noise=noise).instrument.tensor
    assert np.diagonal(tensor) == pytest.approx([1, 0.8, 0.8, 0.8], abs=1e-14)


def test_a_channel_fits_its_gate() -> None:
    with pytest.raises(InvalidArgument, match="`channel` must have one record and as many outputs as inputs"):
        GateNoise(channel=Instrument(np.ones((2, 4, 4)), 1))
    noise = Noise(gates={"cx": GateNoise(channel=Instrument(np.eye(4)[None], 1))})
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    with pytest.raises(CircuitError, match="Gate `cx` acts on 2 qubits, but its noise on 1"):
        Operation(circuit, noise=noise)


def test_the_digest_tells_all_fields_apart() -> None:
    base = {"gates": {"x": GateNoise(depolarising=0.1)}}
    others: list[dict[str, object]] = [
        {"gates_on": {("x", (0,)): GateNoise()}},
        {"relaxation_of": {0: Relaxation(t2_s=1.0)}},
        {"readout_of": {0: Readout(error_0=0.1)}},
        {"dt_s": 1.0},
        {"gates": {"x": GateNoise(depolarising=0.1, channel=Instrument(np.eye(4)[None], 1))}},
        {"gates": {"x": GateNoise(depolarising=0.1, channel=Instrument(np.diag([1.0, 0.9, 0.9, 0.9])[None], 1))}},
    ]
    noises = [Noise(**(base | other)) for other in ({}, *others)]
    assert len({noise.digest for noise in noises}) == 7
    assert Noise(**base, source="elsewhere") == noises[0]
