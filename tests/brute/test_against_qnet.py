"""qnet's compiled instruments against the referee, for random noise and random states, record by record.

The referee must also be able to disagree: every planted fault has to show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.quantum import (
    Compiled,
    GateNoise,
    Half,
    Noise,
    Readout,
    State,
    Waiting,
    bell_measurement,
    bell_pair,
    measurement,
)

from . import operations as referee
from .devices import Device, Fault
from .registers import ID, X, Y, Z, kron

EXAMPLES = settings(deadline=None, derandomize=True, max_examples=25)
"""On the tests here, not registered as a profile: other tests keep theirs."""

SAME, SHOWS = 1e-9, 1e-6


@st.composite
def devices(draw, least=0.0):
    """Numbers for a device; with `least` above zero no gate and no readout is perfect.

    Relaxation during a gate is either absent or not tiny: Aer drops Kraus operators of weight below 1e-8, which
    `test_relaxation_too_small_for_aer` looks at by itself.
    """
    strength, duration = st.floats(least, 0.2), st.just(0.0) | st.floats(0.01, 0.2)
    e0, e1 = draw(strength), draw(strength)
    t1_s, share = draw(st.floats(0.1, 5.0)), draw(st.just(1.0) | st.floats(0.05, 0.95))
    return Device(
        one_qubit_lambda=draw(strength),
        two_qubit_lambda=draw(strength),
        fresh_lambda=draw(strength),
        one_qubit_s=draw(duration),
        two_qubit_s=draw(duration),
        fresh_s=draw(duration),
        readout=(e0, e0 / 2) if least else (e0, e1),
        parity_readout=(e1 / 2, e0 / 3),
        t1_s=t1_s,
        t2_s=2 * t1_s * share,
        excited_population=draw(st.sampled_from([0.0, 1.0]) | st.floats(0.01, 0.99)),
    )


def random_state(seed, qubits=2):
    """G G^dagger, normalised, with G of independent complex Gaussians."""
    parts = np.random.default_rng(seed).normal(size=(2, 2**qubits, 2**qubits))
    g = parts[0] + 1j * parts[1]
    rho = g @ g.conj().T
    return rho / np.trace(rho).real


pairs = st.integers(0, 2**32 - 1).map(random_state)
angles = st.floats(-np.pi, np.pi)


def noise_of(device):
    """The same numbers for qnet, under the names of the gates that its circuits use."""
    one = GateNoise(depolarising=device.one_qubit_lambda, duration_s=device.one_qubit_s)
    two = GateNoise(depolarising=device.two_qubit_lambda, duration_s=device.two_qubit_s)
    reset = GateNoise(depolarising=device.fresh_lambda, duration_s=device.fresh_s)
    phase, parity = (Readout(error_0=e0, error_1=e1) for e0, e1 in (device.readout, device.parity_readout))
    return Noise(
        gates={"h": one, "ry": one, "cx": two, "reset": reset},
        readout=phase,
        readout_of={1: parity},
        t1_s=device.t1_s,
        t2_s=device.t2_s,
        excited_population=device.excited_population,
    )


def matrix_of(tensor):
    """The density matrix, unnormalised, of a tensor of Pauli expectation values; written out again on purpose."""
    paulis = (ID, X, Y, Z)
    n = tensor.ndim
    total = sum(tensor[k] * kron(np.eye(1), *(paulis[i] for i in k)) for k in np.ndindex(tensor.shape))
    return total / 2**n


def differences(got, device, by_referee, faults=(None,)):
    """For each fault, the largest element by which the referee under that fault differs from what qnet gave."""
    expected = [by_referee(replace(device, fault=fault)) for fault in faults]
    return [max(np.abs(a - b).max() for a, b in zip(got, one, strict=True)) for one in expected]


def qnet_swap(pair_ab, pair_bc, noise):
    """The four unnormalised A-C of qnet's Bell-state measurement, by its record 2 parity + phase."""
    joint = np.multiply.outer(*(State.from_density_matrix(rho).tensor for rho in (pair_ab, pair_bc)))
    return [matrix_of(tensor) for tensor in bell_measurement(noise).instrument.branches(joint, [1, 2])]


def referee_swap(pair_ab, pair_bc):
    def by_device(device):
        branches = referee.swap(pair_ab, pair_bc, device)
        return [branches[phase, parity][1] for parity in (0, 1) for phase in (0, 1)]

    return by_device


def qnet_pair(noise):
    return [matrix_of(tensor) for tensor in bell_pair(noise).instrument.tensor]


def qnet_measurement(rho, qubit, angle, noise):
    tensor = State.from_density_matrix(rho).tensor
    return [matrix_of(rest) for rest in measurement(angle, noise).instrument.branches(tensor, [qubit])]


@EXAMPLES
@given(pairs)
def test_pauli_tensor_is_made_of_expectation_values(rho):
    state = State.from_density_matrix(rho)
    assert matrix_of(state.tensor) == pytest.approx(rho, abs=SAME)
    assert state.tensor[2, 1] == pytest.approx(np.trace(rho @ kron(Y, X)).real, abs=SAME)


@EXAMPLES
@given(devices())
def test_bell_pair(device):
    (difference,) = differences(qnet_pair(noise_of(device)), device, lambda d: [referee.bell_pair(d)])
    assert difference < SAME


@EXAMPLES
@given(pairs, pairs, devices())
def test_bell_measurement(pair_ab, pair_bc, device):
    got = qnet_swap(pair_ab, pair_bc, noise_of(device))
    (difference,) = differences(got, device, referee_swap(pair_ab, pair_bc))
    assert difference < SAME


