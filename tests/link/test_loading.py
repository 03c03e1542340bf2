"""The process that fills the memories of a link: on its grid of slots, while both ends emit."""

from types import SimpleNamespace

import numpy as np
import pytest

from qnet.link import Link, Loader
from qnet.quantum import State
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Purpose, Stream
from qnet.time import Clock, Phase

US = 10**6


def loading(probability=1.0, **numbers):
    """A link of 100 us, its ends, and a list of its clicks: (tick, emitted, heralded, herald)."""
    link = Link.from_numbers(probability, 100e-6, State.bell())
    link = Link(success_probability=probability, cycle_s=100e-6, **{"heralds": link.heralds, **numbers})
    clock, clicks = Clock(), []
    ends = SimpleNamespace(emitting=False), SimpleNamespace(emitting=False)
    stream = Stream(3, Purpose.GENERATION, "a|b")
    loader = Loader(clock, link, ends, stream, lambda *click: clicks.append((clock.now, *click)))
    return loader, clock, ends, clicks


def emit(loader, *ends):
    for end in ends:
        end.emitting = True
    loader.wake()


def test_nothing_happens_until_both_emit():
    loader, clock, (source, target), clicks = loading()
    emit(loader, source)
    clock.run(until=250 * US)
    assert not clicks
    emit(loader, target)  # in the middle of a slot: the next one is the first that both share
    clock.run(until=1000 * US)
    assert clicks == [(350 * US, 300 * US, 400 * US, 0)]
    assert not source.emitting
    assert not target.emitting


def test_a_slot_that_begins_now_is_used():
    loader, clock, ends, clicks = loading()
    clock.run(until=200 * US)
    emit(loader, *ends)
    clock.run(until=1000 * US)
    assert clicks == [(250 * US, 200 * US, 300 * US, 0)]


def test_times_within_a_slot():
    loader, clock, ends, clicks = loading(emission_s=10e-6, detection_s=40e-6)
    emit(loader, *ends)
    clock.run(until=1000 * US)
    assert clicks == [(40 * US, 10 * US, 100 * US, 0)]


def test_waking_twice_is_waking_once():
    loader, clock, ends, clicks = loading()
    emit(loader, *ends)
    loader.wake()
    clock.run(until=1000 * US)
    assert len(clicks) == 1


def test_attempts_follow_the_geometric_law():
    loader, clock, ends, clicks = loading(0.25)
    emit(loader, *ends)
    for _ in range(3000):
        while ends[0].emitting:
            clock.step()
        clock.call(50 * US, Phase.ARRIVALS, lambda _: emit(loader, *ends))  # at the end of the slot
        clock.step()
    attempts = np.diff([-100 * US] + [emitted for _, emitted, _, _ in clicks]) / (100 * US)
    shares = [np.mean(attempts == k) for k in (1, 2, 3)]
    assert shares == pytest.approx([0.25, 0.1875, 0.140625], abs=4 * np.sqrt(0.25 * 0.75 / 3000))
    assert np.mean(attempts) == pytest.approx(4, abs=4 * np.sqrt(12 / 3000))


def test_heralds_come_as_often_as_they_should():
    heralds = tuple(HeraldedState(probability=p, state=State.bell(2), label=2) for p in (0.2, 0.8))
    loader, clock, ends, clicks = loading(1.0, heralds=heralds)
    for _ in range(1000):
        emit(loader, *ends)
        while ends[0].emitting:
            clock.step()
    assert np.mean([herald for *_, herald in clicks]) == pytest.approx(0.8, abs=4 * 0.4 / np.sqrt(1000))
