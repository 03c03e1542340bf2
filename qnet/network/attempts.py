"""The attempts that a node makes, for memories that each of them dephases a little; counted from grids, not events."""

from __future__ import annotations

from collections import deque

from qnet.quantum import Waiting

__all__ = ["AttemptLog", "Emissions", "Exposure"]


class Emissions:
    """When one port has emitted: in each slot that starts from `begin` on and before `end`."""

    def __init__(self, cycle: int) -> None:
        self.cycle = cycle
        self._first: int | None = None
        self._past: deque[tuple[int, int]] = deque()
        """Of the last intervals: the start of the first slot, and how many there were."""
        self._before = 0
        """Slots in intervals that were forgotten."""

    def begin(self, now: int) -> None:
        """Emit in each slot that starts from now on."""
        self._first = -(-now // self.cycle) * self.cycle

    def end(self, tick: int, horizon: int) -> None:
        """Emit in no slot that starts from a tick on; nobody will ask for times before the horizon."""
        assert self._first is not None
        if (number := self._number(self._first, tick)) > 0:
            self._past.append((self._first, number))
        self._first = None
        while self._past and self._past[0][0] + self._past[0][1] * self.cycle < horizon:
            self._before += self._past.popleft()[1]

    def before(self, tick: int) -> int:
        """Count the slots that started before a tick."""
        count = self._before + sum(min(number, self._number(first, tick)) for first, number in self._past)
        return count if self._first is None else count + self._number(self._first, tick)

    def _number(self, first: int, tick: int) -> int:
        return 0 if tick <= first else (tick - 1 - first) // self.cycle + 1


class AttemptLog:
    """The attempts of all ports of a node, each of which dephases the halves that wait there meanwhile.

    An attempt acts when its slot starts, on halves emitted by then. The slot in which a half was emitted itself does
    not count, nor do those of other links that start with it.

    Coherence falls by exp(-1/N) with each attempt: a semigroup in their number, as waiting is one in time (N(1/e) of
    Kalb et al., Science 356, 928 (2017), arXiv 1703.03244).

    Args:
        attempts_to_dephase: N.
        storage: how a qubit waits where it is exposed; None if it is anywhere.
    """

    def __init__(self, attempts_to_dephase: float, storage: Waiting | None) -> None:
        self.dephasing = Waiting.from_t1_t2(t2_s=attempts_to_dephase)
        self.storage = storage
        self._ports: list[Emissions] = []
        self._longest = 0

    def port(self, cycle: int) -> Emissions:
        """Begin the record of a port, whose slots are so long."""
        self._ports.append(Emissions(cycle))
        self._longest = max(self._longest, cycle)
        return self._ports[-1]

    def before(self, tick: int) -> int:
        """Count the attempts of all ports before a tick, which must not be longer ago than a slot."""
        return sum(port.before(tick) for port in self._ports)

    def horizon(self, now: int) -> int:
        """Give the earliest tick that a click now may tell of."""
        return now - 2 * self._longest


class Exposure:
    """How many attempts of its node a memory has seen; while it holds a half, its own port makes none for it."""

    __slots__ = ("log", "seen")

    def __init__(self, log: AttemptLog) -> None:
        self.log = log
        self.seen = 0

    def take(self, now: int) -> int:
        """Give the number of attempts since the memory was last touched; it is touched now."""
        seen, self.seen = self.seen, max(self.seen, self.log.before(now))  # a half emitted now has seen its own slot
        return self.seen - seen