@EXAMPLES
@given(pairs, st.sampled_from([0, 1]), st.just(0.0) | angles, devices())
def test_measurement(rho, qubit, angle, device):
    got = qnet_measurement(rho, qubit, angle, noise_of(device))
    (difference,) = differences(got, device, lambda d: referee.measure(rho, qubit, angle, d))
    assert difference < SAME


@EXAMPLES
@given(pairs, st.sampled_from([0, 1]), st.floats(0.0, 5.0), devices())
def test_waiting(rho, qubit, time_s, device):
    waiting = Waiting.from_t1_t2(t1_s=device.t1_s, t2_s=device.t2_s, excited_population=device.excited_population)
    half = Half(State.from_density_matrix(rho).tensor, qubit, waiting, time_s)
    _, result = Compiled().branches(None, [half])
    assert matrix_of(result(0)) == pytest.approx(device.wait(rho, qubit, time_s), abs=SAME)


@EXAMPLES
@given(st.integers(0, 2**32 - 1), devices(), st.lists(st.integers(0, 3), min_size=2, max_size=2))
def test_whole_chain(seed, device, records):
    """Three links of random states, every qubit aged, two swaps: the engine's branch is the full register's."""
    links = [random_state(seed + k) for k in range(3)]
    ages = np.random.default_rng(seed).uniform(0, 1, size=(3, 2))
    waiting = Waiting.from_t1_t2(t1_s=device.t1_s, t2_s=device.t2_s, excited_population=device.excited_population)
    left, *others = [State.from_density_matrix(rho).tensor for rho in links]
    engine, operation, probability = Compiled(), bell_measurement(noise_of(device)), 1.0
    _, aged = engine.branches(None, [Half(left, 0, waiting, ages[0, 0])])
    left = aged(0)
    for k, (right, record) in enumerate(zip(others, records, strict=True)):
        halves = [Half(left, 1, waiting, ages[k, 1]), Half(right, 0, waiting, ages[k + 1, 0])]
        probabilities, result = engine.branches(operation, halves)
        left, probability = result(record), probability * probabilities[record]
    _, aged = engine.branches(None, [Half(left, 1, waiting, ages[2, 1])])
    expected, rho = referee.chain(links, ages.tolist(), device, [(record & 1, record >> 1) for record in records])
    assert probability == pytest.approx(expected, abs=SAME)
    assert probability * matrix_of(aged(0)) == pytest.approx(rho, abs=SAME)


def test_noise_from_numbers_is_the_same_noise():
    device = Device(
        one_qubit_lambda=0.01, one_qubit_s=0.01, two_qubit_lambda=0.03, two_qubit_s=0.05,
        fresh_lambda=0.02, fresh_s=0.1, readout=(0.04, 0.01), t1_s=2.0, t2_s=3.0, excited_population=0.1,
    )  # fmt: skip
    noise = Noise.from_numbers(
        one_qubit_depolarising=0.01, one_qubit_gate_s=0.01, two_qubit_depolarising=0.03, two_qubit_gate_s=0.05,
        initialisation_depolarising=0.02, initialisation_s=0.1, readout=Readout(error_0=0.04, error_1=0.01),
        t1_s=2.0, t2_s=3.0, excited_population=0.1,
    )  # fmt: skip
    rho = random_state(1)
    assert differences(qnet_pair(noise), device, lambda d: [referee.bell_pair(d)])[0] < SAME
    assert differences(qnet_swap(rho, rho, noise), device, referee_swap(rho, rho))[0] < SAME


@pytest.mark.parametrize(("t1_s", "t2_s", "excited"), [(2.0, 4.0, 0.15), (2.0, 3.0, 0.0), (2.0, 1.0, 0.15)])
def test_relaxation_too_small_for_aer(t1_s, t2_s, excited):
    """What Aer drops from a gate of a ten-millionth of T1 stays below its threshold of 1e-8 a gate."""
    device = Device(two_qubit_s=1e-7, t1_s=t1_s, t2_s=t2_s, excited_population=excited, parity_readout=(0.0, 0.0))
    assert differences(qnet_pair(noise_of(device)), device, lambda d: [referee.bell_pair(d)])[0] < 4e-8


@EXAMPLES
@given(pairs, pairs, devices(least=0.01))
def test_every_fault_shows_in_a_bell_measurement(pair_ab, pair_bc, device):
    got = qnet_swap(pair_ab, pair_bc, noise_of(device))
    shown = differences(got, device, referee_swap(pair_ab, pair_bc), [None, *Fault])
    assert shown[0] < SAME
    assert min(shown[1:]) > SHOWS


@EXAMPLES
@given(devices(least=0.01))
def test_gate_faults_show_in_a_bell_pair(device):
    faults = [Fault.DEPOLARISING_AS_INFIDELITY, Fault.QUBIT_ORDER, Fault.MISSING_GATE_NOISE]
    shown = differences(qnet_pair(noise_of(device)), device, lambda d: [referee.bell_pair(d)], faults)
    assert min(shown) > SHOWS


@EXAMPLES
@given(pairs, devices(least=0.01))
def test_device_faults_show_in_a_measurement(rho, device):
    faults = [Fault.DEPOLARISING_AS_INFIDELITY, Fault.READOUT_EXCHANGED]
    got = qnet_measurement(rho, 0, 1.0, noise_of(device))
    assert min(differences(got, device, lambda d: referee.measure(rho, 0, 1.0, d), faults)) > SHOWS
