"""From an Aer `NoiseModel` to our `Noise`, once, at the edge."""

from __future__ import annotations

from typing import Any

from qnet.errors import InvalidArgument
from qnet.quantum.aer import channel_of
from qnet.quantum.imperfections import GateNoise, Readout
from qnet.quantum.noise import Noise
from qnet.quantum.translation import is_standard_name

__all__ = ["noise_of"]


def noise_of(model: Any, ideal: frozenset[str]) -> Noise:
    """Convert an Aer `NoiseModel`: its errors by gate name, on all qubits or on certain ones, and its readout errors.

    Args:
        model: its qubit k is qubit k of the circuit.
        ideal: gates that are perfect. A model does not tell a gate that is perfect from one it has never heard of;
            Aer takes both for perfect, we take neither.

    Raises:
        InvalidArgument: the model has a readout error of several qubits at once, which no measurement of one qubit
            can have.
    """
    from qiskit.quantum_info import SuperOp

    # the public `to_dict` would give the same as circuits to be read again
    everywhere = {name: _noise(SuperOp(error)) for name, error in model._default_quantum_errors.items()}
    local = {
        (name, tuple(qubits)): _noise(SuperOp(error))
        for name, on in model._local_quantum_errors.items()
        for qubits, error in on.items()
    }
    if several := [qubits for qubits in model._local_readout_errors if len(qubits) != 1]:
        raise InvalidArgument.of("model", "have readout errors of one qubit each", several[0])
    names = {*everywhere, *(name for name, _ in local)}
    default = model._default_readout_error
    return Noise(
        gates=everywhere,
        gates_on=local,
        ideal=ideal,
        custom=frozenset(name for name in names if not is_standard_name(name)),
        readout=Readout() if default is None else _readout(default),
        readout_of={qubits[0]: _readout(error) for qubits, error in model._local_readout_errors.items()},
        source="an Aer noise model",
    )


def _noise(channel: Any) -> GateNoise:
    return GateNoise(channel=channel_of(channel))


def _readout(error: Any) -> Readout:
    (_, error_0), (error_1, _) = error.probabilities
    return Readout(error_0=float(error_0), error_1=float(error_1))
