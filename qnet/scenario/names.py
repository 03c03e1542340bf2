"""What scenario files call policies, purifications and orders of swaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qnet.network.policies import POLICIES
from qnet.planning import Recipe, nested, sequential
from qnet.quantum import Purification
from qnet.quantum.library import purifications

__all__ = ["POLICIES", "PURIFICATIONS", "SWAP_ORDERS"]

PURIFICATIONS: Mapping[str, Callable[[], Purification]] = {
    "bbpssw": purifications.bbpssw,
    "dejmps": purifications.dejmps,
    "double-selection": purifications.double_selection,
    "epl": purifications.epl,
    "three-to-one": purifications.three_to_one,
}

SWAP_ORDERS: Mapping[str, Callable[[int], Recipe] | None] = {
    "asap": None,
    "nested": nested,
    "sequential": sequential,
}
"""What gives the recipe for so many spans; None to swap as soon as possible."""
