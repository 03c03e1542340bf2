"""Reserved links: shares for rates without end, and what is left of the time for others."""

import networkx as nx
import pytest
from chains import attempt, chain

from qnet.link import Device
from qnet.network.terms import Terms
from qnet.network.topology import Network

LINE = chain([attempt(0.5)] * 2, length_km=20.0)
FRAME_S = 0.1
ALONE_HZ = 367.0
"""What one request would get for itself, by prediction."""


def reserved(**options):
    return LINE.simulate(seed=1, scheduling="reserved", quantum_s=FRAME_S, **options)


def test_rates_without_end_share_links_and_get_what_they_ask():
    simulation = reserved()
    requests = [simulation.request("n0", "n2", rate_hz=0.3 * ALONE_HZ, tenant=name) for name in "ab"]
    assert [request.status for request in requests] == ["accepted"] * 2
    assert requests[0].plan.predicted.rate_hz == pytest.approx(ALONE_HZ, rel=0.01)
    simulation.run(until_s=1.0)
    simulation.audit()
    for request in requests:
        assert 0.3 * ALONE_HZ <= request.delivered < 0.45 * ALONE_HZ


def test_when_shares_are_used_up_the_best_offer_is_a_lower_rate():
    simulation = reserved()
    simulation.request("n0", "n2", rate_hz=0.4 * ALONE_HZ)
    second = simulation.request("n0", "n2", rate_hz=0.8 * ALONE_HZ)
    assert second.status == "refused"
    assert "not free for a share of" in second.reason
    offered_hz = second.best_offer.rate_hz
    assert 0.3 * ALONE_HZ < offered_hz < 0.6 * ALONE_HZ
    assert simulation.request("n0", "n2", rate_hz=0.999 * offered_hz).status == "accepted"
    assert simulation.request("n0", "n2", rate_hz=0.2 * ALONE_HZ).status == "refused"


def test_who_wants_a_number_of_pairs_gets_them_between_the_windows_of_others():
    simulation = reserved()
    share = simulation.request("n0", "n2", rate_hz=0.4 * ALONE_HZ)
    request = simulation.request("n0", "n2", pairs=60, deadline_s=1.0)
    assert request.status == "accepted"
    assert request.plan.ends_s - request.plan.starts_s > 2 * FRAME_S
    simulation.run(until_s=1.0)
    assert request.status == "served"
    assert request.ended_s <= request.plan.ends_s
    assert share.delivered >= 0.35 * ALONE_HZ


def test_links_that_are_reserved_for_ever_are_free_for_nobody():
    simulation = reserved()
    simulation.reception.submit(Terms(source="n0", target="n2"))
    for wish in ({"pairs": 10}, {"rate_hz": 1.0}):
        refused = simulation.request("n0", "n2", **wish)
        assert (refused.status, refused.best_offer) == ("refused", None)
        assert "its links are not free for" in refused.reason


def test_who_gives_up_a_share_leaves_it_to_others():
    simulation = reserved()
    share = simulation.request("n0", "n2", rate_hz=0.6 * ALONE_HZ)
    simulation.run(until_s=0.12)
    share.cancel()
    simulation.run(until_s=0.14)
    request = simulation.request("n0", "n2", pairs=100)
    simulation.run(until_s=1.0)
    assert request.status == "served"
    delivered = share.delivered
    assert request.plan.starts_s < 0.14 + FRAME_S
    simulation.run(until_s=1.2)
    assert share.delivered == delivered


def test_a_share_moves_to_another_route_when_its_link_fails():
    made = nx.relabel_nodes(nx.cycle_graph(4), lambda k: f"n{k}")
    nx.set_edge_attributes(made, 20.0, "length_km")
    nx.set_edge_attributes(made, attempt(0.5), "link")
    network = Network.from_graph(made, hardware=Device(optical_interfaces=4))
    simulation = network.simulate(seed=1, scheduling="reserved", quantum_s=FRAME_S)
    request = simulation.request("n0", "n1", rate_hz=50.0)
    simulation.fail_link("n0", "n1", 0.2, 0.6)
    simulation.run(until_s=0.5)
    assert request.plan.route.hops == 3
    simulation.run(until_s=1.0)
    simulation.audit()
    assert request.plan.route.hops == 1
    assert request.delivered >= 45
