"""How far from perfect a key may be: a budget of failure probabilities that adds up.

A key is epsilon-secure if nothing that uses it could tell it from a perfect key with an advantage above epsilon. The
epsilons of parts that work together add: of the steps of a session, of the sessions that fill a store, of the hops of a
chain of trusted nodes (Portmann and Renner, Rev. Mod. Phys. 94, 025008 (2022), arXiv:2102.00021).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Lt

from qnet.errors import InvalidArgument
from qnet.fields import check, check_fields

__all__ = ["EpsilonBudget"]

Epsilon = Annotated[float, Gt(0), Lt(1)]
"""A failure probability: nothing is perfect, so it is never 0, and 1 would promise nothing."""


@dataclass(frozen=True, kw_only=True)
class EpsilonBudget:
    """What may go wrong with a key, each with at most the stated probability; `total` bounds them together.

    >>> hop = EpsilonBudget(secrecy=1e-10, correctness=1e-15, authentication=1e-12)
    >>> (hop + hop).secrecy
    2e-10
    >>> EpsilonBudget(secrecy=0.0)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `secrecy` must be greater than 0, but is 0.0.
    """

    secrecy: Epsilon = 1e-10
    """The key is not uniform to an eavesdropper."""
    correctness: Epsilon = 1e-10
    """The two sides hold different keys and do not know it."""
    authentication: Epsilon = 1e-10
    """A forged message was taken for genuine, at any time in the session."""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def total(self) -> float:
        """The key is at least this close to perfect: the sum of the parts."""
        return self.secrecy + self.correctness + self.authentication

    def __add__(self, other: EpsilonBudget) -> EpsilonBudget:
        """Give the budget of a key that needs both; it adds part by part."""
        return EpsilonBudget(
            secrecy=self.secrecy + other.secrecy,
            correctness=self.correctness + other.correctness,
            authentication=self.authentication + other.authentication,
        )

    @classmethod
    def even(cls, epsilon: float) -> EpsilonBudget:
        """Split an epsilon evenly over the parts.

        >>> EpsilonBudget.even(3e-9).secrecy
        1e-09
        """
        check("epsilon", epsilon, Epsilon)
        return cls(secrecy=epsilon / 3.0, correctness=epsilon / 3.0, authentication=epsilon / 3.0)

    @classmethod
    def of_chain(cls, hops: Iterable[EpsilonBudget]) -> EpsilonBudget:
        """Give the budget of a key relayed through trusted nodes: those of its hops, added.

        >>> EpsilonBudget.of_chain([EpsilonBudget.even(3e-10)] * 4).total
        1.2e-09
        """
        budgets = list(hops)
        if not budgets:
            raise InvalidArgument.of("hops", "hold at least one budget", budgets)
        return sum(budgets[1:], start=budgets[0])
