"""Circuits define, tensors run: states, operations, instruments, waiting and the engines that apply them.

The only part of qnet that talks to Qiskit and Aer, and it imports them only when something is compiled.

- `State`: a density matrix as a real Pauli tensor.
- `Batch`: many states at once, waiting, swapped and purified along one axis.
- `Noise`, `GateNoise`, `Readout`, `Relaxation`: a processor's imperfections, from plain hardware numbers, an Aer noise
  model, a device snapshot or a Qiskit backend.
- `Operation`: a Qiskit circuit with its inputs, outputs and noise; `Operation.instrument` is its compiled form.
- `bell_pair`, `bell_measurement`, `measurement`, `move`: the elementary operations.
- `Purification`: a circuit for each side and a rule on their records.
- `library`: circuits of the literature, ready made; all of its names are here too.
- `Waiting`: a memory, as a semigroup.
- `Compiled`, `Aer`: engines, which agree to 1e-9.
- `photonics`: heralded entanglement, from circuits in which photons are qubits too.
"""

from qnet.quantum.assignments import Assignment
from qnet.quantum.batches import Batch
from qnet.quantum.circuits import bell_measurement, bell_pair, measurement, move
from qnet.quantum.engines import Aer, Compiled, Engine, Half
from qnet.quantum.imperfections import GateNoise, Readout, Relaxation
from qnet.quantum.instruments import Instrument
from qnet.quantum.library import (
    LINEAR_OPTICS_FAILED,
    bbpssw,
    dejmps,
    double_selection,
    entangling_probe,
    epl,
    ghz_fusion,
    ghz_projection,
    intercept_resend,
    linear_optics_bell_measurement,
    misalignment,
    pauli_measurement,
    pauli_preparation,
    pumped,
    remote_cnot,
    teleportation,
    three_to_one,
    twirl,
)
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation
from qnet.quantum.photonics import PairDetection, pair_detection
from qnet.quantum.purification import Purification
from qnet.quantum.states import BELL_NAMES, State
from qnet.quantum.waiting import NO_WAITING, Waiting

__all__ = [
    "BELL_NAMES",
    "LINEAR_OPTICS_FAILED",
    "NOISELESS",
    "NO_WAITING",
    "Aer",
    "Assignment",
    "Batch",
    "Compiled",
    "Engine",
    "GateNoise",
    "Half",
    "Instrument",
    "Noise",
    "Operation",
    "PairDetection",
    "Purification",
    "Readout",
    "Relaxation",
    "State",
    "Waiting",
    "bbpssw",
    "bell_measurement",
    "bell_pair",
    "dejmps",
    "double_selection",
    "entangling_probe",
    "epl",
    "ghz_fusion",
    "ghz_projection",
    "intercept_resend",
    "linear_optics_bell_measurement",
    "measurement",
    "misalignment",
    "move",
    "pair_detection",
    "pauli_measurement",
    "pauli_preparation",
    "pumped",
    "remote_cnot",
    "teleportation",
    "three_to_one",
    "twirl",
]
