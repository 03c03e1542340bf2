"""No action at a node may depend on what happened elsewhere before light could have told.

The same seed is run twice; in the second run one link's herald comes later. Until light from the ends of that link
arrives, every node must do the same at the same ticks.
"""

import pytest
from chains import chain

from qnet.link import Device, Link
from qnet.network.flow import Flow
from qnet.network.messages import Swapped
from qnet.network.repeater import Repeater
from qnet.quantum import Noise, State, Waiting, move
from qnet.quantum.library import dejmps
from qnet.time import ticks

KM_PER_S = 2e5
LENGTHS = {
    "even": (20.0, 20.0, 20.0, 20.0),
    "uneven": (20.0, 5.0, 35.0, 10.0),
    "short ends": (5.0, 40.0, 5.0),
    "two": (15.0, 25.0),
}
MEMORY = Waiting.from_t1_t2(t2_s=0.1)
DEVICES = {
    "two interfaces": Device(memory=MEMORY, swap_s=2e-5),
    "one, and storage": Device(
        memory=MEMORY, storage=MEMORY, move_in=move(), move_s=3e-5, swap_s=2e-5, measurement_s=1e-5,
        optical_interfaces=1,
    ),
    "failing swaps": Device(memory=MEMORY, swap_s=2e-5, swap_success_probability=0.7),
    "dephasing by attempts": Device(memory=MEMORY, attempts_to_dephase=50.0),
    "purifying": Device(
        memory=MEMORY, swap_s=2e-5, measurement_s=1e-5,
        noise=Noise.from_numbers(one_qubit_gate_s=1e-6, two_qubit_gate_s=1e-5),
    ),
}  # fmt: skip
PAIRS = 12


class Later:
    """A link's random stream whose `number`-th success takes `more` attempts longer."""

    def __init__(self, stream, number, more):
        self._stream, self._left, self._more = stream, number, more

    def geometric(self, probability):
        self._left -= 1
        return self._stream.geometric(probability) + (self._more if self._left == 0 else 0)

    def __getattr__(self, name):
        return getattr(self._stream, name)


def run(lengths, span, more, *, keep, device="two interfaces", plant=None, **options):
    """The actions (tick, node, kind) of a run in which the fifth herald of a span comes `more` attempts later."""
    links = [Link.from_numbers(0.25, length / KM_PER_S, State.werner(0.97)) for length in lengths]
    network = chain(links, DEVICES[device], lengths)
    seen = []
    observer = lambda tick, node, kind, details: seen.append((tick, node, kind))  # noqa: E731
    if device == "purifying":
        options = {**options, "purification": dejmps()}
    simulation = network.simulate(seed=17, cutoff_s=2e-3, observer=observer, **options)
    delivered = put_to_work(simulation, keep=keep)
    (port,) = [
        port for port, _ in simulation.plant.stations[f"n{span}"].ports.values() if port.neighbour == f"n{span + 1}"
    ]
    port.loader._stream = Later(port.loader._stream, 5, more)
    if plant is not None:
        plant(simulation)
    while len(delivered) < PAIRS:
        simulation.clock.step()
    return seen


def put_to_work(simulation, *, keep):
    """Let a flow run from end to end; give the list of what it delivers."""
    route, delivered = simulation.network.route(), []
    course = simulation.flows.course(route, keep=keep)
    Flow(simulation.plant, route, course, deliver=delivered.append).activate()
    return delivered


def too_early(lengths, span, first, second):
    """Nodes that act differently before light from the link that changed could reach them."""
    offsets = [ticks(sum(lengths[:k]) / KM_PER_S) for k in range(len(lengths) + 1)]
    heralds = [[action for action in seen if action[1:] == (f"n{span}", "heralded")] for seen in (first, second)]
    changed = min(min(pair) for pair in zip(*heralds, strict=False) if pair[0] != pair[1])[0]
    end = min(first[-1][0], second[-1][0])
    early = []
    for position, there in enumerate(offsets):
        light = changed + min(abs(there - offsets[span]), abs(there - offsets[span + 1]))
        until = [[a for a in seen if a[1] == f"n{position}" and a[0] < min(light, end)] for seen in (first, second)]
        if sorted(until[0]) != sorted(until[1]):
            early.append(f"n{position}")
    assert changed < end
    return early


