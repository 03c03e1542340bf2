"""A memory qubit: how it relaxes and dephases while it waits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qnet.errors import InvalidArgument
from qnet.fields import Positive, Probability
from qnet.hardware.parts import check_parts

__all__ = ["Memory"]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Describe a memory by its relaxation and dephasing times.

    Args:
        t1_s: relaxation time, s: populations approach equilibrium as exp(-t/T1). May be infinite.
        t2_s: dephasing time, s: coherences decay as exp(-t/T2). At most 2 T1. May be infinite.
        excited_population: population of |1> in equilibrium.

    >>> Memory(t1_s=1.0, t2_s=3.0)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `t2_s` must be at most 2 t1_s = 2.0, but is 3.0.
    """

    t1_s: Positive = math.inf
    t2_s: Positive
    excited_population: Probability = 0.0

    def __post_init__(self) -> None:
        check_parts(self)
        if self.t2_s > 2 * self.t1_s:
            raise InvalidArgument.of("t2_s", f"be at most 2 t1_s = {2 * self.t1_s}", self.t2_s)
