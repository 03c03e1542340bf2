"""What is true: the entangled states in the network's memories. Nodes never see it; they act on their own slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qnet.network.attempts import Exposure
from qnet.network.both_sides import BothSides, OneSide, waited
from qnet.network.entangled import Entangled, Slot
from qnet.quantum import NO_WAITING, Compiled, Engine, Half, Operation
from qnet.quantum.pauli import Tensor
from qnet.rng import Stream
from qnet.time import Clock

__all__ = ["World"]

_SECONDS_PER_TICK = 1e-12


class World:
    """Applies operations to the qubits in slots, ageing them first, and draws the records."""

    def __init__(self, clock: Clock, engine: Engine) -> None:
        self._clock = clock
        self._engine = engine
        self._both_sides = BothSides() if isinstance(engine, Compiled) else None
        self.lossy = False
        """Whether halves may be given up or lost; nodes then remember their swaps for a while."""

    def swap(
        self,
        operation: Operation,
        left: Slot,
        right: Slot,
        stream: Stream,
        announce: Callable[[int], int] | None = None,
        *,
        done: Operation | None = None,
    ) -> int:
        """Measure two slots jointly; what their far ends held becomes one state. Empties both slots.

        Gives the record as `announce` makes it public (as it is, without one); the model follows what is public. What a
        dishonest node has `done` in place of the operation is not.
        """
        halves = (self._half(left), self._half(right))
        honest = done is None or done is operation
        probabilities, result = self._engine.branches(operation if done is None else done, halves)
        record = stream.choose(probabilities)
        a, b = left.state, right.state
        assert a is not None
        assert b is not None
        public = record if announce is None else announce(record)
        modelled = None
        if not honest or public != record or a.modelled is not None or b.modelled is not None:
            believed = [self._modelled(half, slot) for half, slot in zip(halves, (left, right), strict=True)]
            modelled = self._engine.branches(operation, believed)[1](public)
        for slot in (left, right):
            self._take_out(slot)
        Entangled(result(record), a.slots + b.slots, a.touched + b.touched, modelled)
        return public

    def purify(self, operation: Operation, slots: Sequence[Slot], stream: Stream, busy: int = 0) -> tuple[int, Slot]:
        """Apply one side of a purification: one slot's qubit out of several, and a record, which is drawn.

        Either each slot holds a qubit of a pair of its own, or they hold qubits of one state, as they do once the
        other side has worked. Empties the slots; gives the record and a new slot with the qubit that is kept, which
        ages by waiting only after the `busy` ticks that the circuit takes: its noise covers them.
        """
        if self._both_sides is not None and len(slots) == 2:
            (one, two), first = slots, slots[0].state
            assert first is not None
            if first.half_done is not None:
                return self._second_side(first, operation, one, two, stream, busy)
            if _is_fresh(one) and _is_fresh(two) and one.state is not two.state:
                return self._first_side(operation, one, two, stream, busy)
        return self._one_side(operation, slots, stream, busy)

    def _first_side(self, operation: Operation, one: Slot, two: Slot, stream: Stream, busy: int) -> tuple[int, Slot]:
        """Draw the record of the side that acts first; the other one most often acts in the same tick."""
        assert self._both_sides is not None
        halves = self._aged(one), self._aged(two)
        record = stream.choose(self._both_sides.chances(operation, halves))
        a, b = one.state, two.state
        assert a is not None
        assert b is not None
        self._take_out(one)
        self._take_out(two)
        kept = Slot(one.waiting, one.exposure)
        state = Entangled(halves[0].tensor, [a.slots[0], b.slots[0], kept], [a.touched[0], b.touched[0], 0])
        state.touched[2] = self._clock.now + busy
        state.half_done = OneSide(operation, record, halves)
        return record, kept

    def _second_side(
        self, state: Entangled, operation: Operation, one: Slot, two: Slot, stream: Stream, busy: int
    ) -> tuple[int, Slot]:
        """Finish both sides at once, if the first has just acted."""
        assert self._both_sides is not None
        first, now = state.half_done, self._clock.now
        assert first is not None
        if state.touched[2] != now + busy or state.slots[0] is not one or state.slots[1] is not two:
            return self._one_side(operation, (one, two), stream, busy)
        tensors = tuple(
            waited(half.tensor, 1 - half.axis, slot.waiting, (now - tick) * _SECONDS_PER_TICK)  # type: ignore[operator]
            for half, slot, tick in zip(first.halves, (one, two), state.touched, strict=False)
        )
        results = self._both_sides.apply(first, operation, tensors)  # type: ignore[arg-type]
        chances = results[:, 0, 0].tolist()
        record = stream.choose(chances)
        kept = Slot(one.waiting, one.exposure)
        Entangled(results[record] / chances[record], [state.slots[2], kept], (state.touched[2], now + busy))
        one.state = two.state = None
        return record, kept

    def _one_side(self, operation: Operation, slots: Sequence[Slot], stream: Stream, busy: int) -> tuple[int, Slot]:
        """Apply one side by itself, whatever the states."""
        for slot in slots:
            self._replaced(slot, None)
        states = list({id(slot.state): slot.state for slot in slots if slot.state is not None}.values())
        assert len(states) in (1, len(slots))
        axes = [slot.axis for slot in slots]
        probabilities, result = self._engine.branches(operation, _halves([s.tensor for s in states], axes))
        record = stream.choose(probabilities)
        modelled = None
        if any(state.modelled is not None for state in states):
            believed = [state.tensor if state.modelled is None else state.modelled for state in states]
            modelled = self._engine.branches(operation, _halves(believed, axes))[1](record)
        for slot in sorted(slots, key=lambda slot: -slot.axis):  # from behind, so that no axis moves before its turn
            self._take_out(slot)
        kept = Slot(slots[0].waiting, slots[0].exposure)
        held = [slot for state in states for slot in state.slots]
        touched = [tick for state in states for tick in state.touched]
        Entangled(result(record), [*held, kept], [*touched, self._clock.now + busy], modelled)
        return record, kept

    def transform(self, operation: Operation, slot: Slot) -> None:
        """Apply an operation with one qubit in, one out and no record to a slot."""
        state = self._replaced(slot, operation)
        state.touched[slot.axis] = self._clock.now

    def freeze(self, slot: Slot) -> Slot:
        """Measure a qubit now, in a basis and with an outcome drawn when someone asks; the slot becomes empty.

        Measuring commutes with all that happens elsewhere, so the draw may wait (deferred measurement); what may not
        wait is the memory's ageing, which ends here. Gives the record slot that holds the frozen qubit.
        """
        state = self._replaced(slot, None)
        record = Slot(NO_WAITING)
        record.state, record.axis = state, slot.axis
        state.slots[slot.axis] = record
        slot.state = None
        return record

    def discard(self, slot: Slot) -> None:
        """Trace out the qubit in a slot."""
        state = slot.state
        assert state is not None
        self._work_out(state)
        index = (slice(None),) * slot.axis + (0,)
        state.tensor = state.tensor[index]
        if state.modelled is not None:
            state.modelled = state.modelled[index]
        self._take_out(slot)
        for axis, other in enumerate(state.slots):
            other.axis = axis

    def collect(self, first: Slot, last: Slot) -> tuple[Tensor, Tensor | None]:
        """Take the state of two frozen qubits out of the network: the truth, and the model where it differs."""
        assert first.waiting.is_trivial
        assert last.waiting.is_trivial
        tensor, modelled = _joint(first, last)
        first.state = last.state = None
        return tensor, modelled

    def look(self, first: Slot, last: Slot) -> tuple[Tensor, Tensor | None]:
        """Give the state of two qubits as it is now: the truth, and the model where it differs.

        A qubit that is gone counts as one in no state at all, the maximally mixed one.
        """
        there = [slot for slot in (first, last) if slot.state is not None]
        for slot in there:
            self._replaced(slot, None)
        if len(there) == 2:
            return _joint(first, last)
        single = np.array([1.0, 0.0, 0.0, 0.0]) if not there else there[0].state.tensor  # type: ignore[union-attr]
        mixed = np.array([1.0, 0.0, 0.0, 0.0])
        return (np.outer(single, mixed) if last.state is None else np.outer(mixed, single)), None

    def _replaced(self, slot: Slot, operation: Operation | None) -> Entangled:
        """Age a slot's qubit to now and apply an operation that has no record, in place."""
        half = self._half(slot)
        state = slot.state
        assert state is not None
        if state.modelled is not None:
            state.modelled = self._apply(operation, half._replace(tensor=state.modelled))
        state.tensor = self._apply(operation, half)
        state.touched[slot.axis] = self._clock.now
        return state

    def _apply(self, operation: Operation | None, half: Half) -> Tensor:
        if operation is None and half.waited_s == 0.0:
            return half.tensor
        result = self._engine.branches(operation, (half,))[1](0)
        return result if operation is None else np.moveaxis(result, -1, half.axis)  # an output comes last

    def _aged(self, slot: Slot) -> Half:
        """Age a qubit of a fresh pair to now, outside of the state."""
        state, axis = slot.state, slot.axis
        assert state is not None
        waited_s = (self._clock.now - state.touched[axis]) * _SECONDS_PER_TICK
        return Half(waited(state.tensor, axis, slot.waiting, waited_s), axis, NO_WAITING, 0.0)

    def _work_out(self, state: Entangled) -> None:
        """Give a state its tensor, if the other side of its purification has not acted after all."""
        if state.half_done is not None:
            operation, record, halves = state.half_done
            state.half_done = None
            state.tensor = self._engine.branches(operation, halves)[1](record)

    def _half(self, slot: Slot) -> Half:
        state = slot.state
        assert state is not None
        if state.half_done is not None:
            self._work_out(state)
        if slot.exposure is not None:
            self._dephase(state, slot, slot.exposure)
        axis = slot.axis
        elapsed = self._clock.now - state.touched[axis]
        return Half(state.tensor, axis, slot.waiting, elapsed * _SECONDS_PER_TICK)

    def _dephase(self, state: Entangled, slot: Slot, exposure: Exposure) -> None:
        """Let a qubit suffer the attempts that its node made since it was last touched."""
        attempts, log = exposure.take(self._clock.now), exposure.log
        if attempts and (log.storage is None or slot.waiting is log.storage):
            half = Half(state.tensor, slot.axis, log.dephasing, float(attempts))
            state.tensor = self._apply(None, half)
            if state.modelled is not None:
                state.modelled = self._apply(None, half._replace(tensor=state.modelled))

    @staticmethod
    def _modelled(half: Half, slot: Slot) -> Half:
        assert slot.state is not None
        return half if slot.state.modelled is None else half._replace(tensor=slot.state.modelled)

    @staticmethod
    def _take_out(slot: Slot) -> None:
        """Leave a qubit's axis to whoever makes a new state of the rest."""
        state = slot.state
        assert state is not None
        del state.slots[slot.axis], state.touched[slot.axis]
        slot.state = None


def _joint(first: Slot, last: Slot) -> tuple[Tensor, Tensor | None]:
    """Give the state of two qubits that nothing else is entangled with, and its model where it differs."""
    state = first.state
    assert state is not None
    assert state is last.state
    tensor, modelled = state.tensor, state.modelled
    if first.axis == 1:
        tensor, modelled = tensor.T, None if modelled is None else modelled.T
    return tensor, modelled


def _halves(tensors: Sequence[Tensor], axes: Sequence[int]) -> list[Half]:
    """Say which axes of which states an operation takes: one of each, or all of one."""
    if len(tensors) == 1:
        return [Half(tensors[0], tuple(axes), NO_WAITING, 0.0)]
    return [Half(tensor, axis, NO_WAITING, 0.0) for tensor, axis in zip(tensors, axes, strict=True)]


def _is_fresh(slot: Slot) -> bool:
    """Whether a slot holds half of a pair that is known as it is, and that nothing but time ages."""
    state = slot.state
    if state is None or len(state.slots) != 2 or state.modelled is not None or state.half_done is not None:
        return False
    one, other = state.slots
    return one.exposure is None and other.exposure is None
