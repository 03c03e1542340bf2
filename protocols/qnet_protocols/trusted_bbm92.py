"""A chain of trusted nodes with the memories and links of a repeater chain: BBM92 on every hop, XOR relay.

It isolates the price of removing trust: same hardware, same spans, but nodes measure instead of swapping.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qnet import Network, Stop
from qnet import run as run_protocol
from qnet.keys import ERROR_CORRECTION_EFFICIENCY
from qnet_protocols import bbm92
from qnet_protocols.relay import RelayResult

__all__ = ["run"]


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    z_probability: float = 0.5,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> RelayResult:
    """Run BBM92 on each span of the route between two nodes (by default the network's ends), and relay."""
    route = network.route(source, target, max_span_km=max_span_km)
    protocol = partial(
        bbm92.protocol, z_probability=z_probability, error_correction_efficiency=error_correction_efficiency
    )
    sessions = run_protocol(network, protocol, *route.spans(), stop=stop, seed=seed, progress=progress, **options)
    return RelayResult(
        hops=tuple(session.result for session in sessions),
        propagation_s=sum(session.propagation_s for session in sessions),
    )
