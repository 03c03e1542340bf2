"""A network in motion: what a run may be told, when it stops, and what single chains do to the tick."""

import math

import pytest
from chains import ATTEMPT_S, attempt, chain, deliver

from qnet.errors import InvalidArgument, UnknownName
from qnet.link import Device, Link
from qnet.network.route import Route
from qnet.network.topology import Network
from qnet.planning import nested
from qnet.quantum import State, Waiting
from qnet.quantum.library import dejmps

CERTAIN = Link.from_numbers(1.0, ATTEMPT_S, State.bell())
LINE = chain([CERTAIN] * 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classical_delay": "fiber"}, "`classical_delay` must be one of"),
        ({"restart": "never"}, "`restart` must be one of"),
        ({"cutoff_s": 0.0}, "`cutoff_s` must be greater than 0"),
        ({"seed": 1.5}, "`seed` must be a whole number"),
        ({"seed": True}, "`seed` must be a whole number"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InvalidArgument, match=message):
        LINE.simulate(**options)


def test_unknown_nodes_and_links_are_refused():
    with pytest.raises(UnknownName, match="'n9'"):
        LINE.simulate().request("n0", "n9", pairs=1)
    with pytest.raises(InvalidArgument, match=r"`link` must be a qnet.Link"):
        chain(["fibre", "fibre"]).simulate().request("n0", "n2", pairs=1)


def test_a_run_stops_at_a_time_any_number_of_times():
    simulation = LINE.simulate()
    simulation.request("n0", "n2", pairs=10**6)
    for until_s in (0.01, 0.01, 0.005, 0.02):
        assert simulation.run(until_s=until_s) == "time"
        assert simulation.now == pytest.approx(max(0.01, until_s))


def test_a_run_stops_after_events():
    simulation = LINE.simulate()
    request = simulation.request("n0", "n2", pairs=10**6)
    assert simulation.run(max_events=200) == "events"
    assert 0 < request.delivered < 200


def test_a_run_without_anything_to_wait_for_says_so():
    def protocol(session):
        yield session.receive("n2")

    simulation = LINE.simulate()
    simulation.start(protocol, "n0", "n2")
    assert simulation.run() == "exhausted"


def test_nothing_asked_for_is_done_at_once():
    simulation = LINE.simulate()
    assert simulation.run() == "done"
    assert simulation.now == 0


def test_a_rate_without_a_deadline_is_served_until_the_horizon():
    simulation = LINE.simulate(seed=1)
    request = simulation.request("n0", "n2", rate_hz=5.0)
    assert simulation.run(until_s=0.5) == "time"
    assert simulation.now == 0.5
    assert request.open
    assert request.delivered > 10


def test_a_policy_is_a_function_or_the_name_of_one():
    with pytest.raises(InvalidArgument, match="`policy` must be a name, or a function"):
        LINE.simulate(policy=3)
    with pytest.raises(UnknownName, match="earliest-deadline-first"):
        LINE.simulate(policy="earliest-deadline")
    assert LINE.simulate(policy="earliest-deadline-first").request("n0", "n2", pairs=1).status == "accepted"


@pytest.mark.parametrize("more", [{"restart": "pipelined"}, {"cutoff_s": 1e-3}, {"purification": dejmps()}])
def test_what_does_not_go_with_a_recipe_is_refused_before_anything_is_asked(more):
    (name,) = more
    with pytest.raises(InvalidArgument, match=f"`{name}` must be .* where there is a `recipe`"):
        LINE.simulate(recipe=nested, **{"restart": "per-pair", **more})


def test_a_request_reads_well():
    simulation = LINE.simulate()
    request = simulation.request("n0", "n2", pairs=3)
    assert repr(request) == "Request(n0 - n2: accepted, 0 of 3 pairs delivered)"
    simulation.run()
    assert repr(request) == "Request(n0 - n2: served, 3 of 3 pairs delivered, mean fidelity 1.0000)"


@pytest.mark.parametrize(
    ("delay", "restart", "delivered"),
    [
        ("zero", "pipelined", [1, 2, 3]),
        ("zero", "per-pair", [1, 2, 3]),
        ("fibre", "pipelined", [1.5, 3.5, 5.5]),  # ends keep: they are free when they know, half a slot after the swap
        ("fibre", "per-pair", [1.5, 3.5, 5.5]),
    ],
)
def test_two_links_that_always_succeed(delay, restart, delivered):
    network = chain([CERTAIN] * 2, length_km=100.0)
    pairs = deliver(network, 3, keep=True, classical_delay=delay, restart=restart)
    assert [pair.delivered_s / ATTEMPT_S for pair in pairs] == pytest.approx(delivered)


def test_ends_that_measure_at_once_need_not_wait_for_the_swap():
    pairs = deliver(chain([CERTAIN] * 2, length_km=100.0), 3)
    assert [pair.delivered_s / ATTEMPT_S for pair in pairs] == pytest.approx([1.5, 2.5, 3.5])


def test_both_ends_free_a_pair_when_the_later_one_knows():
    network, heard = chain([CERTAIN] * 2, length_km=[20.0, 140.0]), []
    observer = lambda tick, node, kind, _: heard.append((node, kind, tick / 1e9))  # noqa: E731
    deliver(network, 1, keep=True, observer=observer)
    assert ("n0", "swapped", 1.1) in heard
    assert ("n2", "swapped", 1.7) in heard
    assert {action for action in heard if action[1] == "deliver"} >= {("n0", "deliver", 1.7), ("n2", "deliver", 1.7)}


def test_ages_of_a_pair_that_ends_keep():
    """Emitted at 0, heralded at 1 slot, swapped then; the far end hears after 0.7 slots, both are measured then."""
    device = Device(memory=Waiting.from_t1_t2(t2_s=20 * ATTEMPT_S))
    network = chain([CERTAIN] * 2, device, [20.0, 140.0])
    (pair,) = deliver(network, 1, keep=True)
    assert abs(pair.tensor[1, 1]) == pytest.approx(math.exp(-(2 * 1.0 + 2 * 1.7) / 20))
    (pair,) = deliver(network, 1, keep=False)
    assert abs(pair.tensor[1, 1]) == pytest.approx(math.exp(-4 * 1.0 / 20))


def test_ends_measured_at_emission_do_not_age():
    device = Device(memory=Waiting.from_t1_t2(t2_s=20 * ATTEMPT_S))
    links = [Link.from_numbers(1.0, ATTEMPT_S, State.bell(), measured=[end]) for end in ("source", "target")]
    for keep in (True, False):
        (pair,) = deliver(chain(links, device), 1, keep=keep)
        assert abs(pair.tensor[1, 1]) == pytest.approx(math.exp(-2 * 1.0 / 20))


@pytest.mark.parametrize("measured", [(), ("source",), ("target",), ("source", "target")])
def test_one_link(measured):
    link = Link.from_numbers(0.5, ATTEMPT_S, State.bell(3), measured=measured, label=3)
    pairs = deliver(chain([link], length_km=300.0), 20, seed=2)
    assert {pair.label for pair in pairs} == {3}
    assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)


