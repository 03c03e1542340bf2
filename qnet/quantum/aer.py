"""The only module that talks to Qiskit Aer, and the only one, besides `photonics.modes`, that knows Qiskit's
little-endian order.

Everything here is exact: density matrices in, density matrices out, no shots. Measurements never reach Aer; the
compiler cuts circuits at them. Noise follows each gate as a channel, which is what Aer's `NoiseModel` does too, but
that one drops terms of weight below 1e-8 (1e-10 in a mixture of unitaries), often without keeping the trace.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import CircuitError
from qnet.quantum.imperfections import GateNoise, Relaxation
from qnet.quantum.instruments import Instrument
from qnet.quantum.pauli import PAULIS

__all__ = ["CALLS", "NATIVE", "Gate", "as_gate", "channel_of", "depolarising", "disturbance", "evolve", "relaxation"]

Gate = tuple[Any, tuple[int, ...]]
"""A Qiskit instruction that Aer can run, and the qubits it acts on."""

CALLS = {"compile": 0, "loop": 0}
"""How often Aer has run, by reason: to compile an operation, or inside the event loop (`Aer` engine only)."""

NATIVE = frozenset(
    (
        *("ccx", "cp", "cu1", "cx", "cy", "cz", "ecr", "h", "id", "p", "r", "rx", "rxx", "ry", "ryy", "rz", "rzx"),
        *("rzz", "s", "sdg", "swap", "sx", "sxdg", "t", "tdg", "u", "u1", "u2", "u3", "x", "y", "z"),
        *("diagonal", "kraus", "pauli", "reset", "superop", "unitary"),
    )
)
"""What Aer's density-matrix method runs under its own name."""


