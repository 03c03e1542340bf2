"""A plan: what a route has to work with, and the rules by which it makes pairs between its ends."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Literal

from annotated_types import Ge

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, check, check_fields
from qnet.link import Device, Link
from qnet.planning.recipe import Generate, Purify, Recipe, Swap, leaves
from qnet.quantum import Purification

__all__ = ["Chain", "Plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """What stands along a route, from its source to its target.

    Args:
        links: of each span.
        devices: of each node, ends included.
        delays_s: classical delay of each span, in seconds; zeros where messages take no time.

    >>> from qnet.quantum import State
    >>> chain = Chain.of([Link.from_numbers(0.1, 1e-3, State.werner(0.95))] * 2, Device(), delays_s=1e-4)
    >>> chain.hops, chain.delay_s(2, 0)
    (2, 0.0002)
    """

    links: tuple[Link, ...]
    devices: tuple[Device, ...]
    delays_s: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.links:
            raise InvalidArgument.of("links", "hold at least one link", self.links)
        if len(self.devices) != self.hops + 1:
            raise InvalidArgument.of("devices", f"hold {self.hops + 1} devices", len(self.devices))
        if len(self.delays_s) != self.hops:
            raise InvalidArgument.of("delays_s", f"hold {self.hops} delays", self.delays_s)
        for delay_s in self.delays_s:
            check("delays_s", delay_s, NonNegative)

    @classmethod
    def of(cls, links: Sequence[Link], device: Device, *, delays_s: float | Sequence[float] = 0.0) -> Chain:
        """Give a chain whose nodes are all alike; one delay for all spans, or one for each."""
        delays = tuple(delays_s) if isinstance(delays_s, Sequence) else (float(delays_s),) * len(links)
        return cls(links=tuple(links), devices=(device,) * (len(links) + 1), delays_s=delays)

    @property
    def hops(self) -> int:
        """Number of links."""
        return len(self.links)

    @cached_property
    def offsets_s(self) -> tuple[float, ...]:
        """The classical delay from the source to each node, in seconds."""
        return tuple(accumulate(self.delays_s, initial=0.0))

    def delay_s(self, a: int, b: int) -> float:
        """Give the classical delay between two positions, in seconds."""
        return abs(self.offsets_s[a] - self.offsets_s[b])

    @cached_property
    def cycle_s(self) -> float | None:
        """The length of a slot, if all links have the same one; else None."""
        return self.cycle_between(0, self.hops)

    def cycle_between(self, first: int, last: int) -> float | None:
        """Give the length of a slot of the links between two positions, if they have the same one; else None."""
        cycle_s = self.links[first].cycle_s
        alike = (abs(link.cycle_s - cycle_s) <= 1e-9 * cycle_s for link in self.links[first:last])
        return cycle_s if all(alike) else None

    @cached_property
    def digest(self) -> str:
        """A hash of the content."""
        content = repr([*map(_link_content, self.links), *map(_device_content, self.devices), self.delays_s])
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def __str__(self) -> str:
        return f"chain of {self.hops} link{'s' if self.hops > 1 else ''}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """How a chain makes pairs between its ends.

    Args:
        chain: the links and devices it works with.
        recipe: which pairs are swapped and purified, in which order; None to swap as soon as possible.
        link_purification: with swaps as soon as possible, done once on every link, of raw pairs made one after the
            other; under each device's noise, unless it was given noise of its own.
        cutoff_s: with swaps as soon as possible, greatest age of a half that a repeater stores, from its emission, in
            seconds; infinite without limit. A recipe has limits of its own.
        keep: whether the ends store their halves until both know of the pair, instead of measuring them when their
            own link heralds. What is purified from end to end is measured after that.
        memories: with swaps as soon as possible, pairs of memories on each link; a recipe says itself how many it uses.
            Only one is predicted.
        restart: "per-pair" (all start anew after each delivery) or "pipelined" (each link as its memories free up).
            Recipes start anew per pair.

    >>> from qnet.planning import nested
    >>> from qnet.quantum import State
    >>> chain = Chain.of([Link.from_numbers(0.1, 1e-3, State.werner(0.95))] * 2, Device())
    >>> print(Plan(chain=chain, recipe=nested(2)))
    (0-1 + 1-2)
    """

    chain: Chain
    recipe: Recipe | None = None
    link_purification: Purification | None = None
    cutoff_s: Positive = math.inf
    keep: bool = False
    memories: Annotated[int, Ge(1)] = 1
    restart: Literal["per-pair", "pipelined"] = "per-pair"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.restart not in ("per-pair", "pipelined"):
            raise InvalidArgument.of("restart", "be 'per-pair' or 'pipelined'", self.restart)
        if self.recipe is None:
            return
        if self.recipe.ends != (0, self.chain.hops):
            raise InvalidArgument.of("recipe", f"join positions 0 and {self.chain.hops}", self.recipe.ends)
        if self.link_purification is not None or not math.isinf(self.cutoff_s) or self.restart == "pipelined":
            rule = "come without link_purification, cutoff_s and pipelined restarts, for a recipe says all"
            raise InvalidArgument.of("recipe", rule, str(self.recipe))

    @cached_property
    def copies(self) -> tuple[int, ...]:
        """How many pairs of memories of each span load at once."""
        if self.recipe is None:
            return (self.memories,) * self.chain.hops
        lanes = {(leaf.span, leaf.copy) for leaf in leaves(self.recipe)}
        return tuple(sum(there == span for there, _ in lanes) for span in range(self.chain.hops))

    @cached_property
    def interfaces(self) -> tuple[int, ...]:
        """How many memories of each node load at once."""
        return tuple(left + right for left, right in zip((0, *self.copies), (*self.copies, 0), strict=True))

    @cached_property
    def digest(self) -> str:
        """A hash of the content."""
        purification = "" if self.link_purification is None else self.link_purification.digest
        recipe = None if self.recipe is None else recipe_content(self.recipe)
        content = repr((self.chain.digest, recipe, purification, self.cutoff_s, self.keep, self.memories, self.restart))
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def __str__(self) -> str:
        if self.recipe is not None:
            return str(self.recipe)
        first = "" if self.link_purification is None else f"{self.link_purification} on every link, then "
        limit = "" if math.isinf(self.cutoff_s) else f", none older than {self.cutoff_s:g} s"
        lanes = "" if self.memories == 1 else f", {self.memories} pairs of memories on each link"
        return f"{first}swap as soon as possible{limit}{lanes}, {self.restart}"


def recipe_content(recipe: Recipe, *, copies: bool = True) -> tuple[object, ...]:
    """Give all that a recipe says, as plain values; without which memories it uses, if that does not matter."""
    match recipe:
        case Generate():
            return recipe.span, recipe.copy if copies else 0
        case Swap():
            parts = (recipe_content(part, copies=copies) for part in recipe.parts)
            return "swap", recipe.cutoff_s, *parts
        case Purify():
            parts = (recipe_content(part, copies=copies) for part in recipe.parts)
            return recipe.purification.digest, recipe.cutoff_s, *parts


def renumbered(recipe: Recipe) -> tuple[object, ...]:
    """Give all that a recipe says, the copies of each span counted as they come: what takes turns still does."""
    seen: dict[tuple[int, int], int] = {}
    order = [seen.setdefault((leaf.span, leaf.copy), len(seen)) for leaf in leaves(recipe)]
    return (*order, *recipe_content(recipe, copies=False))


def _link_content(link: Link) -> tuple[object, ...]:
    heralds = [(h.probability, h.label, h.state.tensor.tobytes().hex()) for h in link.heralds]
    return link.success_probability, link.cycle_s, link.emission_s, sorted(link.measured), heralds


def _device_content(device: Device) -> tuple[object, ...]:
    swap = device.swap
    storage = None if device.storage is None or device.move_in is None else device.storage.generator.tobytes().hex()
    moved = None if device.move_in is None else device.move_in.digest
    return (
        device.memory.generator.tobytes().hex(),
        None if swap is None else swap.digest,
        device.noise.digest,
        (
            device.swap_s,
            device.swap_success_probability,
            device.measurement_s,
            device.move_s,
            device.optical_interfaces,
        ),
        (storage, moved),
    )
