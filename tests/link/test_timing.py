"""When things happen in a slot."""

import pytest

from qnet.hardware import Fibre
from qnet.link.timing import absorber_timing, source_timing, station_timing

FIBRE = Fibre(group_velocity_km_s=2e5)
US = 1e-6


def test_a_station_in_the_middle_costs_one_flight_along_the_link():
    timing = station_timing(10 * US, FIBRE, (20.0, 20.0))
    assert timing.ready_s == 10 * US
    assert (timing.click_s, timing.cycle_s) == pytest.approx((110 * US, 210 * US))
    assert timing.waited_s == (0.0, 0.0)


@pytest.mark.parametrize(("arms_km", "waited_s"), [((30.0, 10.0), (100 * US, 0.0)), ((10.0, 30.0), (0.0, 100 * US))])
def test_the_longer_arm_decides_and_its_end_emits_first(arms_km, waited_s):
    timing = station_timing(10 * US, FIBRE, arms_km)
    assert (timing.ready_s, timing.click_s, timing.cycle_s) == pytest.approx((110 * US, 160 * US, 310 * US))
    assert timing.waited_s == pytest.approx(waited_s)


def test_an_absorber_answers_over_the_whole_way():
    timing = absorber_timing(10 * US, FIBRE, 40.0)
    assert (timing.ready_s, timing.click_s, timing.cycle_s) == pytest.approx((210 * US, 210 * US, 410 * US))
    assert timing.waited_s == pytest.approx((200 * US, 0.0))


def test_a_source_blocks_memories_for_its_pulses_and_one_message():
    timing = source_timing(10 * US, FIBRE, (20.0, 20.0), 7 * US)
    assert (timing.ready_s, timing.cycle_s) == pytest.approx((10 * US, 217 * US))
    assert timing.waited_s == (0.0, 0.0)


def test_the_end_nearer_to_the_source_holds_its_qubit_longer():
    timing = source_timing(0.0, FIBRE, (10.0, 30.0), 0.0)
    assert timing.waited_s == pytest.approx((100 * US, 0.0))
    assert timing.cycle_s == pytest.approx(300 * US)  # the far photon comes 100 us later, its word takes 200 us
