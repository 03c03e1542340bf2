"""What the network offers: a route, a plan for it, and what the plan is predicted to deliver."""

from __future__ import annotations

__all__ = ["Offer"]


class Offer:
    """placeholder until plans exist."""
