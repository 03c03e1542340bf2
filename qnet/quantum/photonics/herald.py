"""What a heralding station promises: how often it succeeds, and in which state it leaves the memories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from qnet.errors import InvalidArgument
from qnet.fields import Probability, check_fields
from qnet.quantum.pauli import Tensor
from qnet.quantum.states import BELL_TENSORS, State

__all__ = ["Herald", "HeraldedState"]


@dataclass(frozen=True, kw_only=True, eq=False)
class HeraldedState:
    """What one message of the station means.

    Args:
        probability: of this message, given success.
        state: of the two memories at emission (first A's, then B's), as it is: no correction has been applied.
        label: the Bell state that the message names, 0 to 3: the Pauli frame of the pair.
    """

    probability: Probability
    state: State
    label: int

    def __post_init__(self) -> None:
        check_fields(self)
        if self.label not in range(4):
            raise InvalidArgument.of("label", "be 0, 1, 2 or 3", self.label)

    @property
    def fidelity(self) -> float:
        """Fidelity to the Bell state that the message names."""
        return self.state.fidelity(self.label)


@dataclass(frozen=True, kw_only=True, eq=False)
class Herald:
    """The outcome of one attempt at heralded entanglement.

    Args:
        success_probability: of an attempt.
        outcomes: one entry for each message; none if success is impossible.
        dropped_weight: probability of more photons than the circuit's registers hold. Those above are lost, so that
            the success probability is at most this much too low.
    """

    success_probability: Probability
    outcomes: tuple[HeraldedState, ...]
    dropped_weight: Probability = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        total = math.fsum(outcome.probability for outcome in self.outcomes)
        if self.outcomes and abs(total - 1.0) > 1e-9:
            raise InvalidArgument.of("outcomes", "have probabilities that add to 1", total)
        if not self.outcomes and self.success_probability > 0.0:
            raise InvalidArgument.of("outcomes", "name at least one state", self.outcomes)

    @classmethod
    def of(cls, *messages: tuple[int, Tensor], dropped_weight: float = 0.0) -> Self:
        """Give the herald whose messages are (label, unnormalised Pauli tensor, whose trace is the probability).

        Messages that never come are left out.

        >>> herald = Herald.of((2, 0.25 * State.bell(2).tensor), (3, 0.0 * State.bell(3).tensor))
        >>> herald.success_probability, [(outcome.label, outcome.probability) for outcome in herald.outcomes]
        (0.25, [(2, 1.0)])
        """
        success = math.fsum(tensor[0, 0] for _, tensor in messages)
        outcomes = tuple(
            HeraldedState(probability=float(tensor[0, 0]) / success, state=State(tensor / tensor[0, 0]), label=label)
            for label, tensor in messages
            if tensor[0, 0] > 0.0
        )
        success = min(success, 1.0)  # rounding may add a last digit
        return cls(success_probability=success, outcomes=outcomes, dropped_weight=dropped_weight)

    @property
    def mean_state(self) -> State | None:
        """The average state once B has undone the frame, so that the ideal is Phi+; None if success is impossible."""
        if not self.outcomes:
            return None
        return State(np.sum([outcome.probability * _unframed(outcome) for outcome in self.outcomes], axis=0))

    @property
    def fidelity(self) -> float | None:
        """The average fidelity to the Bell state named; None if success is impossible."""
        return None if self.mean_state is None else self.mean_state.fidelity()


def _unframed(outcome: HeraldedState) -> Tensor:
    # the Pauli that B applies turns the sign of those Pauli operators on B's axis with which it does not commute
    signs: Tensor = np.diagonal(BELL_TENSORS[outcome.label]) * np.diagonal(BELL_TENSORS[0])
    return outcome.state.tensor * signs
