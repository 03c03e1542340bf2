"""Circuits of the literature, ready made. Each is plain Qiskit inside, to be drawn, changed and passed back.

- `measurements`: the Paulis X, Y, Z; the Bell measurement of linear optics.
- `teleportation`: a qubit, or a CNOT, through a pair.
- `ghz`: pairs that meet at a node become a GHZ state.
- `purifications`: BBPSSW, DEJMPS, EPL, double selection, three to one, pumping, the twirl.
- `polarisation`: a single photon prepared, and what the fibre does to it.
- `attacks`: what an eavesdropper may do to a qubit on its way.
"""

from qnet.quantum.library.attacks import entangling_probe, intercept_resend
from qnet.quantum.library.ghz import ghz_fusion, ghz_projection
from qnet.quantum.library.measurements import LINEAR_OPTICS_FAILED, linear_optics_bell_measurement, pauli_measurement
from qnet.quantum.library.polarisation import misalignment, pauli_preparation
from qnet.quantum.library.purifications import (
    bbpssw,
    dejmps,
    double_selection,
    epl,
    pumped,
    three_to_one,
    twirl,
)
from qnet.quantum.library.teleportation import remote_cnot, teleportation

__all__ = [
    "LINEAR_OPTICS_FAILED",
    "bbpssw",
    "dejmps",
    "double_selection",
    "entangling_probe",
    "epl",
    "ghz_fusion",
    "ghz_projection",
    "intercept_resend",
    "linear_optics_bell_measurement",
    "misalignment",
    "pauli_measurement",
    "pauli_preparation",
    "pumped",
    "remote_cnot",
    "teleportation",
    "three_to_one",
    "twirl",
]
