"""Recipes: trees that say how the pairs of a route's spans become one pair between its ends.

Positions count the nodes of a route from 0, the source; span k joins positions k and k + 1. A leaf generates a pair; an
inner vertex swaps two neighbouring pairs, or purifies several between the same positions. A vertex may set a cut-off:
once the first of its pairs has waited that long for the last, all of them are given up and made again (Li, Coopmans,
Elkouss, IEEE Trans. Quantum Eng. 2, 1 (2021), arXiv 2012.02687).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check_fields
from qnet.quantum import Purification

__all__ = ["Generate", "Purify", "Recipe", "Swap", "in_order", "nested", "purified", "sequential"]


@dataclass(frozen=True, kw_only=True)
class Generate:
    """Generate a pair on one span.

    Args:
        span: which one, from 0.
        copy: which of the span's memory pairs. Leaves of one copy take turns, in the order of the recipe.
    """

    span: int
    copy: int = 0

    def __post_init__(self) -> None:
        for name, number in (("span", self.span), ("copy", self.copy)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise InvalidArgument.of(name, "be a whole number from 0 on", number)

    @property
    def ends(self) -> tuple[int, int]:
        """The positions that the pair joins."""
        return self.span, self.span + 1

    @property
    def parts(self) -> tuple[Recipe, ...]:
        """The recipes that this one works on: none."""
        return ()

    def __str__(self) -> str:
        return f"{self.span}-{self.span + 1}"


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Join two neighbouring pairs at the node between them.

    Args:
        left: makes the pair on the source's side.
        right: makes the pair on the target's side; starts where `left` ends.
        cutoff_s: longest time in seconds that one may wait for the other; infinite without limit.
    """

    left: Recipe
    right: Recipe
    cutoff_s: Positive = math.inf

    def __post_init__(self) -> None:
        check_fields(self)
        if self.left.ends[1] != self.right.ends[0]:
            raise InvalidArgument.of("right", f"start at position {self.left.ends[1]}", self.right.ends[0])

    @property
    def ends(self) -> tuple[int, int]:
        """The positions that the joined pair joins."""
        return self.left.ends[0], self.right.ends[1]

    @property
    def node(self) -> int:
        """The position of the node that swaps."""
        return self.left.ends[1]

    @property
    def parts(self) -> tuple[Recipe, ...]:
        """The recipes of the two pairs."""
        return self.left, self.right

    def __str__(self) -> str:
        return f"({self.left} + {self.right}{_limit(self.cutoff_s)})"


@dataclass(frozen=True, kw_only=True)
class Purify:
    """Make one better pair of several between the same two positions.

    Args:
        pairs: one recipe for each pair the purification takes; the first one's place holds the result.
        purification: the circuits of both sides and the rule that accepts.
        cutoff_s: longest time in seconds that the first of them may wait for the last; infinite without limit.
    """

    pairs: tuple[Recipe, ...]
    purification: Purification
    cutoff_s: Positive = math.inf

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.pairs) != self.purification.pairs:
            raise InvalidArgument.of("pairs", f"be the {self.purification.pairs} of the purification", len(self.pairs))
        if len({pair.ends for pair in self.pairs}) != 1:
            raise InvalidArgument.of("pairs", "join the same positions", [pair.ends for pair in self.pairs])

    @property
    def ends(self) -> tuple[int, int]:
        """The positions that the purified pair joins."""
        return self.pairs[0].ends

    @property
    def parts(self) -> tuple[Recipe, ...]:
        """The recipes of the pairs."""
        return self.pairs

    def __str__(self) -> str:
        return f"[{' * '.join(map(str, self.pairs))}{_limit(self.cutoff_s)}]"


Recipe = Generate | Swap | Purify


def leaves(recipe: Recipe) -> Iterator[Generate]:
    """Give the leaves of a recipe in its order: those of a part before those of the next."""
    if isinstance(recipe, Generate):
        yield recipe
    for part in recipe.parts:
        yield from leaves(part)


def nested(hops: int, *, cutoffs_s: Sequence[float] = ()) -> Recipe:
    """Swap by doubling: halves of the route, each nested in itself. `cutoffs_s` by level, from the lowest one.

    >>> print(nested(4))
    ((0-1 + 1-2) + (2-3 + 3-4))
    """

    def between(first: int, last: int) -> Recipe:
        if last - first == 1:
            return Generate(span=first)
        middle = (first + last) // 2
        level = math.ceil(math.log2(last - first)) - 1
        cutoff_s = cutoffs_s[level] if level < len(cutoffs_s) else math.inf
        return Swap(left=between(first, middle), right=between(middle, last), cutoff_s=cutoff_s)

    return between(0, _hops(hops))


def sequential(hops: int, *, cutoff_s: float = math.inf) -> Recipe:
    """Swap one node after the other, from the source on.

    >>> print(sequential(3))
    ((0-1 + 1-2) + 2-3)
    """
    return in_order(range(1, _hops(hops)), cutoff_s=cutoff_s)


def in_order(order: Sequence[int], *, cutoff_s: float = math.inf) -> Recipe:
    """Swap at the nodes of a route in a given order: all its positions but the ends, each once.

    >>> print(in_order([2, 1, 3]))
    ((0-1 + (1-2 + 2-3)) + 3-4)
    """
    hops = len(order) + 1
    if sorted(order) != list(range(1, hops)):
        raise InvalidArgument.of("order", "name each position between the ends once", list(order))
    segments: list[Recipe] = [Generate(span=span) for span in range(hops)]
    for node in order:
        at = next(i for i, segment in enumerate(segments) if segment.ends[1] == node)
        segments[at : at + 2] = [Swap(left=segments[at], right=segments[at + 1], cutoff_s=cutoff_s)]
    return segments[0]


def purified(recipe: Recipe, purification: Purification, *, cutoff_s: float = math.inf) -> Purify:
    """Purify what several copies of a recipe make, each on memory pairs of its own.

    >>> from qnet.quantum.library import dejmps
    >>> print(purified(nested(2), dejmps()))
    [(0-1 + 1-2) * (0-1 + 1-2)]
    """
    width = 1 + max(leaf.copy for leaf in leaves(recipe))
    pairs = [_shifted(recipe, k * width) for k in range(purification.pairs)]
    return Purify(pairs=tuple(pairs), purification=purification, cutoff_s=cutoff_s)


def _shifted(recipe: Recipe, copies: int) -> Recipe:
    """Give the same recipe on other memory pairs."""
    match recipe:
        case Generate():
            return replace(recipe, copy=recipe.copy + copies)
        case Swap():
            return replace(recipe, left=_shifted(recipe.left, copies), right=_shifted(recipe.right, copies))
        case Purify():
            return replace(recipe, pairs=tuple(_shifted(pair, copies) for pair in recipe.pairs))


def _hops(hops: int) -> int:
    if isinstance(hops, bool) or not isinstance(hops, int) or hops < 1:
        raise InvalidArgument.of("hops", "be a whole number from 1 on", hops)
    return hops


def _limit(cutoff_s: float) -> str:
    return "" if math.isinf(cutoff_s) else f", within {cutoff_s:g} s"
