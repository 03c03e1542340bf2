"""Operations: a Qiskit circuit, the noise it runs under, and which of its qubits come in and go out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import CircuitError, InvalidArgument
from qnet.quantum.noise import NOISELESS, Noise

if TYPE_CHECKING:
    from qnet.quantum.instruments import Instrument

__all__ = ["Assignment", "Operation", "Segment", "segments"]

MAX_INPUTS, MAX_QUBITS, MAX_QUBITS_WITHOUT_INPUTS = 4, 6, 10
_OVERWRITTEN = -1


@dataclass(frozen=True)
class Assignment:
    """How true bits become one recorded digit: an assignment matrix, or a detector that counts photons.

    Args:
        weights: pairs (classical bit, weight); the number that counts is the weighted sum of the true bits.
        matrix: ``P(recorded | number)``, one row for each recorded digit, one column for each number from 0 on.
    """

    weights: tuple[tuple[int, int], ...]
    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for number, column in enumerate(zip(*self.matrix, strict=True)):
            if min(column) < 0.0 or abs(sum(column) - 1.0) > 1e-12:
                raise InvalidArgument.of("matrix", f"be a probability distribution in column {number}", column)

    def column(self, bits: dict[int, int]) -> list[float]:
        """Give the distribution of the recorded digit for true bits."""
        number = sum(weight * bits[place] for place, weight in self.weights)
        return [row[number] for row in self.matrix]

    def seen(self, bits: dict[int, int]) -> tuple[float | None, ...]:
        """Give what matters of the true bits so far: all of them until the last is measured, then only `column`."""
        so_far = tuple(bits.get(place) for place, _ in self.weights)
        return so_far if None in so_far else tuple(self.column(bits))


@dataclass(frozen=True, eq=False)
class Operation:
    """A local quantum operation, defined by a circuit.

    Args:
        circuit: a Qiskit `QuantumCircuit`; measurement and reset may stand anywhere in it.
        inputs: numbers of the circuit's qubits that come from outside, in order; all others start in ``|0>``.
        outputs: numbers of the qubits that live on, in order; all others are discarded (or were measured).
        noise: attached to gates by name; a gate it does not know is refused.
        assignments: how true bits become the record; by default each measured bit is one binary digit of the record
            (bit 0 the least significant), misread as `noise` says.

    Raises:
        CircuitError: naming the instruction that cannot be compiled, or the limit that is passed
            (4 inputs, 6 qubits; 10 qubits without inputs).
    """

    circuit: Any
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    noise: Noise = NOISELESS
    assignments: tuple[Assignment, ...] | None = None
    segments: tuple[Segment, ...] = field(init=False)

    def __post_init__(self) -> None:
        qubits = self.circuit.num_qubits
        for name, places in (("inputs", self.inputs), ("outputs", self.outputs)):
            if len(set(places)) != len(places) or any(place not in range(qubits) for place in places):
                raise InvalidArgument.of(name, f"be different qubits of the circuit's {qubits}", places)
        limit = MAX_QUBITS if self.inputs else MAX_QUBITS_WITHOUT_INPUTS
        if qubits > limit or len(self.inputs) > MAX_INPUTS:
            raise CircuitError(
                f"A circuit may have {MAX_INPUTS} inputs and {MAX_QUBITS} qubits, or {MAX_QUBITS_WITHOUT_INPUTS} "
                f"qubits without inputs, but this one has {len(self.inputs)} inputs and {qubits} qubits."
            )
        object.__setattr__(self, "segments", segments(self.circuit, self.noise))
        if self.assignments is None:
            object.__setattr__(self, "assignments", self._binary_assignments())
        else:
            self._check_assignments(self.assignments)
        steps = [item for item in self.circuit.data if item.operation.name != "barrier"]
        last = {qubit: item.operation.name for item in steps for qubit in _places(self.circuit, item)[0]}
        if lost := [place for place in self.outputs if last.get(place) == "measure"]:
            raise CircuitError(f"Qubit {lost[0]} ends measured and is also an output; reset it or leave it out.")

    def _binary_assignments(self) -> tuple[Assignment, ...]:
        qubit_of = self._qubit_of_bit()
        readout = self.noise.readout_of
        return tuple(
            Assignment(((bit, 1),), readout.get(qubit_of[bit], self.noise.readout).matrix) for bit in sorted(qubit_of)
        )

    def _check_assignments(self, assignments: tuple[Assignment, ...]) -> None:
        measured = self._qubit_of_bit()
        for assignment in assignments:
            columns, needed = len(assignment.matrix[0]), 1 + sum(weight for _, weight in assignment.weights)
            if columns != needed or any(bit not in measured for bit, _ in assignment.weights):
                raise InvalidArgument.of("assignments", f"count measured bits and have {needed} columns", assignment)

    def _qubit_of_bit(self) -> dict[int, int]:
        return {bit: qubit for part in self.segments for qubit, bit in part.measured if bit != _OVERWRITTEN}

    @property
    def records(self) -> int:
        """Number of classical records."""
        return int(np.prod([len(assignment.matrix) for assignment in self.assignments or ()]))

    @cached_property
    def instrument(self) -> Instrument:
        """The compiled form; made by Aer once for each content, however often it is asked for."""
        from qnet.quantum.compiler import compile_operation

        return compile_operation(self)

    @cached_property
    def duration_s(self) -> float:
        """Seconds from first to last gate, taken one after the other (no two gates overlap)."""
        return self.noise.duration_s(item.operation.name for item in self.circuit.data)

    @cached_property
    def digest(self) -> str:
        """A hash of circuit, noise and assignments."""
        steps = [
            (
                item.operation.name,
                [_content(parameter) for parameter in item.operation.params],
                *_places(self.circuit, item),
            )
            for item in self.circuit.data
        ]
        content = repr((self.circuit.num_qubits, steps, self.inputs, self.outputs, self.assignments, self.noise.digest))
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def seen(self, bits: dict[int, int]) -> tuple[tuple[float | None, ...], ...]:
        """Give what matters of the true bits so far: branches in which this is equal are recorded alike for ever."""
        return tuple(assignment.seen(bits) for assignment in self.assignments or ())

    def spread(self, true: dict[tuple[tuple[int, int], ...], NDArray[np.float64]]) -> NDArray[np.float64]:
        """Spread unnormalised tensors of true outcomes over the recorded ones; the record is the first axis."""
        assignments = self.assignments or ()
        shape = next(iter(true.values())).shape
        recorded = np.zeros((self.records, *shape))
        for bits, tensor in true.items():
            columns = [assignment.column(dict(bits)) for assignment in assignments]
            for record, weights in enumerate(product(*reversed(columns))):
                weight = float(np.prod(weights))
                if weight:
                    recorded[record] += weight * tensor
        return recorded


@dataclass(frozen=True)
class Segment:
    """Gates, then measurements of some qubits: (qubit, classical bit), the bit being -1 if it is measured again."""

    gates: tuple[tuple[Any, tuple[int, ...]], ...]
    measured: tuple[tuple[int, int], ...]


def segments(circuit: Any, noise: Noise) -> tuple[Segment, ...]:
    """Cut a circuit at its measurements, each moved as late as its qubit allows."""
    done: list[Segment] = []
    gates: list[tuple[Any, tuple[int, ...]]] = []
    waiting: dict[int, int] = {}
    for item in circuit.data:
        qubits, bits = _places(circuit, item)
        if item.operation.name == "barrier":
            continue
        if not waiting.keys().isdisjoint(qubits):
            done.append(Segment(tuple(gates), tuple(waiting.items())))
            gates, waiting = [], {}
        if item.operation.name == "measure":
            waiting[qubits[0]] = bits[0]
            continue
        _refuse_unknown(item.operation, qubits, bits, noise)
        gates.append((item.operation, qubits))
    done.append(Segment(tuple(gates), tuple(waiting.items())))
    return _without_overwritten(done)


def _without_overwritten(parts: Sequence[Segment]) -> tuple[Segment, ...]:
    final: set[int] = set()
    done: list[Segment] = []
    for part in reversed(parts):
        bits = [(qubit, _OVERWRITTEN if bit in final else bit) for qubit, bit in part.measured]
        final |= {bit for _, bit in part.measured}
        done.insert(0, Segment(part.gates, tuple(bits)))
    return tuple(done)


def _places(circuit: Any, item: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    qubits = tuple(circuit.find_bit(qubit).index for qubit in item.qubits)
    return qubits, tuple(circuit.find_bit(bit).index for bit in item.clbits)


def _refuse_unknown(instruction: Any, qubits: Sequence[int], bits: Sequence[int], noise: Noise) -> None:
    name = instruction.name
    if bits or getattr(instruction, "blocks", ()):
        raise CircuitError(
            f"Instruction `{name}` on qubits {tuple(qubits)} is control flow, which cannot be compiled yet."
        )
    if unbound := [str(parameter) for parameter in instruction.params if getattr(parameter, "parameters", ())]:
        raise CircuitError(f"Gate `{name}` on qubits {tuple(qubits)} has no value for its parameter {unbound[0]}.")
    if name in ("kraus", "unitary", "quantum_channel", "superop") or noise.knows(name):
        return
    raise CircuitError(
        f"Gate `{name}` on qubits {tuple(qubits)} is unknown to the noise; give its noise or declare it ideal."
    )


def _content(parameter: Any) -> Any:
    if isinstance(parameter, np.ndarray):
        return hashlib.blake2b(np.ascontiguousarray(parameter).tobytes(), digest_size=16).hexdigest()
    return float(parameter) if isinstance(parameter, (int, float)) else repr(parameter)
