"""A calendar of reservations: which memory pairs of which links are promised to whom, and when."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Hashable, Iterable, Sequence

from qnet.time import TICKS_PER_SECOND

__all__ = ["Calendar"]


class Calendar:
    """Keeps reservations of resources in half-open intervals of time; no two on one resource overlap.

    Times are ticks; an end may be infinite. Some are for ever, in the same place of each frame.

    Args:
        frame: length of a frame, in ticks; a second by default.

    >>> calendar = Calendar(frame=100)
    >>> calendar.reserve(["ab", "bc"], 0, 10, holder=1)
    >>> calendar.earliest(["bc", "cd"], duration=5, not_before=3)
    10
    >>> calendar.reserve_in_frames(["cd"], 20, 30, holder=2)
    >>> calendar.earliest(["bc", "cd"], duration=15, not_before=310)
    350
    """

    def __init__(self, frame: int = TICKS_PER_SECOND) -> None:
        self.frame = frame
        self._busy: dict[Hashable, list[tuple[float, float, int]]] = {}
        """By resource: (start, stop, holder), sorted."""
        self._frames: dict[Hashable, list[tuple[int, int, int]]] = {}
        """By resource: (start of the first, length, holder) of those in each frame."""

    def earliest(self, resources: Iterable[Hashable], duration: float, not_before: int) -> float:
        """Give the first moment from which all the resources are free for so long; infinite if there is none."""
        named = list(resources)
        taken = [self._busy.get(resource, ()) for resource in named]
        repeated = [one for resource in named for one in self._frames.get(resource, ())]
        if repeated and not self._fits(repeated, duration):
            return math.inf
        start: float = not_before
        while start < math.inf:
            latest = max((_free_from(spans, start, duration) for spans in taken), default=start)
            latest = max((self._free_of(one, latest, duration) for one in repeated), default=latest)
            if latest == start:
                break
            start = latest
        return start

    def free_until(self, resources: Iterable[Hashable], start: int) -> float:
        """Give up to when resources stay free that are so at a moment."""
        ends = [math.inf]
        for resource in resources:
            ends += [begin for begin, _, _ in self._busy.get(resource, ()) if begin >= start]
            ends += [max(first, start + (first - start) % self.frame) for first, _, _ in self._frames.get(resource, ())]
        return min(ends)

    def free_in_frames(self, resources: Iterable[Hashable], not_before: int) -> tuple[int, int] | None:
        """Give the longest interval in which the resources are free in each frame, as (first start, length).

        None if they are reserved for ever; what is reserved for a time is let pass first.
        """
        named = list(resources)
        ends = [end for resource in named for _, end, _ in self._busy.get(resource, ())]
        begin = max([not_before, *ends])
        if math.isinf(begin):
            return None
        repeated = [one for resource in named for one in self._frames.get(resource, ())]
        gaps = _gaps([(start % self.frame, length) for start, length, _ in repeated], self.frame)
        offset, length = max(gaps, key=lambda gap: gap[1], default=(0, 0))
        whole = length == self.frame
        return int(begin) if whole else int(begin) + (offset - int(begin)) % self.frame, length

    def reserve_in_frames(self, resources: Iterable[Hashable], start: int, length: int, holder: int) -> None:
        """Promise resources to a holder from `start` on for so long, and again in each frame after that."""
        for resource in resources:
            self._frames.setdefault(resource, []).append((start, length, holder))

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
        for resource, repeated in self._frames.items():
            self._frames[resource] = [one for one in repeated if one[2] != holder]
            for start, length, owner in repeated:
                begin = start + (int(moment) - 1 - start) // self.frame * self.frame
                if owner == holder and start < moment <= begin + length:  # a window that is open just now
                    insort(self._busy.setdefault(resource, []), (begin, moment, holder))

    def forget(self, moment: float) -> None:
        """Drop what is over, so that the calendar does not grow with time."""
        for resource, spans in list(self._busy.items()):
            self._busy[resource] = [span for span in spans if span[1] > moment]
            if not self._busy[resource]:
                del self._busy[resource]

    def _fits(self, repeated: Sequence[tuple[int, int, int]], duration: float) -> bool:
        gaps = _gaps([(start % self.frame, length) for start, length, _ in repeated], self.frame)
        return any(length >= duration for _, length in gaps)

    def _free_of(self, repeated: tuple[int, int, int], start: float, duration: float) -> float:
        """Give the first moment from `start` on at which what comes in each frame leaves so long a time free."""
        first, length, _ = repeated
        if start + duration <= first:
            return start
        since = (start - first) % self.frame if start >= first else start - first
        if since < length:  # also where it begins before the first one, and does not end in time
            return start - since + length
        return start if since + duration <= self.frame else start - since + self.frame + length


def _free_from(spans: Sequence[tuple[float, float, int]], start: float, duration: float) -> float:
    """Give the first moment from `start` on at which one resource is free for so long."""
    at = bisect_right(spans, (start, math.inf, 0))
    if at and spans[at - 1][1] > start:
        start = spans[at - 1][1]
    while at < len(spans) and spans[at][0] < start + duration:
        start = max(start, spans[at][1])
        at += 1
    return start


def _gaps(taken: Sequence[tuple[int, int]], frame: int) -> list[tuple[int, int]]:
    """Give what is left free of a frame, going round, as (offset, length).

    >>> _gaps([(90, 20), (40, 10)], 100)
    [(50, 40), (10, 30)]
    """
    if not taken:
        return [(0, frame)]
    ends = sorted((offset, offset + length) for offset, length in taken)
    ends.append((ends[0][0] + frame, ends[0][1] + frame))
    gaps, end = [], ends[0][1]
    for start, stop in ends[1:]:
        if start > end:
            gaps.append((end % frame, start - end))
        end = max(end, stop)
    return gaps
