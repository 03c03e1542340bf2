"""What applications get: requests in turn, pairs, measurements, messages, and an end."""

import math

import numpy as np
import pytest
from chains import ATTEMPT_S, attempt, chain, take

from qnet.errors import InvalidArgument
from qnet.link import Device, Link
from qnet.network.pair import Pair
from qnet.network.run import Pairs, Seconds, Stop
from qnet.network.topology import Edge, Network
from qnet.quantum import Noise, Readout, State, Waiting

LINE = chain([attempt(0.5)] * 2)
CROSS = Network(
    name="cross",
    nodes=("A", "B", "C", "X", "Y"),
    edges=tuple(Edge(*ends, 20.0, attempt(0.5)) for ends in ("AB", "BC", "XB", "BY")),
    repeater=Device(memory=Waiting.from_t1_t2(t2_s=1.0)),
)


def idle(session):
    """A protocol that never asks for anything, and goes on until the session is closed."""
    while session.stopped_by is None:
        yield session.wait(1.0)


def greedy(session):
    """A protocol that takes pairs until there are no more."""
    session.request()
    while (pair := (yield session.next_pair())) is not None:
        session.release(pair)


def session_on(network=LINE, **options):
    simulation = network.simulate(**options)
    return simulation, simulation.start(idle, *network.default_ends)


@pytest.mark.parametrize("kinds", [(10, 10), (5, 15), (1, 30)])
def test_tenants_on_one_route_take_turns(kinds):
    simulation = LINE.simulate(seed=1)
    first, second = (
        simulation.request("n0", "n2", pairs=pairs, tenant=tenant) for pairs, tenant in zip(kinds, "ab", strict=True)
    )
    while not first.satisfied:
        simulation.run(max_events=1)
        assert abs(first.delivered - second.delivered) <= 1
    assert simulation.run() == "done"
    assert (first.delivered, second.delivered) == kinds


def test_a_later_request_is_served_too():
    simulation = LINE.simulate(seed=1)
    for count in (3, 4):
        request = simulation.request("n0", "n2", pairs=count)
        assert simulation.run() == "done"
        assert request.delivered == count
    (connection,) = simulation.reception.connections
    assert connection.demand.requests == []  # what is done is forgotten


def test_two_protocols_share_a_route():
    simulation, numbers = LINE.simulate(seed=2), {}

    def protocol(session):
        session.request()
        mine = numbers.setdefault(session.number, [])
        while (pair := (yield session.next_pair())) is not None:
            mine.append(pair.number)
        session.finish(len(mine))

    sessions = [simulation.start(protocol, "n0", "n2") for _ in range(2)]
    for session, limit in zip(sessions, (10, 25), strict=True):
        session.pair_limit = limit
    assert simulation.run() == "done"
    assert [session.result for session in sessions] == [10, 25]
    assert [session.stopped_by for session in sessions] == ["pairs", "pairs"]
    assert set(numbers[0]).isdisjoint(numbers[1])


@pytest.mark.parametrize("interfaces", [1, 2, 4])
def test_two_routes_share_a_node(interfaces):
    network = CROSS.with_hardware(Device(optical_interfaces=interfaces))
    simulation = network.simulate(seed=2)
    first, second = (simulation.request(*ends, pairs=40) for ends in ("AC", "XY"))
    assert simulation.run(max_events=100_000) == "done"
    assert first.mean_fidelity == second.mean_fidelity == pytest.approx(1)
    station = simulation.plant.stations["B"]
    assert station.interfaces_free + sum(port.holds_interface for port, _ in station.ports.values()) == interfaces


def test_two_routes_share_a_link_by_turns():
    simulation = CROSS.simulate(quantum_s=20 * ATTEMPT_S)
    requests = [simulation.request("A", target, pairs=100, tenant=target) for target in "CY"]
    halves = []
    while any(request.open for request in requests):
        simulation.run(max_events=500)
        simulation.audit()
        halves.append(tuple(request.delivered for request in requests))
    assert any(0 < a < 100 and 0 < b < 100 for a, b in halves)


@pytest.mark.parametrize("options", [{"keep": False}, {"measure": "at_delivery"}])
def test_requests_of_one_route_may_differ_in_when_they_measure(options):
    simulation = LINE.simulate(quantum_s=20 * ATTEMPT_S)
    requests = [simulation.request("n0", "n2", pairs=30, **each) for each in ({"keep": True}, options)]
    assert simulation.run() == "done"
    assert [request.status for request in requests] == ["served", "served"]


@pytest.mark.parametrize("pairs", [0, -1, 1.5, math.nan])
def test_requests_are_for_whole_pairs(pairs):
    with pytest.raises(InvalidArgument, match="`pairs` must be a whole number from 1 on"):
        LINE.simulate().request("n0", "n2", pairs=pairs)


def test_only_ends_may_measure_at_emission():
    link = Link.from_numbers(0.5, ATTEMPT_S, State.bell(), measured=("target",))
    with pytest.raises(InvalidArgument, match=r"`measured` must name ends of the route, not a repeater \(span 0"):
        chain([link, link]).simulate().request("n0", "n2", pairs=1)


def test_a_threshold_binds_every_pair():
    memory = Device(memory=Waiting.from_t1_t2(t2_s=30 * ATTEMPT_S))
    network = chain([attempt(0.1)] * 2, memory)
    for options, dropped in (({}, False), ({"cutoff_s": 1.0}, True)):  # planned for it, or by hand without regard to it
        simulation = network.simulate(seed=1, **options)
        request = simulation.request("n0", "n2", pairs=50, min_fidelity=0.9)
        assert simulation.run() == "done"
        assert (request.refused > 10) == dropped
        assert request.lowest_fidelity >= 0.9
        assert request.below_threshold == 0


