"""Links that go down and nodes that lose their memories: what stops, who is told, and that nothing leaks."""

import math

import pytest
from chains import ATTEMPT_S, attempt, chain

from qnet.errors import InvalidArgument, UnknownName
from qnet.link import Device
from qnet.network.flow import Flow
from qnet.network.messages import FaultReport
from qnet.quantum.library import dejmps
from qnet.time import Phase, ticks

AT_ONCE = {"classical_delay": "zero"}


def started(network, *, keep=True, lanes=1, **options):
    """A simulation with a flow from end to end, what observers see, and what is delivered."""
    seen, pairs = [], []
    observer = lambda tick, node, kind, details: seen.append((tick / 1e9, node, kind, details))  # noqa: E731
    simulation = network.simulate(observer=observer, **options)
    simulation.plant.station(simulation.controller or network.nodes[0]).agents[FaultReport] = lambda message: None
    route = network.route()
    flow = Flow(simulation.plant, route, simulation.flows.course(route, keep=keep), lanes, deliver=pairs.append)
    return simulation, flow, seen, pairs


def test_a_link_that_is_down_makes_no_heralds():
    simulation, flow, seen, _ = started(chain([attempt(0.8)], length_km=20.0), seed=1)
    simulation.fail_link("n0", "n1", 10.5 * ATTEMPT_S, 30.5 * ATTEMPT_S)
    flow.activate()
    simulation.clock.run(until=ticks(60 * ATTEMPT_S))
    heralds = [time for time, _, kind, _ in seen if kind == "heralded"]
    assert not any(10.5 < time <= 31.5 for time in heralds)
    assert min(heralds) < 5
    assert max(heralds) > 50
    assert [(time, node, details) for time, node, kind, details in seen if kind == "fault"] == [
        (time, node, (kind, other))
        for time, kind in ((10.5, "link-down"), (30.5, "link-up"))
        for node, other in (("n0", "n1"), ("n1", "n0"))
    ]
    assert simulation.audit().singles == 0


def test_pairs_that_are_stored_live_on_and_messages_still_travel():
    """The right link is down when the left is there already; the swap waits, and its word crosses the broken link."""
    simulation, flow, _, pairs = started(chain([attempt(1.0)] * 2, length_km=20.0))
    simulation.fail_link("n1", "n2", 0.0, 5 * ATTEMPT_S)
    simulation.fail_link("n0", "n1", 5.5 * ATTEMPT_S, 9 * ATTEMPT_S)
    flow.activate()
    simulation.clock.run(until=ticks(8 * ATTEMPT_S))
    assert [pair.delivered_s for pair in pairs] == pytest.approx([6.1 * ATTEMPT_S])
    assert pairs[0].age_s == pytest.approx(5.1 * ATTEMPT_S)


def test_faults_of_one_link_may_overlap():
    simulation, flow, seen, _ = started(chain([attempt(1.0)]), **AT_ONCE)
    simulation.fail_link("n0", "n1", 0.0, 4 * ATTEMPT_S)
    simulation.fail_link("n1", "n0", 2 * ATTEMPT_S, 8 * ATTEMPT_S)
    simulation.clock.run(until=ticks(ATTEMPT_S / 2))
    flow.activate()  # its lanes are made while the link is down
    simulation.clock.run(until=ticks(9.5 * ATTEMPT_S))
    assert min(time for time, _, kind, _ in seen if kind == "heralded") == 9


def test_a_link_falls_with_the_stations_on_it():
    network = chain([attempt(1.0)])
    route = network.route()
    simulation = network.simulate(**AT_ONCE)
    lane = simulation.plant.lane(("n0", "n0~n1#1"), route.links[0], 0)
    simulation.fail_link("n0", "n1", 0.0)
    simulation.clock.step()
    lane.ports[0].emitting = lane.ports[1].emitting = True
    lane.loader.wake()
    assert not lane.loader._awaits_click


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("node", ["n0", "n1", "n2", "n3"])
@pytest.mark.parametrize(
    "options", [{}, {"cutoff_s": 6 * ATTEMPT_S}, {"restart": "per-pair"}, {"purification": dejmps()}, {"lanes": 3}]
)
def test_a_node_that_loses_its_memories_leaks_nothing(options, node, keep):
    """At moments in which heralds are under way too; the chain goes on, and perfect pairs stay perfect."""
    device = Device(optical_interfaces=8, swap_s=ATTEMPT_S / 5)
    simulation, flow, _, pairs = started(chain([attempt(0.6)] * 3, device, 40.0), keep=keep, seed=3, **options)
    times = [(3 + 4.31 * k) * ATTEMPT_S for k in range(8)]
    for time_s in times:
        simulation.lose_memories(node, time_s)
    flow.activate()
    for step in range(1, 160):
        simulation.clock.run(until=step * ticks(ATTEMPT_S) // 2)
        simulation.audit()
    assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)
    assert max(pair.delivered_s for pair in pairs) > times[-1]
    assert len(flow._halves) <= 6
    flow.reset()
    assert simulation.audit() == (0, 0)


