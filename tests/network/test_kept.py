"""Pairs that a protocol keeps: they hold both their memories, age there, and give them back."""

import math

import pytest
from chains import ATTEMPT_S, attempt, chain

from qnet.link import Device
from qnet.network.trace import Trace
from qnet.planning import nested
from qnet.quantum import Waiting
from qnet.time import ticks

T1_S, T2_S, WAIT_S = 0.05, 0.02, 0.01
MEMORY = Device(memory=Waiting.from_t1_t2(t1_s=T1_S, t2_s=T2_S), optical_interfaces=8)
LINK = chain([attempt(1.0)], Device(optical_interfaces=8))
"""Makes a pair in each attempt, as long as a memory is free."""


BY_RECIPE = {"recipe": nested, "restart": "per-pair"}


def keeping(hold, **terms):
    """A protocol that hands each pair to `hold`, a generator function of (session, pair)."""

    def protocol(session):
        session.request(keep=True, **terms)
        while (pair := (yield session.next_pair())) is not None:
            yield from hold(session, pair)

    return protocol


def started(network, hold, *, pairs=1, **options):
    """A simulation with such a protocol between the network's ends, and its session."""
    simulation = network.simulate(**options)
    return simulation, simulation.start(keeping(hold, pairs=pairs), *network.default_ends)


@pytest.mark.parametrize("end", ["measure", "release"])
@pytest.mark.parametrize("options", [{}, BY_RECIPE], ids=["asap", "recipe"])
def test_a_kept_pair_ages_at_both_ends_by_exactly_the_time_it_is_kept(options, end):
    """T1 and T2 on both halves of Phi+: XX falls as exp(-2 t / T2), ZZ is (1 - e)^2 + e^2 with e = exp(-t / T1)."""
    seen = []

    def hold(session, pair):
        yield session.wait(WAIT_S)
        seen.append(pair)
        if end == "measure":
            session.measure(pair, 0, 0)
        else:
            session.release(pair)
        yield session.wait(WAIT_S)  # too late to matter

    simulation, _ = started(chain([attempt(1.0)], MEMORY), hold, classical_delay="zero", **options)
    assert simulation.run() == "done"
    (pair,) = seen
    left = math.exp(-WAIT_S / T1_S)
    assert pair.tensor[1, 1] == pytest.approx(math.exp(-2 * WAIT_S / T2_S), rel=1e-12)
    assert pair.tensor[3, 3] == pytest.approx((1 - left) ** 2 + left**2, rel=1e-12)
    assert pair.believed_fidelity() == pytest.approx(pair.fidelity(), rel=1e-12)


def test_a_kept_pair_is_looked_at_as_it_is_now():
    simulation, fidelities = chain([attempt(1.0)], MEMORY).simulate(classical_delay="zero"), []

    def protocol(session):
        session.request(pairs=1, keep=True)
        session.finish((yield session.next_pair()))

    session = simulation.start(protocol, "n0", "n1")
    simulation.run()
    for until_s in (0.01, 0.02):
        simulation.clock.run(until=ticks(until_s))
        fidelities.append(session.result.tensor[1, 1])
    assert fidelities[1] / fidelities[0] == pytest.approx(math.exp(-2 * 0.01 / T2_S), rel=1e-12)


@pytest.mark.parametrize("memories", [1, 3])
def test_who_releases_nothing_fills_the_memories_and_stalls(memories):
    held = []

    def hold(session, pair):
        held.append(pair)
        yield session.wait(0.0)

    simulation, _ = started(LINK, hold, pairs=10, memories=memories)
    assert simulation.run(until_s=50 * ATTEMPT_S) in ("exhausted", "time")
    assert len(held) == memories
    assert simulation.audit() == (memories, 0)
    ports = [port for lane in simulation.plant.lanes for port in lane.ports]
    assert sum(port.slot.state is not None for port in ports) == 2 * simulation.audit().pairs


def test_a_release_wakes_the_link():
    """Each pair is kept for 2.5 attempts and comes one attempt after the next slot of the grid."""
    times = []

    def hold(session, pair):
        times.append(session.now / ATTEMPT_S)
        yield session.wait(2.5 * ATTEMPT_S)
        session.release(pair)

    simulation, _ = started(LINK, hold, pairs=4)
    assert simulation.run() == "done"
    assert times == pytest.approx([1, 5, 9, 13])
    assert simulation.audit() == (0, 0)


