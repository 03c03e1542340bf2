"""Reserved links: each request has windows of link time of its own, booked ahead.

Who wants a number of pairs gets one window in which they all come all but certainly, or several between those of
others; if a fault comes between, or some have not come when they are over, there are other windows for the rest. Who
wants pairs at a rate for ever gets a share of the links: a window in each frame, always at the same place in it, as
long as the predicted rate needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from qnet.network.calendar import Calendar
from qnet.network.control import Granted, Halted
from qnet.network.grants import Grant, Grants
from qnet.network.offers import Offer, Refusal
from qnet.network.register import Register
from qnet.network.requests import Request
from qnet.time import Clock, seconds, ticks

if TYPE_CHECKING:
    from qnet.network.connection import Connection

__all__ = ["Windows"]

_MOST_PIECES = 1000


class Windows:
    """Books link time.

    Args:
        clock: of the simulation.
        register: which requests are open.
        grants: gives links and takes them back.
        ran_out: called when all that was reserved for a request is over.
        frame: ticks of a frame; None for a second.
    """

    def __init__(
        self,
        clock: Clock,
        register: Register,
        grants: Grants,
        *,
        ran_out: Callable[[Request], None],
        frame: int | None,
    ) -> None:
        self._clock = clock
        self._register = register
        self._grants = grants
        self._ran_out = ran_out
        self._calendar = Calendar() if frame is None else Calendar(frame)
        self._booked: dict[int, Offer] = {}
        """By number of a request: what is reserved for it."""
        self._since: dict[int, int] = {}
        """By number: the tick from which a window has been open."""

    def serve(self, request: Request, offers: list[Offer]) -> Offer | Refusal:
        """Book the links of the offer that is done first, or that has the greatest share; refuse what does not fit."""
        self._calendar.forget(self._clock.now)
        rate_hz = request.terms.rate_hz
        if rate_hz is not None and math.isinf(request.terms.wanted) and any(offer.predicted for offer in offers):
            return self._share(request, rate_hz, offers)
        found = [self._windows(request, offer) for offer in offers]
        best, pieces = min(found, key=lambda one: (one[0].ends_s, one[0].starts_s))
        if best.ends_s > request.terms.deadline_s and self._register.has_served(request):
            found = [self._part(request, offer) for offer in offers]
            best, pieces = max(found, key=lambda one: one[0].pairs_in(one[0].ends_s - one[0].starts_s))
        if best.ends_s > request.terms.deadline_s or not pieces:
            return Refusal(reason=_too_long(request, best), best=best if math.isfinite(best.starts_s) else None)
        connection = self._register.add(request, best)
        self._booked[request.number] = best
        for start, stop in pieces:
            self._book(request, connection, best, start, stop)
        if math.isfinite(stop := pieces[-1][1]):
            self._grants.at(int(stop) + connection.drain + 1, lambda: self._over(request, best))
        return best

    def _book(self, request: Request, connection: Connection, offer: Offer, start: int, stop: float) -> None:
        self._calendar.reserve(connection.resources, start, stop + connection.drain + 1, request.number)
        self._grants.tell(connection, Granted(connection.number, start))
        self._grants.at(start, lambda: self._open(request, connection, offer, stop))
        if math.isfinite(stop):
            self._grants.tell(connection, Halted(connection.number, int(stop)))

    def ended(self, request: Request, connection: Connection) -> None:
        """Free what is booked for a request that wants no more, or goes another way."""
        self._register.note_owed(request, self._owed(request))
        self._since.pop(request.number, None)
        self._booked.pop(request.number, None)
        grant = self._grants.held.get(connection)
        free = self._clock.now
        if grant is not None and connection.only is request:
            free = self._grants.halt(grant) + connection.drain + 1
        self._calendar.release(request.number, free)

    def sooner(self, request: Request, offer: Offer) -> bool:
        """Say whether an offer would be done before what is booked for a request now, or is faster for ever."""
        booked = self._booked[request.number]
        if math.isinf(booked.ends_s):
            return offer.is_faster_than(booked)
        return self._windows(request, offer)[0].ends_s < booked.ends_s

    def _windows(self, request: Request, offer: Offer) -> tuple[Offer, list[tuple[int, float]]]:
        """Give an offer with the earliest windows in which its links can be had for as long as it takes: one, if so."""
        connection = self._register.connection(offer, request)
        duration_s, not_before = offer.time_for(self._owed(request)), self._not_before(request, connection)
        length = math.inf if math.isinf(duration_s) else ticks(duration_s) + connection.drain + 1
        start = self._calendar.earliest(connection.resources, length, not_before)
        if math.isfinite(start):
            begin = int(start)
            pieces = [(begin, math.inf if math.isinf(duration_s) else begin + ticks(duration_s))]
        else:
            pieces = self._pieces(request, offer, connection, not_before) if math.isfinite(duration_s) else []
        if not pieces:
            return offer.within(math.inf, math.inf), []
        stop = pieces[-1][1]
        return offer.within(seconds(pieces[0][0]), stop if math.isinf(stop) else seconds(int(stop))), pieces

    def _pieces(
        self, request: Request, offer: Offer, connection: Connection, not_before: int
    ) -> list[tuple[int, float]]:
        """Give windows between those of others in which all pairs come all but certainly; none if there are none."""
        wanted, pieces = offer.spread(self._owed(request)), list[tuple[int, float]]()
        tail = connection.drain + 1
        least = ticks(offer.window_for(1.0)) + tail
        while wanted > 0.0 and len(pieces) < _MOST_PIECES:
            start = self._calendar.earliest(connection.resources, least, not_before)
            if math.isinf(start) or seconds(int(start)) > request.terms.deadline_s:
                return []
            free = self._calendar.free_until(connection.resources, int(start)) - start - tail
            length = int(min(free, ticks(offer.window_for(wanted))))
            pieces.append((int(start), int(start) + length))
            wanted -= offer.pairs_in(seconds(length)) + 1e-6
            not_before = int(start) + length + tail
        return pieces if wanted <= 0.0 else []

    def _part(self, request: Request, offer: Offer) -> tuple[Offer, list[tuple[int, float]]]:
        """Give an offer with the first window that can be had, up to the deadline, for some of the pairs.

        Only who was promised all of them, and lost links to a fault since, is served in part: better than not at all.
        """
        connection = self._register.connection(offer, request)
        tail, least_s, not_before = connection.drain + 1, offer.window_for(1.0), self._not_before(request, connection)
        if math.isinf(least_s):
            return offer.within(0.0, 0.0), []
        least = ticks(least_s)
        start = self._calendar.earliest(connection.resources, least + tail, not_before)
        if math.isinf(start) or start + least > request.due:
            return offer.within(0.0, 0.0), []
        stop = int(min(self._calendar.free_until(connection.resources, int(start)) - tail, request.due))
        ends_s = min(seconds(stop), request.terms.deadline_s)
        return offer.within(seconds(int(start)), ends_s), [(int(start), stop)]

    def _share(self, request: Request, rate_hz: float, offers: list[Offer]) -> Offer | Refusal:
        """Book a window in each frame, on the route that needs the least of it; else say what rate could be had."""
        frame_s = seconds(self._calendar.frame)
        most: tuple[float, Offer] = 0.0, offers[0]
        for offer in sorted(offers, key=lambda offer: offer.window_for(rate_hz * frame_s)):
            connection = self._register.connection(offer, request)
            window = self._calendar.free_in_frames(connection.resources, self._not_before(request, connection))
            if window is not None:
                start, length = window
                spare_s = seconds(max(0, length - connection.drain - 1))
                most = max(most, (offer.pairs_in(spare_s) / frame_s, offer), key=lambda one: one[0])
                if offer.window_for(rate_hz * frame_s) <= spare_s:
                    return self._book_share(request, offer.at_rate(rate_hz, seconds(start)), connection, frame_s)
        offered_hz, offer = most
        reason = f"its links are not free for a share of {rate_hz:g} pairs/s"
        return Refusal(reason=reason, best=offer.at_rate(offered_hz, offer.starts_s) if offered_hz > 0.0 else None)

    def _book_share(self, request: Request, offer: Offer, connection: Connection, frame_s: float) -> Offer:
        assert offer.rate_hz is not None
        self._register.add(request, offer)
        self._booked[request.number] = offer
        start, length = ticks(offer.starts_s), ticks(offer.window_for(offer.rate_hz * frame_s))
        self._calendar.reserve_in_frames(connection.resources, start, length + connection.drain + 1, request.number)
        self._grants.tell(connection, Granted(connection.number, start, every=self._calendar.frame))
        self._grants.tell(connection, Halted(connection.number, start + length, every=self._calendar.frame))
        self._open_in_frames(request, connection, offer, start, length)
        return offer

    def _open_in_frames(self, request: Request, connection: Connection, offer: Offer, start: int, length: int) -> None:
        """Open the window of one frame, and then that of the next, as long as it is booked."""

        def begin() -> None:
            if self._booked.get(request.number) is offer:
                self._open(request, connection, offer, start + length)
                self._open_in_frames(request, connection, offer, start + self._calendar.frame, length)

        self._grants.at(start, begin)

    def _not_before(self, request: Request, connection: Connection) -> int:
        return max(self._clock.now + self._grants.lead(connection), request.starts)

    def _open(self, request: Request, connection: Connection, offer: Offer, stop: float) -> None:
        if self._booked.get(request.number) is not offer:
            return  # it has ended, or has another window since a fault
        connection.only = request
        self._since[request.number] = self._clock.now
        grant = self._grants.begin(connection, request.terms.tenant, stop)
        if math.isfinite(stop):
            self._grants.at(int(stop), lambda: self._close(request, grant))

    def _close(self, request: Request, grant: Grant) -> None:
        """Let a window end, unless it has ended before; its connection may have another by now."""
        if not grant.halted:
            self._register.note_owed(request, self._owed(request))
            self._since.pop(request.number, None)
            self._grants.stop(grant, self._clock.now)  # which its nodes were told with the reservation

    def _over(self, request: Request, offer: Offer) -> None:
        if self._booked.get(request.number) is offer:
            self._ran_out(request)

    def _owed(self, request: Request) -> float:
        """Give how many pairs a request still wants, without those that its open window has made all but certainly."""
        come, since = 0.0, self._since.get(request.number)
        if since is not None:
            come = self._booked[request.number].certain_in(seconds(self._clock.now - since))
        return max(1.0, self._register.owed(request) - come)


def _too_long(request: Request, best: Offer) -> str:
    until = f" until {request.terms.deadline_s:g} s" if request.terms.is_due else ""
    if best.predicted is None:
        return f"how long its links are needed cannot be predicted, and they are not free for ever{until}"
    return f"its links are not free for long enough{until}"