def test_nobody_waits_for_pairs_that_do_not_come():
    seen = []

    def protocol(session):
        session.request(pairs=3)
        events = [session.next_pair() for _ in range(5)]  # all at once
        for event in events:
            seen.append((yield event))

    simulation = LINE.simulate()
    session = simulation.start(protocol, "n0", "n2")
    assert simulation.run() == "done"
    assert [pair and pair.number for pair in seen] == [0, 1, 2, None, None]
    assert session.stopped_by == "finished"


def test_a_protocol_that_ends_asks_for_nothing_more():
    def protocol(session):
        session.request()
        yield session.next_pair()

    simulation = chain([attempt(0.5)] * 2).simulate(cutoff_s=0.1)
    simulation.start(protocol, "n0", "n2")
    assert simulation.run(max_events=100_000) == "done"


def test_a_protocol_that_fails_stops_the_run():
    def protocol(session):
        yield session.wait(1.0)
        raise RuntimeError("planted")

    simulation = LINE.simulate()
    simulation.start(protocol, "n0", "n2")
    with pytest.raises(RuntimeError, match="planted"):
        simulation.run()


def test_a_session_asks_once_and_first():
    _, session = session_on()
    with pytest.raises(InvalidArgument, match="call request before next_pair"):
        session.next_pair()
    session.request()
    with pytest.raises(InvalidArgument, match="make one request"):
        session.request()


def test_application_data_takes_the_fibre():
    network, heard = chain([attempt(0.5)] * 2, length_km=100.0), []

    def protocol(session):
        session.send("n0", "n2", "hello")
        payload = yield session.receive("n2")
        heard.append((session.now, payload))

    simulation = network.simulate()
    simulation.start(protocol, "n0", "n2")
    assert simulation.run() == "done"
    assert heard == [(pytest.approx(1e-3), "hello")]


def pair_of(label, state=None):
    return Pair(0, label, (state or State.bell(label)).tensor, None, 0, (0, 0))


@pytest.mark.parametrize("angles", [(0, 0), (90, 90), (45, 45), (30, 30), (120, 120)])
@pytest.mark.parametrize("label", range(4))
def test_equal_settings_give_equal_bits_on_every_bell_state(label, angles):
    """The relabelled setting is the one whose outcome on Phi+ would have been this: equal settings, equal bits."""
    _, session = session_on()
    outcomes = [session.measure(pair_of(label), *angles) for _ in range(40)]
    same_setting = [outcome for outcome in outcomes if outcome.target_setting == outcome.source_setting]
    assert all(outcome.source_bit == outcome.target_bit for outcome in same_setting)
    if set(angles) <= {0, 90}:
        assert len(same_setting) == len(outcomes)


@pytest.mark.parametrize("label", range(4))
@pytest.mark.parametrize("settings", [(0, 45), (90, 45), (0, 135), (45, 100)])
def test_relabelled_outcomes_correlate_as_phi_plus(settings, label):
    _, session = session_on()
    outcomes = [session.measure(pair_of(label), *settings) for _ in range(800)]
    signs = [(-1) ** (outcome.source_bit ^ outcome.target_bit) for outcome in outcomes]
    (target,) = {outcome.target_setting for outcome in outcomes}
    expected = math.cos(math.radians(settings[0] - target))
    assert np.mean(signs) == pytest.approx(expected, abs=4 / math.sqrt(800))


def test_readout_errors_are_those_of_the_devices():
    noise = Noise.from_numbers(readout=Readout(error_0=0.2, error_1=0.0))
    _, session = session_on(chain([attempt(0.5)] * 2, Device(noise=noise)))
    ground = State.from_density_matrix(np.diag([1.0, 0, 0, 0]))
    bits = [session.measure(pair_of(0, ground), 0, 0) for _ in range(1000)]
    for shares in ([bit.source_bit for bit in bits], [bit.target_bit for bit in bits]):
        assert np.mean(shares) == pytest.approx(0.2, abs=4 * 0.4 / math.sqrt(1000))


@pytest.mark.parametrize("keep", [True, False])
def test_pairs_say_when_they_were_born_and_delivered(keep):
    (pair,) = take(chain([attempt(1.0)] * 2, length_km=100.0).simulate(), "n0", "n2", 1, keep=keep)
    assert pair.delivered_s == pytest.approx(ATTEMPT_S + 0.5e-3)
    assert pair.age_s == pytest.approx(0.5e-3)
    assert pair.state.fidelity(pair.label) == pytest.approx(pair.fidelity()) == pytest.approx(pair.believed_fidelity())


def test_each_session_has_a_stop_of_its_own():
    simulation = LINE.simulate(seed=1)
    few, brief = simulation.start(greedy, stop=Pairs(5)), simulation.start(greedy, stop=Seconds(100 * ATTEMPT_S))
    plain = simulation.request("n0", "n2", pairs=300)
    simulation.run()
    assert (few.stopped_by, brief.stopped_by) == ("pairs", "sim-time")
    assert few.pair_limit == 5
    assert brief.horizon_s == pytest.approx(100 * ATTEMPT_S)
    assert plain.delivered == 300


@pytest.mark.parametrize("stop", [500, Stop(events=10)])
def test_a_session_stops_after_pairs_or_seconds(stop):
    with pytest.raises(InvalidArgument, match="stop"):
        LINE.simulate().start(greedy, stop=stop)


def test_a_protocol_yields():
    with pytest.raises(InvalidArgument, match="`protocol` must be a generator function"):
        LINE.simulate().start(lambda session: session.request())