def test_ends_that_try_on_different_lanes_find_together():
    """What is released last comes first: ends with one interface and two memories each begin on lanes of their own."""
    released = []

    def protocol(session):
        session.request(keep=True)
        while True:
            pairs = [(yield session.next_pair()), (yield session.next_pair())]
            for pair in reversed(pairs):
                pair.release()
                released.append(session.now)

    simulation = chain([attempt(0.5)] * 2, Device(optical_interfaces=1)).simulate(seed=1, memories=2)
    simulation.start(protocol, "n0", "n2")
    simulation.run(until_s=0.4)
    assert len(released) > 10
    assert released[-1] > 0.3


def test_pairs_are_kept_in_the_order_in_which_they_came():
    """A set would have an order of its own in each run, and with it what a fault takes first."""

    def hold(session, pair):
        yield session.wait(1.0)

    simulation, _ = started(LINK, hold, pairs=6, memories=6)
    simulation.run(until_s=5 * ATTEMPT_S)
    first = [kept.pairs[0] for kept in simulation.plant.kept]
    assert len(first) == 6
    assert first == sorted(first)


def test_a_kept_pair_outlives_its_flow_and_keeps_others_out():
    def protocol(session):
        session.request(pairs=1, keep=True)
        session.finish((yield session.next_pair()))

    simulation = LINK.simulate()
    session = simulation.start(protocol, "n0", "n1")
    assert simulation.run() == "done"
    other = simulation.request("n0", "n1", pairs=2)
    assert simulation.run(until_s=0.1) == "exhausted"
    assert (other.delivered, simulation.audit().pairs, session.result.kept.whole) == (0, 1, True)
    session.result.release()
    assert simulation.run() == "done"
    assert (other.delivered, session.result.kept, session.result.fidelity()) == (2, None, pytest.approx(1))


def test_a_trace_tells_how_long_a_pair_was_kept():
    def hold(session, pair):
        waited.append(trace.lives()[-1].waited_s)
        yield session.wait(2.5 * ATTEMPT_S)
        session.release(pair)

    trace, waited = Trace(), []
    simulation, _ = started(LINK, hold, observer=trace)
    assert simulation.run() == "done"
    assert waited == [(None, None)]
    assert trace.lives()[0].waited_s == pytest.approx((2.5 * ATTEMPT_S,) * 2)


def test_what_a_fault_takes_is_gone_and_its_memory_free():
    def protocol(session):
        session.request(pairs=2, keep=True)
        first = yield session.next_pair()
        yield session.wait(3 * ATTEMPT_S)
        session.finish((first.fidelity(), simulation.audit()))
        first.release()

    simulation = LINK.simulate()
    session = simulation.start(protocol, "n0", "n1")
    simulation.lose_memories("n0", at_s=2.5 * ATTEMPT_S)
    assert simulation.run() == "done"
    assert session.result == (pytest.approx(0.25), (0, 1))
    assert not simulation.plant.kept


def test_what_a_protocol_never_takes_is_released_when_it_ends():
    def protocol(session):
        session.request(pairs=3, keep=True)
        yield session.wait(10 * ATTEMPT_S)
        assert simulation.audit().pairs == 3

    simulation = LINK.simulate(memories=3)
    simulation.start(protocol, "n0", "n1")
    simulation.run()
    assert simulation.audit().pairs == 0


def test_a_request_without_a_protocol_frees_its_memories_at_once():
    simulation = LINK.simulate()
    request = simulation.request("n0", "n1", pairs=5, keep=True)
    assert simulation.run() == "done"
    assert request.last_delivery_s == pytest.approx(5 * ATTEMPT_S)


@pytest.mark.parametrize("options", [{"memories": 2}, BY_RECIPE], ids=["asap", "recipe"])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_leaks_while_pairs_are_kept_for_any_time(seed, options):
    def hold(session, pair):
        later = session.wait(session.chance.geometric(0.2) * ATTEMPT_S)
        later.callbacks.append(lambda _: pair.release())
        yield session.wait(0.0)

    network = chain([attempt(0.5)] * 2, Device(optical_interfaces=4, swap_success_probability=0.8))
    simulation, session = started(network, hold, pairs=25, seed=seed, **options)
    simulation.lose_memories("n0", at_s=20.3 * ATTEMPT_S)
    while session.stopped_by is None:
        assert simulation.run(max_events=20) in ("events", "done")
        simulation.audit()
    simulation.clock.run(until=simulation.clock.now + ticks(100 * ATTEMPT_S))
    assert simulation.audit() == (0, 0)
