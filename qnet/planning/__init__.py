"""How a route makes end-to-end pairs: plans as values, and what they will deliver. No time, no events, no chance.

- `recipe`: trees that say which pairs are generated, swapped and purified, and for how long one may wait for another.
"""

from qnet.planning.recipe import Generate, Purify, Recipe, Swap, in_order, nested, purified, sequential

__all__ = ["Generate", "Purify", "Recipe", "Swap", "in_order", "nested", "purified", "sequential"]
