"""The compiled engine against Aer circuits, for circuits that hold everything a node could do."""

from hypothesis import given, settings
from qiskit import QuantumCircuit
from quantum.random_circuits import circuits, operation_of
from quantum.strategies import noises
from referee.test_engines import agree, halves

from qnet.quantum import Half, Noise


@settings(max_examples=15)
@given(circuits, noises(), halves(), halves())
def test_random_circuits(circuit: QuantumCircuit, noise: Noise, left: Half, right: Half) -> None:
    agree(operation_of(circuit, noise), [left, right])
