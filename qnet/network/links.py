"""The links of a network: what its hardware makes of its fibre, unless a span has a link of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from qnet.errors import InvalidArgument
from qnet.link import Device, Link, link_of
from qnet.quantum import Operation

if TYPE_CHECKING:
    from qnet.hardware import RepeaterHardware
    from qnet.network.route import Route

__all__ = ["Links"]


class Links:
    """Gives the link of each span of a route; the same one to all who ask.

    Args:
        hardware: of the spans that have no link of their own; None if there must be none.
        device: what the nodes are.
        rounds: whether all links of a route follow the clock of the slowest.
        taps: what an eavesdropper does on a link, by its two nodes, after the link's own taps.
    """

    def __init__(
        self,
        hardware: RepeaterHardware | None,
        device: Device,
        *,
        rounds: bool,
        taps: Mapping[frozenset[str], tuple[Operation, ...]] | None = None,
    ) -> None:
        self._hardware = hardware
        self._taps = taps or {}
        self._device = device
        self._rounds = rounds
        self._made: dict[tuple[frozenset[str], float, object], Link] = {}

    def along(self, route: Route) -> list[Link]:
        """Give the links of a route, in its order."""
        links = [self._link(route, span) for span in range(route.hops)]
        if not self._rounds:
            return links
        cycle_s = max(link.cycle_s for link in links)
        return [self._in_step(route, span, link, cycle_s) for span, link in enumerate(links)]

    def taps(self, route: Route) -> list[tuple[Operation, ...]]:
        """Give what an eavesdropper does on each span of a route, whatever is sent there."""
        return [self._taps.get(frozenset(ends), ()) for ends in pairwise(route.nodes)]

    def _in_step(self, route: Route, span: int, link: Link, cycle_s: float) -> Link:
        key = (frozenset(route.nodes[span : span + 2]), cycle_s, link)
        if key not in self._made:
            self._made[key] = link if link.cycle_s == cycle_s else replace(link, cycle_s=cycle_s)
        return self._made[key]

    def _link(self, route: Route, span: int) -> Link:
        own, length_km, ends = route.links[span], route.lengths_km[span], frozenset(route.nodes[span : span + 2])
        key = (ends, length_km, own)
        if key not in self._made:
            link = self._make(own, length_km)
            self._made[key] = link.with_taps(*link.taps, *self._taps[ends]) if ends in self._taps else link
        return self._made[key]

    def _make(self, own: object, length_km: float) -> Link:
        if isinstance(own, Link):
            return own
        if own is not None:
            raise InvalidArgument.of("link", "be a qnet.Link", own)
        if self._hardware is None:
            rule = "be RepeaterHardware where a span has no link of its own"
            raise InvalidArgument.of("hardware", rule, type(self._device))
        return link_of(self._hardware, length_km)
