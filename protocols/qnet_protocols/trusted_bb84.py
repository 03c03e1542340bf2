"""A chain of trusted nodes: decoy BB84 on every hop, and keys relayed by hop-by-hop XOR.

The end-to-end rate is that of the slowest hop; each delivered bit spends one key bit on every hop, and every node
between the ends learns the key (Peev et al., New J. Phys. 11, 075001, 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qnet import Network, Stop
from qnet import run as run_protocol
from qnet_protocols import decoy_bb84
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
    error_correction_efficiency: float | None = None,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> RelayResult:
    """Run decoy BB84 on each span of the route between two nodes (by default the network's ends), and relay.

    The `error_correction_efficiency` is by default the hardware's own.
    """
    route = network.route(source, target, max_span_km=max_span_km)
    protocol = partial(decoy_bb84.protocol, error_correction_efficiency=error_correction_efficiency)
    sessions = run_protocol(network, protocol, *route.spans(), stop=stop, seed=seed, progress=progress, **options)
    return RelayResult(
        hops=tuple(session.result for session in sessions),
        propagation_s=sum(session.result.propagation_s for session in sessions),
    )
