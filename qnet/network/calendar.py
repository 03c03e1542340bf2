"""A calendar of reservations: which memory pairs of which links are promised to whom, and when."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Hashable, Iterable, Sequence

__all__ = ["Calendar"]


class Calendar:
    """Keeps reservations of resources in half-open intervals of time; no two on one resource overlap.

    Times are ticks; an end may be infinite.

    >>> calendar = Calendar()
    >>> calendar.reserve(["ab", "bc"], 0, 10, holder=1)
    >>> calendar.earliest(["bc", "cd"], duration=5, not_before=3)
    10
    """

    def __init__(self) -> None:
        self._busy: dict[Hashable, list[tuple[float, float, int]]] = {}
        """By resource: (start, stop, holder), sorted."""

    def earliest(self, resources: Iterable[Hashable], duration: float, not_before: int) -> float:
        """Give the first moment from which all the resources are free for so long; infinite if there is none."""
        taken = [self._busy.get(resource, ()) for resource in resources]
        start: float = not_before
        while start < math.inf:
            latest = max((_free_from(spans, start, duration) for spans in taken), default=start)
            if latest == start:
                break
            start = latest
        return start

    def reserve(self, resources: Iterable[Hashable], start: float, stop: float, holder: int) -> None:
        """Promise resources to a holder; they must be free."""
        for resource in resources:
            spans = self._busy.setdefault(resource, [])
            assert _free_from(spans, start, stop - start) == start
            insort(spans, (start, stop, holder))

    def release(self, holder: int, moment: float) -> None:
        """Give back what a holder has from a moment on."""
        for resource, spans in self._busy.items():
            self._busy[resource] = [
                (start, min(stop, moment) if owner == holder else stop, owner)
                for start, stop, owner in spans
                if owner != holder or start < moment
            ]

    def forget(self, moment: float) -> None:
        """Drop what is over, so that the calendar does not grow with time."""
        for resource, spans in list(self._busy.items()):
            self._busy[resource] = [span for span in spans if span[1] > moment]
            if not self._busy[resource]:
                del self._busy[resource]

    def holders(self, resources: Iterable[Hashable], start: float, stop: float) -> set[int]:
        """Name who holds any of the resources at any moment between two."""
        return {
            holder
            for resource in resources
            for begin, end, holder in self._busy.get(resource, ())
            if begin < stop and start < end
        }


def _free_from(spans: Sequence[tuple[float, float, int]], start: float, duration: float) -> float:
    """Give the first moment from `start` on at which one resource is free for so long."""
    at = bisect_right(spans, (start, math.inf, 0))
    if at and spans[at - 1][1] > start:
        start = spans[at - 1][1]
    while at < len(spans) and spans[at][0] < start + duration:
        start = max(start, spans[at][1])
        at += 1
    return start
