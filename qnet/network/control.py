"""What users, nodes and the controller tell each other about requests and links. Named tuples, like all messages."""

from __future__ import annotations

from typing import NamedTuple

from qnet.network.offers import Offer, Pause, Refusal

__all__ = ["Answered", "Asked", "Control", "Ended", "Granted", "Halted", "Owed"]


class Asked(NamedTuple):
    """A source asks the controller to serve a request."""

    request: int


class Answered(NamedTuple):
    """The controller tells a source what it means to do about a request."""

    request: int
    answer: Offer | Pause | Refusal


class Ended(NamedTuple):
    """A source tells the controller that a request wants no more pairs."""

    request: int


class Owed(NamedTuple):
    """A source tells the controller that what was reserved for a request is over, and how many pairs have not come."""

    request: int
    pairs: float


class Granted(NamedTuple):
    """The controller tells a node of a route: from this tick on, work for this connection.

    Where `every` is not 0, again and again after so many ticks.
    """

    connection: int
    start: int
    every: int = 0


class Halted(NamedTuple):
    """The controller tells a node of a route: at this tick, begin no more pairs for this connection; see `Granted`."""

    connection: int
    stop: int
    every: int = 0


Control = Asked | Answered | Ended | Owed | Granted | Halted
