"""The truth: states in slots, aged when touched, with holders that come and go."""

import math

import numpy as np
import pytest

from qnet.network.entangled import Entangled, Slot
from qnet.network.world import World
from qnet.quantum import NO_WAITING, Compiled, Noise, State, Waiting, bell_measurement, move
from qnet.rng import Purpose, Stream
from qnet.time import Clock, ticks

DEPHASING = Waiting.from_t1_t2(t2_s=1.0)
RELAXING = Waiting.from_t1_t2(t1_s=1.0, t2_s=2.0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(clock, Compiled())


@pytest.fixture
def stream():
    return Stream(1, Purpose.RECORD, "test")


def stored(label=0, waiting=NO_WAITING, emitted=0):
    slots = Slot(waiting), Slot(waiting)
    return Entangled(State.bell(label).tensor, slots, (emitted, emitted)), *slots


def at(clock, time_s):
    clock.run(until=ticks(time_s))


def frozen(world, a, b):
    return world.collect(world.freeze(a), world.freeze(b))[0]


def test_a_pair_ages_from_emission_when_touched(clock, world):
    _, a, b = stored(waiting=DEPHASING, emitted=ticks(0.5))
    at(clock, 2.0)
    tensor = frozen(world, a, b)
    assert np.diag(tensor) == pytest.approx([1, math.exp(-3.0), -math.exp(-3.0), 1])


def test_early_measurement_ends_the_ageing_of_its_own_qubit(clock, world):
    _, a, b = stored(waiting=DEPHASING)
    at(clock, 1.0)
    record = world.freeze(a)
    assert a.state is None
    at(clock, 3.0)
    tensor, _ = world.collect(record, world.freeze(b))
    assert tensor[1, 1] == pytest.approx(math.exp(-1.0 - 3.0))


def test_collect_gives_the_first_slot_the_first_axis(clock, world):
    _, a, b = stored(waiting=RELAXING)
    record = world.freeze(a)
    at(clock, 1.0)
    last = world.freeze(b)  # only this one has relaxed towards |0>
    tensor, _ = world.collect(last, record)
    assert tensor[3, 0] == pytest.approx(1 - math.exp(-1.0))
    assert tensor[0, 3] == pytest.approx(0.0)


@pytest.mark.parametrize("labels", [(a, b) for a in range(4) for b in range(4)])
def test_a_swap_leaves_the_label_of_both_and_the_record(labels, world, stream):
    (_, a, left), (_, right, b) = map(stored, labels)
    record = world.swap(bell_measurement(), left, right, stream)
    assert left.state is right.state is None
    assert State(frozen(world, a, b)).fidelity(labels[0] ^ labels[1] ^ record) == pytest.approx(1)


@pytest.mark.parametrize("turned", [(False, True), (True, False), (True, True)])
def test_a_swap_may_take_any_axis(turned, world, stream):
    """Pairs stored the other way round: what is left are the two qubits that were not measured."""
    far_near = RELAXING.matrix(0.3) @ State.bell_diagonal([0.7, 0.2, 0.1, 0.0]).tensor @ RELAXING.matrix(0.9).T
    outer, inner = [Slot(NO_WAITING), Slot(NO_WAITING)], [Slot(NO_WAITING), Slot(NO_WAITING)]
    for near, far, turn in zip(inner, outer, turned, strict=True):
        Entangled(far_near.T if turn else far_near, [near, far] if turn else [far, near], (0, 0))
    record = world.swap(bell_measurement(), *inner, stream)
    joined = far_near @ State.bell(record).tensor @ far_near.T
    assert frozen(world, *outer) == pytest.approx(joined / joined[0, 0])


def test_a_half_whose_other_half_is_gone_lives_on(world, stream):
    state, a, left = stored()
    _, right, b = stored()
    world.discard(a)
    assert a.state is None
    assert state.tensor.shape == (4,)
    world.swap(bell_measurement(), left, right, stream)  # by a node that does not know yet
    assert b.state.tensor == pytest.approx([1, 0, 0, 0])
    world.discard(b)
    assert b.state is None


def test_two_halves_without_others_may_be_swapped(world, stream):
    (_, a, left), (_, right, b) = stored(), stored()
    world.discard(a)
    world.discard(b)
    world.swap(bell_measurement(), left, right, stream)
    assert left.state is right.state is None


def test_discarding_one_of_three_leaves_a_pair(clock, world):
    """The entity is a state with any number of holders: a GHZ state, of which one qubit is traced out."""
    slots = [Slot(DEPHASING) for _ in range(3)]
    ghz = np.zeros(8)
    ghz[[0, 7]] = math.sqrt(0.5)
    Entangled(State.from_density_matrix(np.outer(ghz, ghz)).tensor, slots, (0, 0, 0))
    world.discard(slots[1])
    assert [slot.axis for slot in (slots[0], slots[2])] == [0, 1]
    at(clock, 1.0)
    assert frozen(world, slots[0], slots[2]) == pytest.approx(np.diag([1, 0, 0, 1]))


def test_transform_acts_on_its_own_axis(clock, world):
    noise = Noise.from_numbers(two_qubit_depolarising=0.5)
    _, a, b = stored(label=1, waiting=DEPHASING)
    at(clock, 1.0)
    world.transform(move(noise), a)
    a.waiting = NO_WAITING
    at(clock, 2.0)
    tensor = frozen(world, a, b)
    kept = move(noise).instrument.tensor[0] @ DEPHASING.matrix(1.0)
    assert tensor == pytest.approx(kept @ State.bell(1).tensor @ DEPHASING.matrix(2.0).T)


def test_the_model_follows_what_was_announced(world, stream):
    (_, a, left), (_, right, b) = stored(), stored()
    public = world.swap(bell_measurement(), left, right, stream, announce=lambda record: record ^ 1)
    tensor, modelled = world.collect(world.freeze(a), world.freeze(b))
    assert State(modelled).fidelity(public) == pytest.approx(1)
    assert State(tensor).fidelity(public ^ 1) == pytest.approx(1)


def test_the_model_ages_as_the_truth(clock, world):
    state, a, b = stored(waiting=DEPHASING)
    state.modelled = State.bell(2).tensor
    at(clock, 1.0)
    tensor, modelled = world.collect(world.freeze(a), world.freeze(b))
    assert tensor[1, 1] == pytest.approx(math.exp(-2.0))
    assert modelled[1, 1] == pytest.approx(math.exp(-2.0))
    assert modelled[3, 3] == pytest.approx(-1)


def test_halves_of_different_states_are_never_a_pair(world):
    (_, a, _), (_, _, b) = stored(), stored()
    with pytest.raises(AssertionError):
        world.collect(world.freeze(a), world.freeze(b))
