"""What chains of trusted nodes share: the result of a relay over hops that each make a key of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from qnet.experiment import Quantity, StrategyRow
from qnet.keys import relay_rate
from qnet_protocols.entanglement import BLOCK_BITS, KEY_BITS, time_to

__all__ = ["RelayResult", "slowest_of"]


def slowest_of(rates: Sequence[Quantity]) -> Quantity:
    """Give the least of some rates.

    The least of several estimates tends to be too low, so the interval spans all those that may be the least.
    """
    value = relay_rate([rate.value for rate in rates])
    highest = max(rate.high for rate in rates if rate.value == value)
    rivals = [rate for rate in rates if rate.low <= highest]
    return Quantity(value, min(rate.low for rate in rivals), max(rate.high for rate in rivals))


@dataclass(frozen=True, kw_only=True, eq=False)
class RelayResult:
    """The results of all hops, and what a hop-by-hop one-time pad makes of them.

    Args:
        hops: results of the hops in order; each has `row()` and `secret_key_rate_bps`.
        nodes: of each hop, repeaters between included.
        propagation_s: time a signal takes from end to end.
    """

    hops: tuple[Any, ...]
    nodes: tuple[tuple[str, ...], ...]
    propagation_s: float

    @property
    def secret_key_rate_bps(self) -> Quantity:
        """End-to-end secret bits per second: those of the slowest hop."""
        return slowest_of([hop.secret_key_rate_bps for hop in self.hops])

    @property
    def key_consumed_bps(self) -> Quantity:
        """Key bits spent per second on all hops together: one on each hop for each bit delivered."""
        return self.secret_key_rate_bps.scaled(len(self.hops))

    @property
    def trusted_nodes(self) -> int:
        """Nodes between the ends, all of which learn the key."""
        return len(self.hops) - 1

    @property
    def first_pair_s(self) -> float | None:
        """Seconds from the start until every hop has had a pair; None if one had none."""
        first = [hop.first_pair_s for hop in self.hops]
        return None if None in first else max(first)

    @property
    def _slowest(self) -> int:
        return min(range(len(self.hops)), key=lambda number: self.hops[number].secret_key_rate_bps.value)

    def row(self, name: str) -> StrategyRow:
        """Give the figures of the slowest hop, with stations of all hops, as a row of a comparison."""
        row: StrategyRow = self.hops[self._slowest].row(name, trusted_nodes=self.trusted_nodes)
        key = self.secret_key_rate_bps
        rows = [hop.row(name) for hop in self.hops]
        first = self.first_pair_s
        return replace(
            row,
            untrusted_stations=sum(hop.untrusted_stations for hop in rows),
            first_pair_s=None if first is None else Quantity(first, 0.0, math.inf),
            secret_key_rate_bps=key,
            key_per_channel_use=None if row.attempts_hz is None else key.scaled(1.0 / row.attempts_hz.value),
            time_to_256_bits_s=time_to(KEY_BITS, key, self.propagation_s),
            time_to_block_s=time_to(BLOCK_BITS, row.pair_rate_hz, self.propagation_s),
            pairs=min(hop.pairs for hop in rows),
            slowest_hop=self.nodes[self._slowest],
        )

    def __str__(self) -> str:
        title = f"Relay over {len(self.hops)} hops, {self.trusted_nodes} trusted nodes"
        return "\n  ".join([f"{title}: {self.secret_key_rate_bps:±} bit/s", *(str(hop) for hop in self.hops)])
