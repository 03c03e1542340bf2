"""Keys between any two nodes of a network of trusted relays, from the keys that its hops make and store.

Each hop makes blocks of key and stores them at both ends (`hop.Hop`). A request for an end-to-end key goes along a path
and takes as many bits out of each store, by their name; then the key comes back from the target, hop by hop under
one-time pads: every node sends on the XOR of the key with the bits that it shares with the next. Both messages are
authenticated and travel as fast as light in the fibre. Every node on the path learns the key (Peev et al., New J. Phys.
11, 075001 (2009)). With several node-disjoint paths it is the XOR of their keys, and only those who hold a node of
every path learn it (Dolev, Dwork, Waarts and Yung, J. ACM 40, 17 (1993)).

The levels of the stores are public, and the source of a request is taken to know them without delay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from qnet import InvalidArgument, Network, Route, Session, Simulation, Stop
from qnet_protocols import decoy_bb84
from qnet_protocols.hop import Hop
from qnet_protocols.key_makers import KeyMaker, measured, repeated
from qnet_protocols.passage import Passage, disjoint_paths, read
from qnet_protocols.relay_report import KeyRequest, Outage, Outcome, RelayRun

__all__ = ["KeyRequest", "Outage", "Outcome", "RelayRun", "run"]

_CLICKS = 1_000_000


def run(
    network: Network,
    requests: Sequence[KeyRequest],
    *,
    seconds: float,
    keys: KeyMaker | Mapping[tuple[str, str], KeyMaker] | None = None,
    store_bits: int = 1_000_000,
    outages: Sequence[Outage] = (),
    seed: int = 0,
    **options: Any,
) -> RelayRun:
    """Relay keys through the network until all requests are settled, or for so many simulated seconds.

    Args:
        network: every one of its edges is a hop.
        requests: what is asked for. They are served in the order of their times, but a later one need not wait for an
            earlier one whose hops are exhausted.
        seconds: simulated time, at most.
        keys: makes the blocks of all hops, or of each, by its two nodes; hops that are left out make none. By default
            decoy BB84 in blocks of 10^6 clicks, of which one is simulated for each length of hop (about a second of
            computing) and others are like it.
        store_bits: a hop that holds so many makes no more until some are taken.
        outages: when hops are down: they make no key then, and no request is sent over them.
        seed: of all chance.
        options: go to the simulation.

    >>> from qnet import Network
    >>> from qnet_protocols.key_makers import KeyRate
    >>> asked = [KeyRequest(source="n0", target="n3", bits=256)]
    >>> done = run(Network.chain([20, 30, 20]), asked, seconds=10.0, keys=KeyRate(bits=10_000, block_s=1.0))
    >>> print(done.outcomes[0])
    256 bits from n0 to n3 by n0-n1-n2-n3: delivered after 1.001 s, the same at both ends; n1 or n2 could know it
    """
    if not seconds > 0.0:
        raise InvalidArgument.of("seconds", "be greater than 0", seconds)
    for request in requests:
        network.route(request.source, request.target)  # refuses unknown names, and ends without any route
        if request.bits > store_bits:
            raise InvalidArgument.of("store_bits", f"be at least the {request.bits} bits of a request", store_bits)
    hops = [frozenset(ends) for ends in network.graph().edges()]
    if keys is None:
        keys = repeated(measured(decoy_bb84.make_key, stop=Stop(pairs=_CLICKS)))
    makers = dict.fromkeys(hops, keys) if callable(keys) else {frozenset(ends): keys[ends] for ends in keys}
    for name, named in (("keys", list(makers)), ("outages", [frozenset(outage.ends) for outage in outages])):
        for ends in named:
            if ends not in hops:
                raise InvalidArgument.of(name, "name the two nodes of hops of the network", sorted(ends))
    simulation = network.simulate(seed=seed, **options)
    relay = _Relay(network, simulation, makers, store_bits, outages, list(requests))
    simulation.run(until_s=seconds)
    return relay.report(seed)


@dataclass(kw_only=True, eq=False)
class _Pending:
    """A request that is not settled."""

    number: int
    asked: KeyRequest
    passages: list[Passage] = field(default_factory=list)


class _Relay:
    """Everything at work: the hops, their messages, and the requests."""

    def __init__(
        self,
        network: Network,
        simulation: Simulation,
        makers: Mapping[frozenset[str], KeyMaker],
        store_bits: int,
        outages: Sequence[Outage],
        requests: list[KeyRequest],
    ) -> None:
        self._graph, self._outages = network.graph(), outages
        self._simulation, self._store_bits = simulation, store_bits
        self._outcomes: list[Outcome | None] = [None] * len(requests)
        self._requests = requests
        self._waiting: list[_Pending] = []
        self._under_way: dict[tuple[int, int], Passage] = {}
        self._hops: dict[frozenset[str], Hop] = {}
        self._posts: dict[frozenset[str], Session] = {}
        self._full: dict[frozenset[str], Session] = {}  # those that make no key for now
        self._open: list[Session] = []
        self._settled_s: float | None = None
        for a, b, facts in self._graph.edges(data=True):
            ends = (min(a, b), max(a, b))
            route = network.route(*ends)
            if route.hops > 1:  # another way is shorter than the edge
                route = replace(
                    route, nodes=ends, lengths_km=(facts["length_km"],), links=(facts["link"],), stations=()
                )
            self._set_up(network, route, makers.get(frozenset(ends)))
        self._start(self._arrivals, route, "arrivals")

    def _set_up(self, network: Network, route: Route, maker: KeyMaker | None) -> None:
        a, b = route.nodes
        post = self._start(partial(self._courier, at=b), route, "down")
        self._posts[frozenset((a, b))] = post
        self._start(partial(self._second_courier, post=post, at=a), route, "up")
        secret = post.chance.generator.integers(0, 2, 2 * Hop.pads_at_most, dtype=np.uint8)
        self._hops[frozenset((a, b))] = Hop(ends=(a, b), length_km=route.total_km, preshared=secret)
        if maker is not None:
            alone = Network.chain(
                route.lengths_km,
                names=route.nodes,
                hardware=network.repeater,
                qkd_hardware=network.qkd,
                link=route.links[0],
            )
            self._start(partial(self._make_keys, maker=maker, alone=alone), route, "keys")

    def _start(self, protocol: Callable[[Session], Generator[Any, Any, None]], route: Route, name: str) -> Session:
        session = self._simulation.start(protocol, route=route, name=f"{name} {'~'.join(route.nodes)}")
        self._open.append(session)
        return session

    # The processes.

    def _make_keys(self, session: Session, *, maker: KeyMaker, alone: Network) -> Generator[Any, Any, None]:
        """Make block after block while there is room, and store what comes of it."""
        hop = self._hops[frozenset(alone.route().nodes)]
        while session.stopped_by is None:
            if hop.available >= self._store_bits:
                self._full[frozenset(hop.ends)] = session
                yield session.receive(hop.ends[1])
                continue
            began, block = session.now, maker(alone, session.chance.generator)
            if not block.elapsed_s:
                return  # it was not even tried
            yield session.wait(block.elapsed_s)
            if session.stopped_by is None and not self._is_down(hop.ends, began, session.now):
                hop.deposit(block, session.now)
                self._serve(session.now)

    def _arrivals(self, session: Session) -> Generator[Any, Any, None]:
        """Let requests come when they are due."""
        for number in sorted(range(len(self._requests)), key=lambda number: self._requests[number].start_s):
            asked = self._requests[number]
            if asked.start_s > session.now:
                yield session.wait(asked.start_s - session.now)
            self._waiting.append(_Pending(number=number, asked=asked))
            self._serve(session.now)
        self._end_if_settled()

    def _courier(self, session: Session, *, at: str) -> Generator[Any, Any, None]:
        """Take what arrives at one end of a hop."""
        hop = self._hops[frozenset(session.route.nodes)]
        while True:
            message = yield session.receive(at)
            request, place, start, back, padded = read(hop.check(at, message))
            self._under_way[request, place].arrived(hop, at, start, back, padded, session.now)

    def _second_courier(self, _: Session, *, post: Session, at: str) -> Generator[Any, Any, None]:
        yield from self._courier(post, at=at)

    # Requests: which are served, over which paths.

    def _serve(self, now_s: float) -> None:
        """Send off all requests whose hops have the key, and refuse those whose time is over."""
        vain: set[KeyRequest] = set()  # no store gains within this pass
        short: set[frozenset[str]] = set()
        for pending in list(self._waiting):
            asked = pending.asked
            alike = replace(asked, start_s=0.0, deadline_s=0.0)
            late = now_s > asked.start_s + asked.deadline_s
            paths = None if late or alike in vain else self._paths(asked, now_s)
            if paths is not None:
                self._waiting.remove(pending)
                self._send_off(pending, paths, now_s)
            elif late or asked.deadline_s == 0.0 or (alike not in vain and disjoint_paths(self._graph, asked) is None):
                self._waiting.remove(pending)
                self._refuse(pending, now_s)
            elif alike not in vain:
                short |= self._want(asked, now_s)
                vain.add(alike)
        for ends in self._hops.keys() - short:
            self._hops[ends].want_no_more(now_s)
        self._end_if_settled()

    def _paths(self, asked: KeyRequest, now_s: float) -> list[tuple[str, ...]] | None:
        """Give the paths to take now, shortest first, or None."""
        able = [
            ends
            for ends, hop in self._hops.items()
            if hop.can_carry(asked.bits) and not self._is_down(hop.ends, now_s, now_s)
        ]
        return disjoint_paths(self._graph.edge_subgraph([tuple(ends) for ends in able]), asked)

    def _want(self, asked: KeyRequest, now_s: float) -> set[frozenset[str]]:
        """Note and give the hops that are up and short of key, of the paths that would be taken."""
        paths = disjoint_paths(self._graph, asked) or ()
        over = (frozenset(ends) for path in paths for ends in pairwise(path))
        able = {ends: self._hops[ends] for ends in over if not self._is_down(self._hops[ends].ends, now_s, now_s)}
        short = {ends for ends, hop in able.items() if not hop.can_carry(asked.bits)}
        for ends in short:
            self._hops[ends].want(now_s)
        return short

    def _refuse(self, pending: _Pending, now_s: float) -> None:
        asked = pending.asked
        paths = disjoint_paths(self._graph, asked)
        if paths is None:
            reason = f"there are no {asked.paths} node-disjoint paths"
        else:
            over = [self._hops[frozenset(ends)] for path in paths for ends in pairwise(path)]
            down = {hop.ends for hop in over if self._is_down(hop.ends, now_s, now_s)}
            short = [
                f"{'~'.join(hop.ends)} {'down' if hop.ends in down else hop.available}"
                for hop in over
                if hop.ends in down or not hop.can_carry(asked.bits)
            ]
            reason = f"{asked.bits} bits were not to be had in time: {', '.join(short)}"
        self._outcomes[pending.number] = Outcome(request=asked, status="refused", reason=reason)

    def _send_off(self, pending: _Pending, paths: list[tuple[str, ...]], now_s: float) -> None:
        for place, path in enumerate(paths):
            passage = Passage(
                request=pending.number,
                place=place,
                path=path,
                bits=pending.asked.bits,
                hops=self._hops,
                posts=self._posts,
                on_arrival=partial(self._note_arrival, pending),
            )
            pending.passages.append(passage)
            self._under_way[pending.number, place] = passage
            for ends in map(frozenset, pairwise(path)):
                self._hops[ends].reserve(pending.asked.bits)
                if ends in self._full and self._hops[ends].available < self._store_bits:
                    self._full.pop(ends).send(*self._hops[ends].ends, "there is room")
        for passage in pending.passages:
            passage.begin(now_s)

    def _note_arrival(self, pending: _Pending, now_s: float) -> None:
        """Once the keys of all paths are there, XOR them."""
        passages = pending.passages
        at_source = [passage.at_source for passage in passages if passage.at_source is not None]
        at_target = [passage.at_target for passage in passages if passage.at_target is not None]
        if len(at_source) < len(passages):
            return
        epsilons = [epsilon for passage in passages for epsilon in passage.epsilons]
        self._outcomes[pending.number] = Outcome(
            request=pending.asked,
            status="delivered",
            paths=tuple(passage.path for passage in passages),
            delivered_s=now_s,
            epsilon=None if None in epsilons else math.fsum(e for e in epsilons if e is not None),
            source_key=np.bitwise_xor.reduce(at_source),
            target_key=np.bitwise_xor.reduce(at_target),
        )
        for passage in passages:
            del self._under_way[passage.request, passage.place]
        self._end_if_settled()

    # The end.

    def _is_down(self, ends: tuple[str, str], from_s: float, to_s: float) -> bool:
        return any(set(o.ends) == set(ends) and o.from_s <= to_s and from_s < o.to_s for o in self._outages)

    def _end_if_settled(self) -> None:
        if None not in self._outcomes and self._settled_s is None:
            self._settled_s = self._simulation.now
            for session in self._open:
                session.close("settled")

    def report(self, seed: int) -> RelayRun:
        """Give what was done; requests that wait still do, unless their time is over."""
        now_s = self._simulation.now if self._settled_s is None else self._settled_s
        for pending in self._waiting:
            if now_s >= pending.asked.start_s + pending.asked.deadline_s:
                self._refuse(pending, now_s)
        outcomes = (
            outcome or Outcome(request=asked, status="waiting", reason="the run ended")
            for asked, outcome in zip(self._requests, self._outcomes, strict=True)
        )
        return RelayRun(
            outcomes=tuple(outcomes),
            hops=tuple(hop.record(now_s) for hop in self._hops.values()),
            simulated_s=now_s,
            seed=seed,
        )
