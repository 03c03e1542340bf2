"""Random circuits with everything in them that a node could do, for hypothesis."""

import math

import numpy as np
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.classical import expr
from qiskit.quantum_info import random_quantum_channel, random_unitary

from qnet.quantum import Noise, Operation

ONE = ("h", "x", "sx", "t", "ry")
TWO = ("cx", "cz", "iswap", "crx")


def random_circuit(seed: int, qubits: int = 2, bits: int = 2, steps: int = 7) -> QuantumCircuit:
    """Gates, channels, measurements, resets, delays, and choices between gates."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(qubits, bits)
    circuit.h(0)
    circuit.measure(0, 0)
    for _ in range(steps):
        add_step(circuit, rng)
    circuit.ry(0.4, 0)  # which may be an output: it does not end measured
    return circuit


def add_step(circuit: QuantumCircuit, rng: np.random.Generator) -> None:
    one, two = (int(q) for q in rng.permutation(circuit.num_qubits)[:2])
    bit = int(rng.integers(circuit.num_clbits))
    match rng.choice(["one", "two", "two", "measure", "reset", "delay", "unitary", "channel", "if", "switch"]):
        case "one":
            add_gate(circuit, str(rng.choice(ONE)), (one,), rng)
        case "two":
            add_gate(circuit, str(rng.choice(TWO)), (one, two), rng)
        case "measure":
            circuit.measure(one, bit)
        case "reset":
            circuit.reset(one)
        case "delay":
            circuit.delay(float(rng.uniform(0, 0.2)), one, unit="s")
        case "unitary":
            circuit.unitary(random_unitary(4, seed=int(rng.integers(1000))), [one, two])
        case "channel":
            circuit.append(random_quantum_channel(2, 2, rank=2, seed=int(rng.integers(1000))), [one])
        case "if":
            test = expr.logic_not(circuit.clbits[bit]) if rng.integers(2) else (circuit.clbits[bit], 1)
            with circuit.if_test(test) as otherwise:
                add_gate(circuit, str(rng.choice(TWO)), (one, two), rng)
            with otherwise:
                circuit.measure(two, bit)
        case "switch":
            with circuit.switch(circuit.cregs[0]) as case:
                with case(0, 3):
                    add_gate(circuit, str(rng.choice(ONE)), (one,), rng)
                with case(case.DEFAULT):
                    add_gate(circuit, str(rng.choice(TWO)), (one, two), rng)


def add_gate(circuit: QuantumCircuit, name: str, places: tuple[int, ...], rng: np.random.Generator) -> None:
    angles = [float(rng.uniform(-math.pi, math.pi))] if name in ("ry", "crx") else []
    getattr(circuit, name)(*angles, *places)


circuits = st.integers(0, 2**32 - 1).map(random_circuit)


def operation_of(circuit: QuantumCircuit, noise: Noise) -> Operation:
    """All qubits in, the first one out."""
    return Operation(circuit, inputs=tuple(range(circuit.num_qubits)), outputs=(0,), noise=noise)
