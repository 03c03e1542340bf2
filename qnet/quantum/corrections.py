"""Pauli corrections written into an operation's circuit, where a frame cannot ride along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qnet.quantum.operations import Operation
from qnet.quantum.pauli import Tensor
from qnet.quantum.states import BELL_TENSORS

__all__ = ["corrected", "reframed"]


def reframed(tensor: Tensor, label: int) -> Tensor:
    """Give a pair's Pauli tensor after the Pauli ``X^x Z^z`` of a Bell label on its first qubit, exactly.

    >>> from qnet.quantum.states import State
    >>> State(reframed(State.bell(3).tensor, 3)).fidelity()
    1.0
    """
    signs: Tensor = BELL_TENSORS[label].diagonal() * BELL_TENSORS[0].diagonal()
    turned: Tensor = signs[:, None] * tensor
    return turned


def corrected(operation: Operation, labels: Sequence[int]) -> Operation:
    """Turn the halves of pairs with these Bell labels into halves of Phi+, then do the operation.

    Args:
        operation: takes one half of each pair, in order.
        labels: 0 to 3 (Phi+, Phi-, Psi+, Psi-), one for each input; corrected by `z` for the phase, `x` for the
            parity, with the noise of these gates.

    >>> from qnet.quantum.circuits import measurement
    >>> [item.operation.name for item in corrected(measurement(0.0), [3]).circuit.data]
    ['x', 'z', 'measure']
    """
    if not any(labels):
        return operation
    circuit = operation.circuit.copy_empty_like()
    for qubit, label in zip(operation.inputs, labels, strict=True):
        if label & 2:
            circuit.x(qubit)
        if label & 1:
            circuit.z(qubit)
    return replace(operation, circuit=circuit.compose(operation.circuit))
