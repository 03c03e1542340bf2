"""Running a program branch by branch: Aer between measurements, projections and choices here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qnet.quantum.aer import evolve
from qnet.quantum.conditions import evaluate
from qnet.quantum.limits import Budget
from qnet.quantum.operations import Operation
from qnet.quantum.pauli import Tensor, pauli_tensor
from qnet.quantum.program import Choice, Part, Segment

__all__ = ["run_branches"]

Bits = tuple[tuple[int, int], ...]
Matrix = NDArray[np.complex128]

_NEGLIGIBLE = 1e-30


class _Branch(NamedTuple):
    """What one history has led to: its bits, its probability, and the normalised state (a vector at the start)."""

    bits: dict[int, int]
    weight: float
    state: Matrix


def run_branches(
    parts: Sequence[Part],
    operation: Operation,
    start: Matrix,
    *,
    keep: tuple[int, ...],
    reason: str = "compile",
    budget: Budget | None = None,
) -> dict[Bits, Tensor]:
    """Run a program; give the Pauli tensor of the kept qubits for each outcome, unnormalised.

    Outcomes are true bits, except that bits on which the circuit decides are as recorded. Everything after a
    measurement is linear, so outcomes that go on and are recorded alike go on as one branch, under the bits of the
    first of them.
    """
    first = _Branch(dict.fromkeys(operation.program.recorded, 0), 1.0, start)
    live = _Run(operation, reason, budget).through(parts, [first])
    return {tuple(sorted(bits.items())): weight * _kept(_matrix(state), keep) for bits, weight, state in live}


class _Run:
    """One run: the operation, why it runs, and what it may still cost."""

    def __init__(self, operation: Operation, reason: str, budget: Budget | None) -> None:
        self._operation, self._reason, self._budget = operation, reason, budget

    def through(self, parts: Sequence[Part], live: list[_Branch]) -> list[_Branch]:
        """Take branches through parts of the program."""
        for part in parts:
            live = self._segment(part, live) if isinstance(part, Segment) else self._choice(part, live)
        return live

    def _segment(self, segment: Segment, live: list[_Branch]) -> list[_Branch]:
        side = live[0].state.shape[0]
        qubits = side.bit_length() - 1
        grown: dict[Any, tuple[dict[int, int], Matrix]] = {}
        for bits, weight, state in live:
            rho = self._evolved(segment, qubits, state).reshape((2,) * (2 * qubits))
            for outcome, block in _outcomes(rho, segment.measured):
                for recorded, chance in self._recorded(outcome, segment):
                    after = bits | recorded
                    seen = self._operation.seen(after)
                    if seen not in grown:
                        grown[seen] = after, np.zeros_like(rho)
                    if self._budget:
                        self._budget.outcome(len(grown))
                    grown[seen][1][block] += weight * chance * rho[block]
        return [_normalised(bits, total.reshape(side, side)) for bits, total in grown.values()]

    def _evolved(self, segment: Segment, qubits: int, state: Matrix) -> Matrix:
        if not segment.gates and state.ndim == 2:
            return state
        if self._budget:
            self._budget.run(segment.gates)
        return evolve(segment.gates, qubits, state, reason=self._reason)

    def _recorded(self, outcome: dict[int, int], segment: Segment) -> Iterator[tuple[dict[int, int], float]]:
        """Misread the bits on which the circuit decides; the others stay true until the end."""
        steering = [bit for bit in outcome if bit in self._operation.program.recorded]
        if not steering:
            yield outcome, 1.0
            return
        qubit_of = {bit: qubit for qubit, bit in segment.measured}
        readouts = [self._operation.noise.readout_on(qubit_of[bit]).matrix for bit in steering]
        for values in product((0, 1), repeat=len(steering)):
            chance = 1.0
            for bit, value, readout in zip(steering, values, readouts, strict=True):
                chance *= readout[value][outcome[bit]]
            if chance:
                yield outcome | dict(zip(steering, values, strict=True)), chance

    def _choice(self, choice: Choice, live: list[_Branch]) -> list[_Branch]:
        done: list[_Branch] = []
        groups: dict[int | None, list[_Branch]] = {}
        for branch in live:
            groups.setdefault(_case(choice, branch.bits), []).append(branch)
        for case, group in groups.items():
            done += group if case is None else self.through(choice.cases[case][1], group)
        merged: dict[Any, list[_Branch]] = {}
        for branch in done:
            merged.setdefault(self._operation.seen(branch.bits), []).append(branch)
        return [_sum(alike) for alike in merged.values()]


def _case(choice: Choice, bits: dict[int, int]) -> int | None:
    value = evaluate(choice.condition, bits)
    cases = enumerate(choice.cases)
    return next((number for number, (values, _) in cases if values is None or value in values), None)


def _sum(alike: list[_Branch]) -> _Branch:
    if len(alike) == 1:
        return alike[0]
    return _normalised(alike[0].bits, sum(weight * _matrix(state) for _, weight, state in alike))


def _normalised(bits: dict[int, int], total: Any) -> _Branch:
    trace = float(total.trace().real)
    return _Branch(bits, trace, total / trace)


def _matrix(state: Matrix) -> Matrix:
    return np.outer(state, state.conj()) if state.ndim == 1 else state


def _outcomes(rho: Matrix, measured: Sequence[tuple[int, int]]) -> Iterator[tuple[dict[int, int], tuple[Any, ...]]]:
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


def _kept(rho: Matrix, keep: tuple[int, ...]) -> Tensor:
    n = rho.shape[0].bit_length() - 1
    columns = [n + qubit if qubit in keep else qubit for qubit in range(n)]
    reduced = np.einsum(
        rho.reshape((2,) * (2 * n)), [*range(n), *columns], [*keep, *(columns[qubit] for qubit in keep)]
    )
    return pauli_tensor(reduced.reshape(2 ** len(keep), -1)).reshape((4,) * len(keep))
