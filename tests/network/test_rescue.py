"""Pairs that fell below what was asked, purified two by two at their ends: how good, how many, when, and no leaks."""

import pytest
from chains import ATTEMPT_S, attempt, chain

from qnet.errors import InvalidArgument
from qnet.link import Device
from qnet.planning import nested
from qnet.quantum import Noise, State, Waiting, move

F = 0.8
WERNER = State.werner(F)
REST = (1 - F) / 3
ACCEPTED = (F + REST) ** 2 + (2 * REST) ** 2
BETTER = (F**2 + REST**2) / ACCEPTED
"""Two Werner pairs of F by DEJMPS: Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996), arXiv quant-ph/9604039."""
NETWORK = chain([attempt(1.0, WERNER)], Device(optical_interfaces=4), length_km=20.0)
RESCUE = {"below": "purify", "memories": 2}


def asked(network=NETWORK, *, seed=1, **terms):
    """Ask for pairs that no link makes by itself, and run; give the simulation and the request."""
    options = {name: terms.pop(name) for name in list(terms) if name in ("trace", "cutoff_s")}
    simulation = network.simulate(seed=seed, **RESCUE, **options)
    terms = {"pairs": 5, "min_fidelity": 0.83, "keep": True, "deadline_s": 1.0, **terms}
    return simulation, simulation.request(*network.default_ends, **terms)


@pytest.mark.parametrize("how", [{"keep": True}, {"keep": False, "measure": "at_delivery"}])
def test_two_pairs_that_are_too_bad_make_one_that_is_not(how):
    simulation, request = asked(**how)
    assert simulation.run() == "done"
    assert request.status == "served"
    assert request.mean_fidelity == request.lowest_fidelity == pytest.approx(BETTER, rel=1e-12)
    assert request.below_threshold == 0
    assert simulation.audit() == (0, 0)


def test_it_works_as_often_as_it_should():
    """The two lanes give two pairs in each attempt; each two are one try."""
    simulation, request = asked(pairs=400, deadline_s=10.0)
    assert simulation.run() == "done"
    tries, chance = request.refused / 2, ACCEPTED
    assert request.delivered / tries == pytest.approx(chance, abs=4 * (chance * (1 - chance) / tries) ** 0.5)


def test_nobody_has_the_pair_before_the_fibre_has_told_both():
    """Both pairs are heralded after one attempt; what the ends read is known elsewhere 0.1 ms later."""
    simulation, request = asked(pairs=1, seed=3, trace=True)
    simulation.run()
    told = [event for event in simulation.trace if event.kind == "rescued"]
    began = [event.tick for event in simulation.trace if event.kind == "purifying"]
    assert len(told) == len(began) >= 2
    assert {event.node for event in told} == {"n0", "n1"}
    assert [event.tick - tick for event, tick in zip(told, began, strict=True)] == [10**8] * len(told)
    assert request.last_delivery_s in [pytest.approx(event.tick * 1e-12) for event in told]
    (given,) = [pair for pair in simulation.trace.deliveries() if pair.request == 0]
    assert (given.origin.kind, given.fidelity) == ("purified", pytest.approx(BETTER, abs=1e-6))


def test_what_is_still_too_bad_is_dropped():
    simulation, request = asked(min_fidelity=0.85, deadline_s=0.05)
    assert simulation.run() == "done"
    assert (request.status, request.delivered) == ("expired", 0)
    simulation.clock.run(until=10**11)
    assert simulation.audit() == (0, 0)


def test_pairs_measured_at_their_herald_cannot_be_rescued():
    simulation, request = asked(keep=False, deadline_s=0.05)
    simulation.run()
    assert request.delivered == 0
    assert request.refused > 10


def test_more_of_the_pairs_that_reach_the_ends_are_of_use():
    """Over two links a pair is good if no half waited long; most are not, and meet in twos."""
    memory = Device(memory=Waiting.from_t1_t2(t2_s=40 * ATTEMPT_S), optical_interfaces=8)
    network = chain([attempt(0.2, State.werner(0.97))] * 2, memory)
    share = {}
    for below in ("drop", "purify"):
        simulation = network.simulate(seed=5, below=below, memories=2)
        request = simulation.request("n0", "n2", pairs=100, min_fidelity=0.9, keep=True)
        assert simulation.run() == "done"
        assert request.lowest_fidelity >= 0.9
        (connection,) = simulation.reception.connections
        share[below] = request.delivered / connection.flow.delivered
    assert share["purify"] > 1.3 * share["drop"]


def test_a_protocol_keeps_what_was_rescued():
    def protocol(session):
        session.request(pairs=2, min_fidelity=0.83, keep=True)
        pair = yield session.next_pair()
        yield session.wait(5 * ATTEMPT_S)
        session.finish((pair.kept.whole, pair.fidelity()))
        session.release(pair)

    simulation = NETWORK.simulate(seed=2, **RESCUE)
    session = simulation.start(protocol)
    simulation.run()
    assert session.result == (True, pytest.approx(BETTER))


@pytest.mark.parametrize("seed", range(6))
def test_nothing_leaks_whatever_is_lost(seed):
    noise = Noise.from_numbers(two_qubit_depolarising=0.01, two_qubit_gate_s=2e-4)
    device = Device(memory=Waiting.from_t1_t2(t2_s=0.1), optical_interfaces=8, noise=noise, measurement_s=5e-4)
    simulation, request = asked(chain([attempt(0.5, State.werner(0.9))] * 2, device), seed=seed, pairs=30)
    for k in range(6):
        simulation.lose_memories(("n0", "n2")[k % 2], at_s=(3.7 + 4.4 * k) * ATTEMPT_S)
    while request.open:
        simulation.run(max_events=15)
        simulation.audit()
    assert request.below_threshold == 0
    assert request.delivered > 5
    simulation.clock.run(until=simulation.clock.now + 10**12)
    assert simulation.audit() == (0, 0)


STORAGE = Device(storage=Waiting.from_t1_t2(t2_s=1.0), move_in=move(Noise.from_numbers()), optical_interfaces=2)


@pytest.mark.parametrize(
    ("network", "options", "words"),
    [
        (NETWORK, {"memories": 1}, "`memories` must be at least 2 where `below` is 'purify'"),
        (NETWORK, {"memories": 2, "recipe": nested, "restart": "per-pair"}, "`below` must be 'lower' or 'drop' where"),
        (chain([attempt(1.0)], STORAGE), {"memories": 2}, "`below` must be 'lower' or 'drop' where nodes have storage"),
    ],
)
def test_what_leaves_no_room_for_it_is_refused(network, options, words):
    with pytest.raises(InvalidArgument, match=words):
        network.simulate(below="purify", **options).request("n0", "n1", pairs=1, keep=True)