def evolve(
    gates: Sequence[Gate],
    qubits: int,
    start: NDArray[np.complex128],
    *,
    reason: str = "compile",
) -> NDArray[np.complex128]:
    """Run gates on a register in Aer's density-matrix method.

    Args:
        gates: and, written out as channels, their noise; no measurement and no control flow among them.
        qubits: size of the register.
        start: a big-endian statevector (shape ``(2**n,)``) or density matrix (``(2**n, 2**n)``), normalised.
        reason: which count of `CALLS` to raise.

    Returns:
        The density matrix at the end, big-endian.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit import Instruction
    from qiskit_aer import AerError
    from qiskit_aer.library import SaveDensityMatrix

    circuit = QuantumCircuit(qubits)
    # Aer's own SetStatevector and SetDensityMatrix are these, after a check that takes longer than many circuits
    if start.ndim == 1:
        circuit.append(Instruction("set_statevector", qubits, 0, [_reverse_vector(start)]), range(qubits))
    else:
        circuit.append(Instruction("set_density_matrix", qubits, 0, [_reverse_matrix(start)]), range(qubits))
    for instruction, places in gates:
        circuit.append(*_widened(instruction, places, qubits))
    circuit.append(SaveDensityMatrix(qubits), range(qubits))
    CALLS[reason] += 1
    try:
        result = _simulator().run(circuit, shots=1).result()
    except AerError as error:
        raise CircuitError(f"Aer cannot run the circuit: {error.message}.") from error
    if not result.success:
        raise CircuitError(f"Aer cannot run the circuit: {result.status}.")
    return _reverse_matrix(np.asarray(result.data(0)["density_matrix"], dtype=np.complex128))


def depolarising(strength: float, qubits: int) -> Any:
    """Give ``rho -> (1 - strength) rho + strength I / d`` of some qubits, as a Qiskit `SuperOp`."""
    from qiskit.quantum_info import Kraus, SuperOp

    share = strength / 4**qubits
    operators = [reduce(np.kron, factors) for factors in product(PAULIS, repeat=qubits)]
    weights = [1.0 - share * (4**qubits - 1), *[share] * (4**qubits - 1)]
    return SuperOp(Kraus([math.sqrt(weight) * operator for weight, operator in zip(weights, operators, strict=True)]))


def relaxation(t1_s: float, t2_s: float, duration_s: float, excited_population: float = 0.0) -> Any:
    """Give the thermal relaxation of one qubit over a duration (all in seconds), as a Qiskit `SuperOp`."""
    from qiskit.quantum_info import Kraus, SuperOp

    moved = -math.expm1(-duration_s / t1_s)
    down, up, coherence = (1.0 - excited_population) * moved, excited_population * moved, math.exp(-duration_s / t2_s)
    kept = math.sqrt(1.0 - up) if up < 1.0 else 0.0
    together = coherence / kept if kept else 0.0
    alone = math.sqrt(max(1.0 - down - together**2, 0.0))
    jumps = [[[0.0, math.sqrt(down)], [0.0, 0.0]], [[0.0, 0.0], [math.sqrt(up), 0.0]]]
    return SuperOp(Kraus([np.array(kraus) for kraus in (*jumps, np.diag([kept, together]), np.diag([0.0, alone]))]))


def as_gate(channel: Any) -> Any:
    """Give a `SuperOp` as an instruction; its own ``to_instruction`` would lose terms of weight below 1e-8."""
    from qiskit.circuit import Instruction

    return Instruction("superop", channel.num_qubits, 0, [channel.data])


@lru_cache(maxsize=512)
def disturbance(gate: GateNoise, times: tuple[Relaxation, ...]) -> Any:
    """Give what follows a gate on qubits with these relaxation times, as one instruction; None if nothing does."""
    parts = [] if gate.channel is None else [_super_op(gate.channel)]
    if gate.depolarising:
        parts.append(depolarising(gate.depolarising, len(times)))
    if any(one.acts(gate.duration_s) for one in times):
        each = [relaxation(one.t1_s, one.t2_s, gate.duration_s, one.excited_population) for one in times]
        parts.append(reduce(lambda done, more: more.tensor(done), each))
    return as_gate(reduce(lambda done, more: done.compose(more), parts)) if parts else None


def channel_of(channel: Any) -> Instrument:
    """Convert a Qiskit channel, from n qubits to as many, to an instrument of one record."""
    from qiskit.quantum_info import PTM

    n = channel.num_qubits
    tensor = PTM(channel).data.real.reshape((4,) * (2 * n))
    return Instrument(tensor.transpose([*range(n)[::-1], *range(n, 2 * n)[::-1]])[None], n)


def _super_op(channel: Instrument) -> Any:
    from qiskit.quantum_info import PTM, SuperOp

    n = channel.inputs
    tensor = channel.tensor[0].transpose([*range(n)[::-1], *range(n, 2 * n)[::-1]])
    return SuperOp(PTM(tensor.reshape(4**n, 4**n)))


def _widened(instruction: Any, places: Sequence[int], qubits: int) -> tuple[Any, list[int]]:
    """Add an idle qubit to a unitary of four, which Aer would turn into a superoperator: five times slower."""
    if instruction.name != "unitary" or len(places) != 4 or qubits == 4:
        return instruction, list(places)
    from qiskit.circuit.library import UnitaryGate

    idle = next(place for place in range(qubits) if place not in places)
    return UnitaryGate(np.kron(np.eye(2), instruction.params[0])), [*places, idle]


@lru_cache(maxsize=1)
def _simulator() -> Any:
    from qiskit_aer import AerSimulator

    # one thread: registers are small, and workers of a sweep have a core each
    return AerSimulator(method="density_matrix", fusion_enable=False, max_parallel_threads=1)


def _reverse_vector(vector: NDArray[np.complex128]) -> NDArray[np.complex128]:
    n = vector.size.bit_length() - 1
    return vector.reshape((2,) * n).transpose(range(n)[::-1]).reshape(-1)


def _reverse_matrix(matrix: NDArray[np.complex128]) -> NDArray[np.complex128]:
    n = matrix.shape[0].bit_length() - 1
    order = [*range(n)[::-1], *range(n, 2 * n)[::-1]]
    return matrix.reshape((2,) * (2 * n)).transpose(order).reshape(2**n, 2**n)
