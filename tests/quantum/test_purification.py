import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from strategies import noises, random_state, states

from qnet.errors import CircuitError, InvalidArgument
from qnet.quantum import (
    Noise,
    Purification,
    State,
    bbpssw,
    dejmps,
    double_selection,
    epl,
    pumped,
    three_to_one,
    twirl,
)

READY = [bbpssw, dejmps, epl, double_selection, three_to_one, twirl]


def check(qubits: int = 2, measured: int = 1) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, 1)
    circuit.cx(0, 1)
    circuit.measure(measured, 0)
    return circuit


@pytest.mark.parametrize("make", READY)
@settings(max_examples=3)
@given(noises(), noises())
def test_instruments_are_complete(make, noise: Noise, other: Noise) -> None:
    assert make(noise, other).instrument.completeness_error() < 1e-12


@settings(max_examples=10)
@given(noises(), noises(), st.integers(0, 1000), st.lists(st.booleans(), min_size=4, max_size=4))
def test_both_sides_in_one_are_one_side_after_the_other(noise, other_noise, seed, table) -> None:
    """The first side acts on the state of four, then the second; the rule picks the records."""
    kept, spent = (random_state(seed + k).tensor for k in range(2))
    protocol = Purification(check(), accept=lambda a, b: table[2 * a + b], noise=noise, other_noise=other_noise)
    ((_, one, two),) = protocol.alternatives
    expected = np.zeros((4, 4))
    for a, rest in enumerate(one.instrument.branches(np.multiply.outer(kept, spent), [0, 2])):
        for b, pair in enumerate(two.instrument.branches(rest, [0, 1])):
            expected += pair * table[2 * a + b]
    assert protocol.apply([kept, spent]) == pytest.approx(expected, abs=1e-12)


def test_other_circuits_on_the_other_side() -> None:
    """A CNOT on one side only, undone before it is measured, leaves what the other side made."""
    nothing = QuantumCircuit(2, 1)
    nothing.measure(1, 0)
    probability, state = Purification(nothing, nothing, accept=lambda a, b: True).purify(
        [State.werner(0.8), State.bell()]
    )
    assert probability == pytest.approx(1)
    assert state.tensor == pytest.approx(State.werner(0.8).tensor, abs=1e-12)
    flipped = QuantumCircuit(2, 1)
    flipped.x(1)
    flipped.measure(1, 0)
    assert Purification(nothing, flipped).instrument.tensor[1, 0, 0].any()
    assert Purification(nothing, flipped, accept=lambda a, b: a != b).purify([State.werner(0.8), State.bell()])[
        0
    ] == pytest.approx(1)


def test_either_qubit_may_be_kept_and_others_may_help() -> None:
    backwards = QuantumCircuit(3, 1)
    backwards.cx(1, 0)
    backwards.cx(0, 2)
    backwards.measure(2, 0)
    pairs = [State.werner(0.8), State.bell_diagonal([0.9, 0.1, 0, 0])]
    p, state = Purification(backwards, keep=1, inputs=(0, 1)).purify(pairs)
    q, expected = Purification(check()).purify(pairs[::-1])
    assert p == pytest.approx(q)
    assert state.tensor[[0, 3], [0, 3]] == pytest.approx(expected.tensor[[0, 3], [0, 3]])


@settings(max_examples=10)
@given(states())
def test_twirling_leaves_a_werner_state_of_the_same_fidelity(state: State) -> None:
    probability, twirled = twirl().purify([state])
    assert probability == pytest.approx(1)
    assert twirled.tensor == pytest.approx(State.werner(state.fidelity()).tensor, abs=1e-12)


def test_shared_randomness_is_an_average() -> None:
    turned = check()
    turned.x(0)
    pairs = [random_state(1), random_state(2)]
    plain, flipped = (Purification(check(), other).apply([s.tensor for s in pairs]) for other in (check(), turned))
    both = Purification([(0.75, check(), check()), (0.25, check(), turned)])
    assert both.apply([s.tensor for s in pairs]) == pytest.approx(0.75 * plain + 0.25 * flipped, abs=1e-12)


