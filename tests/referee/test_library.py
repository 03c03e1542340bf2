"""The library of circuits: compiled instruments against Aer circuits run on the same states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantum.strategies import noises, random_state
from referee.test_engines import agree

from qnet.quantum import (
    NO_WAITING,
    Aer,
    Half,
    Noise,
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

EXAMPLES = settings(max_examples=3)
seeds = st.integers(0, 10_000)


def half(seed: int, qubits: int = 2, axis: int = 0) -> Half:
    return Half(random_state(seed, qubits).tensor, axis, NO_WAITING, 0.0)


@pytest.mark.parametrize("basis", ["x", "y", "z"])
@EXAMPLES
@given(seeds, noises())
def test_pauli_measurement(basis: str, seed: int, noise: Noise) -> None:
    agree(pauli_measurement(basis, noise), [half(seed, 3, 1)])


@EXAMPLES
@given(seeds, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_linear_optics(seed: int, efficiency: float, visibility: float) -> None:
    operation = linear_optics_bell_measurement(efficiency=efficiency, visibility=visibility)
    agree(operation, [half(seed), half(seed + 1, 3, 2)])


@EXAMPLES
@given(seeds, st.floats(-3.0, 3.0), st.floats(0.0, 0.5))
def test_attacks(seed: int, angle: float, disturbance: float) -> None:
    for operation in (intercept_resend(angle), entangling_probe(disturbance, angle)):
        agree(operation, [half(seed, 3, 2)])


@EXAMPLES
@given(seeds, noises())
def test_teleportation(seed: int, noise: Noise) -> None:
    """Of half of a pair, with three states that have nothing to do with each other."""
    agree(teleportation(noise), [half(seed), half(seed + 1, 1), half(seed + 2, 1)])


@settings(max_examples=1)
@given(seeds, noises())
def test_remote_cnot(seed: int, noise: Noise) -> None:
    agree(remote_cnot(noise), [half(seed + k, 1 + (k == 0)) for k in range(4)])


@pytest.mark.parametrize(
    ("make", "count"), [(ghz_fusion, 2), (ghz_fusion, 3), (ghz_projection, 2), (ghz_projection, 3)]
)
@settings(max_examples=1)
@given(seeds, noises())
def test_pairs_that_meet(make, count: int, seed: int, noise: Noise) -> None:
    agree(make(count, noise), [half(seed + k) for k in range(count)])


@pytest.mark.parametrize("make", [dejmps, epl, bbpssw, twirl, double_selection, three_to_one])
@settings(max_examples=1)
@given(seeds, noises(), noises())
def test_purification(make, seed: int, noise: Noise, other_noise: Noise) -> None:
    """Aer runs the first side's circuit on all pairs, then the second side's on what is left, record by record."""
    protocol = make(noise, other_noise)
    pairs = [random_state(seed + k).tensor for k in range(protocol.pairs)]
    expected = sum(chance * by_aer(protocol, one, two, pairs) for chance, one, two in protocol.alternatives)
    assert protocol.apply(pairs) == pytest.approx(expected, abs=1e-9)


def by_aer(protocol, one, two, pairs) -> np.ndarray:
    """Both sides, each on one state that holds all of its qubits."""
    joint = pairs[0]
    for pair in pairs[1:]:
        joint = np.multiply.outer(joint, pair)
    count = len(pairs)
    chances, rest = Aer().branches(one, [Half(joint, tuple(range(0, 2 * count, 2)), NO_WAITING, 0.0)])
    kept = np.zeros((4, 4))
    for a, chance in enumerate(chances):
        if chance > 1e-12:
            others, last = Aer().branches(two, [Half(rest(a), tuple(range(count)), NO_WAITING, 0.0)])
            for b, other in enumerate(others):
                if protocol.accepted[a, b] and other > 1e-12:
                    kept += chance * other * last(b)
    return kept
