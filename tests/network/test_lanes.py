"""Flows on lanes: several memories on a link, flows that take turns, and nothing left behind."""

import pytest
from chains import ATTEMPT_S, attempt, chain, dephasing

from qnet.errors import InvalidArgument
from qnet.link import Device, Link
from qnet.network.flow import Flow
from qnet.network.route import Route
from qnet.network.topology import Edge, Network
from qnet.quantum import State
from qnet.quantum.library import dejmps
from qnet.time import Phase, ticks

MANY_INTERFACES = Device(optical_interfaces=16)


def flow_on(simulation, route=None, lanes=1, *, keep=True, match=None, **changes):
    """A flow, and the list of what it delivers."""
    route, pairs = route or simulation.network.route(), []
    course = simulation.flows.course(route, keep=keep, **changes)
    return Flow(simulation.plant, route, course, lanes, deliver=pairs.append, match=match), pairs


def run(simulation, until_s):
    """Run in small steps, and audit the simulation between them."""
    while simulation.clock.now < ticks(until_s):
        simulation.clock.run(until=min(ticks(until_s), simulation.clock.now + ticks(0.7 * ATTEMPT_S)))
        simulation.audit()


def test_lanes_attempt_in_parallel():
    """One link: M memories give M times the pairs of one, to 4 standard errors."""
    counts = []
    for lanes in (1, 4):
        simulation = chain([attempt(0.2)], MANY_INTERFACES).simulate(seed=1, classical_delay="zero")
        flow, pairs = flow_on(simulation, lanes=lanes)
        flow.activate()
        simulation.clock.run(until=ticks(500 * ATTEMPT_S))
        counts.append(len(pairs))
        expected = 500 * 0.2 * lanes
        assert counts[-1] == pytest.approx(expected, abs=4 * (expected * 0.8) ** 0.5)


def test_interfaces_limit_how_many_ports_emit():
    simulation = chain([attempt(1.0)], Device(optical_interfaces=2)).simulate(classical_delay="zero")
    flow, pairs = flow_on(simulation, lanes=5)
    flow.activate()
    simulation.clock.run(until=ticks(10.5 * ATTEMPT_S))
    assert len(pairs) == 20
    assert len({lane.index for lane in simulation.plant.lanes}) == 5


def test_the_first_lane_draws_what_it_always_drew():
    """More memories move no number of the first one."""
    firsts = []
    for lanes in (1, 3):
        seen = []
        simulation = chain([attempt(0.2)], MANY_INTERFACES).simulate(seed=4, classical_delay="zero")
        flow, _ = flow_on(simulation, lanes=lanes)
        lane = flow.lanes[0][0]
        clicked = lane.loader._on_click
        lane.loader._on_click = lambda *click: (seen.append(click), clicked(*click))  # noqa: B023
        flow.activate()
        simulation.clock.run(until=ticks(100 * ATTEMPT_S))
        firsts.append(seen)
    assert firsts[0] == firsts[1] != []


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("options", [{}, {"cutoff_s": 4 * ATTEMPT_S}, {"purification": dejmps()}])
def test_repeaters_with_several_memories_deliver_and_leak_nothing(options, keep):
    simulation = chain([attempt(0.3)] * 3, MANY_INTERFACES, 20.0).simulate(seed=2, **options)
    flow, pairs = flow_on(simulation, lanes=3, keep=keep)
    flow.activate()
    run(simulation, 60 * ATTEMPT_S)
    assert len(pairs) > 10
    assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)


def test_the_oldest_halves_are_swapped_first_unless_told_otherwise():
    fidelities = {}
    for name, match in (("oldest", None), ("youngest", lambda lefts, rights: (youngest(lefts), youngest(rights)))):
        links = [attempt(0.9), attempt(0.1)]
        device = Device(memory=dephasing(60).memory, optical_interfaces=16)
        simulation = chain(links, device).simulate(seed=3, classical_delay="zero")
        flow, pairs = flow_on(simulation, lanes=4, match=match, keep=False)
        flow.activate()
        simulation.clock.run(until=ticks(400 * ATTEMPT_S))
        fidelities[name] = sum(pair.fidelity() for pair in pairs) / len(pairs)
    assert fidelities["youngest"] > fidelities["oldest"] + 0.01


def youngest(halves):
    return min(range(len(halves)), key=lambda place: halves[place].age_s)


def cross(device=MANY_INTERFACES):
    """Two routes, A-B-C and D-B-C, that share the link from B to C."""
    edges = tuple(Edge(*ends, 20.0, link) for ends, link in zip(("AB", "DB", "BC"), [attempt(0.4)] * 3, strict=True))
    return Network(name="cross", nodes=tuple("ABCD"), edges=edges, repeater=device)


