"""How to divide a block, and how large it must be: searches over key lengths."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["argmax", "smallest_block"]

_GRID = 24
_ENDLESS = 2**80
"""Bits that no one will ever sift."""


def argmax(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the largest value on a geometric grid, then refine between the neighbours of that point."""
    from scipy.optimize import minimize_scalar

    grid = [min(low * (high / low) ** (step / _GRID), high) for step in range(_GRID + 1)]
    best = max(range(len(grid)), key=lambda index: function(grid[index]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, _GRID)]
    found = float(minimize_scalar(lambda x: -function(x), bounds=bounds, method="bounded").x)
    return found if function(found) > function(grid[best]) else grid[best]


def smallest_block(secret_bits: Callable[[int], float], asymptotic_fraction: float) -> int | None:
    """Give the smallest size at which a session makes one bit; None if none does."""
    if asymptotic_fraction <= 0.0:
        return None
    low, high = 1, 2
    while secret_bits(high) < 1.0:
        low, high = high, 2 * high
        if high > _ENDLESS:
            return None
    while high - low > max(1.0, 1e-9 * high):
        middle = (low + high) // 2
        low, high = (low, middle) if secret_bits(middle) >= 1.0 else (middle, high)
    return high
