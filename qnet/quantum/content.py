"""What a circuit says, as a value to be hashed: two circuits with equal content compile alike.

Bits are told by their place, gates by name and parameters, everything that is no standard gate also by what it is made
of. Kept fast, since an operation is looked up by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qnet.quantum.conditions import read_condition

__all__ = ["content", "named"]

_PLAIN = frozenset(("measure", "reset", "barrier"))


def content(circuit: Any, qubits: Sequence[int] | None = None, bits: Sequence[int] | None = None) -> list[Any]:
    """List the steps of a circuit.

    Args:
        circuit: a Qiskit `QuantumCircuit`.
        qubits, bits: what its qubits and classical bits are called outside, if it stands inside another.
    """
    qubit_of = dict(zip(circuit.qubits, range(circuit.num_qubits) if qubits is None else qubits, strict=True))
    bit_of = dict(zip(circuit.clbits, range(circuit.num_clbits) if bits is None else bits, strict=True))
    steps: list[Any] = []
    for item in circuit.data:
        places = [qubit_of[qubit] for qubit in item.qubits]
        if item.is_standard_gate():
            steps.append((item.name, item.params, places))
        elif item.name in _PLAIN:
            steps.append((item.name, places, [bit_of[bit] for bit in item.clbits]))
        else:
            steps.append(_special(item.operation, places, [bit_of[bit] for bit in item.clbits], bit_of))
    return steps


def named(name: str, qubits: Sequence[int]) -> str:
    """Name an instruction in an error."""
    return f"Instruction `{name}` on qubits {tuple(qubits)}"


def _special(operation: Any, qubits: list[int], bits: list[int], bit_of: Mapping[Any, int]) -> Any:
    """Say what a step is that is no standard gate."""
    name, label = operation.name, getattr(operation, "label", None)
    said = (name, label, getattr(operation, "unit", None), qubits, bits)
    if name in ("if_else", "while_loop"):
        return said, read_condition(operation.condition, bit_of, named(name, qubits)), _bodies(operation, qubits, bits)
    if name == "switch_case":
        labels = [[repr(value) for value in values] for values, _ in operation.cases_specifier()]
        return (
            said,
            read_condition(operation.target, bit_of, named(name, qubits)),
            labels,
            _bodies(operation, qubits, bits),
        )
    if name == "for_loop":
        values, parameter, _ = operation.params
        values = values if isinstance(values, range) else list(values)
        return said, values, repr(parameter), _bodies(operation, qubits, bits)
    if hasattr(operation, "blocks"):
        return said, repr(getattr(operation, "duration", None)), _bodies(operation, qubits, bits)
    params = [_parameter(parameter) for parameter in getattr(operation, "params", ())]
    return said, params, [] if name in ("unitary", "kraus", "superop", "delay") else _made_of(operation)


def _bodies(operation: Any, qubits: list[int], bits: list[int]) -> list[Any]:
    return [content(block, qubits, bits) for block in operation.blocks]


def _made_of(operation: Any) -> Any:
    if hasattr(operation, "to_circuit"):
        return content(operation.to_circuit())
    definition = getattr(operation, "definition", None)
    if definition is not None:
        return content(definition)
    return _parameter(np.asarray(operation)) if hasattr(operation, "__array__") else type(operation).__qualname__


def _parameter(parameter: Any) -> Any:
    if isinstance(parameter, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(parameter).tobytes(), digest_size=16).hexdigest()
        return parameter.shape, str(parameter.dtype), digest
    return repr(parameter)
