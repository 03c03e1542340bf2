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
from qnet.experiment import KeyRun
from qnet_protocols import decoy_bb84
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
        nodes=tuple(session.route.nodes for session in sessions),
        propagation_s=sum(session.result.propagation_s for session in sessions),
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
    decoys: int = 2,
    tolerated_error: float | None = None,
    error_correction_efficiency: float | None = None,
    **options: Any,
) -> KeyRun:
    """Make a key on every span of the route between two nodes (by default the network's ends), and relay the first.

    Every hop has its own session of decoy BB84, as in `decoy_bb84.make_key`, and an even share of `epsilon`; `stop`
    limits the clicks of each, or the simulated time. Clicks, error rates and leak in the result are those of the hop
    with the shortest key, which is as long as that of the chain; what was spent on authentication is of all hops.

    >>> import qnet
    >>> run = make_key(qnet.Network.chain([20, 30]), stop=qnet.Pairs(200_000), epsilon=1e-9, seed=1)
    >>> run.trusted_nodes, run.keys_match, run.secret_bits > 10_000
    (1, True, True)
    """
    route = network.route(source, target, max_span_km=max_span_km)
    protocol = partial(
        decoy_bb84.key_protocol,
        decoys=decoys,
        tolerated_error=tolerated_error,
        error_correction_efficiency=error_correction_efficiency,
    )
    return relay_keys(
        network,
        protocol,
        route,
        "trusted-bb84",
        parts=route.spans(),
        facts=lambda session: {"pulses": session.pulses},
        epsilon=epsilon,
        stop=stop,
        seed=seed,
        attack=attack,
        progress=progress,
        **options,
    )
