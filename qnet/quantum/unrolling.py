"""A circuit as a plain list of steps: loops unrolled, blocks and composite gates opened, unknown gates translated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qnet.errors import CircuitError
from qnet.quantum.aer import NATIVE
from qnet.quantum.conditions import Condition, read_condition
from qnet.quantum.content import named
from qnet.quantum.imperfections import PERFECT, GateNoise
from qnet.quantum.limits import MAX_STEPS
from qnet.quantum.noise import Noise
from qnet.quantum.translation import is_standard, translated

__all__ = ["Fork", "Step", "unroll"]

_CHANNELS = frozenset(("kraus", "unitary", "quantum_channel", "superop"))
_UNBOUNDED = {
    "while_loop": "has no bound",
    "break_loop": "leaves a loop early",
    "continue_loop": "leaves a loop early",
    "store": "computes a variable",
}
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}


class Step(NamedTuple):
    """An instruction that Aer can run (None: only time passes), a measurement or a reset, and its noise."""

    operation: Any
    name: str
    qubits: tuple[int, ...]
    bits: tuple[int, ...]
    noise: GateNoise


class Fork(NamedTuple):
    """Steps to choose from by a condition: the first case that names its value, None naming all values."""

    condition: Condition
    cases: tuple[tuple[frozenset[int] | None, tuple[Step | Fork, ...]], ...]


def unroll(circuit: Any, noise: Noise) -> tuple[Step | Fork, ...]:
    """Write out a circuit, step by step.

    Raises:
        CircuitError: naming the instruction that cannot be compiled, and why.
    """
    return tuple(_Unrolling(noise).block(circuit, range(circuit.num_qubits), range(circuit.num_clbits)))


class _Unrolling:
    """Counts the steps while it makes them."""

    def __init__(self, noise: Noise) -> None:
        self._noise, self._count = noise, 0

    def block(self, circuit: Any, qubits: Sequence[int], bits: Sequence[int]) -> Iterator[Step | Fork]:
        """Write out a circuit whose qubits and bits are called as given outside."""
        qubit_of = dict(zip(circuit.qubits, qubits, strict=True))
        bit_of = dict(zip(circuit.clbits, bits, strict=True))
        for item in circuit.data:
            places, clbits = tuple(qubit_of[q] for q in item.qubits), tuple(bit_of[b] for b in item.clbits)
            yield from self._steps(item.operation, places, clbits, bit_of)

    def _steps(
        self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...], bit_of: Mapping[Any, int]
    ) -> Iterator[Step | Fork]:
        name = operation.name
        where = named(name, qubits)
        if name in _UNBOUNDED:
            raise CircuitError(f"{where} {_UNBOUNDED[name]}, which cannot be compiled.")
        self._count_one()
        match name:
            case "barrier" | "global_phase":
                return
            case "if_else":
                then, *others = (tuple(self.block(body, qubits, bits)) for body in operation.blocks)
                cases = ((frozenset((1,)), then), *((None, other) for other in others))
                yield Fork(read_condition(operation.condition, bit_of, where), cases)
            case "switch_case":
                yield self._switch(operation, qubits, bits, read_condition(operation.target, bit_of, where))
            case "for_loop":
                yield from self._loop(operation, qubits, bits)
            case "box":
                yield from self._box(operation, qubits, bits)
            case "delay":
                yield self._delay(operation, qubits)
            case "measure":
                yield Step(operation, name, qubits, bits, self._noise.gate(name, qubits) or PERFECT)
            case _:
                yield from self._gate(operation, qubits, bits)

    def _count_one(self) -> None:
        self._count += 1
        if self._count > MAX_STEPS:
            raise CircuitError(f"The circuit has more than {MAX_STEPS} instructions once its loops are unrolled.")

    def _switch(self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...], target: Condition) -> Fork:
        from qiskit.circuit import CASE_DEFAULT

        cases = []
        for values, body in operation.cases_specifier():
            named_values = None if CASE_DEFAULT in values else frozenset(map(int, values))
            cases.append((named_values, tuple(self.block(body, qubits, bits))))
        return Fork(target, tuple(cases))

    def _loop(self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...]) -> Iterator[Step | Fork]:
        values, parameter, body = operation.params
        if parameter is not None and not hasattr(parameter, "assign"):
            where = named(operation.name, qubits)
            raise CircuitError(f"{where} counts in the variable {parameter.name!r}; use a `Parameter`.")
        for value in values:
            self._count_one()
            bound = body if parameter is None else body.assign_parameters({parameter: value}, strict=False)
            yield from self.block(bound, qubits, bits)

    def _box(self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...]) -> Iterator[Step | Fork]:
        if operation.duration is not None:
            raise CircuitError(f"{named('box', qubits)} has a duration of its own; write it as a `delay`.")
        yield from self.block(operation.blocks[0], qubits, bits)

    def _delay(self, operation: Any, qubits: tuple[int, ...]) -> Step:
        unit, where = operation.unit, named("delay", qubits)
        _refuse_unbound(operation, where)
        second = self._noise.dt_s if unit == "dt" else _SECONDS.get(unit)
        if second is None:
            reason = "the noise has no `dt_s`; give it, or use s, ms, us, ns or ps" if unit == "dt" else "unknown"
            raise CircuitError(f"{where} lasts {operation.duration} in the unit {unit!r}: {reason}.")
        stated = self._noise.gate("delay", qubits) or PERFECT
        duration_s = float(operation.duration) * second
        noise = GateNoise(depolarising=stated.depolarising, duration_s=duration_s, channel=stated.channel)
        return Step(None, "delay", qubits, (), noise)

    def _gate(self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...]) -> Iterator[Step | Fork]:
        name = operation.name
        _refuse_unbound(operation, f"Gate `{name}` on qubits {qubits}")
        label = getattr(operation, "label", None)
        noise = (label and self._noise.gate(label, qubits)) or self._noise.gate(name, qubits)
        if noise is None and name in _CHANNELS:
            noise = PERFECT
        if noise is None:
            yield from self._opened(operation, qubits, bits)
            return
        if noise.channel is not None and noise.channel.inputs != len(qubits):
            raise CircuitError(
                f"Gate `{name}` acts on {len(qubits)} qubits, but its noise on {noise.channel.inputs}: {qubits}."
            )
        yield Step(_native(operation, qubits), name, qubits, (), noise)

    def _opened(self, operation: Any, qubits: tuple[int, ...], bits: tuple[int, ...]) -> Iterator[Step | Fork]:
        """Write a gate that the noise does not know in gates that it does."""
        unknown = (
            f"Gate `{operation.name}` on qubits {qubits} is unknown to the noise; give its noise or declare it ideal."
        )
        if is_standard(operation):
            steps = translated(operation, qubits, self._noise)
            if steps is None:
                raise CircuitError(unknown)
            for step, places in steps:
                yield from self._gate(step, places, ())
            return
        made_of = operation.to_circuit() if hasattr(operation, "to_circuit") else getattr(operation, "definition", None)
        if made_of is None:
            raise CircuitError(unknown)
        try:
            yield from self.block(made_of, qubits, bits)
        except CircuitError as error:
            raise CircuitError(f"{unknown} Inside it: {error}") from error


def _refuse_unbound(operation: Any, where: str) -> None:
    unbound = [str(parameter) for parameter in getattr(operation, "params", ()) if getattr(parameter, "parameters", ())]
    if unbound:
        raise CircuitError(f"{where} has no value for its parameter {unbound[0]}.")


def _native(operation: Any, qubits: tuple[int, ...]) -> Any:
    """Give what Aer can run: the gate itself, or else its matrix."""
    if operation.name in NATIVE:
        return operation
    from qiskit import QiskitError
    from qiskit.circuit.library import UnitaryGate
    from qiskit.quantum_info import Operator

    try:
        return UnitaryGate(Operator(operation).data)
    except (QiskitError, TypeError, AttributeError) as error:
        raise CircuitError(
            f"Gate `{operation.name}` on qubits {qubits} has neither a matrix nor a definition without measurements."
        ) from error
