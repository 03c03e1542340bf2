"""One hop of a trusted relay: a store of key at each of its ends, and the messages that the two authenticate.

A block of key that the hop has made first replaces what was spent on authenticating its making, then fills up the pads
for relay messages, and what is left is for relaying.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qnet.keys import Authenticator, KeyId, KeyStore, TaggedMessage
from qnet_protocols.key_makers import Block

__all__ = ["Hop", "HopRecord"]

Bits = NDArray[np.uint8]

_TAG_BITS = 61
_PADS = 64
"""Messages that each direction can always authenticate; a new block fills up to this."""


@dataclass(frozen=True, kw_only=True)
class HopRecord:
    """What became of the key of one hop.

    Args:
        ends: its two nodes.
        levels: (time, bits for relaying in the store), at each change.
        exhausted_s: (from, to): spells during which the hop was up and a request waited for its key.
        preshared_bits: key that the ends began with.
        made_bits: of all blocks.
        remade_bits: the part that replaced what was spent on making them.
        relayed_bits: handed out for relaying.
        tag_bits: spent on authenticating relay messages.
        left_bits: still held, pads included. Preshared and made is what was remade, relayed, spent and left.
    """

    ends: tuple[str, str]
    levels: tuple[tuple[float, int], ...]
    exhausted_s: tuple[tuple[float, float], ...]
    preshared_bits: int
    made_bits: int
    remade_bits: int
    relayed_bits: int
    tag_bits: int
    left_bits: int

    @property
    def lowest_bits(self) -> int:
        """The least that was ever in the store once it had been filled."""
        filled = [level for _, level in self.levels[1:]]
        return min(filled, default=0)


@dataclass(frozen=True)
class _End:
    """What one end of a hop holds."""

    key: KeyStore
    outgoing: KeyStore
    incoming: KeyStore
    authenticator: Authenticator


@dataclass(kw_only=True, eq=False)
class Hop:
    """A hop at work; `ends[0]` leads, that is, it names the bits that both ends take out of their stores."""

    ends: tuple[str, str]
    length_km: float
    preshared: Bits
    reserved_bits: int = 0
    reserved_pads: int = 0
    made_bits: int = 0
    remade_bits: int = 0
    blocks: list[tuple[int, float | None]] = field(default_factory=list)
    levels: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])
    exhausted_s: list[tuple[float, float]] = field(default_factory=list)
    wanted_since_s: float | None = None
    """Since when a request waits for this hop."""

    def __post_init__(self) -> None:
        (key, same), (out, there_in), (there_out, back) = KeyStore.pair(), KeyStore.pair(), KeyStore.pair()
        for store in (out, there_in):
            store.deposit(self.preshared[: self.pads_at_most])
        for store in (there_out, back):
            store.deposit(self.preshared[self.pads_at_most :])
        self._at = {
            self.ends[0]: _End(key, out, back, Authenticator(out, back, tag_bits=_TAG_BITS)),
            self.ends[1]: _End(same, there_out, there_in, Authenticator(there_out, there_in, tag_bits=_TAG_BITS)),
        }

    pads_at_most = (1 + _PADS) * _TAG_BITS
    """Bits of pre-shared key for one direction: that of the hash, and the pads."""

    @property
    def available(self) -> int:
        """Bits that a new request may have."""
        return self._at[self.ends[0]].key.available - self.reserved_bits

    def can_carry(self, bits: int) -> bool:
        """Whether so many bits, and a pad in each direction, are there."""
        pads = min(end.outgoing.available for end in self._at.values()) // _TAG_BITS
        return self.available >= bits and pads > self.reserved_pads

    def reserve(self, bits: int) -> None:
        """Promise bits, and a pad in each direction."""
        self.reserved_bits += bits
        self.reserved_pads += 1

    def deposit(self, block: Block, now_s: float) -> None:
        """Take in a block that both ends hold; an aborted one is empty."""
        self.made_bits += block.alice_key.size
        first = min(block.authentication_bits, block.alice_key.size)
        self.remade_bits += first
        for sender, receiver in (self.ends, self.ends[::-1]):
            missing = _PADS * _TAG_BITS - self._at[sender].outgoing.available
            share = slice(first, first + max(0, min(missing, block.alice_key.size - first)))
            first = share.stop
            if share.stop > share.start:
                for end, store in ((sender, self._at[sender].outgoing), (receiver, self._at[receiver].incoming)):
                    store.deposit(self._of(end, block)[share])
        if first < block.alice_key.size:
            for end in self.ends:
                self._at[end].key.deposit(self._of(end, block)[first:])
            self.blocks.append((self._at[self.ends[0]].key.deposited, block.epsilon))
        self._note(now_s)

    def name_bits(self, bits: int, now_s: float) -> tuple[KeyId, Bits]:
        """Take promised bits out at the leading end, and name them for the other."""
        stored = self._at[self.ends[0]].key.withdraw(bits)
        self.reserved_bits -= bits
        self._note(now_s)
        return stored.id, stored.bits

    def take(self, key: KeyId) -> Bits:
        """Take the bits of this name out at the end that follows."""
        return self._at[self.ends[1]].key.withdraw_by_id(key)

    def sign(self, sender: str, message: bytes, *, last: bool = False) -> TaggedMessage:
        """Authenticate a message from one of the ends; the `last` of a request ends its promise of pads."""
        self.reserved_pads -= last
        return self._at[sender].authenticator.tag(message)

    def check(self, receiver: str, message: TaggedMessage) -> bytes:
        """Give a message that the other end has sent; raises `ForgedMessage`."""
        return self._at[receiver].authenticator.check(message)

    def epsilon(self, key: KeyId) -> float | None:
        """Give the epsilons of the blocks that these bits come from, added; None if one has none."""
        total, start = 0.0, 0
        for stop, epsilon in self.blocks:
            if start < key.stop and key.start < stop:
                if epsilon is None:
                    return None
                total += epsilon
            start = stop
        return total

    def want(self, now_s: float) -> None:
        """Note that a request waits for this hop."""
        if self.wanted_since_s is None:
            self.wanted_since_s = now_s

    def want_no_more(self, now_s: float) -> None:
        """Note that none does any more."""
        if self.wanted_since_s is not None:
            self.exhausted_s.append((self.wanted_since_s, now_s))
            self.wanted_since_s = None

    def record(self, now_s: float) -> HopRecord:
        """Sum up."""
        waiting = [] if self.wanted_since_s is None else [(self.wanted_since_s, now_s)]
        first = self._at[self.ends[0]]
        tags = sum(end.outgoing.withdrawn for end in self._at.values())
        return HopRecord(
            ends=self.ends,
            levels=tuple(self.levels),
            exhausted_s=(*self.exhausted_s, *waiting),
            preshared_bits=self.preshared.size,
            made_bits=self.made_bits,
            remade_bits=self.remade_bits,
            relayed_bits=first.key.withdrawn,
            tag_bits=tags,
            left_bits=first.key.available + sum(end.outgoing.available for end in self._at.values()),
        )

    def _of(self, end: str, block: Block) -> Bits:
        return block.alice_key if end == self.ends[0] else block.bob_key

    def _note(self, now_s: float) -> None:
        self.levels.append((now_s, self._at[self.ends[0]].key.available))
