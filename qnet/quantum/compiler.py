"""From an operation to its instrument: exact, by Aer, once for each content.

The circuit is run with each input maximally entangled with a reference qubit. The density matrix that comes out is the
Choi state, whose Pauli tensor is the transfer matrix: ``K[o, i] = Tr(rho P_i^T x P_o)``, and transposing a Pauli
matrix only turns the sign of Y. Measurements cut the circuit; each branch goes on by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.quantum.aer import evolve
from qnet.quantum.instruments import Instrument
from qnet.quantum.operations import Operation, Segment
from qnet.quantum.pauli import Tensor, pauli_tensor

__all__ = ["compile_operation", "run_branches"]

Bits = tuple[tuple[int, int], ...]

_CACHE: OrderedDict[str, Instrument] = OrderedDict()
_CACHE_SIZE = 1024
_NEGLIGIBLE = 1e-30


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
    """Run segments branch by branch; give the Pauli tensor of the kept qubits for each true outcome, unnormalised.

    Everything after a measurement is linear, so outcomes that are recorded alike go on as one branch, under the bits
    of the first of them.
    """
    qubits = int(start.shape[0]).bit_length() - 1
    live: list[tuple[dict[int, int], float, NDArray[np.complex128]]] = [({}, 1.0, start)]
    for segment in segments:
        grown: dict[Any, tuple[dict[int, int], NDArray[np.complex128]]] = {}
        for bits, weight, state in live:
            rho = evolve(segment.gates, qubits, operation.noise, state, reason=reason).reshape((2,) * (2 * qubits))
            for outcome, block in outcomes(rho, segment.measured):
                after = bits | outcome
                seen = operation.seen(after)
                if seen not in grown:
                    grown[seen] = after, np.zeros_like(rho)
                grown[seen][1][block] += weight * rho[block]
        live = []
        for bits, total in grown.values():
            matrix = total.reshape(2**qubits, 2**qubits)
            trace = float(matrix.trace().real)
            live.append((bits, trace, matrix / trace))
    return {tuple(sorted(bits.items())): weight * _kept(rho, keep) for bits, weight, rho in live}


def outcomes(
    rho: NDArray[np.complex128], measured: Sequence[tuple[int, int]]
) -> Iterator[tuple[dict[int, int], tuple[Any, ...]]]:
    """Find the outcomes of measuring some (qubit, bit) that can happen: their bits, and the block of rho they select.

    The density matrix `rho` has shape ``(2,) * 2n``, rows first.
    """
    n = rho.ndim // 2
    diagonal = rho.reshape(2**n, 2**n).diagonal().real.reshape((2,) * n)
    bit_of = dict(sorted(measured))
    chances = diagonal.sum(axis=tuple(qubit for qubit in range(n) if qubit not in bit_of))
    for values in np.ndindex(chances.shape):
        if chances[values] > _NEGLIGIBLE:
            seen = dict(zip(bit_of, values, strict=True))
            index = tuple(seen.get(qubit, slice(None)) for qubit in range(n))
            yield {bit_of[qubit]: value for qubit, value in seen.items()}, index * 2


def _kept(rho: NDArray[np.complex128], keep: tuple[int, ...]) -> Tensor:
    n = rho.shape[0].bit_length() - 1
    columns = [n + qubit if qubit in keep else qubit for qubit in range(n)]
    reduced = np.einsum(
        rho.reshape((2,) * (2 * n)), [*range(n), *columns], [*keep, *(columns[qubit] for qubit in keep)]
    )
    return pauli_tensor(reduced.reshape(2 ** len(keep), -1)).reshape((4,) * len(keep))


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
