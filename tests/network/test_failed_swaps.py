"""Swaps that fail: what they destroy, who hears of it, and the published waiting times under both rules."""

import math
from types import SimpleNamespace

import pytest
from chains import ATTEMPT_S, attempt, chain, mean_and_error

from qnet.errors import InvalidArgument
from qnet.link import Device
from qnet.network.flow import Flow
from qnet.quantum import bell_measurement, measurement
from qnet.quantum.library import linear_optics_bell_measurement
from qnet.time import Phase

AT_ONCE = {"classical_delay": "zero"}


def rounds(links, p, device, cutoff, deliveries, seed=1, **options):
    """Slots from an empty chain to a pair, again and again: the flow is reset whenever it has delivered."""
    simulation = chain([attempt(p)] * links, device).simulate(
        seed=seed, clocking="rounds", cutoff_s=cutoff * ATTEMPT_S, cutoff_of="pair", **AT_ONCE, **options
    )
    times, began = [], 0
    route = simulation.network.route()

    def deliver(pair):
        simulation.clock.call(0, Phase.REQUESTS, again)

    def again(_):
        nonlocal began
        now = simulation.clock.now
        times.append((now - began) / (ATTEMPT_S * 1e12))
        began = now
        flow.reset()
        flow.activate()

    flow = Flow(simulation.plant, route, simulation.flows.course(route, keep=True), deliver=deliver)
    flow.activate()
    while len(times) < deliveries:
        simulation.clock.step()
    return times


def flow_on(network, *, keep, **options):
    """A simulation, a flow that is active, and the list of what it delivers."""
    simulation, pairs = network.simulate(**options), []
    route = network.route()
    flow = Flow(simulation.plant, route, simulation.flows.course(route, keep=keep), deliver=pairs.append)
    flow.activate()
    return simulation, flow, pairs


COIN = Device(swap_success_probability=0.5)


@pytest.mark.parametrize(
    ("links", "p", "cutoff", "rule", "expected", "deliveries"),
    [
        (2, 0.1, 9, "connected", 34.96703361425578, 80),  # C-markov-asap-2-0.1-0.5-9
        (3, 0.5, 4, "connected", 11.12207504229938, 100),  # C-markov-asap-3-0.5-0.5-4
        (3, 0.5, 4, "sequential", 10.987733504138685, 100),
        (4, 0.9, 2, "connected", 9.346904637593887, 60),  # C-markov-asap-4-0.9-0.5-2, C-inesta-5nodes-0.5
        (4, 0.9, 2, "sequential", 8.038028696041316, 60),
        (4, 0.3, 3, "connected", 69.02847458862568, 30),  # C-markov-asap-4-0.3-0.5-3
    ],
)
def test_waiting_times_with_cut_offs_are_the_published_ones(links, p, cutoff, rule, expected, deliveries):
    """Inesta et al., npj Quantum Inf. 9, 46 (2023); in full in tests/analytic."""
    mean, error = mean_and_error(rounds(links, p, COIN, cutoff, deliveries, failed_swap=rule))
    assert mean == pytest.approx(expected, abs=4 * error)


def test_swaps_that_always_succeed_wait_for_the_links_alone():
    """C-inesta-5nodes-1.0."""
    mean, error = mean_and_error(rounds(4, 0.9, Device(), 2, 300))
    assert mean == pytest.approx(1.3887703066149542, abs=4 * error)


def told(outcomes):
    """A random stream that lets swaps succeed or fail as told, and always finds record 0."""
    left = iter(outcomes)
    return SimpleNamespace(uniform=lambda: 0.0 if next(left) else 1.0, choose=lambda weights: 0)


@pytest.mark.parametrize(("rule", "alive"), [("connected", 0), ("sequential", 1)])
def test_what_a_failed_swap_destroys(rule, alive):
    """All links there in one slot; n2's swap fails. The link behind n3 is saved only if n3 has not swapped it yet."""
    network = chain([attempt(1.0)] * 4, COIN)
    simulation = network.simulate(failed_swap=rule, clocking="rounds", **AT_ONCE)
    simulation.request("n0", "n4", pairs=1, keep=True)
    simulation.clock.advance(0, 1_000)
    for node, outcome in (("n1", True), ("n2", False), ("n3", True)):
        simulation.plant.stations[node].roles[0]._stream = told([outcome] * 9)
    simulation.run(until_s=1.5 * ATTEMPT_S)
    assert simulation.audit() == (alive, 0)


@pytest.mark.parametrize("length_km", [1.0, 150.0])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
def test_chains_whose_swaps_fail_go_on_and_leak_nothing(restart, keep, length_km):
    """Without a cut-off too, whoever holds the other half of a failed swap is told, however long that one waits."""
    simulation = chain([attempt(0.3)] * 5, COIN, length_km).simulate(seed=2, restart=restart)
    request = simulation.request("n0", "n5", pairs=12, keep=keep)
    while not request.satisfied:
        simulation.run(max_events=100)
        alive = simulation.audit()
        assert alive.pairs + alive.singles < 60
    assert request.mean_fidelity == pytest.approx(1)
    roles = [role for station in simulation.plant.stations.values() for role in station.roles.values()]
    assert all(len(getattr(role, "_joints", ())) <= 90 for role in roles)


def test_linear_optics_swaps_half_of_the_time():
    device = Device(swap=linear_optics_bell_measurement())
    simulation, _, pairs = flow_on(chain([attempt(1.0)] * 2, device), keep=True, seed=1, **AT_ONCE)
    while len(pairs) < 200:
        simulation.clock.step()
    assert min(pair.fidelity() for pair in pairs) == pytest.approx(1)
    assert simulation.now / ATTEMPT_S == pytest.approx(400, abs=4 * math.sqrt(200 * 2))


def test_a_failure_is_known_when_the_swap_is_over_and_light_has_come():
    seen = []
    device = Device(swap_success_probability=0.5, swap_s=ATTEMPT_S / 4)
    network = chain([attempt(1.0)] * 2, device, length_km=[20.0, 60.0])
    simulation = network.simulate(observer=lambda tick, node, kind, _: seen.append((tick / 1e9, node, kind)))
    simulation.request("n0", "n2", pairs=1, keep=True)
    simulation.clock.advance(0, 1_000)
    simulation.plant.stations["n1"].roles[0]._stream = told([False])
    simulation.run(until_s=1.9 * ATTEMPT_S)
    assert [action for action in seen if action[2] in ("swap-failed", "discarded")] == [
        (1.0, "n1", "swap-failed"),
        (1.35, "n0", "discarded"),
        (1.55, "n2", "discarded"),
    ]


def test_what_is_no_swap_is_refused():
    with pytest.raises(InvalidArgument, match="four records, or five"):
        Device(swap=measurement(0.0))
    assert Device(swap=bell_measurement()).swaps_fail is False
    with pytest.raises(InvalidArgument, match="`failed_swap` must be one of"):
        chain([attempt(1.0)] * 2).simulate(failed_swap="all")
