"""When a link is repaired: who waits for that is served, and who was moved comes back to the better plan."""

import networkx as nx
import pytest
from chains import attempt, chain

from qnet.link import Device
from qnet.network.report import Report
from qnet.network.requests import Request
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


def reserved(repaired_s: float) -> tuple[Request, Request]:
    """Two requests with windows of their own, the detour of the first over links of the second."""
    simulation = ring(6).simulate(seed=1, scheduling="reserved", controller="n0")
    first = simulation.request("n0", "n2", pairs=150, deadline_s=3.0)
    second = simulation.request("n5", "n3", pairs=100, deadline_s=3.0)
    simulation.fail_link("n0", "n1", 0.05, repaired_s)
    assert simulation.run(max_events=MANY) == "done"
    simulation.audit()
    return first, second


def test_an_earlier_repair_is_never_worse_where_links_are_reserved():
    """Windows that were given up end nothing that came after them, and no more is booked than is still wanted."""
    found = [reserved(repaired_s) for repaired_s in (0.06, 0.15, 0.3, 0.5, 2.9)]
    assert all(request.status == "served" for both in found for request in both)
    ends = [first.ended_s for first, _ in found]
    assert ends == sorted(ends)
    back = found[1][0].plan
    assert back.route.nodes == ("n0", "n1", "n2")
    original = found[1][0].earlier_plans[0][0]
    assert back.ends_s - back.starts_s < original.ends_s - original.starts_s


def test_windows_that_end_too_early_are_followed_by_others(monkeypatch):
    monkeypatch.setattr("qnet.network.offers._SLACK", 0.4)  # what is predicted comes two and a half times too slowly
    simulation = ring(4).simulate(seed=1, scheduling="reserved", controller="n2")
    late, endless = (simulation.request("n0", "n1", pairs=200, **due) for due in ({"deadline_s": 2.0}, {}))
    assert simulation.run(max_events=MANY) == "done"
    simulation.audit()
    assert (late.status, endless.status) == ("served", "served")
    starts = [plan.starts_s for plan, *_ in late.earlier_plans] + [late.plan.starts_s]
    assert len(starts) > 1
    assert starts == sorted(starts)


def test_what_cannot_be_served_in_time_is_served_in_part(monkeypatch):
    monkeypatch.setattr("qnet.network.offers._SLACK", 0.4)
    simulation = ring(4).simulate(seed=1, scheduling="reserved")
    request = simulation.request("n0", "n1", pairs=200, deadline_s=0.25)
    assert request.plan.ends_s < 0.2
    simulation.run(until_s=0.2)
    before = request.delivered
    assert simulation.run(max_events=MANY) == "done"
    assert request.status == "expired"
    assert before < request.delivered < 200


def test_who_expires_says_when_its_windows_ended():
    simulation = chain([attempt(0.5)] * 2, length_km=20.0).simulate(seed=1, scheduling="reserved")
    request = simulation.request("n0", "n2", pairs=100, deadline_s=1.0)
    simulation.fail_link("n1", "n2", 0.02)
    assert simulation.run(max_events=MANY) == "done"
    assert "reserved up to 0.0201 s at last, and none of late" in request.reason
