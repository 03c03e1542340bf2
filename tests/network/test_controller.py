"""The controller: reservations, ways round faults, and decisions no earlier than light allows."""

import itertools
from dataclasses import replace

import networkx as nx
import pytest
from chains import ATTEMPT_S, attempt, chain
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.link import Device
from qnet.network.policies import earliest_deadline_first, first_come_first_served, weighted_fair_share
from qnet.network.terms import Terms
from qnet.network.topology import Network
from qnet.planning import Generate
from qnet.quantum import State
from qnet.time import ticks

LINK = chain([attempt(0.5)], length_km=20.0)
LINE = chain([attempt(0.5)] * 2, length_km=20.0)
MANY = 200_000


def graph(plain, probability=0.5, length_km=20.0):
    """Nodes n0, n1, ... of a plain graph, all its links alike."""
    made = nx.relabel_nodes(plain, {node: f"n{k}" for k, node in enumerate(plain)})
    nx.set_edge_attributes(made, length_km, "length_km")
    nx.set_edge_attributes(made, attempt(probability), "link")
    return Network.from_graph(made, hardware=Device(optical_interfaces=4))


RING = graph(nx.cycle_graph(4))


def finished(simulation, *requests):
    assert simulation.run(max_events=MANY) == "done"
    simulation.audit()
    return [request.status for request in requests]


def test_reservations_of_one_link_do_not_overlap_and_are_kept():
    simulation = LINK.simulate(seed=1, scheduling="reserved")
    ends = [("n0", "n1"), ("n1", "n0"), ("n0", "n1")]
    requests = [simulation.request(*pair, pairs=20, deadline_s=1.0) for pair in ends]
    windows = [(request.plan.starts_s, request.plan.ends_s) for request in requests]
    assert all(first[1] < second[0] for first, second in itertools.pairwise(windows))
    assert finished(simulation, *requests) == ["served"] * 3
    for request, (start, end) in zip(requests, windows, strict=True):
        assert start < request.ended_s - 19 * ATTEMPT_S
        assert request.ended_s <= end


def test_what_cannot_be_reserved_in_time_is_refused_with_the_earliest_time():
    simulation = LINK.simulate(seed=1, scheduling="reserved")
    first = simulation.request("n0", "n1", pairs=50)
    second = simulation.request("n0", "n1", pairs=50, deadline_s=1.5 * first.plan.ends_s)
    assert second.status == "refused"
    assert "not free for long enough until" in second.reason
    assert second.best_offer.starts_s > first.plan.ends_s
    third = simulation.request("n0", "n1", pairs=50, deadline_s=second.best_offer.ends_s + 1e-6)
    assert finished(simulation, first, third) == ["served", "served"]


def test_who_ends_early_gives_its_reservation_back():
    simulation = LINK.simulate(seed=1, scheduling="reserved")
    first, waiting = (simulation.request("n0", "n1", pairs=pairs) for pairs in (1000, 10))
    simulation.run(until_s=0.05)
    first.cancel()
    simulation.run(until_s=0.06)
    third = simulation.request("n0", "n1", pairs=10)
    assert finished(simulation, first, waiting, third) == ["cancelled", "served", "served"]
    assert third.ended_s < waiting.plan.starts_s < waiting.ended_s


@pytest.mark.parametrize("scheduling", ["shared", "reserved"])
def test_a_fault_leads_to_another_way(scheduling):
    simulation = RING.simulate(seed=1, scheduling=scheduling, controller="n0")
    request = simulation.request("n0", "n1", pairs=100)
    simulation.fail_link("n0", "n1", 0.02)
    simulation.run(until_s=0.02)
    before = request.delivered
    assert finished(simulation, request) == ["served"]
    assert 0 < before < 60
    assert request.plan.route.nodes == ("n0", "n3", "n2", "n1")


def test_a_fault_without_another_way_ends_a_request():
    simulation = LINE.simulate(seed=1)
    request = simulation.request("n0", "n2", pairs=100)
    simulation.fail_link("n1", "n2", 0.02)
    assert finished(simulation, request) == ["failed"]
    assert "n1-n2" in request.reason
    assert 0.02 <= request.ended_s < 0.021


