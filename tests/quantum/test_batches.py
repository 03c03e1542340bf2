"""Batches do what the scalar engine does, item by item."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import noises, random_state, waitings

from qnet.errors import InvalidArgument
from qnet.quantum import (
    NO_WAITING,
    Batch,
    Compiled,
    Half,
    State,
    Waiting,
    bell_measurement,
    bell_pair,
    dejmps,
    double_selection,
    linear_optics_bell_measurement,
)
from qnet.rng import Purpose, Stream

ITEMS = 20


def mixed(seed: int, qubits: int = 2) -> Batch:
    return Batch.stack([random_state(seed + k, qubits) for k in range(ITEMS)])


class Given(Stream):
    """A stream that hands out one number that is given."""

    def __init__(self, number: float) -> None:
        self.number = number

    def uniform(self) -> float:
        return self.number


@settings(max_examples=5)
@given(noises(), st.integers(0, 1000), st.sampled_from([0, 1]), st.sampled_from([0, 1]))
@pytest.mark.parametrize("make", [bell_measurement, lambda _: linear_optics_bell_measurement(efficiency=0.7)])
def test_swap(make, noise, seed: int, first: int, second: int) -> None:
    operation, left, right = make(noise), mixed(seed), mixed(seed + ITEMS)
    draws = np.random.default_rng(seed).random(ITEMS)
    records, swapped = left.swap(operation, right, draws, axes=(first, second))
    for k, draw in enumerate(draws.tolist()):
        halves = [Half(left[k].tensor, first, NO_WAITING, 0.0), Half(right[k].tensor, second, NO_WAITING, 0.0)]
        chances, result = Compiled().branches(operation, halves)
        assert records[k] == Given(draw).choose(chances)
        assert swapped.tensor[..., k] == pytest.approx(result(records[k]), abs=1e-11)


@settings(max_examples=6)
@given(waitings(), st.integers(0, 1000), st.integers(1, 3), st.integers(0, 2), st.booleans())
def test_wait(waiting: Waiting, seed: int, qubits: int, axis: int, together: bool) -> None:
    batch, axis = mixed(seed, qubits), axis % qubits
    times = np.full(ITEMS, 0.3) if together else np.random.default_rng(seed).exponential(size=ITEMS)
    aged = batch.wait(axis, waiting, 0.3 if together else times)
    for k, time_s in enumerate(times.tolist()):
        expected = Compiled().branches(None, [Half(batch[k].tensor, axis, waiting, time_s)])[1](0)
        assert aged.tensor[..., k] == pytest.approx(expected, abs=1e-12)


@settings(max_examples=5)
@given(noises(), noises(), st.integers(0, 1000))
@pytest.mark.parametrize("make", [dejmps, double_selection])
def test_purify(make, noise, other_noise, seed: int) -> None:
    protocol = make(noise, other_noise)
    batches = [mixed(seed + k * ITEMS) for k in range(protocol.pairs)]
    draws = np.random.default_rng(seed).random(ITEMS)
    kept, purified = batches[0].purify(protocol, batches[1:], draws)
    survivors = iter(range(len(purified)))
    for k, draw in enumerate(draws.tolist()):
        expected = protocol.apply([batch[k].tensor for batch in batches])
        assert kept[k] == (draw < expected[0, 0])
        if kept[k]:
            got = purified.tensor[..., next(survivors)]
            assert got == pytest.approx(expected / expected[0, 0], abs=1e-11)
    assert next(survivors, None) is None


def test_chunks_leave_no_trace() -> None:
    items = 20_001
    draws = Stream(7, Purpose.RECORD, "batch").generator.random(items)
    left, right = Batch.of(State.werner(0.9), items), Batch.of(State.werner(0.8), items)
    records, swapped = left.swap(bell_measurement(), right, draws)
    assert swapped.fidelities(records) == pytest.approx(np.full(items, 0.9 * 0.8 + 0.1 * 0.2 / 3))
    assert np.bincount(records) / items == pytest.approx(np.full(4, 0.25), abs=4 * (0.1875 / items) ** 0.5)
    kept, purified = left.purify(dejmps(), [left], draws)
    assert kept.mean() == pytest.approx(0.875556, abs=4 * (0.109 / items) ** 0.5)
    assert len(purified) == kept.sum()
    assert purified.mean().fidelity() == pytest.approx(0.926396, abs=1e-6)


def test_a_batch_of_pairs_takes_little_memory() -> None:
    """A tenth of a million pairs in a tenth of 400 MB, while they are aged and joined in place of what they were."""
    items = 100_000
    draws = Stream(7, Purpose.RECORD, "batch").generator.random(items)
    _ = bell_measurement().instrument
    tracemalloc.start()
    try:
        aged = Batch.of(State.werner(0.9), items).wait(0, Waiting.from_t1_t2(t2_s=1.0), draws)
        aged.swap(bell_measurement(), Batch.of(State.werner(0.9), items), draws)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40e6


def test_labels_items_and_means() -> None:
    batch = Batch.stack([State.bell(label) for label in range(4)])
    assert batch.fidelities(np.arange(4)) == pytest.approx(np.ones(4))
    assert batch.fidelities(2) == pytest.approx([0, 0, 1, 0])
    assert batch[3].fidelity(3) == pytest.approx(1)
    assert batch.mean().purity() == pytest.approx(0.25)
    assert len(batch.select(np.array([True, False, True, False]))) == 2
    assert str(batch) == "Batch(4 states of 2 qubits)"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda b: Batch(np.ones((4, 3, 5))), r"`tensor` must have shape \(4, ..., 4, items\), but is \(4, 3, 5\)"),
        (lambda b: b.wait(2, NO_WAITING, 0.0), "`axis` must be one of the 2 qubits, but is 2"),
        (lambda b: b.wait(0, NO_WAITING, np.zeros(2)), r"`durations_s` must be 3 numbers, but is \(2,\)"),
        (lambda b: b.wait(0, NO_WAITING, -1.0), r"`durations_s` must be at least 0, but is -1\.0"),
        (lambda b: b.swap(bell_measurement(), b, 0.5), r"`draws` must be 3 numbers, but is \(\)"),
        (lambda b: b.swap(bell_pair(), b, np.zeros(3)), "`operation` must take two qubits and leave none"),
        (lambda b: b.swap(bell_measurement(), Batch.of(State.bell(), 2), np.zeros(3)), "`other` must be 3 pairs"),
        (lambda b: b.purify(dejmps(), [], np.zeros(3)), "`others` must be 1 batches, but is 0"),
        (lambda b: b.purify(dejmps(), [Batch.of(State.ghz(3), 3)], np.zeros(3)), "`others` must be 3 pairs"),
    ],
)
def test_arguments_are_named_when_wrong(build, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        build(Batch.of(State.bell(), 3))
