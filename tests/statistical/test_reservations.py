"""What the reserving scheduler promises under load, it keeps: on time, and no pair below its threshold."""

import pytest

from qnet.experiment.intervals import binomial_interval
from qnet.link import Device, Link
from qnet.network.shapes import grid
from qnet.network.topology import Network
from qnet.network.traffic import Traffic
from qnet.quantum import State, Waiting

NETWORK = Network.from_graph(
    grid(4, 4, 20.0),
    link=Link.from_numbers(0.1, 2e-4, State.werner(0.98)),
    hardware=Device(memory=Waiting.from_t1_t2(t2_s=0.5), optical_interfaces=4),
)


RATE_HZ = 30.0
SHARES = [("n0", "n6"), ("n15", "n9"), ("n3", "n11")]


@pytest.mark.parametrize("seconds", [4.0, pytest.param(120.0, marks=pytest.mark.validate)])
@pytest.mark.parametrize("shares", [[], SHARES], ids=["alone", "beside rates without end"])
def test_accepted_requests_are_served_in_time_and_at_their_fidelity(
    seconds: float, shares: list[tuple[str, str]]
) -> None:
    traffic = Traffic(requests_hz=12.0, pairs=(5, 60), min_fidelity=(0.8, 0.8), duration_s=(0.5, 3.0))
    simulation = NETWORK.simulate(seed=3, scheduling="reserved", quantum_s=0.5)
    endless = [simulation.request(*ends, rate_hz=RATE_HZ, min_fidelity=0.8) for ends in shares]
    asked = simulation.add_traffic(traffic, until_s=seconds)
    simulation.run(until_s=seconds + 4.0)
    assert all(each.delivered >= RATE_HZ * seconds and not each.below_threshold for each in endless)
    accepted = [each for each in asked if each.plan is not None]
    on_time = sum(each.on_time for each in accepted)
    assert not any(each.below_threshold for each in accepted)
    assert 0 < len(accepted) < len(asked)  # not all can be, so that there is load
    if seconds > 100.0:
        assert len(accepted) >= 1000
        interval = binomial_interval(on_time, len(accepted))
        assert interval is not None
        assert interval.low >= 0.95
    assert on_time >= 0.95 * len(accepted)
