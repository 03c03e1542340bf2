"""Dishonest nodes: how they show, and what they know."""

import numpy as np
import pytest
from qnet_protocols import bbm92, e91
from werner import agrees, chain

from qnet import Network, Pairs
from qnet.attacks import CompromisedNode, DishonestRepeater
from qnet.attacks.nodes import label_of
from qnet.planning import nested
from qnet.quantum import State, bell_measurement


@pytest.mark.parametrize("basis", ["z", "x", "either"])
def test_what_it_announces_agrees_with_what_it_found(basis: str) -> None:
    """Two perfect pairs: after the announced correction, the basis that was measured is right, the other one random."""
    tensor = DishonestRepeater(node="n1", basis=basis).measured.instrument.tensor
    bell, total = State.bell().tensor, np.zeros((2, 4, 4))
    for record, swap in enumerate(tensor):
        label = label_of(record)
        flips = np.array([1, -1 if label & 1 else 1, -1 if label in (1, 2) else 1, -1 if label & 2 else 1])
        total[record >> 3] += bell @ swap @ bell * flips
    for in_x, pair in enumerate(total):
        if pair[0, 0] > 0:
            state = State(pair / pair[0, 0])
            assert [state.qber("z"), state.qber("x")] == pytest.approx([0.5, 0.0] if in_x else [0.0, 0.5])
    assert total[1, 0, 0] == pytest.approx({"z": 0.0, "x": 1.0, "either": 0.5}[basis])


def test_its_records_are_all_that_can_happen() -> None:
    operation = DishonestRepeater(node="n1").measured
    assert operation.instrument.completeness_error() == pytest.approx(0.0, abs=1e-12)


ATTACKS = [
    DishonestRepeater(node="n1"),
    DishonestRepeater(node="n1", basis="z", fraction=0.5),
    DishonestRepeater(node="n1", basis="x"),
    DishonestRepeater(node="n1", mode="lies", fraction=0.3),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
@pytest.mark.parametrize("options", [{}, {"recipe": nested, "restart": "per-pair"}], ids=["asap", "recipe"])
def test_it_shows_in_the_error_rates_as_it_should(attack: DishonestRepeater, options: dict) -> None:
    network = chain(2)
    result = bbm92.run(network, stop=Pairs(500), seed=4, **options, **attack.options(network.route()))
    for basis, name in (("z", "0"), ("x", "90")):
        wrong, total = result.counts.outcomes.errors(name, name)
        expected = attack.error_rate(basis)
        assert wrong == 0 if expected == 0 else agrees(wrong, total, expected)
    assert result.counts.believed_fidelity == pytest.approx(1.0)


def test_a_measured_pair_violates_no_bell_inequality() -> None:
    network = chain(2)
    result = e91.run(network, stop=Pairs(600), seed=2, **ATTACKS[0].options(network.route()))
    assert result.chsh.value < 2**0.5 + 4 * result.chsh.standard_error


def test_records_of_all_devices_are_understood() -> None:
    """A device whose swaps may fail by themselves has a fifth record."""
    from qnet import Device
    from qnet.quantum import linear_optics_bell_measurement

    network = chain(2, hardware=Device(swap=linear_optics_bell_measurement()))
    for mode in ("measures", "lies"):
        attack = DishonestRepeater(node="n1", mode=mode, fraction=0.5)
        assert (
            bbm92.run(network, stop=Pairs(60), seed=3, **attack.options(network.route())).counts.deliveries.pairs == 60
        )


def test_a_node_must_be_on_the_route() -> None:
    route = Network.chain([10.0, 10.0]).route()
    for attack in (DishonestRepeater(node="n7"), CompromisedNode(node="n7")):
        with pytest.raises(LookupError, match="n7"):
            attack.options(route)
    assert CompromisedNode(node="n1").options(route) == {}


@pytest.mark.parametrize("wrong", [{"mode": "sleeps"}, {"basis": "w"}, {"fraction": 2.0}])
def test_what_it_cannot_do_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DishonestRepeater(node="n1", **wrong)


def test_the_honest_swap_is_what_knowledge_takes_it_for() -> None:
    share = DishonestRepeater(node="n1", fraction=0.25)._branches()
    assert share[:4] == pytest.approx(0.75 * bell_measurement().instrument.tensor)
    assert share.sum(axis=0)[0, 0] == pytest.approx(1.0)
