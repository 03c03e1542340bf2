"""What an eavesdropper may do to a qubit on its way: taps for a link. Her devices are perfect, her bit the record.

And what a repeater of hers may do instead of swapping.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.quantum.assignments import Assignment
from qnet.quantum.operations import Operation

__all__ = ["entangling_probe", "intercept_resend", "intercept_some", "measure_both"]


def intercept_resend(angle: float = 0.0) -> Operation:
    """Measure ``cos(angle) Z + sin(angle) X`` and send on what was found. One input, one output.

    Half of the bits of the conjugate basis come out wrong, none of the same basis; between the two, at pi/4, a
    quarter of both. The angle is that of the Bloch sphere, in radians.

    Source: Bennett, Bessette, Brassard, Salvail and Smolin, J. Cryptology 5, 3 (1992).
    """
    return _probe(math.pi / 2, angle, "intercept_resend")


def entangling_probe(disturbance: float, angle: float = 0.0) -> Operation:
    """Entangle the qubit with a probe, and measure the probe for the bit. One input, one output.

    Args:
        disturbance: error rate D that the conjugate basis gets, 0 to 1/2; the basis looked at gets none. The probe
            tells the bit with probability ``1/2 + sqrt(D (1 - D))``, the most that this disturbance allows.
        angle: the basis looked at is that of ``cos(angle) Z + sin(angle) X``; radians.

    Source: Fuchs and Peres, PRA 53, 2038 (1996), arXiv:quant-ph/9512023.

    >>> whole = entangling_probe(0.1).instrument.tensor.sum(axis=0)  # Z stays, X shrinks by 1 - 2 D
    >>> [round(float(factor), 12) for factor in whole.diagonal()]
    [1.0, 0.8, 0.8, 1.0]
    """
    check("disturbance", disturbance, Annotated[float, Ge(0), Le(0.5)])
    return _probe(math.acos(1.0 - 2.0 * disturbance), angle, "entangling_probe")


def intercept_some(fraction: float, angles: Sequence[float]) -> Operation:
    """Measure a share of the qubits and send on what was found; the others pass. One input, one output.

    Args:
        fraction: share that is measured, as a coin says.
        angles: of the basis ``cos(angle) Z + sin(angle) X``, radians; a second one, if given, has every second turn, as
            another coin says.

    Records: 0 for a qubit that passed; 1, 2 for what was read at the first angle, 3, 4 at the second.
    """
    from qiskit import QuantumCircuit

    check("fraction", fraction, Probability)
    if len(angles) not in (1, 2):
        raise InvalidArgument.of("angles", "be one or two", angles)
    circuit = QuantumCircuit(2, 3, name="intercept_some")
    circuit.ry(2.0 * math.asin(math.sqrt(fraction)), 1)
    circuit.measure(1, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        if len(angles) == 2:
            circuit.h(1)
            circuit.measure(1, 1)
        _turn(circuit, [-angle for angle in angles])
        circuit.measure(0, 2)
        _turn(circuit, angles)
    records = 1 + 2 * len(angles)
    certain = tuple(tuple(float(row == column) for column in range(records)) for row in range(records))
    weights = ((0, 1), (1, 2), (2, 1)) if len(angles) == 2 else ((0, 1), (2, 1))
    return Operation(circuit, inputs=(0,), outputs=(0,), assignments=(Assignment(weights, certain),))


def measure_both(basis: Literal["either", "z", "x"]) -> Operation:
    """Measure two qubits one by one, in the same basis, where a swap should be. Two inputs, no output.

    Bits of the record, from the least: whether the two differ; a coin; what the first gave; whether it was in X.

    Args:
        basis: "z", "x", or "either" as another coin says.
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(3, 4, name="measure_both")
    if basis == "either":
        circuit.h(2)
    elif basis == "x":
        circuit.x(2)
    circuit.measure(2, 3)
    with circuit.if_test((circuit.clbits[3], 1)):
        circuit.h([0, 1])
    circuit.cx(0, 1)
    circuit.measure([1, 0], [0, 2])
    circuit.h(2)
    circuit.measure(2, 1)
    return Operation(circuit, inputs=(0, 1))


def _probe(turn: float, angle: float, name: str) -> Operation:
    """Turn a probe that points along X towards +Z or -Z by `turn`, as the qubit says, and measure its Z."""
    from qiskit import QuantumCircuit

    if not math.isfinite(angle):
        raise InvalidArgument.of("angle", "be finite", angle)
    circuit = QuantumCircuit(2, 1, name=name)
    if angle:
        circuit.ry(-angle, 0)
    circuit.ry(math.pi / 2, 1)
    circuit.cx(0, 1)
    circuit.ry(-turn, 1)
    circuit.cx(0, 1)
    if angle:
        circuit.ry(angle, 0)
    circuit.measure(1, 0)
    return Operation(circuit, inputs=(0,), outputs=(0,))


def _turn(circuit: Any, angles: Sequence[float]) -> None:
    """Turn the qubit by the angle that the second bit names."""
    if len(angles) == 1:
        circuit.ry(angles[0], 0)
        return
    for value, angle in enumerate(angles):
        with circuit.if_test((circuit.clbits[1], value)):
            circuit.ry(angle, 0)
