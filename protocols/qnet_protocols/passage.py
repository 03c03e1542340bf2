"""Paths of trusted nodes; a request on its way along one of them, and its key on the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qnet import Session
from qnet.keys import KeyId
from qnet_protocols.hop import Hop
from qnet_protocols.relay_report import KeyRequest

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Passage", "disjoint_paths", "read"]

Bits = NDArray[np.uint8]
Edge = frozenset[str]

_NOTHING = np.zeros(0, np.uint8)
_WIDTH = 8


def read(message: bytes) -> tuple[int, int, int, bool, bytes]:
    """Take a message apart: request, path, name of the bits, whether it goes back, and what is under the pad."""
    numbers = [int.from_bytes(message[_WIDTH * k : _WIDTH * (k + 1)], "big") for k in range(4)]
    return numbers[0], numbers[1], numbers[2], bool(numbers[3]), message[4 * _WIDTH :]


def disjoint_paths(graph: nx.Graph, asked: KeyRequest) -> list[tuple[str, ...]] | None:
    """Give as many node-disjoint paths as are asked for, shortest first; one path is the shortest. None if too few."""
    import networkx as nx

    if asked.source not in graph or asked.target not in graph:
        return None
    try:
        if asked.paths == 1:
            return [tuple(nx.dijkstra_path(graph, asked.source, asked.target, weight="length_km"))]
        found = list(nx.node_disjoint_paths(graph, asked.source, asked.target, cutoff=asked.paths))
    except nx.NetworkXNoPath:
        return None
    paths = sorted(map(tuple, found), key=lambda path: (nx.path_weight(graph, path, "length_km"), path))
    return paths if len(paths) >= asked.paths else None


@dataclass(kw_only=True, eq=False)
class Passage:
    """What the nodes of a path hold for one request.

    On the way there each hop sets its bits aside: the end that leads takes them out and names them. On the way back
    the key, which is that of the last hop, goes under the bits of hop after hop.

    Args:
        request, place: numbers of the request, and of the path among its paths.
        path: from source to target.
        bits: of key.
        hops: by their ends.
        posts: the sessions that carry messages over them.
        on_arrival: called with the time when the source has the key.
    """

    request: int
    place: int
    path: tuple[str, ...]
    bits: int
    hops: Mapping[Edge, Hop]
    posts: Mapping[Edge, Session]
    on_arrival: Callable[[float], None]
    named: dict[Edge, KeyId] = field(default_factory=dict)
    at_source: Bits | None = None
    at_target: Bits | None = None
    _held: dict[tuple[str, Edge], Bits] = field(default_factory=dict)

    def begin(self, now_s: float) -> None:
        """Send the request off."""
        self._pass_on(self.path[0], now_s)

    @property
    def epsilons(self) -> list[float | None]:
        """Epsilons of the bits of each hop."""
        return [self.hops[edge].epsilon(key) for edge, key in self.named.items()]

    def arrived(self, hop: Hop, at: str, start: int, back: bool, padded: bytes, now_s: float) -> None:
        """Let a node act on a message that has reached it over a hop."""
        edge = frozenset(hop.ends)
        if at == hop.ends[0] and not back:
            self._name(hop, now_s)
        elif (at, edge) not in self._held:
            self._held[at, edge] = hop.take(KeyId(start=start, bits=self.bits))
        key = self._held[at, edge]
        if back:
            self._hand_back(at, key ^ np.unpackbits(np.frombuffer(padded, np.uint8))[: self.bits], now_s)
        elif at == self.path[-1]:
            self.at_target = key
            self._hand_back(at, key, now_s)
        else:
            self._pass_on(at, now_s)

    def _pass_on(self, node: str, now_s: float) -> None:
        onward = self.path[self.path.index(node) + 1]
        hop = self.hops[frozenset((node, onward))]
        if node == hop.ends[0]:
            self._name(hop, now_s)
        self._send(node, onward, _NOTHING, back=False)

    def _name(self, hop: Hop, now_s: float) -> None:
        edge = frozenset(hop.ends)
        self.named[edge], self._held[hop.ends[0], edge] = hop.name_bits(self.bits, now_s)

    def _hand_back(self, node: str, key: Bits, now_s: float) -> None:
        if node == self.path[0]:
            self.at_source = key
            self.on_arrival(now_s)
        else:
            onward = self.path[self.path.index(node) - 1]
            self._send(node, onward, key ^ self._held[node, frozenset((node, onward))], back=True)

    def _send(self, sender: str, receiver: str, padded: Bits, *, back: bool) -> None:
        edge = frozenset((sender, receiver))
        start = self.named[edge].start if edge in self.named else 0
        numbers = b"".join(int(n).to_bytes(_WIDTH, "big") for n in (self.request, self.place, start, back))
        signed = self.hops[edge].sign(sender, numbers + np.packbits(padded).tobytes(), last=back)
        self.posts[edge].send(sender, receiver, signed)
