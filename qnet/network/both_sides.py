"""Purification by both sides in one tick, as one product of matrices made once for each pair of operations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qnet.quantum import Half, Operation, Waiting
from qnet.quantum.pauli import Tensor

__all__ = ["BothSides", "OneSide", "waited"]


class OneSide(NamedTuple):
    """What the first side of a purification of two pairs did, while the state after it has not been worked out.

    `halves` are the two pairs as they were then, its own qubits aged.
    """

    operation: Operation
    record: int
    halves: tuple[Half, Half]


class BothSides:
    """Joint instruments of the two sides of purifications, for the record of the first side, made when first used.

    Exactly what the two instruments give one after the other: the product of both, contracted with both pairs.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Operation, int, Operation], Tensor] = {}

    @staticmethod
    def chances(operation: Operation, halves: tuple[Half, Half]) -> list[float]:
        """Give the probability of each record of the first side, from its two qubits alone."""
        one, two = (tensor[:, 0] if axis == 0 else tensor[0] for tensor, axis, *_ in halves)
        rows = operation.instrument.rows
        chances: list[float] = two.dot(one.dot(rows.reshape(4, -1)).reshape(4, -1)).tolist()
        return chances

    def apply(self, first: OneSide, operation: Operation, tensors: tuple[Tensor, Tensor]) -> Tensor:
        """Give, for each record of the second side, the pair that is left, first side's qubit first, unnormalised.

        Args:
            first: what the first side did.
            operation: of the second side.
            tensors: the two pairs with all their qubits aged.
        """
        key = (first.operation, first.record, operation)
        matrix = self._made.get(key)
        if matrix is None:
            self._made[key] = matrix = _joint(first.operation, first.record, operation)
        one, two = (
            (tensor if half.axis == 0 else tensor.T).reshape(16)
            for tensor, half in zip(tensors, first.halves, strict=True)
        )
        left: Tensor = matrix.dot(two).reshape(-1, 16).dot(one).reshape(-1, 4, 4)
        return left


def _joint(first: Operation, record: int, second: Operation) -> Tensor:
    """Make the matrix: rows are (second record, both outputs, first pair), columns the second pair."""
    a, b = first.instrument.tensor[record], second.instrument.tensor
    joint: Tensor = np.einsum("xij,bykl->bxyikjl", a, b).reshape(-1, 16)
    return np.ascontiguousarray(joint)


def waited(tensor: Tensor, axis: int, waiting: Waiting, waited_s: float) -> Tensor:
    """Age one qubit of a pair."""
    if waited_s == 0.0 or waiting.is_trivial:
        return tensor
    matrix = waiting.matrix(waited_s)
    aged: Tensor = matrix.dot(tensor) if axis == 0 else tensor.dot(matrix.T)
    return aged
