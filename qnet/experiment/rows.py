"""What a comparison says of one strategy, of the route and of the hardware."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from qnet.experiment.quantity import Quantity, quantity_from_json, quantity_to_json
from qnet.fields import Count, Positive, check_fields

__all__ = ["HardwareRecord", "RouteRecord", "StrategyRow"]


@dataclass(frozen=True, kw_only=True)
class StrategyRow:
    """Hold the figures of one way to make a key; None stands for what does not apply.

    Args:
        name: the strategy, say "repeater-bbm92".
        epoch: of its hardware, "today" or "projected".
        trusted_nodes: how many nodes between the ends must be trusted.
        untrusted_stations: how many stations between the ends hold hardware but need no trust.
        attempts_hz: channel uses per second (1/s).
        pair_rate_hz: delivered pairs, or sifted detections, per second (1/s).
        fidelity: mean fidelity of the delivered pairs.
        qber_z, qber_x: share of differing bits in the two bases.
        chsh: the CHSH value S.
        secret_fraction: asymptotic secret bits per pair.
        key_per_channel_use: asymptotic secret bits per channel use.
        secret_key_rate_bps: asymptotic secret bits per second.
        first_pair_s: mean time to the first pair (s).
        time_to_256_bits_s: time to 256 secret bits (s).
        pairs: number of pairs the figures rest on.
        stopped_by: which limit ended the run, say "pairs" or "sim-time".
        time_to_block_s: time to a block of 10^5 sifted bits (s).
        ordinary_key_rate_bps: where the rate above is device-independent, the rate with trusted devices.
        finite_key_bits: secret bits of one session of finite length, which `Comparison.conventions` states.
        detects: by name of an attack, whether this way notices it; None where there is nothing to attack so.
        slowest_hop: of a relay, nodes of the hop with the least key, whose pairs, fidelity and error rates these are.
    """

    name: str
    epoch: str
    trusted_nodes: Count
    untrusted_stations: Count
    attempts_hz: Quantity | None = None
    pair_rate_hz: Quantity | None = None
    fidelity: Quantity | None = None
    qber_z: Quantity | None = None
    qber_x: Quantity | None = None
    chsh: Quantity | None = None
    secret_fraction: Quantity | None = None
    key_per_channel_use: Quantity | None = None
    secret_key_rate_bps: Quantity
    first_pair_s: Quantity | None = None
    time_to_256_bits_s: Quantity | None = None
    pairs: Count
    stopped_by: str
    time_to_block_s: Quantity | None = None
    ordinary_key_rate_bps: Quantity | None = None
    finite_key_bits: Quantity | None = None
    detects: Mapping[str, bool | None] = field(default_factory=dict)
    slowest_hop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)

    def quantities(self) -> dict[str, Quantity | None]:
        """Give the estimated figures by name, in the order of the fields."""
        return {name: getattr(self, name) for name in _QUANTITIES}

    def to_json(self) -> dict[str, Any]:
        """Give the row as the schema has it: plain values, and ``{"value", "low", "high"}`` or null."""
        data: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        data |= {name: quantity_to_json(quantity) for name, quantity in self.quantities().items()}
        data["qber"] = {"z": data.pop("qber_z"), "x": data.pop("qber_x")}
        data |= {"detects": dict(self.detects), "slowest_hop": list(self.slowest_hop)}
        return {name: data[name] for name in _ORDER}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave; what a later version added is passed over."""
        flat = {**data, "qber_z": data["qber"]["z"], "qber_x": data["qber"]["x"]}
        fields: dict[str, Any] = {name: quantity_from_json(flat.get(name)) for name in _QUANTITIES}
        fields |= {"detects": data.get("detects", {}), "slowest_hop": tuple(data.get("slowest_hop", ()))}
        return cls(**fields | {name: data[name] for name in _PLAIN})


@dataclass(frozen=True, kw_only=True)
class RouteRecord:
    """Name the route that was compared, and where its lengths come from."""

    nodes: tuple[str, ...]
    lengths_km: tuple[float, ...]
    route_factor: Positive = 1.0
    lengths_source: str = "fibre lengths as given"

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def total_km(self) -> float:
        """Fibre length from end to end (km)."""
        return math.fsum(self.lengths_km)

    def to_json(self) -> dict[str, Any]:
        """Give the route as the schema has it."""
        return {
            "nodes": list(self.nodes),
            "lengths_km": list(self.lengths_km),
            "total_km": self.total_km,
            "route_factor": self.route_factor,
            "lengths_source": self.lengths_source,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        nodes, lengths_km = tuple(data["nodes"]), tuple(data["lengths_km"])
        source = data.get("lengths_source", "fibre lengths as given")
        return cls(nodes=nodes, lengths_km=lengths_km, route_factor=data["route_factor"], lengths_source=source)


@dataclass(frozen=True, kw_only=True)
class HardwareRecord:
    """Name the hardware of both sides, and which of its numbers are assumed instead of sourced."""

    repeater: str
    qkd: str
    assumed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the names as the schema has them."""
        return {"repeater": self.repeater, "qkd": self.qkd, "assumed": list(self.assumed)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        return cls(repeater=data["repeater"], qkd=data["qkd"], assumed=tuple(data["assumed"]))


_PLAIN = ("name", "epoch", "trusted_nodes", "untrusted_stations", "pairs", "stopped_by")
_HELD = ("detects", "slowest_hop")
_QUANTITIES = tuple(name for name in StrategyRow.__dataclass_fields__ if name not in (*_PLAIN, *_HELD))
_ORDER = tuple(dict.fromkeys("qber" if name.startswith("qber") else name for name in StrategyRow.__dataclass_fields__))
