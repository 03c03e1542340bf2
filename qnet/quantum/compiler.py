"""From an operation to its instrument: exact, by Aer, once for each content.

The circuit is run with each input maximally entangled with a reference qubit. The density matrix that comes out is the
Choi state, whose Pauli tensor is the transfer matrix: ``K[o, i] = Tr(rho P_i^T x P_o)``, and transposing a Pauli
matrix only turns the sign of Y. Measurements cut the circuit; each branch goes on by itself.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from qnet.quantum.aer import evolve
from qnet.quantum.instruments import Instrument
from qnet.quantum.operations import Operation, Segment, branch
from qnet.quantum.pauli import Tensor, pauli_tensor

__all__ = ["compile_operation", "run_branches"]

Bits = tuple[tuple[int, int], ...]

_CACHE: OrderedDict[str, Instrument] = OrderedDict()
_CACHE_SIZE = 1024


def compile_operation(operation: Operation) -> Instrument:
    """Compile an operation, or give what was compiled from the same content before.

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
    references = tuple(range(qubits, qubits + inputs))
    start = _entangled(operation.inputs, references, qubits + inputs)
    true = run_branches(operation.segments, operation, start, keep=(*operation.outputs, *references))
    recorded = operation.spread(true)
    for axis in range(recorded.ndim - inputs, recorded.ndim):
        recorded[(slice(None),) * axis + (2,)] *= -1.0
    return Instrument(recorded, inputs)


def run_branches(
    segments: tuple[Segment, ...],
    operation: Operation,
    start: NDArray[np.complex128],
    *,
    keep: tuple[int, ...],
    reason: str = "compile",
) -> dict[Bits, Tensor]:
    """Run segments branch by branch; give the Pauli tensor of the kept qubits for each true outcome, unnormalised."""
    qubits = int(start.shape[0]).bit_length() - 1
    live: list[tuple[dict[int, int], float, NDArray[np.complex128]]] = [({}, 1.0, start)]
    for segment in segments:
        grown = []
        for bits, weight, state in live:
            rho = evolve(segment.gates, qubits, operation.noise, state, reason=reason)
            for outcome, projected in branch(rho, segment.measured):
                trace = float(np.trace(projected).real)
                grown.append((bits | dict(outcome), weight * trace, projected / trace))
        live = grown
    true: dict[Bits, Tensor] = {}
    for bits, weight, rho in live:
        key = tuple(sorted(bits.items()))
        true[key] = true.get(key, 0.0) + weight * _kept(pauli_tensor(rho), keep)
    return true


def _kept(tensor: Tensor, keep: tuple[int, ...]) -> Tensor:
    traced = tensor[tuple(slice(None) if axis in keep else 0 for axis in range(tensor.ndim))]
    order = sorted(keep)
    return traced.transpose([order.index(axis) for axis in keep])


def _entangled(ends: tuple[int, ...], references: tuple[int, ...], qubits: int) -> NDArray[np.complex128]:
    """Give the statevector in which each input is maximally entangled with its reference, all else in ``|0>``."""
    state = np.zeros((2,) * qubits, dtype=np.complex128)
    for values in np.ndindex(*(2,) * len(ends)):
        place = [0] * qubits
        for end, reference, value in zip(ends, references, values, strict=True):
            place[end] = place[reference] = value
        state[tuple(place)] = 1.0
    return (state / np.sqrt(2.0 ** len(ends))).reshape(-1)
