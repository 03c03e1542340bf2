"""The seams that attacks use: taps as an option of the simulation, and nodes that do something else than swap."""

import math

import pytest
from chains import ATTEMPT_S

from qnet import Link, Network
from qnet.errors import InvalidArgument, UnknownName
from qnet.planning import nested, sequential
from qnet.quantum import Aer, Operation, State, bell_measurement, intercept_resend
from qnet.quantum.library import dejmps

READ_Z = intercept_resend()


def net(hops: int, **hardware) -> Network:
    link = Link.from_numbers(1.0, ATTEMPT_S, State.bell())
    return Network.chain([10.0] * hops, link=link, **hardware)


def pairs_of(network: Network, number: int = 3, **options):
    simulation = network.simulate(seed=1, **options)
    taken = []

    def take(session):
        session.request()
        for _ in range(number):
            taken.append((yield session.next_pair()))
        session.close("enough")

    simulation.start(take)
    simulation.run()
    simulation.audit()
    return taken


MANNERS = [
    {},
    {"restart": "per-pair", "classical_delay": "zero"},
    {"clocking": "rounds"},
    {"memories": 3},
    {"cutoff_s": 1.0},
    {"cutoff_s": 1.0, "cutoff_of": "pair"},
    {"recipe": nested, "restart": "per-pair"},
    {"recipe": sequential, "restart": "per-pair"},
    {"scheduling": "reserved"},
    {"purification": dejmps()},
]


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: "-".join(manner) or "plain")
@pytest.mark.parametrize("ends", [("n1", "n2"), ("n2", "n1")])
def test_a_tap_works_for_every_manner_of_swapping_whatever_the_order_of_its_ends(manner, ends):
    for pair in pairs_of(net(4), **manner, taps={ends: [READ_Z]}):
        assert State(pair.tensor).concurrence() == pytest.approx(0.0, abs=1e-6)
        assert pair.believed_fidelity() == pytest.approx(1.0)


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: "-".join(manner) or "plain")
def test_a_node_that_measures_works_for_every_manner_of_swapping(manner):
    for pair in pairs_of(net(4), **manner, behaviours={"n2": Measurer()}):
        state = State(pair.tensor)
        assert state.concurrence() == pytest.approx(0.0, abs=1e-6)
        assert state.qber("z") in (pytest.approx(0.0), pytest.approx(1.0))
        assert pair.believed_fidelity() == pytest.approx(1.0)


def test_a_tap_works_on_links_made_of_hardware_and_on_their_inserted_stations():
    network = Network.chain([80.0], hardware="trapped-ion")
    honest, tapped, part = (
        pairs_of(network, 1, max_span_km=40.0, taps=taps)[0]
        for taps in (None, {("n1", "n0~n1#1"): [READ_Z]}, {("n0~n1#1", "n0"): [READ_Z]})
    )
    for pair in (tapped, part):
        assert State(pair.tensor).qber("x") == pytest.approx(0.5, abs=1e-3)
        assert pair.believed_fidelity() == pytest.approx(honest.believed_fidelity())


def test_taps_of_both_orders_and_of_the_link_itself_strike_one_after_the_other():
    link = Link.from_numbers(1.0, ATTEMPT_S, State.bell()).with_taps(READ_Z)
    read_x = intercept_resend(math.pi / 2)
    taps = {("n1", "n0"): [read_x]}
    (pair,) = pairs_of(Network.chain([10.0], link=link), 1, taps=taps)
    assert [State(pair.tensor).qber(basis) for basis in "zx"] == pytest.approx([0.5, 0.5])


def test_a_link_without_a_tap_is_left_alone():
    (plain,), (tapped,) = (pairs_of(net(2), 1, taps=taps) for taps in (None, {("n0", "n1"): []}))
    assert plain.tensor == pytest.approx(tapped.tensor)


@pytest.mark.parametrize(
    ("taps", "error", "named"),
    [
        ({("n0", "n9"): [READ_Z]}, UnknownName, "n9"),
        ({("n0", "n2"): [READ_Z]}, UnknownName, "n0~n2"),
        ({("n0", "n1"): [bell_measurement()]}, InvalidArgument, "taps"),
    ],
)
def test_taps_that_cannot_be_are_refused_before_anything_runs(taps, error, named):
    with pytest.raises(error, match=named):
        net(2).simulate(taps=taps)


def test_the_engine_of_circuits_taps_as_the_compiled_one_does():
    one, other = (
        pairs_of(net(2), 2, taps={("n0", "n1"): [READ_Z]}, behaviours={"n1": Measurer()}, engine=engine)
        for engine in (None, Aer())
    )
    for here, there in zip(one, other, strict=True):
        assert here.tensor == pytest.approx(there.tensor, abs=1e-9)


class Measurer:
    """Measures both halves in Z; says whether they differ, and Phi where it does not know."""

    def __init__(self) -> None:
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(2, 2)
        circuit.cx(0, 1)
        circuit.measure([1, 0], [0, 1])
        self.operation = Operation(circuit, inputs=(0, 1))

    def swap(self, device, chance) -> Operation:
        return self.operation

    def announce(self, view, record: int) -> int:
        return 2 * (record & 1)


def test_a_swap_that_fails_fails_for_a_dishonest_node_too():
    from qnet import Device

    device = Device(swap_success_probability=0.4)
    observed = []
    pairs = pairs_of(
        net(2, hardware=device), 20, behaviours={"n1": Measurer()}, observer=lambda *seen: observed.append(seen[2])
    )
    assert len(pairs) == 20
    assert observed.count("swap-failed") > 10


def test_the_chance_of_a_dishonest_node_moves_no_one_elses_numbers():
    class Drawing(Measurer):
        def swap(self, device, chance):
            chance.uniform()
            return device.swap

        def announce(self, view, record):
            return record

    honest, drawing = (pairs_of(net(3), 20, behaviours=given) for given in ({}, {"n1": Drawing()}))
    assert [pair.label for pair in honest] == [pair.label for pair in drawing]
