"""A memory qubit: how it relaxes and dephases while it waits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from qnet.errors import InvalidArgument
from qnet.fields import Positive, Probability
from qnet.hardware.parts import LEFT_OUT, AtLeastOne, check_parts, dephasing_root

__all__ = ["Memory"]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Describe a memory by its relaxation and dephasing times.

    Args:
        t1_s: relaxation time, s: populations approach equilibrium as exp(-t/T1). May be infinite.
        t2_s: dephasing time, s: coherences decay as exp(-t/T2). At most 2 T1. May be infinite.
        excited_population: population of |1> in equilibrium.
        slots: memories per link.
        attempts_to_dephase: N(1/e): while this memory waits, so many entangling attempts that the same node makes
            with another qubit bring its coherence down to 1/e. May be infinite.

    >>> Memory(t1_s=1.0, t2_s=3.0)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `t2_s` must be at most 2 t1_s = 2.0, but is 3.0.
    """

    t1_s: Positive = math.inf
    t2_s: Positive
    excited_population: Probability = 0.0
    slots: AtLeastOne = field(default=1, metadata=LEFT_OUT)
    attempts_to_dephase: Positive = field(default=math.inf, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        check_parts(self)
        if self.t2_s > 2 * self.t1_s:
            raise InvalidArgument.of("t2_s", f"be at most 2 t1_s = {2 * self.t1_s}", self.t2_s)

    @property
    def dephasing_per_attempt(self) -> float:
        """The probability of a phase flip per entangling attempt: (1 - exp(-1/N(1/e))) / 2, half of it at most."""
        return -math.expm1(-1 / self.attempts_to_dephase) / 2

    def improved(self, k: float) -> Memory:
        """Give a memory that lives k times longer, and flips its phase k times less often per attempt.

        >>> round(Memory(t2_s=1.0, attempts_to_dephase=1400).improved(10).attempts_to_dephase)
        14002
        """
        per_attempt = dephasing_root(self.dephasing_per_attempt, k)
        attempts = 1 / per_attempt if per_attempt else math.inf
        return replace(self, t1_s=self.t1_s * k, t2_s=self.t2_s * k, attempts_to_dephase=attempts)
