"""From an operation to its instrument: exact, by Aer, once for each content.

The circuit is run with each input maximally entangled with a reference qubit. The density matrix that comes out is the
Choi state, whose Pauli tensor is the transfer matrix: ``K[o, i] = Tr(rho P_i^T x P_o)``, and transposing a Pauli
matrix only turns the sign of Y. Measurements cut the circuit; each branch goes on by itself, with the choices of its
own record.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from qnet.quantum.branches import run_branches
from qnet.quantum.instruments import Instrument
from qnet.quantum.limits import Budget, check_bytes
from qnet.quantum.operations import Operation

__all__ = ["compile_operation"]

_CACHE: OrderedDict[str, Instrument] = OrderedDict()
_CACHE_SIZE = 1024


def compile_operation(operation: Operation) -> Instrument:
    """Compile an operation, or give what was compiled from the same content before.

    Raises:
        CircuitError: it would take more than 2 s (estimated from its size) or 1 GB.

    >>> from qnet.quantum.circuits import bell_measurement
    >>> compile_operation(bell_measurement())
    Instrument(2 in, 0 out, 4 records)
    """
    if operation.digest not in _CACHE:
        _CACHE[operation.digest] = _compile(operation)
        if len(_CACHE) > _CACHE_SIZE:
            _CACHE.popitem(last=False)
    return _CACHE[operation.digest]


def _compile(operation: Operation) -> Instrument:
    inputs, qubits = len(operation.inputs), operation.circuit.num_qubits
    check_bytes(8 * operation.records * 4 ** (inputs + len(operation.outputs)))
    references = tuple(range(qubits, qubits + inputs))
    start = _entangled(operation.inputs, references, qubits + inputs)
    keep = (*operation.outputs, *references)
    true = run_branches(operation.segments, operation, start, keep=keep, budget=Budget())
    recorded = operation.spread(true)
    for axis in range(recorded.ndim - inputs, recorded.ndim):
        recorded[(slice(None),) * axis + (2,)] *= -1.0
    return Instrument(recorded, inputs)


def _entangled(ends: tuple[int, ...], references: tuple[int, ...], qubits: int) -> NDArray[np.complex128]:
    """Give the statevector in which each input is maximally entangled with its reference, all else in ``|0>``."""
    state = np.zeros((2,) * qubits, dtype=np.complex128)
    for values in np.ndindex(*(2,) * len(ends)):
        place = [0] * qubits
        for end, reference, value in zip(ends, references, values, strict=True):
            place[end] = place[reference] = value
        state[tuple(place)] = 1.0
    vector: NDArray[np.complex128] = state.reshape(-1) / np.sqrt(2.0 ** len(ends))
    return vector
