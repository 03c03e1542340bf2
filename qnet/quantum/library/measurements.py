"""Measurements beyond those of `qnet.quantum.circuits`: the Paulis, and the Bell measurement of linear optics."""

from __future__ import annotations

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check
from qnet.quantum.assignments import Assignment
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation

__all__ = ["LINEAR_OPTICS_FAILED", "linear_optics_bell_measurement", "pauli_measurement"]

LINEAR_OPTICS_FAILED = 4
"""The record of a linear-optics Bell measurement that does not tell which Bell state it was."""


def pauli_measurement(basis: str, noise: Noise = NOISELESS) -> Operation:
    """Measure X ("x": h), Y ("y": sdg, h) or Z ("z") of a qubit. One input, no output; record 0 is eigenvalue +1.

    For an angle between Z and X see `measurement`.

    >>> pauli_measurement("y").instrument
    Instrument(1 in, 0 out, 2 records)
    """
    from qiskit import QuantumCircuit

    if basis not in ("x", "y", "z"):
        raise InvalidArgument.of("basis", "be 'x', 'y' or 'z'", basis)
    circuit = QuantumCircuit(1, 1, name=f"measure_{basis}")
    if basis == "y":
        circuit.sdg(0)
    if basis != "z":
        circuit.h(0)
    circuit.measure(0, 0)
    return Operation(circuit, inputs=(0,), noise=noise)


def linear_optics_bell_measurement(*, efficiency: float = 1.0, visibility: float = 1.0) -> Operation:
    """Measure two photonic qubits with a beam splitter and detectors: only Psi+ and Psi- can be told apart.

    Two inputs, no output. The record is the label of the Bell state found, 2 or 3, as that of `bell_measurement`;
    or `LINEAR_OPTICS_FAILED` (4), which is all that Phi+ and Phi- give: half of all swaps fail. 0 and 1 never occur.

    Args:
        efficiency: with which each photon is seen; both must be, so that a swap succeeds with ``efficiency**2 / 2``.
        visibility: overlap V of the photons' other degrees of freedom; Psi+ and Psi- are mistaken for each other with
            probability ``(1 - V) / 2``. Dark counts are left out: see `photonics` for circuits of modes.

    Source: Weinfurter, Europhys. Lett. 25, 559 (1994); the limit of one half: Calsamiglia and Luetkenhaus, Appl. Phys.
    B 72, 67 (2001), arXiv:quant-ph/0007058.
    """
    from qiskit import QuantumCircuit

    check("efficiency", efficiency, Probability)
    check("visibility", visibility, Probability)
    seen, mistaken = efficiency**2, (1.0 - visibility) / 2.0
    psi = (seen * (1.0 - mistaken), seen * mistaken)
    silent = (0.0, 0.0, 0.0, 0.0)
    told = ((0.0, 0.0, *psi), (0.0, 0.0, *reversed(psi)), (1.0, 1.0, 1.0 - seen, 1.0 - seen))
    circuit = QuantumCircuit(2, 2, name="linear_optics_bell_measurement")
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    return Operation(circuit, inputs=(0, 1), assignments=(Assignment(((0, 1), (1, 2)), (silent, silent, *told)),))
