import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, UnknownName
from qnet.quantum.photonics import Herald, midpoint_source, midpoint_source_operation
from qnet.quantum.photonics.pairs import Statistics, held_probabilities

PERFECT = {"efficiency_a": 1.0, "efficiency_b": 1.0, "latch_probability_a": 1.0, "latch_probability_b": 1.0}
PAIR: dict[str, object] = {"mean_pairs": 1.0, "statistics": "single"}
probabilities = st.floats(0.0, 1.0)


def herald_of(mean_pairs: float, statistics: Statistics, eta_a: float, eta_b: float, **more: float) -> Herald:
    latches = {"latch_probability_a": 0.8, "latch_probability_b": 0.5}
    arms = {"efficiency_a": eta_a / 0.8, "efficiency_b": eta_b / 0.5}
    return midpoint_source(mean_pairs=mean_pairs, statistics=statistics, **arms, **latches, **more)


def fock(chances: tuple[float, ...], eta_a: float, eta_b: float) -> np.ndarray:
    """The unnormalised state of the memories, by what each side loses (lost) and leaves behind (rest)."""
    most = len(chances) - 1
    surroundings = [(n[:2], n[2:]) for n in product(range(most), repeat=4) if sum(n) < most]
    rho = np.zeros((4, 4))
    for around_a, around_b in product(surroundings, repeat=2):
        vector = np.zeros(4)
        for k, m in product((0, 1), repeat=2):
            (n_a, amplitude_a), (n_b, amplitude_b) = taken(*around_a, k, eta_a), taken(*around_b, m, eta_b)
            if n_a == n_b:
                vector[2 * k + m] = math.sqrt(chances[sum(n_a)] / (sum(n_a) + 1)) * amplitude_a * amplitude_b
        rho += np.outer(vector, vector)
    return rho


def taken(lost: tuple[int, ...], rest: tuple[int, ...], memory: int, eta: float) -> tuple[tuple[int, ...], float]:
    """How many photons of each mode there were, and the amplitude of this history."""
    arrived = tuple(number + (mode == memory) for mode, number in enumerate(rest))
    numbers = tuple(map(sum, zip(lost, arrived, strict=True)))
    ways = math.prod(map(math.comb, numbers, lost)) * eta ** sum(arrived) * (1 - eta) ** sum(lost)
    return numbers, math.sqrt(ways * arrived[memory] / sum(arrived))


@pytest.mark.parametrize(("eta_a", "eta_b"), [(0.6, 0.3), (0.8, 0.05)])
def test_pairs_in_one_mode_are_as_in_fock_space(eta_a: float, eta_b: float) -> None:
    herald, rho = herald_of(0.5, "thermal", eta_a, eta_b), fock(held_probabilities(0.5, "thermal"), eta_a, eta_b)
    assert herald.success_probability == pytest.approx(np.trace(rho), rel=1e-12)
    assert herald.outcomes[0].state.density_matrix() == pytest.approx(rho / np.trace(rho), abs=1e-12)


@settings(max_examples=10)
@given(st.floats(0.0, 2.0), st.floats(0.01, 0.8), st.floats(0.01, 0.5))
def test_pairs_in_modes_of_their_own_are_uncorrelated_with_each_other(mean: float, eta_a: float, eta_b: float) -> None:
    herald, expected = herald_of(mean, "poissonian", eta_a, eta_b), np.zeros(4)
    for n, chance in enumerate(held_probabilities(mean, "poissonian")[1:], start=1):
        both = chance * (1 - (1 - eta_a) ** n) * (1 - (1 - eta_b) ** n)
        expected += both * np.array([1.0, 1 / n, -1 / n, 1 / n])
    tensor = herald.mean_state.tensor if herald.mean_state else np.zeros((4, 4))
    assert herald.success_probability * np.diagonal(tensor) == pytest.approx(expected, rel=1e-10, abs=1e-15)
    assert tensor == pytest.approx(np.diag(np.diagonal(tensor)), abs=1e-12)


def test_a_perfect_pair_is_taken_in_as_it_is() -> None:
    herald = midpoint_source(mean_pairs=1.0, statistics="single", **PERFECT)
    assert (herald.success_probability, herald.fidelity) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert [outcome.label for outcome in herald.outcomes] == [0]


@pytest.mark.parametrize("statistics", ["thermal", "poissonian"])
def test_false_latches_alone_herald_a_quarter(statistics: Statistics) -> None:
    herald = herald_of(0.0, statistics, 0.3, 0.2, false_latch_probability=1e-3)
    assert herald.success_probability == pytest.approx(1e-6, rel=1e-9)
    assert herald.outcomes[0].state.tensor == pytest.approx(np.diag([1.0, 0.0, 0.0, 0.0]), abs=1e-12)


@pytest.mark.parametrize("statistics", ["thermal", "poissonian"])
def test_a_false_latch_beside_a_photon_heralds_nothing_better(statistics: Statistics) -> None:
    herald = herald_of(0.1, statistics, 0.4, 0.0, false_latch_probability=0.01)
    assert herald.fidelity == pytest.approx(0.25, abs=1e-12)


def test_success_falls_as_the_transmission_from_end_to_end() -> None:
    near, far = (herald_of(0.1, "poissonian", eta, eta, visibility=0.9) for eta in (1e-3, 1e-5))
    assert near.success_probability / far.success_probability == pytest.approx(1e4, rel=1e-3)
    assert near.fidelity == pytest.approx(far.fidelity, rel=1e-3)


@pytest.mark.parametrize("statistics", ["thermal", "poissonian"])
def test_brighter_pulses_succeed_more_often_with_worse_states(statistics: Statistics) -> None:
    dim, bright = (herald_of(mean, statistics, 0.1, 0.2) for mean in (0.01, 0.2))
    assert dim.success_probability < bright.success_probability
    assert dim.fidelity > bright.fidelity
    assert dim.dropped_weight < 1e-8 < 1e-5 < bright.dropped_weight


@pytest.mark.parametrize("statistics", ["thermal", "poissonian", "single"])
def test_an_imperfect_source_flips_phases(statistics: Statistics) -> None:
    sharp, blurred = (herald_of(0.1, statistics, 0.4, 0.2, visibility=v).outcomes[0].state for v in (1.0, 0.8))
    assert blurred.tensor == pytest.approx(sharp.tensor * np.outer([1, 0.8, 0.8, 1], [1, 1, 1, 1]), abs=1e-12)
    assert statistics != "single" or blurred.bell_weights() == pytest.approx((0.9, 0.1, 0.0, 0.0), abs=1e-12)


def test_the_record_tells_who_announces() -> None:
    chances = midpoint_source_operation(
        **PAIR, **PERFECT | {"efficiency_a": 0.2, "latch_probability_b": 0.5}
    ).instrument
    assert chances.tensor[:, 0, 0] == pytest.approx([0.4, 0.1, 0.4, 0.1], abs=1e-12)


def test_a_herald_is_computed_once() -> None:
    assert midpoint_source(**PAIR, **PERFECT) is midpoint_source(**PAIR, **PERFECT)


@pytest.mark.parametrize("name", [*PERFECT, "false_latch_probability", "visibility", "mean_pairs"])
def test_what_is_no_probability_is_refused_by_name(name: str) -> None:
    for bad in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
            midpoint_source(**PAIR | PERFECT | {name: bad})


def test_unknown_statistics_are_refused() -> None:
    with pytest.raises(UnknownName, match="pair statistics 'termal'; the nearest is 'thermal'"):
        midpoint_source(**PERFECT | {"mean_pairs": 0.1, "statistics": "termal"})
