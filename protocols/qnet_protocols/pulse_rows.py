"""A row of a comparison, for the protocols whose rounds are periods of a QKD system's clock."""

from __future__ import annotations

from typing import Any, Protocol

from qnet.experiment import Quantity, StrategyRow
from qnet.hardware import QkdHardware
from qnet_protocols.entanglement import BLOCK_BITS, KEY_BITS, time_to

__all__ = ["Clocked", "row_of"]


class Clocked(Protocol):
    """A result that says on what system, over how much fibre and until when it was counted."""

    @property
    def hardware(self) -> QkdHardware:
        """The QKD system."""

    @property
    def propagation_s(self) -> float:
        """Time a signal takes from end to end, s."""

    @property
    def stopped_by(self) -> str:
        """What ended the run."""


def row_of(
    result: Clocked,
    name: str,
    key: Quantity,
    clicks_hz: Quantity | None,
    *,
    untrusted_stations: int = 0,
    **figures: Any,
) -> StrategyRow:
    """Give a key rate (bit/s) and what it rests on as a row; `figures` are those of one protocol only."""
    clock_hz = result.hardware.clock_hz
    return StrategyRow(
        name=name,
        epoch=result.hardware.epoch,
        untrusted_stations=untrusted_stations,
        attempts_hz=Quantity.exact(clock_hz),
        pair_rate_hz=clicks_hz,
        key_per_channel_use=key.scaled(1.0 / clock_hz),
        secret_key_rate_bps=key,
        time_to_256_bits_s=time_to(KEY_BITS, key, result.propagation_s),
        time_to_block_s=time_to(BLOCK_BITS, clicks_hz, result.propagation_s),
        stopped_by=result.stopped_by,
        **figures,
    )