@pytest.mark.parametrize("options", [{}, {"cutoff_s": 3 * ATTEMPT_S}, {"purification": dejmps()}])
def test_flows_take_turns_on_a_lane(options):
    """Reset and activated again and again at odd moments; late messages find nobody."""
    simulation = cross(Device(optical_interfaces=2, swap_s=ATTEMPT_S / 3)).simulate(seed=5, **options)
    network, kinds = simulation.network, (("AC", True), ("DC", False))
    flows = [flow_on(simulation, network.route(*ends), keep=keep) for ends, keep in kinds]
    for turn in range(24):
        flow, _ = flows[turn % 2]
        flow.activate()
        run(simulation, simulation.now + (5.3 + 0.37 * turn) * ATTEMPT_S)
        flow.reset()
        assert simulation.audit() == (0, 0)
    for flow, pairs in flows:
        assert len(pairs) == flow.delivered > 5
        assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)
        assert not any(slot.state for slot in flow.held())


def test_a_flow_may_run_against_the_other():
    """A lane has no direction of its own: the flow that takes it says where its source is."""
    link = Link(success_probability=1.0, cycle_s=ATTEMPT_S, heralds=attempt(1.0).heralds)
    simulation = chain([link] * 2).simulate()
    route = simulation.network.route()
    back = Route(nodes=route.nodes[::-1], lengths_km=route.lengths_km, links=route.links)
    for way in (route, back):
        flow, pairs = flow_on(simulation, way)
        flow.activate()
        run(simulation, simulation.now + 3 * ATTEMPT_S)
        flow.reset()
        assert len(pairs) >= 1
    assert len(simulation.plant.lanes) == 2


def test_a_lane_that_is_in_use_is_not_taken():
    simulation = cross().simulate()
    (first, _), (second, _) = (flow_on(simulation, simulation.network.route(*ends)) for ends in ("AC", "DC"))
    first.activate()
    assert [lane.ends for lane in second.taken] == [("B", "C")]
    with pytest.raises(AssertionError, match="in use"):
        second.activate()
    first.reset()
    second.activate()
    assert second.active
    assert not first.active


def test_flows_side_by_side_on_lanes_of_their_own():
    simulation = cross().simulate(seed=1)
    (first, ours), (second, theirs) = (
        flow_on(simulation, simulation.network.route(*ends), lanes)
        for ends, lanes in (("AC", 2), ("DC", [[0], [2, 3]]))
    )
    first.activate()
    second.activate()
    run(simulation, 60 * ATTEMPT_S)
    assert min(len(ours), len(theirs)) > 5


def test_a_stopped_flow_runs_dry_and_goes_on():
    simulation = chain([attempt(0.5)] * 2).simulate(seed=1, classical_delay="zero")
    flow, pairs = flow_on(simulation)
    flow.activate()
    run(simulation, 30 * ATTEMPT_S)
    flow.stop()
    run(simulation, 60 * ATTEMPT_S)
    delivered = len(pairs)
    run(simulation, 90 * ATTEMPT_S)
    assert len(pairs) == delivered
    flow.start()
    run(simulation, 120 * ATTEMPT_S)
    assert len(pairs) > delivered


def test_a_flow_may_be_reset_by_what_it_delivers():
    simulation = chain([attempt(0.5)] * 3, length_km=30.0).simulate(seed=1)
    route, pairs = simulation.network.route(), []

    def deliver(pair):
        pairs.append(pair)
        simulation.clock.call(0, Phase.REQUESTS, again)

    def again(_):
        flow.reset()
        assert simulation.audit() == (0, 0)
        flow.activate()

    flow = Flow(simulation.plant, route, simulation.flows.course(route, keep=True), deliver=deliver)
    flow.activate()
    run(simulation, 120 * ATTEMPT_S)
    assert len(pairs) > 5


@pytest.mark.parametrize("lanes", [0, [[0], [1, 1]], [[0]], [[0], []]])
def test_lanes_are_named_span_by_span(lanes):
    with pytest.raises(InvalidArgument, match="`lanes` must"):
        flow_on(chain([attempt(0.5)] * 2).simulate(), lanes=lanes)


def test_several_memories_are_not_restarted_pair_by_pair():
    with pytest.raises(InvalidArgument, match="`restart` must be 'pipelined'"):
        flow_on(chain([attempt(0.5)] * 2).simulate(restart="per-pair"), lanes=2)


def test_the_audit_finds_a_planted_leak():
    simulation = chain([Link.from_numbers(1.0, ATTEMPT_S, State.bell())] * 2).simulate()
    flow, _ = flow_on(simulation)
    flow.activate()
    simulation.clock.run(until=ticks(0.7 * ATTEMPT_S))
    assert simulation.audit().pairs == 2
    flow.lanes[0][0].ports[0].slot.state = None
    with pytest.raises(AssertionError, match="held by nobody"):
        simulation.audit()
