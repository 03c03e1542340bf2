"""What a plan will deliver, worked out from waiting-time laws and compiled instruments; nothing is simulated."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from qnet.errors import InvalidArgument
from qnet.planning.asap import as_recipe, swap_asap
from qnet.planning.phases import Phase, Phases, later, settled, visits
from qnet.planning.plan import Plan
from qnet.planning.recipe import Recipe, Swap
from qnet.planning.tree import Made, Maker
from qnet.planning.worst import worst_fidelity
from qnet.quantum import State
from qnet.quantum.pauli import Tensor

__all__ = ["Prediction", "check_predictable", "predict", "predicted"]

_PREDICTIONS: OrderedDict[tuple[str, float, int], Prediction] = OrderedDict()
_KEPT = 4096
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What a plan delivers while the network does nothing else.

    Args:
        rate_hz: pairs per second, in the long run.
        first_pair_s: mean time to the first pair, in seconds.
        state: the mean state of a pair at its delivery, in the frame in which the ideal one is Phi+.
        fidelity_min: fidelity of the worst pair that the cut-offs let pass, given all that its ends know of it.
        attempt_success: the chance that the last operation is done with what was made for it, and succeeds; the rest
            is given up at a cut-off or refused by a purification.
        exact: whether links start anew per pair and have slots of one length, so that little is approximated but the
            lattice of times (see `docs/planning.md`).
    """

    rate_hz: float
    first_pair_s: float
    state: State
    fidelity_min: float
    attempt_success: float = 1.0
    exact: bool = True

    @property
    def fidelity(self) -> float:
        """Mean fidelity of the delivered pairs."""
        return self.state.fidelity()

    def meets(self, min_fidelity: float, mean_fidelity: float) -> bool:
        """Say whether all pairs are good enough, and their mean."""
        return self.fidelity_min >= min_fidelity - _ROUNDING and self.fidelity >= mean_fidelity - _ROUNDING

    def __str__(self) -> str:
        return (
            f"{self.rate_hz:.4g} pairs/s of fidelity {self.fidelity:.4f}, none below {self.fidelity_min:.4f}; "
            f"the first after {self.first_pair_s:.3g} s"
        )


def predict(plan: Plan, *, tail: float = 1e-5, points: int = 2048) -> Prediction:
    """Predict what a plan delivers.

    Args:
        plan: the chain, and how it makes pairs.
        tail: the probability of long waiting times that may be left out.
        points: how many times a law may have; more are finer and slower.

    Raises:
        InvalidArgument: the plan is none of those that can be predicted; the message says why.

    >>> from qnet.link import Device, Link
    >>> from qnet.planning import Chain, nested
    >>> chain = Chain.of([Link.from_numbers(0.1, 1e-3, State.werner(0.95))] * 2, Device())
    >>> print(predict(Plan(chain=chain, recipe=nested(2))))
    67.87 pairs/s of fidelity 0.9033, none below 0.9033; the first after 0.0147 s
    """
    key = plan.digest, tail, points
    if key not in _PREDICTIONS:
        _PREDICTIONS[key] = predicted(plan, Maker(plan.chain, keep=plan.keep, tail=tail, points=points))
        if len(_PREDICTIONS) > _KEPT:
            _PREDICTIONS.popitem(last=False)
    _PREDICTIONS.move_to_end(key)
    return _PREDICTIONS[key]


def predicted(plan: Plan, maker: Maker) -> Prediction:
    """Predict what a plan delivers, with what a maker knows of its chain from other plans; see `predict`."""
    check_predictable(plan)
    chance, exact = 1.0, plan.restart == "per-pair" and plan.chain.cycle_s is not None
    recipe = plan.recipe
    if recipe is None and math.isinf(plan.cutoff_s):
        period_s, first_s, tensor = swap_asap(plan, tail=maker.tail, points=maker.points)
    else:
        recipe = as_recipe(plan) if recipe is None else recipe
        period_s, first_s, tensor, chance = _by_recipe(plan, recipe, maker)
    return Prediction(
        rate_hz=1.0 / period_s,
        first_pair_s=first_s,
        state=State(tensor / tensor[0, 0]),
        fidelity_min=worst_fidelity(plan, recipe),
        attempt_success=chance,
        exact=exact,
    )


def _by_recipe(plan: Plan, recipe: Recipe, maker: Maker) -> tuple[float, float, Tensor, float]:
    """Give mean times between deliveries and to the first, the mean state, and the chance of the last operation."""
    chain = plan.chain
    first = maker.make(recipe, (0.0,) * (chain.hops + 1))
    # ends that measure what was made last are free only after that; behind a swap there was time for it
    ends = (chain.devices[0], chain.devices[-1])
    read_s = 0.0 if plan.keep or isinstance(recipe, Swap) else max(end.measurement_s for end in ends)
    # the source tells all to start anew when it delivers; the target knows at the same moment
    begin = (*(chain.delay_s(0, node) for node in range(chain.hops)), 0.0)

    def delivered(made: Made) -> Phases:
        return later(made.ready_phases(), read_s)

    def next_one(phase: Phase) -> Phases:
        return delivered(maker.make(recipe, begin, phase))

    known, weights, matrix = settled(delivered(first), next_one, maker.phases)
    parts = [maker.make(recipe, begin, phase) for phase in known]
    shares = visits(weights, matrix)
    laws = [part.ready() for part in parts]
    period_s = float(shares @ [law.mean_s for law in laws]) + read_s
    tensor = np.tensordot(shares, [law.mean_tensor for law in laws], axes=1)
    return period_s, first.ready().mean_s + read_s, tensor, float(shares @ [part.chance for part in parts])


def check_predictable(plan: Plan) -> None:
    """Refuse a plan that is none of those that can be predicted."""
    if plan.recipe is None and plan.memories > 1:
        raise InvalidArgument.of("memories", "be 1, for links that make several pairs at once", plan.memories)
    for position, device in enumerate(plan.chain.devices):
        if device.move_in is not None:
            rule = f"keep qubits where they emit; moves to storage are not predicted (position {position})"
            raise InvalidArgument.of("devices", rule, device)
        if plan.recipe is None and device.swap_success_probability < 1.0 and 0 < position < plan.chain.hops:
            rule = f"swap for certain where no recipe says what a failure costs (position {position})"
            raise InvalidArgument.of("devices", rule, device.swap_success_probability)
        needed = plan.interfaces[position]
        if device.optical_interfaces < needed:
            rule = (
                f"have an optical interface for each of the {needed} memories that load at once (position {position})"
            )
            raise InvalidArgument.of("devices", rule, device.optical_interfaces)
