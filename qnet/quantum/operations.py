"""Operations: a Qiskit circuit, the noise it runs under, and which of its qubits come in and go out."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import CircuitError, InvalidArgument
from qnet.quantum.assignments import CERTAIN, Assignment
from qnet.quantum.content import content
from qnet.quantum.limits import MAX_INPUTS, MAX_QUBITS, MAX_QUBITS_WITHOUT_INPUTS
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.program import Part, Program, program_of

if TYPE_CHECKING:
    from qnet.quantum.instruments import Instrument

__all__ = ["Assignment", "Operation"]

_PROGRAMS: OrderedDict[str, tuple[Program, tuple[Assignment, ...]]] = OrderedDict()
_PROGRAMS_KEPT = 1024


@dataclass(frozen=True, eq=False, repr=False)
class Operation:
    """A local quantum operation, defined by a circuit.

    Args:
        circuit: a Qiskit `QuantumCircuit`: any gates and channels, measurement and reset anywhere, `if_test`, `switch`,
            `for_loop`, delays. Its choices act on the recorded bits, misread as `noise` says.
        inputs: numbers of the circuit's qubits that come from outside, in order; all others start in ``|0>``.
        outputs: numbers of the qubits that live on, in order; all others are discarded (or were measured).
        noise: attached to gates by name; a gate it does not know is written in gates that it knows, or refused.
        assignments: how true bits become the record; by default each measured bit is one binary digit of the record
            (bit 0 the least significant), misread as `noise` says.

    Raises:
        CircuitError: naming the instruction that cannot be compiled, or the limit that is passed
            (4 inputs, 6 qubits; 10 qubits without inputs).

    >>> from qiskit import QuantumCircuit
    >>> flip = QuantumCircuit(2, 1)
    >>> flip.measure(0, 0)  # doctest: +ELLIPSIS
    <qiskit...
    >>> with flip.if_test((flip.clbits[0], 1)):
    ...     flip.x(1)  # doctest: +ELLIPSIS
    <qiskit...
    >>> Operation(flip, inputs=(0, 1), outputs=(1,)).instrument
    Instrument(2 in, 1 out, 2 records)
    """

    circuit: Any
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    noise: Noise = NOISELESS
    assignments: tuple[Assignment, ...] | None = None
    program: Program = field(init=False, repr=False)
    digest: str = field(init=False)
    """A hash of circuit, noise, ends and assignments."""

    def __post_init__(self) -> None:
        self._check_ends()
        # the whole content, so that nothing is looked at again when it comes back
        said = (self.circuit.num_qubits, self.inputs, self.outputs, self.assignments, self.noise.digest)
        text = repr((said, content(self.circuit)))
        object.__setattr__(self, "digest", hashlib.blake2b(text.encode(), digest_size=16).hexdigest())
        if self.digest not in _PROGRAMS:
            _PROGRAMS[self.digest] = self._read()
            if len(_PROGRAMS) > _PROGRAMS_KEPT:
                _PROGRAMS.popitem(last=False)
        program, assignments = _PROGRAMS[self.digest]
        object.__setattr__(self, "program", program)
        object.__setattr__(self, "assignments", assignments)

    def _check_ends(self) -> None:
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

    def _read(self) -> tuple[Program, tuple[Assignment, ...]]:
        program = program_of(self.circuit, self.noise, self.outputs)
        if self.assignments is None:
            assignments = tuple(self._binary(program, bit) for bit in sorted(program.qubit_of))
        else:
            assignments = self.assignments
            _check_assignments(assignments, program.qubit_of)
        if lost := [place for place in self.outputs if place in program.ends_measured]:
            raise CircuitError(f"Qubit {lost[0]} ends measured and is also an output; reset it or leave it out.")
        return program, assignments

    def _binary(self, program: Program, bit: int) -> Assignment:
        matrix = CERTAIN if bit in program.recorded else self.noise.readout_on(program.qubit_of[bit]).matrix
        return Assignment(((bit, 1),), matrix)

    @property
    def segments(self) -> tuple[Part, ...]:
        """The parts that are run, in order."""
        return self.program.parts

    @cached_property
    def records(self) -> int:
        """Number of classical records."""
        return math.prod(len(assignment.matrix) for assignment in self.assignments or ())

    @cached_property
    def instrument(self) -> Instrument:
        """The compiled form; made by Aer once for each content, however often it is asked for."""
        from qnet.quantum.compiler import compile_operation

        return compile_operation(self)

    @property
    def duration_s(self) -> float:
        """Seconds from first to last gate along the longest branch, gates taken one after the other.

        No two gates overlap; delays that follow one another on different qubits do.
        """
        return self.program.duration_s

    def seen(self, bits: dict[int, int]) -> tuple[Any, ...]:
        """Give what matters of the bits so far: branches in which this is equal go on and are recorded alike."""
        recorded = self.program.recorded
        steering = tuple(bits[bit] for bit in sorted(recorded)) if recorded else ()
        return steering, *(assignment.seen(bits, changing=recorded) for assignment in self.assignments or ())

    def spread(self, true: dict[tuple[tuple[int, int], ...], NDArray[np.float64]]) -> NDArray[np.float64]:
        """Spread unnormalised tensors of true outcomes over the recorded ones; the record is the first axis."""
        shape = next(iter(true.values())).shape
        recorded = np.zeros((self.records, *shape))
        for bits, tensor in true.items():
            columns = [assignment.column(dict(bits)) for assignment in self.assignments or ()]
            weights: NDArray[Any] = np.ones(1)
            for column in reversed(columns):
                weights = np.kron(weights, column)
            for record in np.flatnonzero(weights):
                recorded[record] += weights[record] * tensor
        return recorded

    def __repr__(self) -> str:
        ends = f"{len(self.inputs)} in, {len(self.outputs)} out, {self.records} records"
        return f"Operation({self.circuit.name}: {ends}, {self.noise})"


def _check_assignments(assignments: tuple[Assignment, ...], measured: Mapping[int, int]) -> None:
    for assignment in assignments:
        columns, needed = len(assignment.matrix[0]), 1 + sum(weight for _, weight in assignment.weights)
        if columns != needed or any(bit not in measured for bit, _ in assignment.weights):
            raise InvalidArgument.of("assignments", f"count measured bits and have {needed} columns", assignment)
