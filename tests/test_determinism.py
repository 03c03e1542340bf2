"""One seed, one run: and nobody's numbers move because of what happens elsewhere."""

import pytest
from chains import actions, chain, deliver, take

import qnet.rng
from qnet.link import Device, Link
from qnet.network.topology import Edge, Network
from qnet.quantum import State, Waiting
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Purpose, Stream

HERALDS = tuple(HeraldedState(probability=0.5, state=State.bell(label), label=label) for label in (2, 3))
LINK = Link(success_probability=0.2, cycle_s=1e-4, heralds=HERALDS)
DEVICE = Device(memory=Waiting.from_t1_t2(t1_s=0.1, t2_s=0.05), optical_interfaces=4)
OPTIONS = {"cutoff_s": 1.5e-3}


def network(*edges):
    nodes = dict.fromkeys(node for edge in edges for node in edge)
    spans = tuple(Edge(*sorted(edge), 20.0, LINK) for edge in edges)
    return Network(name="test", nodes=tuple(nodes), edges=spans, repeater=DEVICE)


def facts(pairs):
    return [(pair.tick, pair.label, pair.tensor.tolist()) for pair in pairs]


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
def test_a_seed_fixes_every_action(restart):
    line = chain([LINK] * 3, DEVICE, 20.0)
    first, again, other = (actions(line, 20, seed=seed, restart=restart, **OPTIONS) for seed in (4, 4, 5))
    assert first == again
    assert {kind for _, _, kind, _ in first} >= {"heralded", "swapped", "swap", "cut-off", "discarded", "deliver"}
    assert other != first


def test_replicas_differ():
    line = chain([LINK] * 2, DEVICE)
    assert facts(deliver(line, 5, seed=1)) != facts(deliver(line, 5, seed=1, replica=1))


def test_blocks_of_random_numbers_do_not_matter(monkeypatch):
    line = chain([LINK] * 3, DEVICE, 20.0)
    by_size = []
    for size in (1, 7, 256):
        monkeypatch.setattr(qnet.rng, "_BLOCK", size)
        by_size.append(actions(line, 20, seed=4, **OPTIONS))
    assert by_size[0] == by_size[1] == by_size[2]


def test_streams_are_those_of_their_names():
    names = [(7, Purpose.RECORD, "a", 0), (8, Purpose.RECORD, "a", 0), (7, Purpose.GENERATION, "a", 0)]
    names += [(7, Purpose.RECORD, "b", 0), (7, Purpose.RECORD, "a", 1)]
    firsts = {Stream(*name).uniform() for name in names}
    assert len(firsts) == len(names)


def test_a_node_elsewhere_moves_nothing():
    small = network("AB", "BC")
    large = network("ZA", "AB", "BC", "CD", "BX")
    expected, got = (take(each.simulate(seed=3, **OPTIONS), "A", "C", 20) for each in (small, large))
    assert facts(got) == facts(expected)


def test_a_flow_through_the_same_node_moves_nothing():
    cross = network("AB", "BC", "XB", "BY")
    alone = take(cross.simulate(seed=3, **OPTIONS), "A", "C", 20)
    simulation = cross.simulate(seed=3, **OPTIONS)
    busy = simulation.request("X", "Y", pairs=20)
    assert facts(take(simulation, "A", "C", 20)) == facts(alone)
    assert busy.delivered == 20