def test_partners_of_what_was_lost_are_told_by_message():
    """n1 loses the half that it stores; n0 hears of it a fibre later."""
    links = [attempt(1.0), attempt(1e-9)]
    simulation, flow, seen, _ = started(chain(links, length_km=[60.0, 20.0]))
    simulation.lose_memories("n1", 2.5 * ATTEMPT_S)
    flow.activate()
    simulation.clock.run(until=ticks(3.5 * ATTEMPT_S))
    kinds = ("lost", "fault", "discarded")
    assert [(time, node, kind) for time, node, kind, _ in seen if kind in kinds] == [
        (2.5, "n1", "lost"),
        (2.5, "n1", "fault"),
        (2.8, "n0", "discarded"),
    ]
    assert simulation.audit() == (0, 0)


def test_a_half_lost_before_its_herald_comes_is_given_up_then():
    """Emitted at 0, clicked at 0.5, lost at 0.7, heralded at 1."""
    link = attempt(1.0, emission_s=0.0, detection_s=ATTEMPT_S / 2)
    simulation, flow, seen, pairs = started(chain([link], length_km=20.0))
    simulation.lose_memories("n1", 0.7 * ATTEMPT_S)
    flow.activate()
    simulation.clock.run(until=ticks(1.05 * ATTEMPT_S))
    assert [(time, node) for time, node, kind, _ in seen if kind == "lost"] == [(1.0, "n1")]
    assert pairs == []
    simulation.clock.run(until=ticks(3.5 * ATTEMPT_S))
    assert len(pairs) == 2
    assert simulation.audit() == (0, 0)


@pytest.mark.parametrize("node", ["n0", "n1"])
@pytest.mark.parametrize("options", [{}, {"purification": dejmps()}])
def test_what_is_lost_before_its_herald_is_given_up_at_both_ends_without_delays_too(options, node):
    """The partner hears of the loss in the tick of its own herald; it must not hear of it before."""
    simulation = chain([attempt(1.0, emission_s=0.0)]).simulate(classical_delay="zero", **options)
    simulation.lose_memories(node, 2.5 * ATTEMPT_S)
    request = simulation.request("n0", "n1", pairs=5, keep=True)
    assert simulation.run(until_s=20 * ATTEMPT_S) == "done", request
    assert request.status == "served"


def test_the_controller_hears_of_faults_over_the_fibre():
    simulation, *_ = started(chain([attempt(0.5)] * 2, length_km=[20.0, 60.0]))
    heard, place = [], simulation.controller
    simulation.plant.station(place).agents[FaultReport] = lambda message: heard.append((simulation.now, message))
    simulation.lose_memories("n2", ATTEMPT_S)
    simulation.clock.run(until=ticks(2 * ATTEMPT_S))
    distance_s = {"n0": 0.4e-3, "n1": 0.3e-3, "n2": 0.0}[place]
    assert heard == [
        (pytest.approx(ATTEMPT_S + distance_s), FaultReport("n2", "memories-lost", None, ticks(ATTEMPT_S)))
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("n0", "n9", 0.0), UnknownName, "n9"),
        (("n0", "n2", 0.0), InvalidArgument, "`link` must join neighbours"),
        (("n0", "n1", -1.0), InvalidArgument, "`from_s` must be at least 0"),
        (("n0", "n1", 2.0, 2.0), InvalidArgument, "`to_s` must be later than from_s"),
        (("n0", "n1", math.nan), InvalidArgument, "`from_s` must be a number"),
    ],
)
def test_faults_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        chain([attempt(0.5)] * 2).simulate().fail_link(*arguments)


def test_faults_are_not_in_the_past():
    simulation = chain([attempt(0.5)]).simulate()
    simulation.clock.call(ticks(1.0), Phase.REQUESTS, lambda _: None)
    simulation.clock.run(until=ticks(2.0))
    with pytest.raises(InvalidArgument, match="`at_s` must be no earlier than now, 2 s"):
        simulation.lose_memories("n0", 1.0)


def test_a_station_that_no_route_needs_has_nothing_to_lose():
    simulation = chain([attempt(1.0)]).simulate()
    simulation.lose_memories("n0~n1", ATTEMPT_S / 2)
    request = simulation.request("n0", "n1", pairs=3)
    assert simulation.run() == "done"
    assert request.status == "served"
