"""Single photons on their way from sender to receiver: their polarisation is the qubit."""

from __future__ import annotations

import math

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.quantum.operations import Operation

__all__ = ["misalignment", "pauli_preparation"]


def pauli_preparation(basis: str, bit: int) -> Operation:
    """Prepare the eigenstate of X, Y or Z with eigenvalue +1 (bit 0) or -1 (bit 1). No input, one output.

    >>> pauli_preparation("x", 1).instrument.tensor.shape
    (1, 4)
    """
    from qiskit import QuantumCircuit

    if basis not in ("x", "y", "z"):
        raise InvalidArgument.of("basis", "be 'x', 'y' or 'z'", basis)
    if bit not in (0, 1):
        raise InvalidArgument.of("bit", "be 0 or 1", bit)
    circuit = QuantumCircuit(1, name=f"prepare_{basis}{bit}")
    circuit.reset(0)
    if bit:
        circuit.x(0)
    if basis != "z":
        circuit.h(0)
    if basis == "y":
        circuit.s(0)
    return Operation(circuit, outputs=(0,))


def misalignment(error: float) -> Operation:
    """Let a polarisation drift: with probability `error` it is turned by a right angle. One input, one output.

    That exchanges the states of Z, and those of X: both bases show this share of errors.
    """
    from qiskit import QuantumCircuit

    check("error", error, Probability)
    circuit = QuantumCircuit(2, name="misalignment")
    circuit.ry(2.0 * math.asin(math.sqrt(error)), 1)
    circuit.cy(1, 0)
    return Operation(circuit, inputs=(0,), outputs=(0,))
