"""How much one compilation may cost.

Time is an estimate from the sizes involved, not a clock, so that a circuit compiles everywhere or nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qnet.errors import CircuitError

__all__ = [
    "MAX_BYTES",
    "MAX_INPUTS",
    "MAX_QUBITS",
    "MAX_QUBITS_WITHOUT_INPUTS",
    "MAX_SECONDS",
    "MAX_STEPS",
    "Budget",
    "check_bytes",
]

MAX_INPUTS, MAX_QUBITS, MAX_QUBITS_WITHOUT_INPUTS = 4, 6, 10
MAX_SECONDS, MAX_BYTES = 2.0, 10**9
MAX_STEPS = 10_000
"""Instructions of a circuit, its loops unrolled."""

# measured with Aer 0.18 on one core: a run, and per element of the density matrix the run and a gate on k qubits
_RUN_S, _RUN_ELEMENT_S, _GATE_S, _GATE_ELEMENT_S, _OUTCOME_S = 5e-4, 1.1e-7, 2e-5, 1.75e-9, 2e-5
_ELEMENT_BYTES = 32
"""Those that are being made, and those they are made from."""


class Budget:
    """What is left to one compilation.

    Raises (from its methods):
        CircuitError: the limit is passed.
    """

    def __init__(self) -> None:
        self._spent_s = 0.0

    def run(self, gates: Sequence[tuple[Any, tuple[int, ...]]], qubits: int) -> None:
        """Account for one run of gates on a register."""
        weights = sum(4 ** len(places) for _, places in gates)
        self._spend(_RUN_S + _GATE_S * len(gates) + 4**qubits * (_RUN_ELEMENT_S + _GATE_ELEMENT_S * weights))

    def outcome(self, elements: int) -> None:
        """Account for one more outcome of a measurement, so many complex numbers being held for all branches."""
        self._spend(_OUTCOME_S)
        check_bytes(elements * _ELEMENT_BYTES)

    def _spend(self, seconds: float) -> None:
        self._spent_s += seconds
        if self._spent_s > MAX_SECONDS:
            raise CircuitError(f"Compiling the circuit would take more than the limit of {MAX_SECONDS:g} s.")


def check_bytes(needed: int) -> None:
    """Raise unless so many bytes may be used."""
    if needed > MAX_BYTES:
        raise CircuitError(f"Compiling the circuit would take more than the limit of {MAX_BYTES / 1e9:g} GB.")