@pytest.mark.parametrize("label", range(4))
def test_frames_name_what_the_ends_hold(label):
    """Perfect pairs of any label, perfect swaps: every delivered pair is exactly what its frame says."""
    link = Link.from_numbers(0.5, ATTEMPT_S, State.bell(label), label=label)
    pairs = deliver(chain([link] * 4, length_km=50.0), 40, seed=1, cutoff_s=0.02)
    assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)
    assert {pair.label for pair in pairs} == {0, 1, 2, 3}


def test_pairs_are_numbered_and_their_ids_never_used_again():
    ids = []

    def observer(tick, node, kind, details):
        if kind == "heralded" and node in ("n0", "n2"):
            ids.append(details[1])

    pairs = deliver(chain([attempt(0.3)] * 3), 50, seed=1, cutoff_s=10 * ATTEMPT_S, observer=observer)
    assert [pair.number for pair in pairs] == list(range(50))
    assert len(ids) > 150
    assert len(set(ids)) == len(ids)


def test_parallel_routes_have_delays_of_their_own():
    """The same two ends over a short and a long way: messages of each route take that route."""
    edges = [("A", "X", 20.0), ("X", "B", 20.0), ("A", "Y", 100.0), ("Y", "B", 100.0)]
    network = Network.from_graph(graph_of(edges), hardware=Device(optical_interfaces=4))
    simulation, arrivals = network.simulate(), {}

    def protocol(session):
        session.request(pairs=1, keep=True)
        pair = yield session.next_pair()
        arrivals[session.route.total_km] = pair.delivered_s

    for middle, length_km in (("X", 20.0), ("Y", 100.0)):
        route = Route(nodes=("A", middle, "B"), lengths_km=(length_km,) * 2, links=(CERTAIN,) * 2)
        simulation.start(protocol, route=route)
    assert simulation.run() == "done"
    assert arrivals == {40.0: pytest.approx(1.1e-3), 200.0: pytest.approx(1.5e-3)}


def graph_of(edges):
    import networkx as nx

    graph = nx.Graph()
    graph.add_edges_from((a, b, {"length_km": length_km, "link": CERTAIN}) for a, b, length_km in edges)
    return graph
