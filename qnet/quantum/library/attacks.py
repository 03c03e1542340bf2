"""What an eavesdropper may do to a qubit on its way: taps for a link. Her devices are perfect, her bit the record."""

from __future__ import annotations

import math
from typing import Annotated

from annotated_types import Ge, Le

from qnet.errors import InvalidArgument
from qnet.fields import check
from qnet.quantum.operations import Operation

__all__ = ["entangling_probe", "intercept_resend"]


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
