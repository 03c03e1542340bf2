"""A chain in which every so-manieth node is trusted: repeaters between, BBM92 from trusted node to trusted node.

Trusted nodes cut the chain into segments. Within a segment repeaters swap as in `bbm92`; from segment to segment the
key is relayed by XOR as in `trusted_bbm92`. Between the two it trades rate against trust.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from qnet import InvalidArgument, Network, Route, Stop
from qnet import run as run_protocol
from qnet.experiment import KeyRun
from qnet.keys import ERROR_CORRECTION_EFFICIENCY
from qnet_protocols import bbm92
from qnet_protocols.relay import RelayResult
from qnet_protocols.relayed_key import relay_keys

__all__ = ["make_key", "run", "segments"]


def segments(route: Route, trusted_every: int) -> tuple[Route, ...]:
    """Cut a route at every so-manieth node; what is left over at the far end is shorter.

    >>> import qnet
    >>> [segment.nodes for segment in segments(qnet.Network.chain([20.0] * 5).route(), 2)]
    [('n0', 'n1', 'n2'), ('n2', 'n3', 'n4'), ('n4', 'n5')]
    """
    if not isinstance(trusted_every, int) or trusted_every < 1:
        raise InvalidArgument.of("trusted_every", "be a whole number from 1 on", trusted_every)
    return tuple(
        replace(
            route,
            nodes=(nodes := route.nodes[first : first + trusted_every + 1]),
            lengths_km=route.lengths_km[first : first + trusted_every],
            links=route.links[first : first + trusted_every],
            stations=tuple(name for name in route.stations if name in nodes[1:-1]),
        )
        for first in range(0, route.hops, trusted_every)
    )


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    trusted_every: int = 2,
    z_probability: float = 0.5,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> RelayResult:
    """Run BBM92 on each segment of the route between two nodes (by default the network's ends), and relay.

    `trusted_every` is the number of spans from trusted node to trusted node; 1 trusts them all.
    """
    route = network.route(source, target, max_span_km=max_span_km)
    protocol = partial(
        bbm92.protocol, z_probability=z_probability, error_correction_efficiency=error_correction_efficiency
    )
    cut = segments(route, trusted_every)
    sessions = run_protocol(network, protocol, *cut, stop=stop, seed=seed, progress=progress, **options)
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
    trusted_every: int = 2,
    tolerated_error: float | None = None,
    key_error: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    **options: Any,
) -> KeyRun:
    """Make a key with BBM92 on each segment of a route (by default between the network's ends), and relay the first.

    Every segment has an even share of `epsilon`; `stop` limits the pairs of each. The figures of the result are those
    of the segment with the shortest key; what was spent on authentication is of all segments.
    """
    route = network.route(source, target, max_span_km=max_span_km)
    parts = segments(route, trusted_every)
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
        "hybrid",
        parts=parts,
        facts=lambda session: {"links": session.links},
        epsilon=epsilon,
        stop=stop,
        seed=seed,
        attack=attack,
        progress=progress,
        **options,
    )
