"""The circuits of the elementary operations.

Each function returns an `Operation`; the circuit inside is plain Qiskit, to be drawn, changed and passed back.
"""

from __future__ import annotations

import math
from typing import Literal

from qnet.errors import InvalidArgument
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation

__all__ = ["bell_measurement", "bell_pair", "measurement", "move"]


def bell_pair(noise: Noise = NOISELESS) -> Operation:
    """Prepare Phi+ of two fresh qubits: reset both, h, cx. No inputs, two outputs."""
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2, name="bell_pair")
    circuit.reset([0, 1])
    circuit.h(0)
    circuit.cx(0, 1)
    return Operation(circuit, outputs=(0, 1), noise=noise)


def bell_measurement(noise: Noise = NOISELESS) -> Operation:
    """Measure two qubits in the Bell basis: cx, h, read both. Two inputs, no output.

    The record is the label 2x + z of the Bell state found (0 Phi+, 1 Phi-, 2 Psi+, 3 Psi-): qubit 0 holds the phase
    bit z, qubit 1 the parity bit x. Swapping two pairs with labels a and b leaves a pair with label ``a ^ b ^ record``
    (Zukowski et al., PRL 71, 4287, 1993).
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2, 2, name="bell_measurement")
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    return Operation(circuit, inputs=(0, 1), noise=noise)


def measurement(angle: float | Literal["y"], noise: Noise = NOISELESS) -> Operation:
    """Measure ``cos(angle) Z + sin(angle) X``: Z at 0, X at pi/2; or Y. One in, none out; record 0 is eigenvalue +1.

    Args:
        angle: on the Bloch sphere, in radians (twice a polariser's angle); or "y" for Y, which lies outside that plane.
        noise: the rotation, which is left out at angle 0, has the noise of `ry` (for Y that of `rx`).
    """
    from qiskit import QuantumCircuit

    if isinstance(angle, str) and angle != "y":
        raise InvalidArgument.of("angle", "be a number or 'y'", angle)
    if angle != "y" and not math.isfinite(angle):
        raise InvalidArgument.of("angle", "be finite", angle)
    circuit = QuantumCircuit(1, 1, name="measurement")
    if angle == "y":
        circuit.rx(math.pi / 2, 0)
    elif angle:
        circuit.ry(-angle, 0)
    circuit.measure(0, 0)
    return Operation(circuit, inputs=(0,), noise=noise)


def move(noise: Noise = NOISELESS) -> Operation:
    """Move a qubit into a fresh memory: two gates between them, which swap it with ``|0>``. One in, one out.

    Both gates are controlled by the qubit that moves, as an electron controls a nuclear spin; Hadamard gates turn the
    second one round. Those of the memory are written `u`, so that they may have noise of their own.
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2, name="move")
    circuit.reset(1)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.u(math.pi / 2, 0.0, math.pi, 1)
    circuit.cx(0, 1)
    circuit.u(math.pi / 2, 0.0, math.pi, 1)
    return Operation(circuit, inputs=(0,), outputs=(1,), noise=noise)
