"""Terms: what a user asks of the network, and what requests take as keywords."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, Literal, TypedDict, TypeVar

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check, check_fields

__all__ = ["TermOptions", "Terms", "with_terms"]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is asked for.

    Args:
        source: one end.
        target: the other end.
        pairs: how many; infinite until the request is closed. A request for a rate runs until its deadline.
        rate_hz: pairs per second asked for; None asks for `pairs` as fast as it goes.
        min_fidelity: each pair must be believed at least this good when it is delivered.
        mean_fidelity: the pairs must be so good on average; the weaker wish.
        start_s: simulated time from which pairs are wanted, s.
        deadline_s: simulated time at which the request ends, s.
        priority: greater is more urgent; only a policy that looks at it cares.
        tenant: on whose account.
        keep: the ends keep their halves in memory until both know of the pair, for an application that wants qubits; a
            protocol that takes the pair holds both memories until it measures or releases it. Without a protocol they
            are free at once.
        measure: otherwise they measure: "at_herald" of their own link, or "at_delivery", when both know.
    """

    source: str
    target: str
    pairs: float = math.inf
    rate_hz: float | None = None
    min_fidelity: Probability = 0.0
    mean_fidelity: Probability = 0.0
    start_s: NonNegative = 0.0
    deadline_s: Positive = math.inf
    priority: float = 0.0
    tenant: str = ""
    keep: bool = False
    measure: Literal["at_herald", "at_delivery"] = "at_herald"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.source == self.target:
            raise InvalidArgument.of("target", "differ from the source", self.target)
        for name in ("priority", *(["rate_hz"] if self.rate_hz is not None else [])):
            check(name, getattr(self, name), float)
        for name, kind, words in (("tenant", str, "a name"), ("keep", bool, "True or False")):
            if not isinstance(getattr(self, name), kind):
                raise InvalidArgument.of(name, f"be {words}", getattr(self, name))
        number = hasattr(self.pairs, "__float__")
        if not number or not self.pairs >= 1 or (math.isfinite(self.pairs) and self.pairs != int(self.pairs)):
            raise InvalidArgument.of("pairs", "be a whole number from 1 on", self.pairs)
        if self.rate_hz is not None:
            if not 0.0 < self.rate_hz < math.inf:
                raise InvalidArgument.of("rate_hz", "be greater than 0 and finite", self.rate_hz)
            if math.isfinite(self.pairs):
                raise InvalidArgument.of("pairs", "not be given together with rate_hz", self.pairs)
        if not math.isfinite(self.start_s):
            raise InvalidArgument.of("start_s", "be finite", self.start_s)
        if not self.deadline_s > self.start_s:
            raise InvalidArgument.of("deadline_s", f"be after start_s = {self.start_s:g}", self.deadline_s)
        if self.measure not in ("at_herald", "at_delivery"):
            raise InvalidArgument.of("measure", "be 'at_herald' or 'at_delivery'", self.measure)

    @property
    def wanted(self) -> float:
        """Pairs until the request is served; for a rate, those of the time up to its deadline."""
        if self.rate_hz is None:
            return self.pairs
        return math.ceil(self.rate_hz * (self.deadline_s - self.start_s) - 1e-9) if self.is_due else math.inf

    @property
    def is_due(self) -> bool:
        """Whether there is a deadline."""
        return math.isfinite(self.deadline_s)

    @property
    def holds(self) -> bool:
        """Whether the ends hold their halves until both know of the pair."""
        return self.keep or self.measure == "at_delivery"


class TermOptions(TypedDict, total=False):
    """The terms that have defaults, as keywords of whatever takes a request; see `Terms`."""

    pairs: float
    rate_hz: float | None
    min_fidelity: float
    mean_fidelity: float
    start_s: float
    deadline_s: float
    priority: float
    tenant: str
    keep: bool
    measure: Literal["at_herald", "at_delivery"]


_Method = TypeVar("_Method", bound=Callable[..., Any])


def with_terms(method: _Method) -> _Method:
    """Let `help` show each term and its default where a method takes `**terms`."""
    own = [each for each in signature(method).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    terms = signature(Terms).parameters.values()
    shown = [*own, *(each for each in terms if each.name in TermOptions.__annotations__)]
    method.__signature__ = signature(method).replace(parameters=shown)  # type: ignore[attr-defined]
    return method