@pytest.mark.parametrize("place", ["n0", "n2", "n4"])
def test_requests_and_grants_take_the_fibre(place):
    """Asked at n0 in the run: no node of the route acts before the question and the grant can have reached it."""
    seen = []
    observer = lambda tick, node, kind, details: seen.append((tick / 1e12, node, kind))  # noqa: E731
    simulation = chain([attempt(1.0)] * 4, length_km=40.0).simulate(controller=place, observer=observer)
    simulation.clock.run(until=ticks(0.01))
    request = simulation.request("n0", "n4", pairs=3)
    simulation.run()
    there = int(place[1:])
    for node in range(5):
        heard = 0.01 + (there + abs(there - node)) * 0.2e-3
        first = min(time for time, name, kind in seen if name == f"n{node}" and kind == "heralded")
        assert first >= heard + ATTEMPT_S - 1e-9
    asked = 0.01 + there * 0.2e-3
    assert request.last_delivery_s > asked + max(there, 4 - there) * 0.2e-3
    assert request.status == "served"


def test_who_gives_up_before_the_answer_leaves_nothing():
    simulation = LINE.simulate(seed=1, controller="n2")
    simulation.clock.run(until=ticks(0.01))
    gone = simulation.request("n0", "n2", pairs=10**6)
    late = simulation.request("n0", "n2", pairs=10**6, deadline_s=0.01005)
    simulation.run(until_s=0.0101)
    gone.cancel()
    other = simulation.request("n2", "n0", pairs=20, tenant="other")
    assert finished(simulation, gone, late, other) == ["cancelled", "expired", "served"]
    assert gone.delivered == late.delivered == 0


def test_a_cancellation_takes_the_fibre():
    """The links of a request that is cancelled go to another no earlier than the controller can tell all nodes."""
    simulation = chain([attempt(1.0)], length_km=200.0).simulate(controller="n1", policy=first_come_first_served)
    first, second = (simulation.request(*ends, pairs=10**6) for ends in (("n0", "n1"), ("n1", "n0")))
    simulation.run(until_s=0.05)
    first.cancel()
    simulation.run(until_s=0.0529)
    assert second.delivered == 0
    simulation.run(until_s=0.08)
    assert second.delivered > 0


def test_lost_memories_end_nothing():
    simulation = RING.simulate(seed=1)
    request = simulation.request("n0", "n2", pairs=100, keep=True)
    for node in ("n0", "n1", "n3"):
        simulation.lose_memories(node, 0.05)
    assert finished(simulation, request) == ["served"]


def test_links_are_taken_back_in_the_order_of_the_route():
    """Who blocks a link is halted in that order: that of a set would be another one in each run."""
    simulation = chain([attempt(0.5)] * 6).simulate()
    simulation.request("n0", "n6", pairs=1)
    (connection,) = simulation.reception.connections
    assert [lane.name for lane in connection.lanes] == [f"n{k}|n{k + 1}" for k in range(6)]


def test_interfaces_are_reserved_with_the_links():
    """Two arms of a star, and one interface at its middle: one request after the other, both in time."""
    star = graph(nx.star_graph(2), probability=1.0)
    one = replace(star, repeater=Device(optical_interfaces=1)).simulate(scheduling="reserved")
    two = star.simulate(scheduling="reserved")
    for simulation, apart in ((one, True), (two, False)):
        asked = [simulation.request("n0", arm, pairs=50, deadline_s=1.0) for arm in ("n1", "n2")]
        first, second = (request.plan for request in asked)
        assert (second.starts_s >= first.ends_s) == apart
        assert finished(simulation, *asked) == ["served", "served"]
        assert all(request.ended_s <= request.plan.ends_s for request in asked)


def test_a_prescribed_plan_that_is_not_good_enough_is_reserved_for_nobody():
    poor = chain([attempt(0.5, State.werner(0.8))])
    simulation = poor.simulate(scheduling="reserved", recipe=Generate(span=0), restart="per-pair")
    request = simulation.request("n0", "n1", pairs=5, min_fidelity=0.9, deadline_s=1.0)
    assert request.status == "refused"
    assert "promises only pairs of fidelity 0.8000" in request.reason
    assert simulation.request("n0", "n1", pairs=5, min_fidelity=0.8, deadline_s=1.0).status == "accepted"


