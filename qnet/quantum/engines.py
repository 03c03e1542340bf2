"""Engines: how the event loop turns an operation and the qubits it touches into branches.

The kernel draws the record, so no engine touches a random stream; with the same draws all engines agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from qnet.quantum.aer import as_gate, evolve, relaxation
from qnet.quantum.branches import run_branches
from qnet.quantum.operations import Operation
from qnet.quantum.pauli import Tensor, density_matrix, pauli_tensor
from qnet.quantum.waiting import Waiting

__all__ = ["Aer", "Compiled", "Engine", "Half"]

Branches = tuple[list[float], Callable[[int], Tensor]]


class Half(NamedTuple):
    """A qubit about to be touched: its state's Pauli tensor, its axis there, and how long it has waited untouched."""

    tensor: Tensor
    axis: int | tuple[int, ...]
    """One axis, or all that the operation takes of this state, in order, where nothing of it has waited."""
    waiting: Waiting
    waited_s: float


class Engine(Protocol):
    """Anything that applies operations to states."""

    def branches(self, operation: Operation | None, halves: Sequence[Half]) -> Branches:
        """Age the halves, then apply the operation to them, each from a state of its own.

        Args:
            operation: takes the halves as its inputs, in order; None only ages them, and joins their states.
            halves: one or more, of different states.

        Returns:
            The probability of each record (one record if none is made), and a function from record to the normalised
            Pauli tensor of what is left: the untouched axes state by state, then the operation's outputs.
        """
        ...


class Compiled:
    """Contracts compiled instruments: microseconds an operation. The default."""

    def branches(self, operation: Operation | None, halves: Sequence[Half]) -> Branches:
        """Apply an operation; see `Engine`."""
        aged = [_aged(half) for half in halves]
        if operation is None:
            joint = aged[0] if len(aged) == 1 else _join(aged)
            return [1.0], lambda _: joint
        instrument = operation.instrument
        if len(aged) == 2 and aged[0].ndim == 2 and aged[1].ndim == 2 and not instrument.outputs:
            return _swap(instrument.tensor, instrument.rows, aged, halves)
        if len(aged) == 1 and aged[0].ndim == 2 and instrument.inputs == 1 and not instrument.outputs:
            rows = instrument.tensor.dot(aged[0] if halves[0].axis == 0 else aged[0].T)
            return rows[:, 0].tolist(), lambda record: rows[record] / rows[record, 0]
        joint = aged[0] if len(aged) == 1 else _join(aged)
        tensors = instrument.branches(joint, _joint_axes(halves))
        probabilities = [float(tensor.flat[0]) for tensor in tensors]
        return probabilities, lambda record: tensors[record] / probabilities[record]


class Aer:
    """Runs a real Aer density-matrix circuit at every operation and every wait: the referee, about 1 ms each."""

    def branches(self, operation: Operation | None, halves: Sequence[Half]) -> Branches:
        """Apply an operation; see `Engine`."""
        joint = _join([_aged_by_aer(half) for half in halves])
        if operation is None:
            return [1.0], lambda _: joint
        touched = _joint_axes(halves)
        spectators = [axis for axis in range(joint.ndim) if axis not in touched]
        qubits = operation.circuit.num_qubits
        # the operation's register first, then everyone who only watches
        fresh = [place for place in range(qubits) if place not in operation.inputs]
        padded = _join([joint, *[np.array([1.0, 0.0, 0.0, 1.0])] * len(fresh)])
        source = dict(zip(operation.inputs, touched, strict=True))
        source |= {place: joint.ndim + k for k, place in enumerate(fresh)}
        order = [source[place] for place in range(qubits)] + spectators
        rho = density_matrix(np.ascontiguousarray(padded.transpose(order)))
        keep = (*range(qubits, qubits + len(spectators)), *operation.outputs)
        recorded = operation.spread(run_branches(operation.segments, operation, rho, keep=keep, reason="loop"))
        probabilities = [float(tensor.flat[0]) for tensor in recorded]
        return probabilities, lambda record: recorded[record] / probabilities[record]


def _swap(tensor: Tensor, rows: Tensor, aged: list[Tensor], halves: Sequence[Half]) -> Branches:
    """Consume the touched axes of two pairs: ``R_AB[k] = R_A . K[k] . R_B``; only the record drawn is computed."""
    left, right = aged
    if halves[0].axis == 0:
        left = left.T
    if halves[1].axis == 1:
        right = right.T
    probabilities: list[float] = right[:, 0].dot(left[0].dot(rows.reshape(4, -1)).reshape(4, -1)).tolist()

    def result(record: int) -> Tensor:
        joined: Tensor = left.dot(tensor[record]).dot(right)
        joined *= 1.0 / joined[0, 0]
        return joined

    return probabilities, result


def _aged(half: Half) -> Tensor:
    tensor, axis, waiting, waited_s = half
    if waited_s == 0.0 or waiting.is_trivial:
        return tensor
    assert isinstance(axis, int)
    matrix = waiting.matrix(waited_s)
    if axis == 0:
        aged: Tensor = matrix.dot(tensor) if tensor.ndim < 3 else np.tensordot(matrix, tensor, axes=1)
        return aged
    if axis == tensor.ndim - 1:
        last: Tensor = tensor.dot(matrix.T)
        return last
    return np.moveaxis(np.tensordot(matrix, tensor, axes=([1], [axis])), 0, axis)


def _aged_by_aer(half: Half) -> Tensor:
    if half.waited_s == 0.0 or half.waiting.is_trivial:
        return half.tensor
    assert isinstance(half.axis, int)
    gate = _waiting_gate(half.waiting, half.waited_s)
    rho = evolve([(gate, (half.axis,))], half.tensor.ndim, density_matrix(half.tensor), reason="loop")
    return pauli_tensor(rho)


def _waiting_gate(waiting: Waiting, duration_s: float) -> Any:
    times = waiting.relaxation_times()
    if times is not None:
        return as_gate(relaxation(times[0], times[1], duration_s, times[2]))
    from qiskit.quantum_info import PTM, SuperOp

    return as_gate(SuperOp(PTM(waiting.matrix(duration_s))))


def _join(tensors: Sequence[Tensor]) -> Tensor:
    joint = tensors[0]
    for tensor in tensors[1:]:
        joint = np.multiply.outer(joint, tensor)
    return joint


def _joint_axes(halves: Sequence[Half]) -> list[int]:
    axes: list[int] = []
    offset = 0
    for half in halves:
        axes += [offset + axis for axis in ((half.axis,) if isinstance(half.axis, int) else half.axis)]
        offset += half.tensor.ndim
    return axes
