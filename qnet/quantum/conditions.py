"""Conditions on recorded bits, as plain data: what `if_test` and `switch` decide by.

A condition is a nested tuple: ``("bits", places)`` (an unsigned number, its first bit the least significant),
``("constant", number)``, or an operator's name, the largest number its type can hold (1 for truth values) and what it
acts on.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qnet.errors import CircuitError

__all__ = ["Condition", "bits_read", "evaluate", "read_condition"]

Condition = tuple[Any, ...]

_OPERATORS: dict[str, Callable[..., int]] = {
    "CAST": lambda value: value,
    "TRUTH": bool,
    "BIT_NOT": operator.invert,
    "LOGIC_NOT": operator.not_,
    "BIT_AND": operator.and_,
    "BIT_OR": operator.or_,
    "BIT_XOR": operator.xor,
    "LOGIC_AND": lambda left, right: bool(left) and bool(right),
    "LOGIC_OR": lambda left, right: bool(left) or bool(right),
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "LESS": operator.lt,
    "LESS_EQUAL": operator.le,
    "GREATER": operator.gt,
    "GREATER_EQUAL": operator.ge,
    "SHIFT_LEFT": operator.lshift,
    "SHIFT_RIGHT": operator.rshift,
    "ADD": operator.add,
    "SUB": operator.sub,
    "MUL": operator.mul,
    "DIV": operator.floordiv,
    "INDEX": lambda value, place: value >> place & 1,
}


def evaluate(condition: Condition, bits: Mapping[int, int]) -> int:
    """Give the value of a condition for recorded bits; a bit that was never measured is 0.

    >>> evaluate(("EQUAL", 1, ("bits", (0, 2)), ("constant", 2)), {0: 0, 2: 1})
    1
    """
    match condition:
        case ("bits", places):
            return sum(bits.get(bit, 0) << place for place, bit in enumerate(places))
        case ("constant", number):
            return int(number)
        case (name, largest, *operands):
            try:
                return int(_OPERATORS[name](*(evaluate(operand, bits) for operand in operands))) & int(largest)
            except ZeroDivisionError as error:
                raise CircuitError("A condition divides by zero for a record that can be made.") from error
    raise AssertionError(condition)


def bits_read(condition: Condition) -> frozenset[int]:
    """Give the bits on which a condition depends."""
    match condition:
        case ("bits", places):
            return frozenset(places)
        case ("constant", _):
            return frozenset()
    return frozenset().union(*map(bits_read, condition[2:]))


def read_condition(target: Any, bit_of: Mapping[Any, int], where: str) -> Condition:
    """Read what an `if_test` tests or a `switch` switches on.

    Args:
        target: a bit, a register, a pair (bit or register, number), or an expression of `qiskit.circuit.classical`.
        bit_of: numbers of the circuit's classical bits.
        where: names the instruction in errors.
    """
    from qiskit.circuit import ClassicalRegister, Clbit

    if isinstance(target, tuple):
        tested, number = target
        return "EQUAL", 1, read_condition(tested, bit_of, where), ("constant", int(number))
    if isinstance(target, Clbit):
        return "bits", (bit_of[target],)
    if isinstance(target, ClassicalRegister):
        return "bits", tuple(bit_of[bit] for bit in target)
    return _read_expression(target, bit_of, where)


def _read_expression(node: Any, bit_of: Mapping[Any, int], where: str) -> Condition:
    from qiskit.circuit.classical import expr, types

    if not isinstance(node.type, types.Bool | types.Uint):
        raise CircuitError(f"{where} computes with {node.type!r}, but only bits and unsigned numbers can be compiled.")
    boolean = isinstance(node.type, types.Bool)
    largest = 1 if boolean else (1 << node.type.width) - 1
    match node:
        case expr.Var():
            if node.standalone:
                raise CircuitError(
                    f"{where} reads the variable {node.name!r}, but only classical bits can be compiled."
                )
            return read_condition(node.var, bit_of, where)
        case expr.Value():
            return "constant", int(node.value)
        case expr.Cast():
            return "TRUTH" if boolean else "CAST", largest, _read_expression(node.operand, bit_of, where)
        case expr.Unary():
            return node.op.name, largest, _read_expression(node.operand, bit_of, where)
        case expr.Binary():
            return node.op.name, largest, *(_read_expression(side, bit_of, where) for side in (node.left, node.right))
        case expr.Index():
            parts = (node.target, node.index)
            return "INDEX", largest, *(_read_expression(part, bit_of, where) for part in parts)
    raise CircuitError(f"{where} has a condition of a kind that cannot be compiled: {type(node).__name__}.")
