"""When a link is repaired: who waits for that is served, and who was moved comes back to the better plan."""

import networkx as nx
import pytest
from chains import attempt, chain

from qnet.link import Device
from qnet.network.report import Report
from qnet.network.topology import Network

MANY = 200_000


def ring(nodes: int, length_km: float = 20.0) -> Network:
    made = nx.relabel_nodes(nx.cycle_graph(nodes), lambda k: f"n{k}")
    nx.set_edge_attributes(made, length_km, "length_km")
    nx.set_edge_attributes(made, attempt(0.5), "link")
    return Network.from_graph(made, hardware=Device(optical_interfaces=4))


@pytest.mark.parametrize("scheduling", ["shared", "reserved"])
def test_who_was_moved_comes_back(scheduling):
    simulation = ring(4).simulate(seed=1, scheduling=scheduling, controller="n0")
    request = simulation.request("n0", "n1", pairs=400)
    simulation.fail_link("n0", "n1", 0.02, 0.04)
    simulation.run(until_s=0.039)
    assert request.plan.route.hops == 3
    assert simulation.run(max_events=MANY) == "done"
    simulation.audit()
    assert request.status == "served"
    assert request.plan.route.nodes == ("n0", "n1")
    (direct, began, ended), (round_about, since, until) = request.earlier_plans
    assert (direct.route.hops, round_about.route.hops) == (1, 3)
    assert began == 0.0
    assert ended == since == pytest.approx(0.02, abs=1e-3)
    assert until == pytest.approx(0.04, abs=1e-3)


def test_who_has_no_way_waits_for_a_repair_if_there_is_time():
    simulation = chain([attempt(0.5)] * 2, length_km=20.0).simulate(seed=1)
    waits = simulation.request("n0", "n2", pairs=100, deadline_s=1.0)
    gives_up = simulation.request("n0", "n2", pairs=100)
    simulation.fail_link("n1", "n2", 0.02, 0.1)
    simulation.run(until_s=0.09)
    assert (waits.status, gives_up.status) == ("accepted", "failed")
    assert "n1-n2" in waits.paused
    before = waits.delivered
    assert simulation.run(max_events=MANY) == "done"
    assert waits.status == "served"
    assert before < 60 < waits.delivered
    assert waits.paused == ""


def test_who_waited_in_vain_says_so():
    simulation = chain([attempt(0.5)] * 2, length_km=20.0).simulate(seed=1)
    request = simulation.request("n0", "n2", pairs=1000, deadline_s=0.1)
    simulation.fail_link("n1", "n2", 0.02)
    assert simulation.run(max_events=MANY) == "done"
    assert request.status == "expired"
    assert request.reason.startswith("the deadline of 0.1 s came first; it had its links for 0.02")
    assert "none of late" in request.reason
    assert "n1-n2" in request.reason
    report = Report.of([request], simulated_s=0.1).to_json()["requests"][0]
    (earlier,) = report["earlier_plans"]
    assert earlier["plan"] == report["plan"]
    assert (earlier["from_s"], earlier["predicted"]) == (0.0, report["predicted"])


@pytest.mark.parametrize("place", ["n0", "n4"])
def test_news_of_a_repair_takes_the_fibre(place):
    """Nobody emits on the repaired link before the controller has heard of it, and the nodes of the controller."""
    heralds = []

    def observer(tick, node, kind, details):
        if kind == "heralded":
            heralds.append(tick / 1e12)

    simulation = chain([attempt(1.0)] * 4, length_km=40.0).simulate(seed=1, controller=place, observer=observer)
    simulation.request("n0", "n4", pairs=500, deadline_s=1.0)
    simulation.fail_link("n0", "n1", 0.02, 0.05)
    simulation.run(until_s=0.06)
    heard = 0.05 + (0.0 if place == "n0" else 3 * 0.2e-3)  # n1 tells it first, if it is at the other end
    assert min(time for time in heralds if time > 0.03) > heard + 4 * 0.2e-3  # and it tells the farthest node
    assert any(time < 0.02 for time in heralds)


def test_a_fault_inside_another_changes_nothing():
    simulation = ring(4).simulate(seed=1)
    request = simulation.request("n0", "n1", pairs=10**6, deadline_s=0.1)
    simulation.fail_link("n0", "n1", 0.01, 0.05)
    simulation.fail_link("n0", "n1", 0.02, 0.03)
    simulation.run(until_s=0.045)
    assert request.plan.route.hops == 3
    simulation.run(until_s=0.06)
    assert request.plan.route.hops == 1


def test_stations_on_the_way_go_down_with_their_fibre():
    simulation = Network.chain([50], hardware="rb-atom-projected").simulate(seed=1, max_span_km=20)
    request = simulation.request("n0", "n1", pairs=10**6)
    assert request.plan.route.hops == 3
    simulation.fail_link("n0", "n1", 0.01)
    simulation.run(until_s=0.02)
    assert request.status == "failed"
