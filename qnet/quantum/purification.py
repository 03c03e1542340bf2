"""Purification: one circuit on each side, which qubit is kept, and a rule on the two records."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.quantum.instruments import Instrument
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation
from qnet.quantum.pauli import Tensor
from qnet.quantum.states import State

__all__ = ["Purification"]

Rule = Callable[[int, int], bool]
Alternative = tuple[float, Operation, Operation]


def _equal(record: int, other: int) -> bool:
    return record == other


@dataclass(frozen=True, eq=False, repr=False)
class Purification:
    """Make one pair of several: both sides run a circuit on their halves, and keep the result or not.

    Args:
        circuit: a Qiskit `QuantumCircuit`, run by the first side; its qubits are the halves of the pairs, in order.
            Or a list of (probability, circuit, other circuit), one of which both sides choose by shared randomness.
        other: the circuit of the second side, if it is not the same.
        keep: the qubit whose pair is left.
        accept: from the records of both sides (numbers, classical bit 0 being the least significant) to whether the
            pair is kept. Asked for all records when this is built: the table is the value. A table will do too.
        inputs: the qubits that are halves of the pairs, in order, where a circuit has others besides.
        noise: of the first side's gates; `other_noise` of the second's, if they differ.

    Raises:
        InvalidArgument: the rule raises, the sides do not fit each other, a qubit is taken twice.
        CircuitError: a circuit cannot be compiled, or measures the qubit that is to be kept.

    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(2, 1)
    >>> _ = circuit.cx(0, 1), circuit.measure(1, 0)
    >>> mine = Purification(circuit, keep=0, accept=lambda a, b: a == b)
    >>> probability, state = mine.purify([State.werner(0.8), State.werner(0.8)])
    >>> round(probability, 4), round(state.fidelity(), 4)
    (0.7689, 0.8382)
    """

    circuit: Any
    other: Any = None
    keep: int = field(default=0, kw_only=True)
    accept: Rule | Sequence[Sequence[bool]] = field(default=_equal, kw_only=True)
    inputs: tuple[int, ...] | None = field(default=None, kw_only=True)
    noise: Noise = field(default=NOISELESS, kw_only=True)
    other_noise: Noise | None = field(default=None, kw_only=True)
    alternatives: tuple[Alternative, ...] = field(init=False)
    """(probability, operation of the first side, of the second); one of them without shared randomness."""
    accepted: NDArray[np.bool_] = field(init=False)
    """Whether the pair is kept, by record of the first side (row) and of the second (column); read-only."""
    digest: str = field(init=False)
    """A hash of the content; equality of purifications is equality of digests."""

    def __post_init__(self) -> None:
        listed = self.circuit if isinstance(self.circuit, (list, tuple)) else [(1.0, self.circuit, self.other)]
        alternatives = tuple(self._alternative(*one) for one in listed)
        _check_alternatives(alternatives)
        accepted = _table(self.accept, alternatives[0][1].records, alternatives[0][2].records)
        object.__setattr__(self, "alternatives", alternatives)
        object.__setattr__(self, "accepted", accepted)
        content = repr([(p, a.digest, b.digest) for p, a, b in alternatives]) + repr(accepted.tolist())
        object.__setattr__(self, "digest", hashlib.blake2b(content.encode(), digest_size=16).hexdigest())

    def _alternative(self, probability: float, circuit: Any, other: Any = None) -> Alternative:
        circuits = circuit, circuit if other is None else other
        noises = self.noise, self.noise if self.other_noise is None else self.other_noise
        operations = []
        for side, noise in zip(circuits, noises, strict=True):
            inputs = tuple(range(side.num_qubits)) if self.inputs is None else tuple(self.inputs)
            if self.keep not in range(side.num_qubits):
                raise InvalidArgument.of("keep", f"be one of the circuit's {side.num_qubits} qubits", self.keep)
            operations.append(Operation(side, inputs=inputs, outputs=(self.keep,), noise=noise))
        return float(probability), operations[0], operations[1]

    @property
    def pairs(self) -> int:
        """How many pairs go in."""
        return len(self.alternatives[0][1].inputs)

    @property
    def duration_s(self) -> float:
        """Seconds until the slower side is done, the messages not counted."""
        return max(side.duration_s for _, *sides in self.alternatives for side in sides)

    def with_noise(self, noise: Noise, other_noise: Noise | None = None) -> Purification:
        """Give the same protocol on other processors, one on each side (alike, if one is given)."""
        return replace(self, accept=self.accepted.tolist(), noise=noise, other_noise=other_noise)

    @cached_property
    def instrument(self) -> Instrument:
        """Both sides in one, averaged over the shared randomness: record 0 if the pair is lost, 1 if it is kept.

        Inputs are the halves pair by pair, the first side's first; outputs the two halves of the pair that is kept.
        """
        pairs = self.pairs
        total = np.zeros((2, 4, 4, 4**pairs, 4**pairs))
        for probability, one, two in self.alternatives:
            a, b = (side.instrument.tensor.reshape(side.records, 4, -1) for side in (one, two))
            for kept in (0, 1):
                rule = (self.accepted == bool(kept)).astype(float)
                total[kept] += probability * np.einsum("aoi,apj->opij", a, np.einsum("ab,bpj->apj", rule, b))
        split = total.reshape((2, 4, 4) + (4,) * (2 * pairs))
        order = [axis for k in range(pairs) for axis in (3 + k, 3 + pairs + k)]
        return Instrument(split.transpose(0, 1, 2, *order), 2 * pairs)

    @cached_property
    def _kept(self) -> Tensor:
        """The map to the pair that is kept, as a matrix of 16 rows."""
        matrix: Tensor = self.instrument.tensor[1].reshape(16, -1)
        return matrix

    def apply(self, tensors: Sequence[Tensor]) -> Tensor:
        """Apply to the Pauli tensors of the pairs; give that of the pair kept, its trace the probability to keep it."""
        joint = tensors[0].reshape(-1)
        for tensor in tensors[1:]:
            joint = np.multiply.outer(joint, tensor).reshape(-1)
        kept: Tensor = self._kept.dot(joint).reshape(4, 4)
        return kept

    def purify(self, states: Sequence[State]) -> tuple[float, State]:
        """Purify pairs: give the probability of success, and the state of the pair if it succeeds.

        Raises:
            InvalidArgument: the states are too few or too many, are not pairs, or never succeed.
        """
        if len(states) != self.pairs or any(state.qubits != 2 for state in states):
            raise InvalidArgument.of("states", f"be {self.pairs} pairs", [f"{state.qubits} qubits" for state in states])
        kept = self.apply([state.tensor for state in states])
        probability = float(kept[0, 0])
        if not probability > 0.0:
            raise InvalidArgument.of("states", "be accepted with some probability", probability)
        return probability, State(kept / probability)

    def __repr__(self) -> str:
        chosen = f", {len(self.alternatives)} alternatives" if len(self.alternatives) > 1 else ""
        return f"Purification({self.pairs} pairs, accepts {self.accepted.sum()} of {self.accepted.size}{chosen})"


def _check_alternatives(alternatives: Sequence[Alternative]) -> None:
    chances = [probability for probability, *_ in alternatives]
    if not alternatives or min(chances) < 0.0 or abs(math.fsum(chances) - 1.0) > 1e-12:
        raise InvalidArgument.of("circuit", "have probabilities that add to one", chances)
    if len({(len(a.inputs), len(b.inputs), a.records, b.records) for _, a, b in alternatives}) > 1:
        raise InvalidArgument.of("circuit", "have as many qubits and records in each alternative", alternatives)
    _, one, two = alternatives[0]
    if len(one.inputs) != len(two.inputs):
        raise InvalidArgument.of("other", f"take {len(one.inputs)} qubits, as the first side", len(two.inputs))


def _table(accept: Rule | Sequence[Sequence[bool]], rows: int, columns: int) -> NDArray[np.bool_]:
    """Ask the rule about every pair of records."""
    if callable(accept):
        table = np.zeros((rows, columns), dtype=bool)
        for records in product(range(rows), range(columns)):
            try:
                table[records] = bool(accept(*records))
            except Exception as error:
                raise InvalidArgument(
                    f"Argument `accept` must decide on all records, but raised {error!r} for {records}."
                ) from error
    else:
        table = np.array(accept, dtype=bool)
        if table.shape != (rows, columns):
            raise InvalidArgument.of("accept", f"have shape {(rows, columns)}", table.shape)
    table.setflags(write=False)
    return table
