"""The only module that talks to Qiskit Aer, and the only one that knows Qiskit's little-endian order.

Everything here is exact: density matrices in, density matrices out, no shots. Measurements never reach Aer; the
compiler cuts circuits at them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import CircuitError
from qnet.quantum.noise import TWO_QUBIT_GATES, GateNoise, Noise

__all__ = ["CALLS", "evolve", "relaxation_error"]

CALLS = {"compile": 0, "loop": 0}
"""How often Aer has run, by reason: to compile an operation, or inside the event loop (`Aer` engine only)."""


def evolve(
    gates: Sequence[tuple[Any, tuple[int, ...]]],
    qubits: int,
    noise: Noise,
    start: NDArray[np.complex128],
    *,
    reason: str = "compile",
) -> NDArray[np.complex128]:
    """Run gates (instruction, qubit numbers) on a register in Aer's density-matrix method.

    Args:
        gates: no measurement and no control flow among them.
        qubits: size of the register.
        noise: attached to the gates by name.
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
        result = _simulator(noise).run(circuit, shots=1).result()
    except AerError as error:
        raise CircuitError(f"Aer cannot run the circuit: {error.message}.") from error
    if not result.success:
        raise CircuitError(f"Aer cannot run the circuit: {result.status}.")
    return _reverse_matrix(np.asarray(result.data(0)["density_matrix"], dtype=np.complex128))


def relaxation_error(t1_s: float, t2_s: float, duration_s: float, excited_population: float = 0.0) -> Any:
    """Give Aer's error of one qubit that relaxes for a duration (all in seconds).

    Where T2 > T1, Aer's `thermal_relaxation_error` drops Kraus operators of weight below 1e-8; damping in amplitude
    and phase is the same channel without that loss.
    """
    from qiskit_aer.noise import phase_amplitude_damping_error, thermal_relaxation_error

    if t2_s <= t1_s:
        return thermal_relaxation_error(t1_s, t2_s, duration_s, excited_population)
    amplitude = -math.expm1(-duration_s / t1_s)
    phase = -math.exp(-duration_s / t1_s) * math.expm1(duration_s / t1_s - 2.0 * duration_s / t2_s)
    return phase_amplitude_damping_error(
        amplitude, min(max(0.0, phase), 1.0 - amplitude), excited_population, canonical_kraus=False
    )


def _widened(instruction: Any, places: Sequence[int], qubits: int) -> tuple[Any, list[int]]:
    """Add an idle qubit to a unitary of four, which Aer would turn into a superoperator: five times slower."""
    if instruction.name != "unitary" or len(places) != 4 or qubits == 4:
        return instruction, list(places)
    from qiskit.circuit.library import UnitaryGate

    idle = next(place for place in range(qubits) if place not in places)
    return UnitaryGate(np.kron(np.eye(2), instruction.params[0])), [*places, idle]


@lru_cache(maxsize=64)
def _simulator(noise: Noise) -> Any:
    from qiskit_aer import AerSimulator

    # one thread: registers are small, and workers of a sweep have a core each
    return AerSimulator(
        method="density_matrix", noise_model=_noise_model(noise), fusion_enable=False, max_parallel_threads=1
    )


def _noise_model(noise: Noise) -> Any:
    from qiskit_aer.noise import NoiseModel

    alike: dict[tuple[GateNoise, int], list[str]] = {}
    for name, gate in noise.gates.items():
        alike.setdefault((gate, 2 if name in TWO_QUBIT_GATES else 1), []).append(name)
    model = NoiseModel()
    for (gate, size), names in alike.items():
        error = _gate_error(gate, size, noise)
        if error is not None:
            model.add_all_qubit_quantum_error(error, names)
    return model


def _gate_error(gate: GateNoise, size: int, noise: Noise) -> Any:
    from qiskit_aer.noise import depolarizing_error

    error = depolarizing_error(gate.depolarising, size) if gate.depolarising else None
    if gate.duration_s and (np.isfinite(noise.t1_s) or np.isfinite(noise.t2_s)):
        one = relaxation_error(noise.t1_s, noise.t2_s, gate.duration_s, noise.excited_population)
        relaxation = one.expand(one) if size == 2 else one
        error = relaxation if error is None else error.compose(relaxation)
    return error


def _reverse_vector(vector: NDArray[np.complex128]) -> NDArray[np.complex128]:
    n = vector.size.bit_length() - 1
    return vector.reshape((2,) * n).transpose(range(n)[::-1]).reshape(-1)


def _reverse_matrix(matrix: NDArray[np.complex128]) -> NDArray[np.complex128]:
    n = matrix.shape[0].bit_length() - 1
    order = [*range(n)[::-1], *range(n, 2 * n)[::-1]]
    return matrix.reshape((2,) * (2 * n)).transpose(order).reshape(2**n, 2**n)
