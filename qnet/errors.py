"""The family of errors.

Every error a user can meet derives from `QnetError` and from the built-in exception that fits it, so that both
``except qnet.QnetError`` and ``except ValueError`` do what one expects. Messages follow one grammar:
"Argument `t2_s` must be positive, but is -1."
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CircuitError",
    "FileError",
    "ForgedMessage",
    "InvalidArgument",
    "KeyExhausted",
    "NoRoute",
    "QnetError",
    "UnitWarning",
    "UnknownName",
]


class QnetError(Exception):
    """Base of all errors that qnet raises on purpose."""


class InvalidArgument(QnetError, ValueError):
    """An argument breaks a rule; the message names the argument, the rule and the value."""

    @classmethod
    def of(cls, name: str, rule: str, value: object) -> InvalidArgument:
        """Build the error from its three parts.

        >>> print(InvalidArgument.of("t2_s", "be positive", -1))
        Argument `t2_s` must be positive, but is -1.
        """
        return cls(f"Argument `{name}` must {rule}, but is {value!r}.")


class UnknownName(QnetError, LookupError):
    """A name is not in its table; the message lists the nearest ones."""

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str]) -> UnknownName:
        """Build the error, with the nearest known names as a hint.

        >>> print(UnknownName.of("hardware preset", "traped-ion", ["trapped-ion", "colour-centre"]))
        Unknown hardware preset 'traped-ion'; the nearest is 'trapped-ion'.
        """
        names = sorted(known)
        by_folded = {known_name.casefold(): known_name for known_name in names}
        close = difflib.get_close_matches(name.casefold(), list(by_folded), n=3, cutoff=0.5)
        hint = " or ".join(repr(by_folded[key]) for key in close)
        if hint:
            return cls(f"Unknown {kind} {name!r}; the nearest is {hint}.")
        return cls(f"Unknown {kind} {name!r}; known are {', '.join(map(repr, names)) or 'none'}.")


class NoRoute(QnetError, LookupError):
    """No path joins two nodes of a network."""


class FileError(QnetError, ValueError):
    """A file cannot be read, or its content breaks its schema; the message gives file and place."""


class CircuitError(QnetError, ValueError):
    """A circuit cannot be compiled; the message names the instruction and the reason."""


class KeyExhausted(QnetError, LookupError):
    """A key store does not hold these bits: too few are left, or they were handed out or dropped."""


class ForgedMessage(QnetError, ValueError):
    """A classical message did not come from the other end as it was sent there: forged, altered or replayed."""


class UnitWarning(UserWarning):
    """A number is possible but implausible, as if it had been given in another unit."""
