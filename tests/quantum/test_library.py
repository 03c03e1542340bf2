import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import noises, states

from qnet.errors import InvalidArgument
from qnet.quantum import (
    LINEAR_OPTICS_FAILED,
    Noise,
    State,
    bell_measurement,
    entangling_probe,
    ghz_fusion,
    ghz_projection,
    intercept_resend,
    linear_optics_bell_measurement,
    measurement,
    pauli_measurement,
    remote_cnot,
    teleportation,
)
from qnet.quantum.pauli import Tensor

FLIPS = {"x": np.array([1, 1, -1, -1.0]), "z": np.array([1, -1, -1, 1.0])}
"""What a Pauli does to a Pauli vector."""


def flipped(tensor: Tensor, axis: int, pauli: str) -> Tensor:
    return np.moveaxis(np.moveaxis(tensor, axis, -1) * FLIPS[pauli], -1, axis)


def pairs(count: int) -> Tensor:
    """Phi+ pairs; the node's halves are axes 0, 2, 4 ..."""
    joint = State.bell().tensor
    for _ in range(count - 1):
        joint = np.multiply.outer(joint, State.bell().tensor)
    return joint


@settings(max_examples=5)
@given(noises())
def test_instruments_are_complete(noise: Noise) -> None:
    made = [pauli_measurement("y", noise), teleportation(noise), remote_cnot(noise)]
    made += [ghz_fusion(3, noise), ghz_projection(4, noise), entangling_probe(0.2, 0.3)]
    assert max(operation.instrument.completeness_error() for operation in made) < 1e-11


@settings(max_examples=10)
@given(states(1))
def test_pauli_measurements_give_the_bloch_vector(state: State) -> None:
    for axis, basis in enumerate("xyz", 1):
        plus, minus = pauli_measurement(basis).instrument.branches(state.tensor, [0])
        assert float(plus - minus) == pytest.approx(state.tensor[axis], abs=1e-12)


@pytest.mark.parametrize(("basis", "angle"), [("x", math.pi / 2), ("z", 0.0)])
def test_two_ways_to_measure_x_and_z(basis: str, angle: float) -> None:
    tensors = [operation.instrument.tensor for operation in (pauli_measurement(basis), measurement(angle))]
    assert tensors[0] == pytest.approx(tensors[1], abs=1e-12)


@pytest.mark.parametrize(("efficiency", "visibility"), [(1.0, 1.0), (0.8, 0.9)])
def test_linear_optics_tells_half_of_the_bell_states(efficiency: float, visibility: float) -> None:
    operation = linear_optics_bell_measurement(efficiency=efficiency, visibility=visibility)
    for label in range(4):
        chances = [float(p) for p in operation.instrument.branches(State.bell(label).tensor, [0, 1])]
        seen = efficiency**2 if label > 1 else 0.0
        assert chances[LINEAR_OPTICS_FAILED] == pytest.approx(1 - seen)
        assert chances[:2] == [0, 0]
        assert chances[label] == pytest.approx(seen * (1 + visibility) / 2)


def test_where_linear_optics_succeeds_it_swaps_as_the_bell_measurement() -> None:
    joint = pairs(2)
    all_four = bell_measurement().instrument.branches(joint, [1, 2])
    heralded = linear_optics_bell_measurement().instrument.branches(joint, [1, 2])
    for label in (2, 3):
        assert heralded[label] == pytest.approx(all_four[label], abs=1e-12)
    assert sum(heralded[label][0, 0] for label in (2, 3)) == pytest.approx(0.5)


def test_teleportation_is_the_identity_channel_record_by_record() -> None:
    for branch in teleportation().instrument.tensor:
        assert np.tensordot(branch, State.bell().tensor, axes=2) == pytest.approx(np.eye(4) / 4, abs=1e-12)


@settings(max_examples=10)
@given(states(2))
def test_remote_cnot_is_a_cnot(state: State) -> None:
    whole = np.tensordot(remote_cnot().instrument.tensor.sum(axis=0), State.bell().tensor, axes=([3, 4], [0, 1]))
    cnot = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    expected = State.from_density_matrix(cnot @ state.density_matrix() @ cnot)
    assert np.tensordot(whole, state.tensor, axes=2) == pytest.approx(expected.tensor, abs=1e-9)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_fusion_leaves_a_ghz_state_of_node_and_far_ends(count: int) -> None:
    operation = ghz_fusion(count)
    for record, tensor in enumerate(operation.instrument.branches(pairs(count), range(0, 2 * count, 2))):
        assert tensor.flat[0] == pytest.approx(1 / operation.records)
        for other in range(1, count):
            if record >> (other - 1) & 1:
                tensor = flipped(tensor, other, "x")
        assert tensor * operation.records == pytest.approx(State.ghz(count + 1).tensor, abs=1e-9)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_projection_leaves_a_ghz_state_of_the_far_ends(count: int) -> None:
    operation = ghz_projection(count)
    for record, tensor in enumerate(operation.instrument.branches(pairs(count), range(0, 2 * count, 2))):
        for other in range(1, count):
            if record >> other & 1:
                tensor = flipped(tensor, other, "x")
        if record & 1:
            tensor = flipped(tensor, count - 1, "z")
        assert tensor * operation.records == pytest.approx(State.ghz(count).tensor, abs=1e-9)


@given(st.floats(0.0, 0.5), st.floats(-3.0, 3.0))
@settings(max_examples=20)
def test_a_probe_learns_as_much_as_it_disturbs(disturbance: float, angle: float) -> None:
    looked_at = np.array([1, math.sin(angle), 0, math.cos(angle)])
    conjugate = np.array([1, math.cos(angle), 0, -math.sin(angle)])
    branches = entangling_probe(disturbance, angle).instrument.branches(looked_at, [0])
    assert branches[0][0] == pytest.approx(0.5 + math.sqrt(disturbance * (1 - disturbance)), abs=1e-9)
    assert sum(branches) == pytest.approx(looked_at, abs=1e-9)
    whole = sum(entangling_probe(disturbance, angle).instrument.branches(conjugate, [0]))
    assert (1 - whole[1:] @ conjugate[1:]) / 2 == pytest.approx(disturbance, abs=1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2])
def test_intercepting_is_the_strongest_probe(angle: float) -> None:
    assert intercept_resend(angle).instrument.tensor == pytest.approx(
        entangling_probe(0.5, angle).instrument.tensor, abs=1e-12
    )


def test_an_intercepted_pair_has_a_quarter_of_errors_at_breidbarts_angle() -> None:
    tensor = sum(intercept_resend(math.pi / 4).instrument.branches(State.bell().tensor, [1]))
    assert [State(tensor).qber(basis) for basis in "zx"] == pytest.approx([0.25, 0.25])
    assert State(tensor).concurrence() == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: pauli_measurement("w"), "`basis` must be 'x', 'y' or 'z', but is 'w'"),
        (lambda: linear_optics_bell_measurement(efficiency=1.2), "`efficiency` must be at most 1"),
        (lambda: ghz_fusion(1), "`pairs` must be 2 to 4, but is 1"),
        (lambda: ghz_projection(5), "`pairs` must be 2 to 4, but is 5"),
        (lambda: entangling_probe(0.6), r"`disturbance` must be at most 0\.5, but is 0\.6"),
        (lambda: intercept_resend(math.nan), "`angle` must be finite, but is nan"),
    ],
)
def test_arguments_are_named_when_wrong(build, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        build()
