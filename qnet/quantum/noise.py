"""Noise of a processor, from plain hardware numbers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import NonNegative, Positive, Probability, check_fields

__all__ = ["NOISELESS", "ONE_QUBIT_GATES", "TWO_QUBIT_GATES", "GateNoise", "Noise", "Readout"]

ONE_QUBIT_GATES = ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "r", "u")
TWO_QUBIT_GATES = ("cx", "cy", "cz", "cp", "ecr", "swap", "rxx", "ryy", "rzz", "rzx")


@dataclass(frozen=True, kw_only=True)
class GateNoise:
    """Imperfection of one kind of gate.

    Args:
        depolarising: lambda of ``rho -> (1 - lambda) rho + lambda I / d`` after the gate, on its own qubits
            (Qiskit's ``depolarizing_error``; average gate infidelity is ``lambda (d - 1) / d``).
        duration_s: seconds during which the gate's qubits suffer T1 and T2.
    """

    depolarising: Probability = 0.0
    duration_s: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class Readout:
    """Misreading of one qubit: ``error_0 = P(read 1 | was 0)`` and ``error_1 = P(read 0 | was 1)``."""

    error_0: Probability = 0.0
    error_1: Probability = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def matrix(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """``P(recorded | true)``, recorded by row."""
        return (1.0 - self.error_0, self.error_1), (self.error_0, 1.0 - self.error_1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise:
    """Noise of one processor. A gate that is neither in `gates` nor in `ideal` is refused, never run bare.

    Args:
        gates: noise by gate name (Qiskit's), "reset" standing for initialisation.
        ideal: names of gates that are perfect and take no time.
        readout: misreading of any qubit that `readout_of` does not name.
        readout_of: misreading by index of the qubit in the circuit.
        t1_s, t2_s, excited_population: what qubits suffer during a gate with a duration (T2 at most 2 T1).

    >>> Noise.from_numbers(two_qubit_depolarising=0.01).gates["cx"].depolarising
    0.01
    """

    gates: Mapping[str, GateNoise] = field(default_factory=dict)
    ideal: frozenset[str] = frozenset()
    readout: Readout = Readout()
    readout_of: Mapping[int, Readout] = field(default_factory=dict)
    t1_s: Positive = math.inf
    t2_s: Positive = math.inf
    excited_population: Probability = 0.0
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.t2_s > 2.0 * self.t1_s:
            raise InvalidArgument.of("t2_s", f"be at most 2 * t1_s = {2.0 * self.t1_s}", self.t2_s)
        for name in self.gates:
            if name not in (*ONE_QUBIT_GATES, *TWO_QUBIT_GATES, "reset"):
                raise UnknownName.of("gate", name, (*ONE_QUBIT_GATES, *TWO_QUBIT_GATES, "reset"))
        for name in ("gates", "readout_of"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        content = (sorted(self.gates.items()), sorted(self.ideal), self.readout, sorted(self.readout_of.items()))
        text = repr((content, self.t1_s, self.t2_s, self.excited_population))
        object.__setattr__(self, "digest", hashlib.blake2b(text.encode(), digest_size=16).hexdigest())

    @classmethod
    def from_numbers(
        cls,
        *,
        one_qubit_depolarising: float = 0.0,
        one_qubit_gate_s: float = 0.0,
        two_qubit_depolarising: float = 0.0,
        two_qubit_gate_s: float = 0.0,
        initialisation_depolarising: float = 0.0,
        initialisation_s: float = 0.0,
        readout: Readout | None = None,
        readout_of: Mapping[int, Readout] | None = None,
        t1_s: float = math.inf,
        t2_s: float = math.inf,
        excited_population: float = 0.0,
    ) -> Noise:
        """Build the noise of a processor whose one-qubit gates are all alike, and its two-qubit gates too."""
        one = GateNoise(depolarising=one_qubit_depolarising, duration_s=one_qubit_gate_s)
        two = GateNoise(depolarising=two_qubit_depolarising, duration_s=two_qubit_gate_s)
        reset = GateNoise(depolarising=initialisation_depolarising, duration_s=initialisation_s)
        return cls(
            gates=dict.fromkeys(ONE_QUBIT_GATES, one) | dict.fromkeys(TWO_QUBIT_GATES, two) | {"reset": reset},
            readout=readout or Readout(),
            readout_of=readout_of or {},
            t1_s=t1_s,
            t2_s=t2_s,
            excited_population=excited_population,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Noise) and self.digest == other.digest

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    def knows(self, gate: str) -> bool:
        """Whether the gate's behaviour has been stated."""
        return gate in self.gates or gate in self.ideal

    def duration_s(self, names: Iterable[str]) -> float:
        """Give the time of gates done one after the other, in seconds."""
        return math.fsum(self.gates[name].duration_s for name in names if name in self.gates)


NOISELESS = Noise.from_numbers()
"""Perfect gates that take no time."""
