"""Gates that the noise does not know, written in gates that it does."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qnet.quantum.noise import Noise

__all__ = ["is_standard", "is_standard_name", "translated"]

Step = tuple[Any, tuple[int, ...]]


def is_standard(operation: Any) -> bool:
    """Whether Qiskit can write the gate in others without looking inside it."""
    standard = _standard_gates().get(operation.name)
    return standard is not None and getattr(operation, "base_class", None) is standard.base_class


def is_standard_name(name: str) -> bool:
    """Whether `Noise` knows the name without being told that it is custom."""
    return name in _standard_gates() or name in ("measure", "reset", "delay", "unitary")


def translated(operation: Any, qubits: tuple[int, ...], noise: Noise) -> tuple[Step, ...] | None:
    """Write a standard gate in gates that the noise knows on these qubits; None if that cannot be done."""
    return _translated(operation.name, tuple(operation.params), qubits, noise)


@lru_cache(maxsize=1024)
def _translated(
    name: str, parameters: tuple[Any, ...], qubits: tuple[int, ...], noise: Noise
) -> tuple[Step, ...] | None:
    """Let Qiskit's equivalences do it, and turn two-qubit gates round that are known one way only.

    A passing of whole circuits through `transpile` could also move qubits about, which must not happen here.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
    from qiskit.transpiler import PassManager, TranspilerError
    from qiskit.transpiler.passes import BasisTranslator, GateDirection, UnrollCustomDefinitions

    target = _target(qubits, noise)
    circuit = QuantumCircuit(len(qubits))
    circuit.append(_standard_gates()[name].base_class(*parameters), range(len(qubits)))
    unroll = UnrollCustomDefinitions(SessionEquivalenceLibrary, target=target)
    translate = BasisTranslator(SessionEquivalenceLibrary, None, target=target)
    passes = [unroll, translate]
    if noise.gates_on:
        passes += [GateDirection(None, target=target), translate]
    try:
        done = PassManager(passes).run(circuit)
    except TranspilerError:
        return None
    steps = tuple(
        (item.operation, tuple(qubits[done.find_bit(qubit).index] for qubit in item.qubits)) for item in done.data
    )
    return steps if all(noise.gate(step.name, places) is not None for step, places in steps) else None


def _target(qubits: tuple[int, ...], noise: Noise) -> Any:
    """Describe to Qiskit what the noise knows on these qubits."""
    from qiskit.transpiler import Target

    target = Target(num_qubits=len(qubits))
    place = {qubit: k for k, qubit in enumerate(qubits)}
    everywhere = frozenset(noise.gates) | noise.ideal
    for name in sorted(noise.known & _standard_gates().keys()):
        gate = _standard_gates()[name]
        if name in everywhere:
            target.add_instruction(gate)
            continue
        on = [places for known, places in noise.gates_on if known == name and place.keys() >= set(places)]
        if on:
            target.add_instruction(gate, {tuple(place[qubit] for qubit in places): None for places in on})
    return target


@lru_cache(maxsize=1)
def _standard_gates() -> dict[str, Any]:
    from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping

    others = ("measure", "delay", "reset", "global_phase")
    return {name: gate for name, gate in get_standard_gate_name_mapping().items() if name not in others}
