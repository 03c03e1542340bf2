"""qnet's circuits with decisions, resets and delays against histories on the full register."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qnet.quantum import GateNoise, Noise, Operation, Readout, State

from .devices import Device, Fault
from .programs import ProgramFault, last_qubit, run, teleportation, with_fresh
from .registers import bell_state, kron, partial_trace
from .test_against_qnet import EXAMPLES, SAME, SHOWS, devices, matrix_of, random_state

QUBITS, BITS = 3, 2


def noise_of(device):
    """The same numbers under the names of the gates used here."""
    one = GateNoise(depolarising=device.one_qubit_lambda, duration_s=device.one_qubit_s)
    two = GateNoise(depolarising=device.two_qubit_lambda, duration_s=device.two_qubit_s)
    reset = GateNoise(depolarising=device.fresh_lambda, duration_s=device.fresh_s)
    phase, parity = (Readout(error_0=e0, error_1=e1) for e0, e1 in (device.readout, device.parity_readout))
    return Noise(
        gates={"h": one, "x": one, "z": one, "cx": two, "reset": reset},
        readout=phase, readout_of={1: parity},
        t1_s=device.t1_s, t2_s=device.t2_s, excited_population=device.excited_population,
    )  # fmt: skip


def circuit_of(program):
    circuit = QuantumCircuit(QUBITS, BITS)
    add(circuit, program)
    return circuit


def add(circuit, program):
    for step in program:
        match step:
            case ("gate", name, qubits):
                getattr(circuit, name)(*qubits)
            case ("reset", qubit):
                circuit.reset(qubit)
            case ("delay", qubit, time_s):
                circuit.delay(time_s * 1e3, qubit, unit="ms")
            case ("measure", qubit, bit):
                circuit.measure(qubit, bit)
            case ("if", bit, value, then, otherwise):
                with circuit.if_test((circuit.clbits[bit], value)) as other:
                    add(circuit, then)
                with other:
                    add(circuit, otherwise)


def by_qnet(program, rho, noise, taken=QUBITS):
    """By recorded bits, the unnormalised last qubit; `rho` is on the first `taken` qubits."""
    inputs = tuple(range(taken))
    instrument = Operation(circuit_of(program), inputs=inputs, outputs=(QUBITS - 1,), noise=noise).instrument
    tensors = instrument.branches(State.from_density_matrix(rho).tensor, list(inputs))
    measured = sorted({step[2] for step in flat(program) if step[0] == "measure"})
    records = {}
    for record, tensor in enumerate(tensors):
        bits = [0] * BITS
        for place, bit in enumerate(measured):
            bits[bit] = record >> place & 1
        records[tuple(bits)] = matrix_of(tensor)
    return records


def flat(program):
    for step in program:
        yield step
        if step[0] == "if":
            yield from flat([*step[3], *step[4]])


def difference(got, expected):
    zero = np.zeros((2, 2))
    reduced = {bits: last_qubit(rho) for bits, rho in expected.items()}
    return max(np.abs(got.get(bits, zero) - reduced.get(bits, zero)).max() for bits in {*got, *reduced})


def random_program(seed, steps=6):
    """Its last step is a gate on the last qubit, which then is an output that does not end measured."""
    rng = np.random.default_rng(seed)
    return [*(random_step(rng) for _ in range(steps)), ("gate", "h", (QUBITS - 1,))]


def random_step(rng, deep=True):
    one, two = (int(q) for q in rng.permutation(QUBITS)[:2])
    bit, value = (int(b) for b in rng.integers(2, size=2))
    kinds = ["one", "two", "reset", "delay", "measure", "measure", *(["if"] * 3 if deep else [])]
    match rng.choice(kinds):
        case "one":
            return ("gate", str(rng.choice(["h", "x", "z"])), (one,))
        case "two":
            return ("gate", "cx", (one, two))
        case "reset":
            return ("reset", one)
        case "delay":
            return ("delay", one, float(rng.uniform(0.01, 0.3)))
        case "measure":
            return ("measure", one, bit)
        case _:
            then, otherwise = ([random_step(rng, deep=False) for _ in range(rng.integers(1, 3))] for _ in range(2))
            return ("if", bit, value, then, otherwise)


@EXAMPLES
@given(st.integers(0, 2**32 - 1), devices())
def test_random_programs(seed, device):
    program, rho = random_program(seed), random_state(seed, QUBITS)
    assert difference(by_qnet(program, rho, noise_of(device)), run(program, rho, BITS, device)) < SAME


@EXAMPLES
@given(st.integers(0, 2**32 - 1), devices())
def test_qubits_that_are_not_inputs_start_in_zero(seed, device):
    program, rho = random_program(seed), random_state(seed, 1)
    expected = run(program, with_fresh(rho, QUBITS - 1), BITS, device)
    assert difference(by_qnet(program, rho, noise_of(device), taken=1), expected) < SAME


@EXAMPLES
@given(st.integers(0, 2**32 - 1), devices(least=0.01))
def test_a_teleportation_shows_every_fault(seed, device):
    """The delay before the corrections; the truth steering; readouts exchanged; the noise of the controlled NOT."""
    program = [*teleportation()[:4], ("delay", 2, 0.1), *teleportation()[4:]]
    rho = kron(random_state(seed, 1), bell_state())
    got = by_qnet(program, rho, noise_of(device))
    assert difference(got, run(program, rho, BITS, device)) < SAME
    for fault in ProgramFault:
        assert difference(got, run(program, rho, BITS, device, fault)) > SHOWS
    for fault in (Fault.READOUT_EXCHANGED, Fault.MISSING_GATE_NOISE, Fault.DEPOLARISING_AS_INFIDELITY):
        assert difference(got, run(program, rho, BITS, replace(device, fault=fault))) > SHOWS


def test_the_referee_teleports():
    rho = random_state(4, 1)
    branches = run(teleportation(), kron(rho, bell_state()), BITS, Device())
    for register in branches.values():
        assert partial_trace(register, [0, 1]) == pytest.approx(rho / 4, abs=1e-12)
