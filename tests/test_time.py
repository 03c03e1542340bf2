import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.time import Clock, Phase, seconds, ticks


@pytest.mark.parametrize("order", list(itertools.permutations(Phase, 3)))
def test_one_tick_has_its_phases_in_order_however_they_were_booked(order):
    clock, heard = Clock(), []
    for phase in order:
        clock.call(5, phase, lambda event: heard.append(event.value), phase)
    clock.call(4, Phase.REQUESTS, lambda event: heard.append(event.value), "a tick before")
    clock.run()
    assert heard == ["a tick before", *sorted(order)]


def test_what_arrives_is_known_before_anyone_decides():
    assert Phase.ARRIVALS < Phase.HERALDS < Phase.SWAPS < Phase.CUTOFFS < Phase.REQUESTS


def test_within_a_phase_first_come_first_served():
    clock, heard = Clock(), []
    for number in range(5):
        clock.call(1, Phase.SWAPS, lambda event: heard.append(event.value), number)
    assert clock.advance(horizon=1, budget=3) == 3
    assert heard == [0, 1, 2]
    assert clock.advance(horizon=0, budget=9) == 0


@given(st.integers(-(10**15), 10**15))
def test_ticks_survive_seconds(duration):
    assert ticks(seconds(duration)) == duration


@given(st.floats(0.0, 1e3))
def test_rounding_is_to_the_nearest_picosecond(duration_s):
    assert abs(seconds(ticks(duration_s)) - duration_s) <= 0.5e-12 + 1e-15 * duration_s


@pytest.mark.parametrize("duration_s", [math.inf, math.nan])
def test_time_ends(duration_s):
    with pytest.raises(InvalidArgument, match="`duration_s` must be finite"):
        ticks(duration_s)
