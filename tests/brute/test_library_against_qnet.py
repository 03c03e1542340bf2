"""qnet's library of circuits against the referee: random states, random noise, record by record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.quantum import (
    LINEAR_OPTICS_FAILED,
    Noise,
    Readout,
    State,
    bbpssw,
    dejmps,
    double_selection,
    entangling_probe,
    epl,
    ghz_fusion,
    ghz_projection,
    intercept_resend,
    linear_optics_bell_measurement,
    pauli_measurement,
    remote_cnot,
    teleportation,
    three_to_one,
    twirl,
)

from . import library as referee
from .devices import Fault
from .test_against_qnet import SAME, SHOWS, angles, devices, matrix_of, random_state

FEW = settings(deadline=None, derandomize=True, max_examples=8)
seeds = st.integers(0, 2**32 - 1)


def noise_of(device):
    return Noise.from_numbers(
        one_qubit_depolarising=device.one_qubit_lambda,
        one_qubit_gate_s=device.one_qubit_s,
        two_qubit_depolarising=device.two_qubit_lambda,
        two_qubit_gate_s=device.two_qubit_s,
        readout=Readout(error_0=device.readout[0], error_1=device.readout[1]),
        t1_s=device.t1_s,
        t2_s=device.t2_s,
        excited_population=device.excited_population,
    )


plain_devices = devices().map(lambda device: replace(device, parity_readout=None))


def tensor_of(rho):
    return State.from_density_matrix(rho).tensor


def largest(got, expected):
    return max(np.abs(matrix_of(a) - b).max() for a, b in zip(got, expected, strict=True))


PURIFICATIONS = [
    (dejmps, referee.dejmps, 2),
    (bbpssw, referee.bbpssw, 2),
    (epl, referee.epl, 2),
    (double_selection, referee.double_selection, 3),
    (three_to_one, referee.three_to_one, 3),
    (twirl, referee.twirl, 1),
]


@pytest.mark.parametrize(("make", "by_hand", "pairs"), PURIFICATIONS, ids=lambda value: getattr(value, "__name__", ""))
@FEW
@given(seeds, plain_devices, plain_devices)
def test_purification(make, by_hand, pairs, seed, alice, bob):
    states = [random_state(seed + k) for k in range(pairs)]
    got = make(noise_of(alice), noise_of(bob)).apply([tensor_of(rho) for rho in states])
    assert largest([got], [by_hand(referee.product(states), alice, bob)]) < SAME


@FEW
@given(seeds, devices(least=0.01))
def test_every_fault_shows_in_a_purification(seed, device):
    device = replace(device, parity_readout=None)
    states = [random_state(seed + k) for k in range(2)]
    got = dejmps(noise_of(device)).apply([tensor_of(rho) for rho in states])
    whole = referee.product(states)
    for fault in set(Fault) - {Fault.FRAME_BIT_FLIPPED}:
        faulty = replace(device, fault=fault)
        assert largest([got], [referee.dejmps(whole, faulty, faulty)]) > SHOWS


@FEW
@given(seeds, plain_devices)
def test_teleportation(seed, device):
    """The first qubit is entangled with the one that is teleported."""
    rho = random_state(seed, 4)
    got = teleportation(noise_of(device)).instrument.branches(tensor_of(rho), [1, 2, 3])
    assert largest(got, referee.teleport(rho, device)) < SAME


@FEW
@given(seeds, plain_devices)
def test_remote_cnot(seed, device):
    rho = random_state(seed, 4)
    got = remote_cnot(noise_of(device)).instrument.branches(tensor_of(rho), [0, 1, 2, 3])
    assert largest(got, referee.remote_cnot(rho, device)) < SAME


@pytest.mark.parametrize("pairs", [2, 3, 4])
@pytest.mark.parametrize("make", [ghz_fusion, ghz_projection])
@settings(FEW, max_examples=1)
@given(seeds, plain_devices)
def test_pairs_that_meet(make, pairs, seed, device):
    states = [random_state(seed + k) for k in range(pairs)]
    joint = tensor_of(states[0])
    for rho in states[1:]:
        joint = np.multiply.outer(joint, tensor_of(rho))
    got = make(pairs, noise_of(device)).instrument.branches(joint, range(0, 2 * pairs, 2))
    expected = referee.ghz_meeting(referee.product(states), pairs, device, project=make is ghz_projection)
    if make is ghz_fusion:  # the node's qubit comes last with qnet, first with the referee
        got = [np.moveaxis(tensor, -1, 0) for tensor in got]
    values = [tensor_by_matrix(rho) for rho in expected]
    assert max(np.abs(a - b).max() for a, b in zip(got, values, strict=True)) < SAME


def tensor_by_matrix(rho):
    """Pauli values of an unnormalised matrix, one qubit after the other."""
    n = int(rho.shape[0]).bit_length() - 1
    paulis = np.array([referee.ID, referee.X, referee.Y, referee.Z])
    values = rho.reshape((2,) * 2 * n)
    for k in range(n):  # rows of the qubits not yet done, their columns, Pauli values done
        values = np.tensordot(values, paulis, axes=([0, n - k], [2, 1]))
    return values.real


@pytest.mark.parametrize("basis", ["x", "y", "z"])
@FEW
@given(seeds, st.integers(0, 2), plain_devices)
def test_pauli_measurement(basis, seed, qubit, device):
    rho = random_state(seed, 3)
    got = pauli_measurement(basis, noise_of(device)).instrument.branches(tensor_of(rho), [qubit])
    assert largest(got, referee.pauli(rho, qubit, basis, device)) < SAME


@FEW
@given(seeds, angles, st.floats(0.0, 0.5))
def test_attacks_on_one_qubit_of_three(seed, angle, disturbance):
    rho = random_state(seed, 3)
    for operation, expected in (
        (intercept_resend(angle), referee.intercepted(rho, 2, angle)),
        (entangling_probe(disturbance, angle), referee.probed(rho, 2, disturbance, angle)),
    ):
        assert largest(operation.instrument.branches(tensor_of(rho), [2]), expected) < SAME


@FEW
@given(seeds, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_linear_optics(seed, efficiency, visibility):
    left, right = random_state(seed), random_state(seed + 1)
    operation = linear_optics_bell_measurement(efficiency=efficiency, visibility=visibility)
    got = operation.instrument.branches(np.multiply.outer(tensor_of(left), tensor_of(right)), [1, 2])
    expected = referee.linear_optics(referee.product([left, right]), 1, efficiency, visibility)
    for label in (2, 3, LINEAR_OPTICS_FAILED):
        assert matrix_of(got[label]) == pytest.approx(expected[label], abs=SAME)
    assert not np.any(got[:2])
