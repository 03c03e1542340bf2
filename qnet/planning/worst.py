"""The worst pair that a plan can deliver: every wait as bad as its cut-off allows, every record the worst."""

from __future__ import annotations

import math

from qnet.planning.plan import Plan

__all__ = ["worst_fidelity"]


def worst_fidelity(plan: Plan) -> float:
    """Give the least fidelity that a delivered pair can have."""
    return math.nan
