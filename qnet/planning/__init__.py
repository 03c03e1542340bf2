"""How a route makes end-to-end pairs: plans as values, and what they will deliver. No time, no events, no chance.

- `recipe`: trees that say which pairs are generated, swapped and purified, and for how long one may wait for another.
- `plan`: what stands along a route, and the rules by which it makes pairs.
- `prediction`: what a plan delivers, by `law` (waiting times and states), `tree` (recipes), `asap` (swap as soon as
  possible) and `worst` (what cut-offs guarantee).
- `search`: the plan of highest predicted rate that meets a request.
"""

from qnet.planning.plan import Chain, Plan
from qnet.planning.prediction import Prediction, predict
from qnet.planning.recipe import Generate, Purify, Recipe, Swap, in_order, nested, purified, sequential
from qnet.planning.search import Proposal, best_plan

__all__ = [
    "Chain",
    "Generate",
    "Plan",
    "Prediction",
    "Proposal",
    "Purify",
    "Recipe",
    "Swap",
    "best_plan",
    "in_order",
    "nested",
    "predict",
    "purified",
    "sequential",
]
