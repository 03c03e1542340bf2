"""Two memories, an arm of light from each, and the station where the arms meet; what single and double click share.

Eight qubits: the memories; for each arm its mode, which may bunch to two photons; the two ports of a second spectral
mode, for the part of B's photon that cannot interfere with A's.
"""

from __future__ import annotations

from typing import Any

from qnet.quantum.noise import Noise
from qnet.quantum.operations import Assignment
from qnet.quantum.photonics.modes import beam_splitter, loss, station

__all__ = [
    "IDEAL",
    "LIGHT",
    "MEMORY_A",
    "MEMORY_B",
    "PHI_PLUS",
    "PSI_MINUS",
    "PSI_PLUS",
    "detectors",
    "emit",
    "meet",
    "register",
]

IDEAL = Noise(ideal=frozenset({"h", "ry", "x", "cx", "ccx", "cswap", "reset"}))
PHI_PLUS, PSI_PLUS, PSI_MINUS = 0, 2, 3

MEMORY_A, MEMORY_B = 0, 1
ARM_A, ARM_B = (2, 3), (4, 5)
OTHER_A, OTHER_B = 6, 7
LIGHT = (*ARM_A, *ARM_B, OTHER_A, OTHER_B)


def register(name: str, bins: int) -> Any:
    """Give the circuit of the eight qubits, nothing done yet, with bits for the light of so many time bins."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    qubits = (("memory_A", 1), ("memory_B", 1), ("arm_A", 2), ("arm_B", 2), ("other_A", 1), ("other_B", 1))
    registers = [QuantumRegister(size, label) for label, size in qubits]
    return QuantumCircuit(*registers, ClassicalRegister(bins * len(LIGHT), "light"), name=name)


def emit(circuit: Any, efficiency_a: float, efficiency_b: float) -> None:
    """Let each memory emit a photon if it is in |1>, and the photon survive with its arm's efficiency."""
    for memory, arm, efficiency in ((MEMORY_A, ARM_A, efficiency_a), (MEMORY_B, ARM_B, efficiency_b)):
        circuit.cx(memory, arm[0])
        circuit.append(loss(efficiency), [arm[0]])


def meet(circuit: Any, visibility: float, *, first_bit: int = 0) -> None:
    """Let the arms interfere on a balanced beam splitter and count the photons of every mode.

    A's detector sees the sum of both amplitudes, B's the difference.
    """
    # a part sqrt(1 - V) of B's amplitude is in the spectral mode that A's photon is never in: <psi_A|psi_B> = sqrt(V)
    circuit.append(beam_splitter(visibility), [ARM_B[0], OTHER_B])
    circuit.append(beam_splitter(0.5, qubits=2), [*ARM_B, *ARM_A])
    circuit.append(beam_splitter(0.5), [OTHER_B, OTHER_A])
    circuit.measure(LIGHT, range(first_bit, first_bit + len(LIGHT)))


def detectors(dark_count_probability: float, *, number_resolving: bool, first_bit: int = 0) -> Assignment:
    """Give the reading of the station for the bits that `meet` wrote; 1 is A's detector, 2 is B's."""
    places = {qubit: first_bit + place for place, qubit in enumerate(LIGHT)}
    port_a, port_b = (
        tuple(tuple(places[qubit] for qubit in mode) for mode in modes)
        for modes in ((ARM_A, (OTHER_A,)), (ARM_B, (OTHER_B,)))
    )
    return station((port_a, port_b), dark_count_probability, number_resolving=number_resolving)
