import itertools
from importlib.metadata import EntryPoint

import pytest
from qnet_protocols import bbm92

from plugin import witness
from qnet import Device, Link, Network, Pairs, UnknownName
from qnet.quantum import State

SLOT_S = 1e-4
POINT = EntryPoint(name="witness", value="plugin.witness", group="qnet.protocols")


def network(fidelity: float = 0.94) -> Network:
    return Network.chain([10.0, 10.0], link=Link.from_numbers(0.5, SLOT_S, State.werner(fidelity)), hardware=Device())


def test_a_stranger_s_protocol_is_found_and_runs() -> None:
    bound = POINT.load().run(network(), stop=Pairs(600), seed=3).fidelity_bound
    w = ((4 * 0.94 - 1) / 3) ** 2  # <XX> = <ZZ> = w after the swap
    assert bound.low < w < bound.high
    assert bound.value <= (1 + 3 * w) / 4 + 0.1


def test_it_runs_beside_bbm92_in_one_simulation() -> None:
    simulation = network().simulate(seed=3)
    theirs = simulation.start(witness.protocol, "n0", "n2")
    ours = simulation.start(bbm92.protocol, "n0", "n2")
    for session in (theirs, ours):
        session.pair_limit = 300
    assert simulation.run(until_s=1.0) == "done"
    assert theirs.result.stopped_by == ours.result.counts.stopped_by == "pairs"
    assert theirs.result.outcomes.total() == ours.result.counts.outcomes.total() == 300
    assert 0.5 < theirs.result.fidelity_bound.value < 1


def test_a_classical_message_takes_the_fibre_s_time() -> None:
    simulation = network(1.0).simulate(seed=1)
    sessions = [simulation.start(witness.coin_flip, "n0", "n2") for _ in range(3)]
    assert simulation.run() == "done"
    for agreed, took_s in (session.result for session in sessions):
        assert agreed
        assert took_s == pytest.approx(20 / 2e5)


def test_a_message_reaches_its_own_session_only() -> None:
    heard: list[tuple[int, int]] = []

    def talk(session):
        session.send("n0", "n2", session.number)
        heard.append((session.number, (yield session.receive("n2"))))

    simulation = network().simulate()
    for _ in range(3):
        simulation.start(talk, "n0", "n2")
    simulation.run()
    assert sorted(heard) == [(number, number) for number in range(3)]


def test_a_protocol_that_fails_stops_the_run() -> None:
    def broken(session):
        session.request()
        yield session.next_pair()
        raise ZeroDivisionError("in a stranger's code")

    simulation = network().simulate()
    simulation.start(broken, "n0", "n2")
    with pytest.raises(ZeroDivisionError, match="stranger"):
        simulation.run()


def test_sessions_take_turns() -> None:
    order: list[int] = []

    def note(session):
        session.request(pairs=4)
        for _ in range(4):
            yield session.next_pair()
            order.append(session.number)

    simulation = network().simulate(seed=2)
    for _ in range(3):
        simulation.start(note, "n0", "n2")
    simulation.run()
    assert order == list(itertools.islice(itertools.cycle([0, 1, 2]), 12))


def test_only_the_ends_of_a_session_can_talk() -> None:
    def talk(session):
        session.send("n0", "n3", 1)
        yield session.wait(1.0)

    simulation = network().simulate()
    simulation.start(talk, "n0", "n2")
    with pytest.raises(UnknownName, match="n3"):
        simulation.run()
