"""Running a program branch by branch: Aer between measurements, projections and choices here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from qnet.quantum.aer import Gate, evolve
from qnet.quantum.conditions import evaluate
from qnet.quantum.limits import Budget
from qnet.quantum.operations import Operation
from qnet.quantum.pauli import Tensor
from qnet.quantum.program import Choice, Part, Segment
from qnet.quantum.registers import Matrix, Register, alike

__all__ = ["run_branches"]

Bits = tuple[tuple[int, int], ...]


class _Branch(NamedTuple):
    """What one history has led to: its bits, probability and normalised state (a `Register`; at first an array)."""

    bits: dict[int, int]
    weight: float
    state: Any


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
    return {tuple(sorted(bits.items())): weight * _register(state).kept(keep) for bits, weight, state in live}


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
        """Run the gates of a segment, and part the branches by what is measured then."""
        grown: dict[Any, tuple[dict[int, int], Register]] = {}
        measured = tuple(sorted(qubit for qubit, _ in segment.measured))
        bit_of, size = dict(segment.measured), 0
        for branch, register in zip(live, self._evolved(segment, live), strict=True):
            for values, place, block in register.found(measured):
                outcome = {bit_of[qubit]: value for qubit, value in zip(measured, values, strict=True)}
                for recorded, chance in self._recorded(outcome, segment):
                    after = branch.bits | recorded
                    seen = self._operation.seen(after)
                    if seen not in grown:
                        grown[seen] = after, register.without(measured)
                    blocks = grown[seen][1].blocks
                    if place not in blocks:
                        blocks[place] = np.zeros_like(block)
                        size += block.size
                    if self._budget:
                        self._budget.outcome(size)
                    blocks[place] += branch.weight * chance * block
        return [_normalised(bits, total) for bits, total in grown.values()]

    def _evolved(self, segment: Segment, live: list[_Branch]) -> list[Register]:
        """Run the gates on each branch; those registers come back with the same qubits free and one block."""
        touched = {qubit for _, places in segment.gates for qubit in places} | {qubit for qubit, _ in segment.measured}
        if isinstance(live[0].state, Register):
            return [self._run(segment, register) for register in alike([branch.state for branch in live], touched)]
        (start,) = live
        return [Register.of(self._aer(segment.gates, start.state))]

    def _run(self, segment: Segment, register: Register) -> Register:
        if not segment.gates:
            return register
        place = {qubit: k for k, qubit in enumerate(register.free)}
        gates = [(gate, tuple(place[qubit] for qubit in qubits)) for gate, qubits in segment.gates]
        ((values, block),) = register.blocks.items()
        side = 2 ** len(register.free)
        after = self._aer(gates, block.reshape(side, side)).reshape(block.shape)
        return Register(register.qubits, register.free, {values: after})

    def _aer(self, gates: Sequence[Gate], state: Matrix) -> Matrix:
        qubits = int(state.shape[0]).bit_length() - 1
        if self._budget:
            self._budget.run(gates, qubits)
        return evolve(gates, qubits, state, reason=self._reason)

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


def _sum(merging: list[_Branch]) -> _Branch:
    if len(merging) == 1:
        return merging[0]
    registers = alike([_register(branch.state) for branch in merging], set())
    total = registers[0].without(())
    for branch, register in zip(merging, registers, strict=True):
        for values, block in register.blocks.items():
            total.blocks[values] = total.blocks.get(values, 0.0) + branch.weight * block
    return _normalised(merging[0].bits, total)


def _normalised(bits: dict[int, int], total: Register) -> _Branch:
    trace = total.trace()
    return _Branch(bits, trace, total.divided(trace))


def _register(state: Any) -> Register:
    if isinstance(state, Register):
        return state
    return Register.of(state if state.ndim == 2 else np.outer(state, state.conj()))
