"""The calendar: reservations that never overlap, found as early as they can be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.network.calendar import Calendar

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9), st.sets(st.sampled_from("abc"), min_size=1)))


@given(spans)
def test_reservations_placed_as_early_as_they_can_never_overlap(wishes: list[tuple[int, int, set[str]]]) -> None:
    calendar, used = Calendar(), set()
    for holder, (not_before, duration, links) in enumerate(wishes):
        start = int(calendar.earliest(links, duration, not_before))
        calendar.reserve(links, start, start + duration, holder)
        ticks = {(link, tick) for link in links for tick in range(start, start + duration)}
        assert start >= not_before
        assert not used & ticks
        for earlier in range(not_before, start):  # nothing earlier would have done
            assert used & {(link, tick) for link in links for tick in range(earlier, earlier + duration)}
        used |= ticks


def test_an_open_end_leaves_no_place_behind_it() -> None:
    calendar = Calendar()
    calendar.reserve(["a"], 5, math.inf, holder=0)
    assert calendar.earliest(["a"], 5, 0) == 0
    assert calendar.earliest(["a"], 6, 0) == math.inf


def test_what_is_released_can_be_reserved_again() -> None:
    calendar = Calendar()
    calendar.reserve(["a", "b"], 0, 100, holder=0)
    calendar.reserve(["a"], 100, 200, holder=0)
    calendar.release(0, 30)
    assert calendar.earliest(["a", "b"], 1000, 0) == 30


def test_what_is_over_is_forgotten() -> None:
    calendar = Calendar()
    calendar.reserve(["a"], 0, 10, holder=3)
    calendar.reserve(["a"], 10, 20, holder=4)
    calendar.forget(10)
    assert (calendar.earliest(["a"], 5, 0), calendar.earliest(["a"], 15, 0)) == (0, 20)


def test_a_taken_place_cannot_be_reserved() -> None:
    calendar = Calendar()
    calendar.reserve(["a"], 0, 10, holder=0)
    with pytest.raises(AssertionError):
        calendar.reserve(["a"], 9, 11, holder=1)


@given(spans, st.integers(0, 60))
def test_what_comes_in_each_frame_overlaps_nothing_either(wishes: list[tuple[int, int, set[str]]], later: int) -> None:
    """Half the wishes are for ever, the others for once and after those; ten frames are looked at."""
    calendar, used = Calendar(frame=20), set()
    for holder, (not_before, duration, links) in enumerate(wishes):
        if holder % 2:
            window = calendar.free_in_frames(links, not_before)
            assert window is not None
            start, length = window
            if length < duration:
                continue
            assert start >= not_before
            calendar.reserve_in_frames(links, start, duration, holder)
            starts = range(start, start + 200, 20)
        else:
            once = calendar.earliest(links, duration, not_before + later)
            if math.isinf(once):
                continue
            assert calendar.free_until(links, int(once)) >= once + duration
            calendar.reserve(links, once, once + duration, holder)
            starts = range(int(once), int(once) + 1)
        ticks = {(link, tick) for link in links for start in starts for tick in range(start, start + duration)}
        assert not used & ticks
        used |= ticks


def test_a_share_that_is_given_back_keeps_only_the_window_that_is_open() -> None:
    calendar = Calendar(frame=100)
    calendar.reserve_in_frames(["a"], 20, 50, holder=1)
    assert calendar.earliest(["a"], 60, 200) == math.inf
    calendar.release(1, 330)
    assert calendar.earliest(["a"], 60, 310) == 330
    assert calendar.earliest(["a"], 60, 400) == 400
