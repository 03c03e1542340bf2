"""What is imperfect about one gate, one readout, one qubit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check, check_fields
from qnet.quantum.instruments import Instrument

__all__ = ["PERFECT", "GateNoise", "Readout", "Relaxation", "relaxation_infidelity"]

_ROUNDING = 1e-12
"""Infidelities that differ by less are equal: measured figures are not known to so many digits."""


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """What one qubit suffers in time: T1 and T2 (at most 2 T1) in seconds, and the population it relaxes to."""

    t1_s: Positive = math.inf
    t2_s: Positive = math.inf
    excited_population: Probability = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.t2_s > 2.0 * self.t1_s:
            raise InvalidArgument.of("t2_s", f"be at most 2 * t1_s = {2.0 * self.t1_s}", self.t2_s)

    def acts(self, duration_s: float) -> bool:
        """Whether anything happens within so many seconds."""
        return duration_s > 0.0 and (math.isfinite(self.t1_s) or math.isfinite(self.t2_s))

    def process_fidelity(self, duration_s: float) -> float:
        """Give the overlap with doing nothing, ``(1 + exp(-t / T1) + 2 exp(-t / T2)) / 4``."""
        return (1.0 + math.exp(-duration_s / self.t1_s) + 2.0 * math.exp(-duration_s / self.t2_s)) / 4.0


def relaxation_infidelity(relaxation: Sequence[Relaxation], duration_s: float) -> float:
    """Give the average infidelity to doing nothing of qubits that relax for so many seconds."""
    d = 2 ** len(relaxation)
    process_fidelity = math.prod(times.process_fidelity(duration_s) for times in relaxation)
    return float((1.0 - process_fidelity) * d / (d + 1))


@dataclass(frozen=True, kw_only=True)
class GateNoise:
    """Imperfection of one kind of gate.

    Args:
        depolarising: lambda of ``rho -> (1 - lambda) rho + lambda I / d`` after the gate, on its own qubits
            (Qiskit's ``depolarizing_error``; average gate infidelity is ``lambda (d - 1) / d``).
        duration_s: seconds during which the gate's qubits suffer T1 and T2.
        channel: any other channel on the gate's qubits, an instrument of one record; it acts first.
    """

    depolarising: Probability = 0.0
    duration_s: NonNegative = 0.0
    channel: Instrument | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        channel = self.channel
        if channel is not None and (channel.records != 1 or channel.inputs != channel.outputs or not channel.inputs):
            raise InvalidArgument.of("channel", "have one record and as many outputs as inputs", channel)

    @classmethod
    def from_infidelity(
        cls, infidelity: float, *, qubits: int, duration_s: float = 0.0, relaxation: Sequence[Relaxation] = ()
    ) -> GateNoise:
        """Convert an average gate infidelity, as benchmarking reports it, to depolarising.

        Args:
            infidelity: ``1 - F`` of the whole gate, what its qubits suffer from T1 and T2 meanwhile included.
            qubits: of the gate; d = 2**qubits.
            duration_s: of the gate.
            relaxation: of each qubit; none if they do not relax.

        Returns:
            lambda such that ``F = (1 - lambda) F_relaxation + lambda / d``; without relaxation lambda is
            ``infidelity d / (d - 1)``.

        Raises:
            InvalidArgument: relaxation alone costs more, or no depolarising costs as much.

        Source: Nielsen, Phys. Lett. A 303, 249 (2002), for ``F = (d F_process + 1) / (d + 1)``.

        >>> GateNoise.from_infidelity(0.0075, qubits=2)
        GateNoise(depolarising=0.01, duration_s=0.0)
        """
        check("infidelity", infidelity, Probability)
        d = 2**qubits
        worst = (d - 1) / d
        lost = relaxation_infidelity(relaxation, duration_s)
        if infidelity < lost - _ROUNDING:
            rule = f"be at least what T1 and T2 cost during {duration_s} s, {lost:.3g}"
            raise InvalidArgument.of("infidelity", rule, infidelity)
        if infidelity > worst + _ROUNDING:
            raise InvalidArgument.of("infidelity", f"be at most that of full depolarising, {worst}", infidelity)
        share = (infidelity - lost) / (worst - lost) if worst - lost > _ROUNDING else 0.0
        return cls(depolarising=min(max(share, 0.0), 1.0), duration_s=duration_s)


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


PERFECT = GateNoise()
"""A gate that does what it says, at once."""
