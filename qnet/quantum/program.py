"""What is run of a circuit, branch by branch: segments of gates that end in measurements, and choices between them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qnet.quantum.aer import Gate, disturbance
from qnet.quantum.conditions import Condition, bits_read
from qnet.quantum.noise import Noise
from qnet.quantum.unrolling import Fork, Step, unroll

__all__ = ["Choice", "Part", "Program", "Segment", "program_of"]

OVERWRITTEN = -1


@dataclass(frozen=True)
class Segment:
    """Gates, then measurements of some qubits: (qubit, classical bit), the bit being -1 if it is measured again."""

    gates: tuple[Gate, ...]
    measured: tuple[tuple[int, int], ...]


_EMPTY = Segment((), ())


@dataclass(frozen=True)
class Choice:
    """Parts to choose from by recorded bits: the first case that names the condition's value, None naming all."""

    condition: Condition
    cases: tuple[tuple[frozenset[int] | None, tuple[Part, ...]], ...]


Part = Segment | Choice


@dataclass(frozen=True, kw_only=True)
class Program:
    """A circuit under its noise, ready to run.

    Args:
        parts: in order.
        recorded: bits that take their recorded, possibly misread value when they are measured, because a choice needs
            it or decides on the measurement. All others are misread at the end, which is the same for a report.
        qubit_of: for each bit that is measured, the qubit that its final value is from.
        ends_measured: qubits on which the last that happens is, or may be, a measurement.
        duration_s: seconds, along the longest branch.
    """

    parts: tuple[Part, ...]
    recorded: frozenset[int]
    qubit_of: Mapping[int, int]
    ends_measured: frozenset[int]
    duration_s: float


def program_of(circuit: Any, noise: Noise, outputs: Collection[int]) -> Program:
    """Make the program of a circuit whose outputs live on; raises CircuitError for what cannot be compiled."""
    steps = unroll(circuit, noise)
    recorded = frozenset().union(*_bits_that_steer(steps))
    return Program(
        parts=_without_unseen(_without_overwritten(_parts(steps, noise), recorded), set(outputs))[0],
        recorded=recorded,
        qubit_of={step.bits[0]: step.qubits[0] for step in _measurements(steps)},
        ends_measured=frozenset(qubit for qubit, name in _last(steps).items() if name == "measure"),
        duration_s=_duration_s(steps),
    )


def _parts(steps: Iterable[Step | Fork], noise: Noise) -> list[Part]:
    """Cut steps at their measurements, each moved as late as its qubit allows, and at their choices."""
    done: list[Part] = []
    gates: list[Gate] = []
    waiting: dict[int, int] = {}
    for step in steps:
        if waiting and (isinstance(step, Fork) or not waiting.keys().isdisjoint(step.qubits)):
            done.append(Segment(tuple(gates), tuple(waiting.items())))
            gates, waiting = [], {}
        if isinstance(step, Fork):
            if gates:
                done.append(Segment(tuple(gates), ()))
                gates = []
            cases = tuple((values, tuple(_parts(body, noise))) for values, body in step.cases)
            done.append(Choice(step.condition, cases))
            continue
        after = disturbance(step.noise, tuple(map(noise.relaxation_on, step.qubits)))
        noisy = [] if after is None else [(after, step.qubits)]
        if step.name == "measure":
            gates += noisy  # as in Aer, noise of a measurement comes before it
            waiting = {qubit: OVERWRITTEN if bit == step.bits[0] else bit for qubit, bit in waiting.items()}
            waiting[step.qubits[0]] = step.bits[0]
        else:
            gates += noisy if step.operation is None else [(step.operation, step.qubits), *noisy]
    if gates or waiting or not done:
        done.append(Segment(tuple(gates), tuple(waiting.items())))
    return done


def _without_overwritten(parts: Sequence[Part], recorded: frozenset[int]) -> tuple[Part, ...]:
    """Mark the measurements whose bit is measured again and steers nothing meanwhile."""
    final: set[int] = set()
    done: list[Part] = []
    for part in reversed(parts):
        if isinstance(part, Segment):
            bits = tuple((qubit, OVERWRITTEN if bit in final else bit) for qubit, bit in part.measured)
            final |= {bit for _, bit in part.measured} - recorded
            part = Segment(part.gates, bits)
        done.insert(0, part)
    return tuple(done)


def _without_unseen(parts: Sequence[Part], seen: set[int]) -> tuple[tuple[Part, ...], set[int]]:
    """Leave out gates on qubits that nobody looks at any more; also give the qubits that matter before the parts."""
    done: list[Part] = []
    for part in reversed(parts):
        if isinstance(part, Choice):
            cases = [(values, *_without_unseen(body, set(seen))) for values, body in part.cases]
            seen = seen.union(*(before for _, _, before in cases))
            part = Choice(part.condition, tuple((values, body) for values, body, _ in cases))
        else:
            seen = seen | {qubit for qubit, _ in part.measured}
            gates: list[Gate] = []
            for gate, qubits in reversed(part.gates):
                if not seen.isdisjoint(qubits):
                    gates.insert(0, (gate, qubits))
                    seen = seen - set(qubits) if gate.name == "reset" else seen | set(qubits)
            part = Segment(tuple(gates), part.measured)
        if part != _EMPTY:
            done.insert(0, part)
    return tuple(done), seen


def _bits_that_steer(steps: Iterable[Step | Fork]) -> Iterator[frozenset[int]]:
    """Find the bits that conditions read, and those measured on some condition only."""
    for fork in steps:
        if isinstance(fork, Fork):
            yield bits_read(fork.condition)
            for _, body in fork.cases:
                yield frozenset(step.bits[0] for step in _measurements(body))
                yield from _bits_that_steer(body)


def _measurements(steps: Iterable[Step | Fork]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Fork):
            for _, body in step.cases:
                yield from _measurements(body)
        elif step.name == "measure":
            yield step


def _last(steps: Iterable[Step | Fork]) -> dict[int, str]:
    """Give the name of the last step on each qubit; "measure" if that may be the last, depending on a choice."""
    last: dict[int, str] = {}
    for step in steps:
        if isinstance(step, Fork):
            ends = [_last(body) for _, body in step.cases]
            last |= {qubit: name for end in ends for qubit, name in end.items()}
            last |= {qubit: name for end in ends for qubit, name in end.items() if name == "measure"}
        else:
            last |= dict.fromkeys(step.qubits, step.name)
    return last


def _duration_s(steps: Iterable[Step | Fork]) -> float:
    """Add up the time of gates done one after the other; delays that follow one another on different qubits overlap."""
    times: list[float] = []
    delays: dict[int, float] = {}
    for step in steps:
        if isinstance(step, Step) and step.name == "delay":
            delays[step.qubits[0]] = delays.get(step.qubits[0], 0.0) + step.noise.duration_s
            continue
        times.append(max(delays.values(), default=0.0))
        delays = {}
        if isinstance(step, Fork):
            times.append(max((_duration_s(body) for _, body in step.cases), default=0.0))
        else:
            times.append(step.noise.duration_s)
    return math.fsum([*times, max(delays.values(), default=0.0)])