def both(lengths, span, **options):
    return [run(lengths, span, more, **options) for more in (0, 9)]


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", LENGTHS)
def test_nothing_is_known_before_light_arrives(name, device, keep, restart):
    lengths = LENGTHS[name]
    for span in range(len(lengths)):
        first, second = both(lengths, span, keep=keep, device=device, restart=restart)
        assert first != second
        assert too_early(lengths, span, first, second) == []


def without_delay(simulation):
    """A swap at n1 is known at n4 at once."""
    (flow,) = {lane.flow for lane in simulation.plant.lanes}
    simulation.plant.post.delays[flow.course.number, "n1", "n4"] = 0


def test_a_message_without_delay_is_caught():
    lengths = LENGTHS["uneven"]
    first, second = both(lengths, 0, keep=True, plant=without_delay)
    assert "n4" in too_early(lengths, 0, first, second)


def test_a_look_into_another_node_is_caught(monkeypatch):
    """A repeater that acts on a swap of its neighbour, a fibre away, when that happens."""
    swap, roles = Repeater._swap, {}

    def swap_seen_from_afar(self, left, right):
        swap(self, left, right)
        roles[right.neighbour]._station.note("saw")

    def look(simulation):
        roles.update(
            {name: role for name, station in simulation.plant.stations.items() for role in station.roles.values()}
        )

    monkeypatch.setattr(Repeater, "_swap", swap_seen_from_afar)
    lengths = LENGTHS["even"]
    assert "n2" in too_early(lengths, 0, *both(lengths, 0, keep=True, plant=look))


def test_every_message_takes_the_fibre():
    """What a swap tells arrives at each end exactly when light does."""
    lengths, arrivals, swaps = LENGTHS["uneven"], {}, {}

    def observer(tick, node, kind, details):
        if kind == "swap":
            swaps[details] = (tick, node)
        elif kind == "swapped":
            message = Swapped(*details)
            arrivals.setdefault((message.left, message.right), []).append((tick, node))

    links = [Link.from_numbers(0.25, length / KM_PER_S, State.bell()) for length in lengths]
    network = chain(links, Device(swap_s=2e-5), lengths)
    simulation = network.simulate(seed=1, observer=observer)
    delivered = put_to_work(simulation, keep=False)
    while len(delivered) < 5:
        simulation.clock.step()
    place = {f"n{k}": sum(lengths[:k]) for k in range(5)}
    for swap, heard in arrivals.items():
        tick, node = swaps[swap]
        for arrived, end in heard:
            assert arrived - tick == pytest.approx(ticks(2e-5 + abs(place[end] - place[node]) / KM_PER_S), abs=4)
    assert len(arrivals) >= 15


def test_every_record_of_a_purification_takes_the_fibre():
    """What one side of a link read reaches the other side one fibre later, and so both decide no earlier."""
    length, read, heard = 30.0, {}, {}

    def observer(tick, node, kind, details):
        if kind == "purify":
            read[details[0], node] = tick
        elif kind == "purified":
            heard[details[1], node] = tick

    link = Link.from_numbers(0.25, length / KM_PER_S, State.werner(0.97))
    network = chain([link], DEVICES["purifying"], length)
    simulation = network.simulate(seed=1, purification=dejmps(), observer=observer)
    delivered = put_to_work(simulation, keep=False)
    while len(delivered) < 5:
        simulation.clock.step()
    for (pair, node), tick in heard.items():
        assert tick - read[pair, "n0" if node == "n1" else "n1"] == pytest.approx(ticks(length / KM_PER_S), abs=4)
    assert len(heard) >= 10