@pytest.mark.parametrize("phase", [0.0, 1.0, 2.5])
def test_epl_does_not_mind_a_phase_that_both_pairs_have(phase: float) -> None:
    vector = np.array([0, 1, np.exp(1j * phase), 0]) / math.sqrt(2)
    rho = 0.7 * np.outer(vector, vector.conj()) + 0.3 * np.diag([0, 0, 0, 1])
    probability, state = epl().purify([State.from_density_matrix(rho)] * 2)
    assert [probability, state.fidelity(2)] == pytest.approx([0.245, 1])


@pytest.mark.parametrize(("make", "missed"), [(three_to_one, (2, 2)), (double_selection, (0, 1))])
def test_of_nine_single_errors_two_checks_miss_one(make, missed: tuple[int, int]) -> None:
    """A bit flip of the pair that looks for phases, or a phase flip of the pair that nobody looks at for phases."""
    wrong = []
    for faulty, label in product(range(3), (1, 2, 3)):
        kept = make().apply([State.bell(label if k == faulty else 0).tensor for k in range(3)])
        if kept[0, 0] > 1e-12 and State(kept).fidelity() < 0.5:
            wrong.append((faulty, label))
    assert wrong == [missed]


def test_pumping_takes_a_fresh_pair_each_round() -> None:
    fresh = [State.werner(fidelity) for fidelity in (0.8, 0.85, 0.9, 0.95)]
    rounds = list(pumped(dejmps(), fresh))
    expected = fresh[0]
    for (probability, state), other in zip(rounds, fresh[1:], strict=True):
        p, expected = dejmps().purify([expected, other])
        assert (probability, state.digest) == (p, expected.digest)
    assert len(list(pumped(double_selection(), fresh))) == 1
    assert list(pumped(dejmps(), fresh[:1])) == []


def test_the_truth_table_is_the_value() -> None:
    mine, same = Purification(check()), Purification(check(), accept=[[True, False], [False, True]])
    assert mine.digest == same.digest
    assert mine.accepted.tolist() == [[True, False], [False, True]]
    assert mine.digest != Purification(check(), accept=lambda a, b: a == b == 1).digest
    noise = Noise.from_numbers(two_qubit_depolarising=0.01)
    assert mine.with_noise(noise).digest == Purification(check(), noise=noise).digest != mine.digest


def test_it_takes_the_time_of_the_slower_side() -> None:
    fast, slow = (Noise.from_numbers(one_qubit_gate_s=t, two_qubit_gate_s=10 * t) for t in (1.0, 2.0))
    assert dejmps(fast, slow).duration_s == 2 * 2.0 + 20.0


def fails(a: int, b: int) -> bool:
    return 1 / (a - b) > 0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Purification(check(), accept=fails), r"`accept` must decide on all records, but raised ZeroDivision"),
        (lambda: Purification(check(), accept=[[True]]), r"`accept` must have shape \(2, 2\), but is \(1, 1\)"),
        (lambda: Purification(check(), keep=2), "`keep` must be one of the circuit's 2 qubits, but is 2"),
        (lambda: Purification(check(), inputs=(0, 0)), r"`inputs` must be different qubits of the circuit's 2"),
        (lambda: Purification(check(), check(3)), "`other` must take 2 qubits, as the first side, but is 3"),
        (lambda: Purification([(0.5, check(), check())]), r"`circuit` must have probabilities that add to one"),
        (lambda: dejmps().purify([State.bell()]), r"`states` must be 2 pairs, but is \['2 qubits'\]"),
        (lambda: dejmps().purify([State.ghz(3)] * 2), "`states` must be 2 pairs"),
        (
            lambda: epl().purify([State.from_vector([1, 0, 0, 0])] * 2),
            r"`states` must be accepted with some probability, but is 0\.0",
        ),
        (lambda: list(pumped(twirl(), [State.bell()])), "`purification` must take at least two pairs, but is 1"),
    ],
)
def test_arguments_are_named_when_wrong(build, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        build()


def test_what_is_kept_may_not_be_measured() -> None:
    with pytest.raises(CircuitError, match="Qubit 0 ends measured and is also an output"):
        Purification(check(measured=0))
