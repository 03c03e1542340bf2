"""Where two ends keep the key they share: bits go in once, and come out once.

Both ends deposit the same key in the same order, so that a bit is named by its position since the first deposit. One
end leads: it withdraws the next bits, and tells the other their id in public. The other withdraws by that id. Were both
to choose, messages that cross could make them use one bit for two purposes; if both ends must choose, use two pairs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument, KeyExhausted
from qnet.fields import Count, check, check_fields
from qnet.keys.bits import Bits, as_bits, locked

__all__ = ["KeyId", "KeyStore", "StoredKey"]


@dataclass(frozen=True, kw_only=True)
class KeyId:
    """The name of some bits of a store: the same at both ends, and public."""

    start: Count
    """Bits deposited before these."""
    bits: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def stop(self) -> int:
        """The position after the last of these bits."""
        return self.start + self.bits


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredKey:
    """Bits withdrawn from a store, and their name for the other end."""

    id: KeyId
    bits: Bits
    """Read-only."""


class KeyStore:
    """One end of a store of key; `KeyStore.pair` makes both.

    `max_age` is the number of rotations that a bit survives; `None` keeps key for ever.

    >>> here, there = KeyStore.pair()
    >>> for end in (here, there):
    ...     _ = end.deposit([1, 0, 1, 1, 0])
    >>> key = here.withdraw(3)
    >>> key.bits, there.withdraw_by_id(key.id)
    (array([1, 0, 1], dtype=uint8), array([1, 0, 1], dtype=uint8))
    >>> there.withdraw_by_id(key.id)
    Traceback (most recent call last):
        ...
    qnet.errors.KeyExhausted: Bits 0 to 2 were handed out or dropped before.
    """

    def __init__(self, *, leads: bool = True, max_age: int | None = None) -> None:
        if max_age is not None:
            check("max_age", max_age, Count)
        self._leads, self._max_age = leads, max_age
        self._bits = np.zeros(0, np.uint8)
        self._held = np.zeros(0, bool)
        self._first = self.deposited = self.withdrawn = self.dropped = 0
        self._epochs: deque[int] = deque()

    @classmethod
    def pair(cls, *, max_age: int | None = None) -> tuple[KeyStore, KeyStore]:
        """Make the two ends of a store, the leading one first."""
        return cls(leads=True, max_age=max_age), cls(leads=False, max_age=max_age)

    @property
    def available(self) -> int:
        """Bits that can be withdrawn."""
        return self.deposited - self.withdrawn - self.dropped

    @property
    def first(self) -> int:
        """The position of the first bit that can be withdrawn, or of the next to be deposited."""
        return self._first

    def deposit(self, key: ArrayLike) -> KeyId:
        """Add key, at least one bit; both ends add the same. Raises `InvalidArgument` for anything but bits."""
        bits = as_bits("key", key)
        if not bits.size:
            raise InvalidArgument.of("key", "hold at least one bit", key)
        self._bits = np.concatenate([self._bits, bits])
        self._held = np.concatenate([self._held, np.ones(bits.size, bool)])
        self.deposited += bits.size
        return KeyId(start=self.deposited - bits.size, bits=bits.size)

    def withdraw(self, bits: int) -> StoredKey:
        """Take the oldest so many bits; the leading end only. Raises `KeyExhausted` if fewer are left."""
        check("bits", bits, Annotated[int, Ge(1)])
        if not self._leads:
            raise InvalidArgument.of("bits", "be asked for at the end that leads, or by id here", bits)
        if bits > self.available:
            raise KeyExhausted(f"{bits} bits are asked for, but {self.available} are left.")
        key = KeyId(start=self._first, bits=bits)
        return StoredKey(id=key, bits=self._take(key))

    def withdraw_by_id(self, key: KeyId) -> Bits:
        """Take the bits that the leading end has named; the other end only, each once, in any order.

        Raises `KeyExhausted` for bits that were not deposited yet, or were handed out or dropped.
        """
        if self._leads:
            raise InvalidArgument.of("key", "be named by the end that leads, and withdrawn at the other", key)
        if key.stop > self.deposited:
            raise KeyExhausted(f"Bits up to {key.stop - 1} are asked for, but only {self.deposited} were deposited.")
        if key.start < self._first or not self._held[key.start - self._first : key.stop - self._first].all():
            raise KeyExhausted(f"Bits {key.start} to {key.stop - 1} were handed out or dropped before.")
        return self._take(key)

    def rotate(self) -> int:
        """Begin a new epoch, drop the key that has seen more than `max_age` rotations, and give its number of bits.

        Each end rotates its own; key whose id is under way must not be so old.
        """
        self._epochs.append(self.deposited)
        if self._max_age is None or len(self._epochs) <= self._max_age:
            return 0
        old = slice(0, max(0, self._epochs.popleft() - self._first))
        dropped = int(np.count_nonzero(self._held[old]))
        self._forget(old)
        self.dropped += dropped
        return dropped

    def _take(self, key: KeyId) -> Bits:
        place = slice(key.start - self._first, key.stop - self._first)
        bits = self._bits[place].copy()
        self._forget(place)
        self.withdrawn += key.bits
        return locked(bits)

    def _forget(self, place: slice) -> None:
        """Erase bits, and let go of the front of the store as far as nothing is held there."""
        self._bits[place], self._held[place] = 0, False
        gone = int(self._held.argmax()) if self._held.any() else self._held.size
        self._bits, self._held = self._bits[gone:], self._held[gone:]
        self._first += gone
