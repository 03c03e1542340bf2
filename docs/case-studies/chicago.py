"""Memory by load in a metropolitan network: the demonstration of the SeQUeNCe paper (Wu et al., arXiv 2009.12000).

Nine routers with 50 memories each, against the same 450 shared out by load. The network is that of
docs/examples/chicago.toml. Run it from the root of the repository: python docs/case-studies/chicago.py
"""

import argparse
import random
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
from sampled import mean

import qnet
from qnet.network.policies import first_come_first_served
from qnet.network.requests import Request
from qnet.network.simulation import Simulation
from qnet.planning import Chain, Plan, nested, predict
from qnet.quantum import State, Waiting
from qnet.scenario import Scenario

EXAMPLE = Path(__file__).parents[1] / "examples" / "chicago.toml"
EDGES = Scenario.from_file(EXAMPLE).network.edges
LENGTHS_KM = {frozenset((edge.source, edge.target)): edge.length_km for edge in EDGES}
MEMORIES = 50  # of each router, where all have as many
SLOWER = 100  # an attempt here stands for so many of theirs: the clock is slower, the memories live longer
ATTEMPT_S, T2_S = SLOWER / 2_000, SLOWER * 1.3
RAW_FIDELITY, SWAP_SUCCESS = 0.93494, 0.64
HEADS = ("requests served", "pairs per s", "fidelity", "until served, s")
PUBLISHED = ("69.1", "6.8", "-", "-")  # where memory is shared out by load
DEVICE = qnet.Device(memory=Waiting.from_t1_t2(t2_s=T2_S), swap_success_probability=SWAP_SUCCESS, optical_interfaces=64)

Edge = frozenset[str]


class Served(NamedTuple):
    """What a run came to: requests served, and pairs delivered per second (of the slower clock)."""

    requests: int
    pairs_hz: float
    fidelity: float
    wait_s: float
    """From when a request is made to when it is served; the mean."""


def link(length_km: float, memories: float) -> qnet.Link:
    """So many pairs of memories take turns. Both photons must be seen, and half of the Bell states told apart."""
    probability = 0.5 * (0.75 * 0.8) ** 2 * 10 ** (-0.02 * length_km)
    return qnet.Link.from_numbers(probability, ATTEMPT_S / memories, State.werner(RAW_FIDELITY))


def network(memories: dict[Edge, float]) -> qnet.Network:
    graph = nx.Graph()
    for edge, number in memories.items():
        graph.add_edge(*sorted(edge), length_km=LENGTHS_KM[edge], link=link(LENGTHS_KM[edge], number))
    return qnet.Network.from_graph(graph, hardware=DEVICE, name="chicago")


def spans(route: tuple[str, ...]) -> list[Edge]:
    return [frozenset(span) for span in pairwise(route)]


def routes() -> dict[tuple[str, str], tuple[str, ...]]:
    """The shortest route between each two routers."""
    whole = network(dict.fromkeys(LENGTHS_KM, 1.0))
    return {ends: whole.route(*ends).nodes for ends in permutations(whole.nodes, 2)}


def shared_out(*, by_load: bool) -> dict[Edge, float]:
    """Pairs of memories on each link; a router gives its own to its links by load, and a link has what both ends give.

    Load counts the routes, each router asking each other one alike.
    """
    load = Counter(span for route in routes().values() for span in spans(route))
    at = {node: sum(load[edge] for edge in load if node in edge) for edge in load for node in edge}
    routers = len(at)
    own = {node: MEMORIES * (routers * at[node] / sum(at.values()) if by_load else 1.0) for node in at}
    return {edge: min(own[node] * load[edge] / at[node] for node in edge) for edge in load}


def rates_of_one() -> dict[tuple[str, str], float]:
    """Pairs per second that one pair of memories on each link is predicted to make between two routers, undisturbed."""
    rates = {}
    for ends, route in routes().items():
        links = [link(LENGTHS_KM[span], 1.0) for span in spans(route)]
        rates[ends] = predict(Plan(chain=Chain.of(links, DEVICE), recipe=nested(len(links)))).rate_hz
    return rates


def run(*, by_load: bool, seconds: int, seed: int) -> Served:
    """Each router asks another for 10 to 25 memories for 10 to 20 s; when it has had that, and they are over, again.

    "Memories for a time" are the pairs that these would make in that time. Links are reserved: m of M memories for
    t seconds as all of M for t m / M.
    """
    simulation = network(shared_out(by_load=by_load)).simulate(
        seed=seed, scheduling="reserved", policy=first_come_first_served, recipe=nested, restart="per-pair"
    )
    rates, nodes = rates_of_one(), sorted(simulation.network.nodes)
    draws = {node: random.Random(f"{seed} {node}") for node in nodes}  # the same, however memory is shared out
    until_s = dict.fromkeys(nodes, 0.0)
    asked: dict[str, Request] = {}
    for now in range(seconds):
        for node, draw in draws.items():
            if now < until_s[node] or (node in asked and asked[node].open):
                continue
            target = draw.choice([other for other in nodes if other != node])
            memories, duration_s = draw.randint(10, 25), draw.uniform(10, 20)
            pairs = max(1, round(memories * duration_s * rates[node, target]))
            asked[node] = simulation.request(node, target, pairs=pairs, start_s=float(now), tenant=node)
            until_s[node] = now + duration_s
        simulation.run(until_s=now + 1.0)
    return outcome(simulation, seconds)


def outcome(simulation: Simulation, seconds: int) -> Served:
    served = [request for request in simulation.requests if request.on_time]
    pairs = sum(request.delivered for request in simulation.requests)
    return Served(
        requests=len(served),
        pairs_hz=pairs / seconds,
        fidelity=sum(request.fidelity_sum for request in simulation.requests) / pairs,
        wait_s=sum(request.last_delivery_s - request.terms.start_s for request in served) / len(served),
    )


def main(seconds: int = 1000, seeds: int = 8) -> None:
    ways = {"equal": False, "by load": True}
    for name, by_load in ways.items():
        print(f"{name}: {sum(shared_out(by_load=by_load).values()):.0f} pairs of memories on links, of 225")
    found = {
        name: np.array([run(by_load=by_load, seconds=seconds, seed=seed) for seed in range(seeds)])
        for name, by_load in ways.items()
    }
    print(f"\n{f'{seconds:,} s, {seeds} seeds':<20}", *(f"{head:>16}" for head in HEADS))
    for name, rows in found.items():
        print(f"{name:<20}", *(f"{mean(column)!s:>16}" for column in rows.T))
    more = [
        mean(100 * (after / before - 1)) for before, after in zip(*(rows.T for rows in found.values()), strict=True)
    ]
    print(f"{'more, in %':<20}", *(f"{share!s:>16}" for share in more))
    print(f"{'published':<20}", *(f"{share:>16}" for share in PUBLISHED))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=8)
    main(**vars(parser.parse_args()))
