"""Teleportation of a qubit, and of a gate."""

from __future__ import annotations

from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation

__all__ = ["remote_cnot", "teleportation"]


def teleportation(noise: Noise = NOISELESS) -> Operation:
    """Teleport a qubit through a Phi+ pair. Three inputs (qubit, near half, far half), one output (the far half).

    Bell measurement of the first two; the far half is turned by X if the parity bit (1) is set, then by Z if the phase
    bit (0) is. The record is that of the Bell measurement, 2x + z. Both nodes are in one circuit, as if the message
    took no time; where it does, use `bell_measurement` and keep the frame.

    Source: Bennett et al., PRL 70, 1895 (1993).

    >>> channel = teleportation().instrument.tensor.sum(axis=0)  # [out, qubit, near half, far half]
    >>> from qnet.quantum import State
    >>> import numpy as np
    >>> np.allclose(np.tensordot(channel, State.bell().tensor, axes=2), np.eye(4))
    True
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(3, 2, name="teleportation")
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    return Operation(circuit, inputs=(0, 1, 2), outputs=(2,), noise=noise)


def remote_cnot(noise: Noise = NOISELESS) -> Operation:
    """Do a CNOT between two nodes through a Phi+ pair.

    Four inputs (control, its node's half, the other half, target), two outputs (control, target). CNOT from the
    control onto its half, which is measured: if 1 (bit 0), X on the other half; that one controls the target, is
    measured in X: if 1 (bit 1), Z on the control. The record holds both bits. Its process fidelity is the pair's
    fidelity to Phi+ if all else is perfect.

    Source: Eisert, Jacobs, Papadopoulos and Plenio, PRA 62, 052317 (2000), arXiv:quant-ph/0005101.
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(4, 2, name="remote_cnot")
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(2)
    circuit.cx(2, 3)
    circuit.h(2)
    circuit.measure(2, 1)
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.z(0)
    return Operation(circuit, inputs=(0, 1, 2, 3), outputs=(0, 3), noise=noise)
