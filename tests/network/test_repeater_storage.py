"""Nodes with one interface and nodes whose qubits move to storage: when what happens, and how qubits age meanwhile."""

import math

import numpy as np
import pytest
from chains import chain, deliver

from qnet.link import Device, Link
from qnet.network.flow import Flow
from qnet.quantum import Noise, State, Waiting, move
from qnet.time import ticks

SLOT_S, EXPOSED_S, STORED_S = 1e-3, 0.05, 2.0
EXPOSED, STORED = Waiting.from_t1_t2(t2_s=EXPOSED_S), Waiting.from_t1_t2(t2_s=STORED_S)
CERTAIN = Link.from_numbers(1.0, SLOT_S, State.bell())
AT_ONCE = {"classical_delay": "zero"}


def device(move_s=0.0, interfaces=1, **numbers):
    return Device(
        memory=EXPOSED, storage=STORED, move_in=move(), move_s=move_s, optical_interfaces=interfaces, **numbers
    )


def events(network, pairs=1, **options):
    """(milliseconds, node, kind) of all actions."""
    seen = []
    deliver(network, pairs, observer=lambda tick, node, kind, _: seen.append((tick / 1e9, node, kind)), **options)
    return seen


def times(seen, node, kind, count):
    return [time for time, where, what in seen if (where, what) == (node, kind)][:count]


@pytest.mark.parametrize(
    ("hardware", "heralds"),
    [
        (Device(optical_interfaces=2), [1, 1]),
        (Device(optical_interfaces=1), [1, 2]),  # free at the herald, since the qubit has a memory of its own
        (device(0.3e-3), [1, 3]),  # free when the qubit is in storage; then the next slot
        (device(1e-3), [1, 3]),
        (device(0.0), [1, 2]),
        (device(0.3e-3, interfaces=2), [1, 1]),
    ],
)
def test_links_are_loaded_as_interfaces_allow(hardware, heralds):
    assert times(events(chain([CERTAIN] * 2, hardware), **AT_ONCE), "n1", "heralded", 2) == heralds


@pytest.mark.parametrize("move_s", [0.0, 0.3e-3, 1.2e-3])
def test_ages_in_both_memories(move_s):
    """The left half is exposed until its move is over, then stored until the right link is there."""
    (pair,) = deliver(chain([CERTAIN] * 2, device(move_s)), 1, **AT_ONCE)
    moved = SLOT_S + move_s
    swapped = SLOT_S * (1 + math.ceil(round(moved / SLOT_S, 9)))
    exposed, stored = SLOT_S * 2 + moved + SLOT_S, swapped - moved  # both ends, the left half; the right half
    assert pair.delivered_s == pytest.approx(swapped)
    lost = math.exp(-exposed / EXPOSED_S - stored / STORED_S)
    assert abs(pair.tensor[1, 1]) == pytest.approx(lost, rel=1e-9)


def test_a_move_that_is_under_way_delays_the_swap():
    hardware = device(0.4e-3, interfaces=2)
    seen = events(chain([CERTAIN] * 2, hardware), **AT_ONCE)
    assert times(seen, "n1", "heralded", 2) == [1, 1]
    assert times(seen, "n1", "swap", 1) == [1.4]


def test_the_errors_of_a_move_count_once():
    noise = Noise.from_numbers(two_qubit_depolarising=0.1)
    hardware = Device(storage=STORED, memory=EXPOSED, move_in=move(noise), optical_interfaces=1)
    plain, noisy = (deliver(chain([CERTAIN] * 2, each), 1, **AT_ONCE)[0] for each in (device(), hardware))
    error = move(noise).instrument.tensor[0]
    assert abs(noisy.tensor[1, 1]) == pytest.approx(abs(plain.tensor[1, 1] * error[1, 1]))
    assert abs(noisy.tensor[3, 3]) == pytest.approx(error[3, 3])


def ports_of(simulation, node):
    return [port for port, _ in simulation.plant.stations[node].ports.values()]


def certain(cycle_s, emission_s):
    return Link(success_probability=1.0, cycle_s=cycle_s, emission_s=emission_s, heralds=CERTAIN.heralds)


def test_a_half_given_up_during_its_move_makes_room_for_the_other():
    """Left: emitted at 0, heralded at 2.2, moving until 4.2, cut off at 4 ms. Right: from 3.5 on, moved after that."""
    links = [certain(2.2e-3, 0.0), certain(4.1e-3, 3.5e-3)]
    simulation = chain(links, device(2e-3, interfaces=2)).simulate(cutoff_s=4e-3, **AT_ONCE)
    route, delivered = simulation.network.route(), []
    Flow(simulation.plant, route, simulation.flows.course(route, keep=False), deliver=delivered.append).activate()
    left, right = ports_of(simulation, "n1")
    simulation.clock.run(until=ticks(4.15e-3))
    assert (left.belief, left.emitting) == (None, False)
    assert right.belief is not None
    simulation.clock.run(until=ticks(4.3e-3))
    assert left.emitting
    assert (right.slot.waiting, right.holds_interface) == (EXPOSED, True)
    simulation.clock.run(until=ticks(6.3e-3))
    assert (right.slot.waiting, right.holds_interface) == (STORED, False)
    simulation.clock.run(until=ticks(7e-3))
    assert [pair.delivered_s for pair in delivered] == pytest.approx([6.6e-3])


@pytest.mark.parametrize("interfaces", [1, 2])
def test_interfaces_are_all_there_in_the_end(interfaces):
    links = [Link.from_numbers(0.3, SLOT_S, State.bell())] * 3
    hardware = device(0.7e-3, interfaces=interfaces, swap_s=0.4e-3, measurement_s=0.2e-3)
    simulation = chain(links, hardware).simulate(cutoff_s=9e-3, seed=2)
    simulation.request("n0", "n3", pairs=200)
    assert simulation.run(max_events=500_000) == "done"
    for name, station in simulation.plant.stations.items():
        taken = sum(port.holds_interface for port in ports_of(simulation, name))
        assert station.interfaces_free + taken == interfaces


def test_a_node_is_not_ready_before_its_swap_is_over():
    seen = events(chain([CERTAIN] * 2, Device(swap_s=0.4e-3)), pairs=2, **AT_ONCE)
    assert times(seen, "n1", "heralded", 4) == [1, 1, 3, 3]
    assert times(seen, "n1", "swap", 2) == [1, 3]
    assert times(seen, "n0", "swapped", 2) == [1.4, 3.4]


@pytest.mark.parametrize("keep", [True, False])
def test_an_end_is_not_ready_before_it_has_measured(keep):
    """Pairs that are kept are measured by whoever takes them; else they are there once they are measured."""
    seen = events(chain([CERTAIN], Device(measurement_s=1.5e-3)), pairs=3, keep=keep)
    assert times(seen, "n0", "heralded", 3) == ([1, 2, 3] if keep else [1, 4, 7])
    assert times(seen, "n1", "deliver", 3) == ([1, 2, 3] if keep else [2.5, 5.5, 8.5])


def test_a_swap_that_takes_time_ages_what_it_measures_only_until_it_begins():
    hardware = Device(memory=EXPOSED, swap_s=5e-3)
    (pair,) = deliver(chain([CERTAIN] * 2, hardware), 1, **AT_ONCE)
    assert abs(pair.tensor[1, 1]) == pytest.approx(math.exp(-4 * SLOT_S / EXPOSED_S))
    assert pair.delivered_s == pytest.approx(6e-3)
    assert np.abs(pair.tensor).max() == pytest.approx(1)
    assert pair.tick == ticks(6e-3)