def test_several_memories_on_a_link_are_not_predicted():
    """Two memories make twice the pairs that one does; what is predicted for one would be half of the truth."""
    line = chain([attempt(0.5)])
    shared = line.simulate(seed=1, memories=2).request("n0", "n1", pairs=5, deadline_s=1.0)
    assert (shared.status, shared.plan.predicted) == ("accepted", None)
    assert "2 pairs of memories on each link" in str(shared.plan)
    simulation = line.simulate(seed=1, memories=2, scheduling="reserved")
    due = simulation.request("n0", "n1", pairs=5, deadline_s=1.0)
    assert "cannot be predicted" in due.reason
    first, second = (simulation.request("n0", "n1", pairs=5) for _ in range(2))
    assert finished(simulation, due, first, second) == ["refused", "served", "refused"]


@st.composite
def scenes(draw):
    plain = draw(st.sampled_from([nx.cycle_graph(5), nx.grid_2d_graph(2, 3), nx.path_graph(4)]))
    network = graph(plain, length_km=draw(st.sampled_from([1.0, 60.0])))
    nodes = st.permutations(network.nodes).map(lambda order: tuple(order[:2]))
    asks = st.fixed_dictionaries(
        {
            "pairs": st.sampled_from([1, 7, 30, 10**6]),
            "start_s": st.sampled_from([0.0, 0.03]),
            "deadline_s": st.sampled_from([0.06, 0.2]),
            "tenant": st.sampled_from("abc"),
            "keep": st.booleans(),
        }
    )
    moments = st.sampled_from([0.0, 0.01, 0.04, 0.07])
    requests = draw(st.lists(st.tuples(moments, nodes, asks), min_size=1, max_size=6))
    cancelled = draw(st.lists(st.tuples(moments, st.integers(0, len(requests) - 1)), max_size=3))
    edges = st.sampled_from([edge[:2] for edge in sorted(network.graph().edges)])
    faults = draw(st.lists(st.tuples(edges, moments, st.sampled_from([0.02, 1.0])), max_size=2))
    losses = draw(st.lists(st.tuples(st.sampled_from(network.nodes), moments), max_size=2))
    options = {
        "seed": draw(st.integers(0, 999)),
        "scheduling": draw(st.sampled_from(["shared", "reserved"])),
        "policy": draw(st.sampled_from([weighted_fair_share, first_come_first_served, earliest_deadline_first])),
        "cutoff_s": draw(st.sampled_from([None, 5 * ATTEMPT_S])),
        "quantum_s": draw(st.sampled_from([None, 3 * ATTEMPT_S])),
        "classical_delay": draw(st.sampled_from(["fibre", "zero"])),
    }
    return network, requests, cancelled, faults, losses, options


@settings(deadline=None, derandomize=True, max_examples=60)
@given(scenes())
def test_whatever_happens_every_request_ends_once_and_nothing_leaks(scene):
    network, asked, cancelled, faults, losses, options = scene
    delivered, ends = [], []
    observer = lambda tick, node, kind, details: delivered.append(details[:2]) if kind == "delivered" else None  # noqa: E731
    simulation = network.simulate(observer=observer, **options)
    for (a, b), moment, length in faults:
        simulation.fail_link(a, b, moment, moment + length)
    for node, moment in losses:
        simulation.lose_memories(node, moment)
    requests = {}
    for moment in (0.0, 0.01, 0.04, 0.07, 0.1, 0.15, 0.2):
        if moment:
            simulation.clock.run(until=ticks(moment))
        simulation.audit()
        for k, (when, nodes, asks) in enumerate(asked):
            if when == moment and when < asks["deadline_s"]:
                terms = Terms(source=nodes[0], target=nodes[1], **asks)
                requests[k] = simulation.reception.submit(terms, on_end=ends.append)
        for when, k in cancelled:
            if when == moment and k in requests:
                requests[k].cancel()
    assert simulation.run(max_events=MANY) == "done"
    assert sorted(request.number for request in ends) == sorted(request.number for request in requests.values())
    for request in requests.values():
        assert request.status in ("refused", "served", "expired", "cancelled", "failed")
        assert bool(request.reason) == (request.status != "served")
        assert request.delivered <= request.wanted
    assert len(set(delivered)) == len(delivered) >= sum(request.delivered for request in requests.values())
    simulation.clock.run(until=simulation.clock.now + 10**12)
    simulation.audit()
    assert all(lane.flow is None for lane in simulation.plant.lanes)  # a second later all links are free
