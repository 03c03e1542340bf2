"""What the two ends of a run could compare, bit by bit: what a test of the channel goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Count, Probability, check, check_fields

__all__ = ["Observed"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """Hold all sifted bits in order of arrival, those of the key too: reconciliation shows which of them were wrong.

    Args:
        wrong: for each bit whether the two ends differed.
        kinds: for each bit its kind, an index of `names`.
        names: of the kinds: bases, say.
        expected: for each kind the probability of a wrong bit that an honest channel does not exceed.
        at_s: when each bit came, simulated seconds; None where that is not known.
        per_bit: entries for each sifted bit: two, if its intensity is looked at besides its value.
        key_bits: how many bits the key was made of.
        key_bases: in which bases, with their shares: "x", "y", "z", or degrees on the Bloch sphere from Z towards X.
    """

    wrong: NDArray[np.bool_]
    kinds: NDArray[np.integer]
    names: tuple[str, ...]
    expected: tuple[float, ...]
    at_s: NDArray[np.float64] | None = None
    per_bit: Annotated[int, Ge(1)] = 1
    key_bits: Count = 0
    key_bases: Mapping[str | float, float] = field(default_factory=lambda: {"z": 1.0})

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.expected) != len(self.names):
            raise InvalidArgument.of("expected", f"have one rate for each of {self.names}", self.expected)
        for rate in self.expected:
            check("expected", rate, Probability)
        for name in ("wrong", "kinds", "at_s"):
            values = getattr(self, name)
            if values is not None and np.shape(values) != (len(self.wrong),):
                raise InvalidArgument.of(name, f"have one entry for each of {len(self.wrong)} bits", np.shape(values))
