"""Each entangling attempt of a node dephases what its other memories hold, by exactly as many as were made."""

import math

import pytest
from chains import ATTEMPT_S, attempt, chain, mean_and_error
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.hardware import repeater_hardware
from qnet.link import Device, device_of
from qnet.network.attempts import Emissions
from qnet.network.flow import Flow
from qnet.quantum import Aer, Compiled, State, Waiting, move
from qnet.quantum.library import dejmps
from qnet.time import ticks

N = 20.0
AT_ONCE = {"classical_delay": "zero", "restart": "per-pair"}


def delivered(links, device, pairs, *, keep=False, length_km=1.0, **options):
    """What a flow delivers, and the ticks of the middle node's heralds."""
    heralds, taken = [], []

    def observer(tick, node, kind, details):
        if (node, kind) == ("n1", "heralded"):
            heralds.append(tick)

    simulation = chain(links, device, length_km).simulate(seed=1, observer=observer, **{**AT_ONCE, **options})
    route = simulation.network.route()
    flow = Flow(simulation.plant, route, simulation.flows.course(route, keep=keep), deliver=taken.append)
    flow.activate()
    while len(taken) < pairs:
        simulation.clock.step()
    return taken, heralds


def coherence(pair):
    return abs(pair.tensor[1, 1])


@pytest.mark.parametrize("interfaces", [1, 2])
def test_the_half_that_waits_suffers_each_attempt_of_the_other_link(interfaces):
    """One interface: all attempts of the second link; two: those after the first link had succeeded."""
    pairs, heralds = delivered([attempt(0.3)] * 2, Device(attempts_to_dephase=N, optical_interfaces=interfaces), 60)
    waits = [(late - early) / ticks(ATTEMPT_S) for early, late in zip(heralds[::2], heralds[1::2], strict=False)]
    assert max(waits) > 5
    for pair, attempts in zip(pairs, waits, strict=False):
        assert coherence(pair) == pytest.approx(math.exp(-attempts / N))


def test_the_mean_over_many_pairs_is_the_closed_form():
    """One interface: E[exp(-n/N)] = p a / (1 - (1 - p) a) with a = exp(-1/N) and n attempts of the second link."""
    p, a = 0.2, math.exp(-1 / N)
    pairs, _ = delivered([attempt(p)] * 2, Device(attempts_to_dephase=N, optical_interfaces=1), 300)
    mean, error = mean_and_error([coherence(pair) for pair in pairs])
    assert mean == pytest.approx(p * a / (1 - (1 - p) * a), abs=4 * error)


def test_only_storage_is_exposed_where_there_is_one():
    """The move is over in the slot after the herald, and then the other link begins."""
    times = {"memory": Waiting.from_t1_t2(t2_s=1e9), "storage": Waiting.from_t1_t2(t2_s=2e9)}
    device = Device(**times, move_in=move(), move_s=ATTEMPT_S / 2, attempts_to_dephase=N, optical_interfaces=1)
    pairs, heralds = delivered([attempt(0.3)] * 2, device, 30)
    for pair, early, late in zip(pairs, heralds[::2], heralds[1::2], strict=False):
        attempts = (late - early) / ticks(ATTEMPT_S) - 1
        assert coherence(pair) == pytest.approx(math.exp(-attempts / N))


def test_a_raw_pair_suffers_the_attempts_for_the_next_one():
    """Both sides of one link: the first raw pair sees n attempts at each end before the second is there."""
    device = Device(attempts_to_dephase=N)
    link = attempt(0.4, State.bell())
    pairs, heralds = delivered([link], device, 20, keep=True, purification=dejmps())
    attempts = [(late - early) / ticks(ATTEMPT_S) for early, late in zip(heralds[::2], heralds[1::2], strict=False)]
    aged = [State.bell_diagonal([(1 + f) / 2, (1 - f) / 2, 0, 0]) for f in (math.exp(-2 * n / N) for n in attempts)]
    expected = [dejmps().purify([state, State.bell()])[1].fidelity() for state in aged]
    found = [pair.fidelity() for pair in pairs]
    assert all(any(one == pytest.approx(other, abs=1e-9) for other in expected) for one in found)


def test_engines_agree_on_attempts():
    device = Device(memory=Waiting.from_t1_t2(t1_s=0.5, t2_s=0.3), attempts_to_dephase=N)
    compiled, aer = (delivered([attempt(0.4)] * 2, device, 3, engine=engine)[0] for engine in (Compiled(), Aer()))
    for one, other in zip(compiled, aer, strict=True):
        assert one.tensor == pytest.approx(other.tensor, abs=1e-9)


def test_without_such_dephasing_nothing_is_logged():
    simulation = chain([attempt(0.5)] * 2).simulate()
    flow_route = simulation.network.route()
    flow = Flow(simulation.plant, flow_route, simulation.flows.course(flow_route, keep=True), deliver=lambda pair: None)
    flow.activate()
    assert all(station.attempts is None for station in simulation.plant.stations.values())
    assert all(port.slot.exposure is None for lane in simulation.plant.lanes for port in lane.ports)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), max_size=8), st.integers(1, 9))
def test_attempts_are_the_slots_of_the_grid(spans, cycle):
    """Against listing every slot; intervals that were forgotten still count."""
    emissions, listed, now = Emissions(cycle), [], 0
    for pause, length in spans:
        now += pause
        emissions.begin(now)
        begun, now = now, now + length
        listed += [tick for tick in range(begun, now) if tick % cycle == 0]
        emissions.end(now, horizon=now - 5)
        assert emissions.before(now) == emissions.before(now + 50) == len(listed)
        assert emissions.before(now - 5) == sum(tick < now - 5 for tick in listed)


def test_a_device_takes_the_number_of_its_hardware():
    hardware = repeater_hardware("colour-centre")
    memory = hardware.memory if hardware.storage is None else hardware.storage.memory
    assert device_of(hardware).attempts_to_dephase == memory.attempts_to_dephase
    with pytest.raises(InvalidArgument, match="`attempts_to_dephase` must be greater than 0"):
        Device(attempts_to_dephase=0)
