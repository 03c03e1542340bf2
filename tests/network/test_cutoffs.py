"""Halves that are given up: how old they may get, who is told, and that the chain goes on."""

from typing import ClassVar

import pytest
from chains import ATTEMPT_S, attempt, chain, deliver, live_states

from qnet.link import Device, Link
from qnet.network.messages import Discarded, Swapped
from qnet.quantum import State

AT_ONCE = {"classical_delay": "zero"}


class Witness:
    """An honest node that writes down how old its halves are when it swaps."""

    ages: ClassVar[list[tuple[float, ...]]] = []

    def announce(self, view, record):
        self.ages.append(tuple(half.age_s for half in view.halves))
        return record


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
@pytest.mark.parametrize("cutoff", [3, 8])
def test_no_half_gets_older(cutoff, restart):
    """One of two halves is fresh at a swap; the other is at most as old as allowed, and some are that old."""
    Witness.ages.clear()
    behaviours = {f"n{k}": Witness() for k in (1, 2, 3)}
    limit_s = cutoff * ATTEMPT_S
    network = chain([attempt(0.2)] * 4)
    deliver(network, 150, seed=1, cutoff_s=limit_s, restart=restart, behaviours=behaviours)
    assert all(len(ages) == 2 for ages in Witness.ages)
    assert all(min(ages) < ATTEMPT_S / 10 for ages in Witness.ages)
    oldest = max(map(max, Witness.ages))
    assert limit_s - ATTEMPT_S < oldest <= limit_s + 1e-12


def test_a_half_may_be_used_at_its_last_moment():
    """Second link: five slots; the first half is five slots old when it succeeds, then one slot too old."""
    links = [attempt(1.0), attempt(1.0, cycle_s=6 * ATTEMPT_S, emission_s=0.0, detection_s=3 * ATTEMPT_S)]
    kinds = {}
    for cutoff in (5, 4.999):
        seen = kinds[cutoff] = []
        simulation = chain(links).simulate(
            cutoff_s=cutoff * ATTEMPT_S, observer=lambda tick, node, kind, _: seen.append(kind), **AT_ONCE  # noqa: B023
        )  # fmt: skip
        simulation.request("n0", "n2", pairs=1)
        simulation.run(until_s=6.5 * ATTEMPT_S)
    assert "swap" in kinds[5]
    assert "cut-off" not in kinds[5]
    assert "cut-off" in kinds[4.999]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
def test_long_chains_go_on(restart, keep):
    """A discard may travel one cut-off a hop: nobody may have forgotten the swap that it undoes."""
    network = chain([attempt(0.12)] * 7)
    pairs = deliver(network, 25, keep=keep, seed=2, cutoff_s=6 * ATTEMPT_S, restart=restart)
    assert len(pairs) == 25


@pytest.mark.parametrize("length_km", [1.0, 300.0])
@pytest.mark.parametrize("keep", [True, False])
def test_memory_does_not_grow(keep, length_km):
    """Nodes remember swaps for a while, and nothing for good."""
    simulation = chain([attempt(0.3)] * 5, length_km=length_km).simulate(seed=3, cutoff_s=5 * ATTEMPT_S)
    request = simulation.request("n0", "n5", pairs=10**9, keep=keep)
    before, sizes = live_states(), []
    for _ in range(3):
        simulation.run(max_events=15_000)
        roles = [station.roles[0] for station in simulation.plant.stations.values()]
        names = ("_claims", "_frontiers", "_unused", "_joints", "_expiries")
        sizes.append(sum(len(getattr(role, name, ())) for role in roles for name in names))
        assert len(simulation.reception.connections[0].flow._halves) <= 10
        assert live_states() - before <= 60
    assert request.delivered > 10
    assert max(sizes) < 400
    assert sizes[2] < 1.5 * max(sizes[:2])


def test_two_discards_that_meet_restart_a_node_once():
    """The left and right neighbours of a node that swapped both give up: it tells only the one it must."""
    seen = []
    simulation = chain([attempt(0.5)] * 4).simulate(
        restart="per-pair", cutoff_s=1.0, observer=lambda *action: seen.append(action), **AT_ONCE
    )
    simulation.request("n0", "n4", pairs=1)
    simulation.clock.advance(0, 1_000)
    role = simulation.plant.stations["n2"].roles[0]
    (left,), (right,) = role._lefts, role._rights
    starts = []
    role._reopen = lambda *ports: starts.append(simulation.clock.now)
    role._joints.add(left, right, Swapped(0, 11, 12, 0, 2, simulation.clock.now, 0, 0, 0))
    for port, pair in ((right, 12), (left, 11)):
        role.discarded(port, Discarded(port.lane, pair))
    simulation.run(until_s=1e-9)
    told = [(node, details[1]) for _, node, kind, details in seen if kind == "discarded"]
    assert told == [("n1", 11)]
    assert len(starts) == 1


def test_a_node_does_not_start_anew_in_the_middle_of_its_swap():
    """The right neighbour gave up while this node was still measuring; its ports open when that is over."""
    device = Device(swap_s=4 * ATTEMPT_S)
    links = [attempt(1.0), attempt(1.0), attempt(0.001)]
    seen = []
    simulation = chain(links, device).simulate(
        restart="per-pair", cutoff_s=2 * ATTEMPT_S, observer=lambda *action: seen.append(action), **AT_ONCE
    )
    simulation.request("n0", "n3", pairs=1)
    simulation.run(until_s=20 * ATTEMPT_S)
    of_node = [(tick / 1e9, kind) for tick, node, kind, _ in seen if node == "n1"]
    assert of_node[:4] == [(1, "heralded"), (1, "heralded"), (1, "swap"), (3, "discarded")]
    assert of_node[4] == (6, "heralded")  # the swap ends at 5, the next slot after that at 6


def test_without_cutoff_nothing_is_remembered():
    simulation = chain([Link.from_numbers(0.5, ATTEMPT_S, State.bell())] * 3).simulate()
    request = simulation.request("n0", "n3", pairs=10**6)
    simulation.run(max_events=1_000)
    assert request.delivered > 10
    assert all(not getattr(station.roles[0], "_joints", ()) for station in simulation.plant.stations.values())
