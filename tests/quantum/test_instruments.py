"""Laws that every instrument obeys, whatever the noise: completeness, trace, complete positivity."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import noises, random_state, states

from qnet.errors import FileError, InvalidArgument
from qnet.quantum import Instrument, Noise, Operation, State, bell_measurement, bell_pair, measurement, move
from qnet.quantum.pauli import density_matrix

OPERATIONS = [bell_pair, bell_measurement, move, lambda noise: measurement(0.0, noise), lambda n: measurement(1.1, n)]
each_operation = pytest.mark.parametrize("make", OPERATIONS, ids=["pair", "bell", "move", "z", "tilted"])


@each_operation
@settings(max_examples=10)
@given(noise=noises())
def test_some_record_is_made_always(make: Callable[[Noise], Operation], noise: Noise) -> None:
    assert make(noise).instrument.completeness_error() < 1e-12


@each_operation
@settings(max_examples=10)
@given(noise=noises())
def test_each_record_is_completely_positive(make: Callable[[Noise], Operation], noise: Noise) -> None:
    """The Choi matrix of K is ``sum K[o, i] P_o x P_i^T``; transposing turns the sign of Y."""
    instrument = make(noise).instrument
    choi = instrument.tensor.copy()
    for axis in range(choi.ndim - instrument.inputs, choi.ndim):
        choi[(slice(None),) * axis + (2,)] *= -1.0
    for record in choi:
        lowest = np.linalg.eigvalsh(density_matrix(record))[0] if record.ndim else float(record)
        assert lowest > -1e-12


@settings(max_examples=10)
@given(noises(), states(2), states(2))
def test_a_swap_keeps_probability_and_positivity(noise: Noise, left: State, right: State) -> None:
    joint = np.multiply.outer(left.tensor, right.tensor)
    branches = bell_measurement(noise).instrument.branches(joint, [1, 2])
    assert sum(tensor[0, 0] for tensor in branches) == pytest.approx(1.0, abs=1e-12)
    for tensor in branches:
        assert np.linalg.eigvalsh(density_matrix(tensor))[0] > -1e-12


@given(st.permutations(range(3)))
@settings(max_examples=6)
def test_axes_say_which_qubits_are_taken(order: list[int]) -> None:
    state, instrument = random_state(11, 3), bell_measurement().instrument
    turned = state.tensor.transpose(order)
    axes = [order.index(0), order.index(2)]
    for got, expected in zip(instrument.branches(turned, axes), instrument.branches(state.tensor, [0, 2]), strict=True):
        assert got == pytest.approx(expected, abs=1e-14)


def test_shapes_and_digest() -> None:
    instrument = bell_measurement().instrument
    assert (instrument.inputs, instrument.outputs, instrument.records) == (2, 0, 4)
    assert instrument.rows.shape == (4, 4, 4)
    assert str(move().instrument) == "Instrument(1 in, 1 out, 1 records)"
    assert instrument.digest == Instrument(instrument.tensor, 2).digest
    assert instrument.digest != Instrument(instrument.tensor, 1).digest
    with pytest.raises(InvalidArgument, match=r"`tensor` must have shape \(records, 4, ..., 4\), but is \(2, 3\)"):
        Instrument(np.zeros((2, 3)), 1)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    instrument = bell_measurement(Noise.from_numbers(two_qubit_depolarising=0.1)).instrument
    instrument.save(tmp_path / "swap.npz")
    loaded = Instrument.load(tmp_path / "swap.npz")
    assert loaded.digest == instrument.digest
    assert (loaded.inputs, loaded.outputs) == (2, 0)
    assert np.array_equal(loaded.tensor, instrument.tensor)


def test_another_file_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "swap.npz"
    bell_measurement().instrument.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="Cannot read instrument"):
        Instrument.load(path)
    np.savez(path, schema="qnet.instrument/2", tensor=np.zeros((1, 4)), inputs=1)
    with pytest.raises(FileError, match=r"`schema` must be 'qnet.instrument/1', but is 'qnet.instrument/2'"):
        Instrument.load(path)
    np.savez(path, schema="qnet.instrument/1", tensor=np.ones((1, 4)), inputs=1, digest="0")
    with pytest.raises(FileError, match="the file is damaged"):
        Instrument.load(path)
    np.savez(path, schema="qnet.instrument/1", tensor=np.ones((1, 3)), inputs=1, digest="0")
    with pytest.raises(FileError, match="not an instrument"):
        Instrument.load(path)
    with pytest.raises(FileError, match="Cannot read instrument"):
        Instrument.load(tmp_path / "none.npz")
