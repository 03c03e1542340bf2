"""A chain of trusted nodes with the memories and links of a repeater chain: BBM92 on every hop, XOR relay.

It isolates the price of removing trust: same hardware, same spans, but nodes measure instead of swapping.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qnet import Network, Stop
from qnet import run as run_protocol
from qnet.experiment import KeyRun
from qnet.keys import ERROR_CORRECTION_EFFICIENCY
from qnet_protocols import bbm92
from qnet_protocols.relay import RelayResult
from qnet_protocols.relayed_key import relay_keys

__all__ = ["make_key", "run"]


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
        nodes=tuple(session.route.nodes for session in sessions),
        propagation_s=sum(session.propagation_s for session in sessions),
    )


def make_key(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    epsilon: float = 1e-10,
    attack: Any = None,
    progress: Callable[[float], None] | None = None,
    max_span_km: float | None = None,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    **options: Any,
) -> KeyRun:
    """Make a key with BBM92 on every span of a route (by default between the network's ends), and relay the first.

    Every hop has an even share of `epsilon`; `stop` limits the pairs of each. The figures of the result are those of
    the hop with the shortest key; what was spent on authentication is of all hops.
    """
    route = network.route(source, target, max_span_km=max_span_km)
    parts = route.spans()
    protocol = partial(
        bbm92.key_protocol,
        tolerated_error=tolerated_error,
        key_error=key_error,
        error_correction_efficiency=error_correction_efficiency,
    )
    return relay_keys(
        network,
        protocol,
        route,
        "trusted-bbm92",
        parts=parts,
        facts=lambda session: {"links": session.links},
        epsilon=epsilon,
        stop=stop,
        seed=seed,
        attack=attack,
        progress=progress,
        **options,
    )
