import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, UnknownName
from qnet.quantum.photonics import PairDetection, pair_detection, pair_detection_operation
from qnet.quantum.photonics.pairs import Statistics, dropped_weight

LAWS: tuple[Statistics, ...] = ("thermal", "poissonian", "single")
DETECTORS = {
    "efficiency_a": 0.5,
    "efficiency_b": 0.3,
    "dark_count_probability_a": 1e-3,
    "dark_count_probability_b": 3e-3,
    "misalignment": 0.02,
    "visibility": 0.9,
}
DARK = {"dark_count_probability_a": 0.0, "dark_count_probability_b": 0.0}
probabilities = st.floats(0.0, 1.0)


def covariance_gain_and_errors(mean_pairs: float, basis: str) -> tuple[float, float]:
    """Gain and error rate from the covariance matrix of the light, in units of the vacuum's; quadratures x, then p."""
    lam = mean_pairs / 2
    twin, one = 2 * math.sqrt(lam * (lam + 1)), np.eye(2)
    turn = np.array([[1, 1], [1, -1]]) / math.sqrt(2) if basis == "x" else one
    totals = np.zeros(2)
    flips = [(0.95, np.diag([1, 1])), (0.05, np.diag([1, -1]))] if basis == "x" else [(1.0, one)]
    for weight, flip in flips:
        between = turn @ flip @ turn.T * twin
        same = (1 + 2 * lam) * one
        quadratures = [np.block([[same, sign * between], [sign * between.T, same]]) for sign in (1, -1)]
        totals += weight * np.array(gain_and_correlation(quadratures))
    return totals[0], 0.5 - (1 - 2 * 0.02) * totals[1] / totals[0] / 2


def gain_and_correlation(quadratures: list[np.ndarray]) -> tuple[float, float]:
    def silent(*on: int) -> float:
        x = np.diag(np.array(on) * [0.5, 0.5, 0.3, 0.3])
        light = math.prod(1 / math.sqrt(np.linalg.det(np.eye(4) + x @ (v - np.eye(4)) / 2)) for v in quadratures)
        return light * (1 - 1e-3) ** (on[0] + on[1]) * (1 - 3e-3) ** (on[2] + on[3])

    gain = 1 - silent(1, 1, 0, 0) - silent(0, 0, 1, 1) + silent(1, 1, 1, 1)
    equal, different = silent(0, 1, 0, 1) + silent(1, 0, 1, 0), silent(0, 1, 1, 0) + silent(1, 0, 0, 1)
    return gain, equal - different


def fock_gain_and_error(chances: dict[tuple[int, int], float]) -> tuple[float, float]:
    """Gain and error rate in Z, by photon numbers of the modes zero and one."""
    gain = wrong = 0.0
    for (zero, one), chance in chances.items():
        bits = []
        for eta, dark in ((0.5, 1e-3), (0.3, 3e-3)):
            hit_0, hit_1 = (1 - (1 - dark) * (1 - eta) ** photons for photons in (zero, one))
            bits.append((hit_0 * (1 - hit_1 / 2), hit_1 * (1 - hit_0 / 2)))
        (a0, a1), (b0, b1) = bits
        b0, b1 = 0.98 * b0 + 0.02 * b1, 0.98 * b1 + 0.02 * b0
        gain, wrong = gain + chance * (a0 + a1) * (b0 + b1), wrong + chance * (a0 * b1 + a1 * b0)
    return gain, wrong / gain


def number_law(statistics: str, mean: float, most: int = 40) -> dict[tuple[int, int], float]:
    lam, numbers = mean / 2, list(product(range(most), repeat=2))
    if statistics == "single":
        return {(0, 0): 1 - mean, (1, 0): lam, (0, 1): lam}
    if statistics == "thermal":
        return {(n, m): lam ** (n + m) / (1 + lam) ** (n + m + 2) for n, m in numbers}
    return {(n, m): math.exp(-mean) * lam ** (n + m) / math.factorial(n) / math.factorial(m) for n, m in numbers}


def record_gain_and_error(statistics: Statistics, mean: float, basis: str) -> tuple[float, float]:
    operation = pair_detection_operation(mean_pairs=mean, statistics=statistics, basis=basis, **DETECTORS)
    told = operation.instrument.tensor.reshape(3, 3)[1:, 1:]
    return float(told.sum()), float(told[0, 1] + told[1, 0]) / float(told.sum())


@pytest.mark.parametrize("mean_pairs", [0.01, 0.3, 2.0])
@pytest.mark.parametrize("statistics", LAWS)
def test_counting_photons_one_by_one_gives_the_same(statistics: Statistics, mean_pairs: float) -> None:
    mean = min(mean_pairs, 1.0) if statistics == "single" else mean_pairs
    result = pair_detection(mean_pairs=mean, statistics=statistics, **DETECTORS)
    expected = fock_gain_and_error(number_law(statistics, mean))
    assert (result.coincidence_probability, result.error_rate_z) == pytest.approx(expected, rel=1e-10)


@given(st.floats(1e-3, 10.0))
def test_gaussian_light_is_its_covariance_matrix(mean_pairs: float) -> None:
    result = pair_detection(mean_pairs=mean_pairs, statistics="thermal", **DETECTORS)
    gain, error_z = covariance_gain_and_errors(mean_pairs, "z")
    _, error_x = covariance_gain_and_errors(mean_pairs, "x")
    assert result.coincidence_probability == pytest.approx(gain, rel=1e-9)
    assert (result.error_rate_z, result.error_rate_x) == pytest.approx((error_z, error_x), rel=1e-8)


@pytest.mark.parametrize("basis", ["z", "x"])
@pytest.mark.parametrize(("statistics", "mean"), [("thermal", 0.1), ("poissonian", 0.2), ("single", 0.7)])
def test_the_circuit_agrees_but_for_what_it_drops(statistics: Statistics, mean: float, basis: str) -> None:
    gain, error = record_gain_and_error(statistics, mean, basis)
    result, dropped = (
        pair_detection(mean_pairs=mean, statistics=statistics, **DETECTORS),
        dropped_weight(mean, statistics),
    )
    wrong = getattr(result, f"error_rate_{basis}") * result.coincidence_probability
    assert dropped < 1e-4
    assert -1e-12 < result.coincidence_probability - gain < dropped + 1e-12
    assert -1e-12 < wrong - error * gain < dropped + 1e-12


@pytest.mark.parametrize("statistics", LAWS)
def test_dark_counts_alone_agree_by_chance(statistics: Statistics) -> None:
    result = pair_detection(mean_pairs=0.0, statistics=statistics, **DETECTORS)
    background = (1 - (1 - 1e-3) ** 2) * (1 - (1 - 3e-3) ** 2)
    assert result.coincidence_probability == pytest.approx(background, rel=1e-9)
    assert (result.error_rate_z, result.error_rate_x) == (0.5, 0.5)


def test_perfect_pairs_are_perfectly_correlated() -> None:
    arms = {"efficiency_a": 1.0, "efficiency_b": 1.0}
    result = pair_detection(mean_pairs=1.0, statistics="single", **arms, **DARK)
    assert result == PairDetection(
        coincidence_probability=1.0,
        error_rate_z=0.0,
        error_rate_x=0.0,
        click_probability_a=1.0,
        click_probability_b=1.0,
    )


def test_nothing_at_all_is_an_unknown_error() -> None:
    result = pair_detection(mean_pairs=0.1, statistics="thermal", **DETECTORS | DARK | {"efficiency_a": 0.0})
    assert (result.coincidence_probability, result.error_rate_z, result.error_rate_x) == (0.0, 0.5, 0.5)


@given(st.sampled_from(LAWS), st.floats(1e-3, 1.0), st.floats(1e-9, 1e-3))
def test_gain_falls_as_the_transmission_from_end_to_end(statistics: Statistics, mean: float, eta: float) -> None:
    """However small it is: nothing is lost to rounding."""
    results = [
        pair_detection(mean_pairs=mean, statistics=statistics, efficiency_a=x, efficiency_b=x, **DARK)
        for x in (eta, eta / 10)
    ]
    near, far = (result.coincidence_probability for result in results)
    assert near / far == pytest.approx(100.0, rel=10 * eta + 1e-5)


@settings(max_examples=50)
@given(st.sampled_from(LAWS), *[probabilities] * 7)
def test_what_is_known_of_any_result(
    statistics: Statistics, mean: float, a: float, b: float, dark_a: float, dark_b: float, turn: float, v: float
) -> None:
    arms = {"efficiency_a": a, "efficiency_b": b}
    dark = {"dark_count_probability_a": 0.99 * dark_a, "dark_count_probability_b": 0.99 * dark_b}
    result = pair_detection(mean_pairs=mean, statistics=statistics, misalignment=turn, visibility=v, **arms, **dark)
    ends = result.click_probability_a, result.click_probability_b
    assert math.prod(ends) <= result.coincidence_probability + 1e-12 or statistics == "single"
    assert result.coincidence_probability <= min(ends) + 1e-12
    assert abs(result.error_rate_x - 0.5) <= abs(result.error_rate_z - 0.5) + 1e-12


@pytest.mark.parametrize("name", [*DETECTORS, "mean_pairs"])
def test_what_is_out_of_range_is_refused_by_name(name: str) -> None:
    good = {"mean_pairs": 0.1, "statistics": "single", **DETECTORS}
    for make in (pair_detection, pair_detection_operation):
        for bad in (-0.1, 1.1, float("nan")):
            with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
                make(**good | {name: bad})


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="pair statistics 'Thermal'; the nearest is 'thermal'"):
        pair_detection(mean_pairs=0.1, statistics="Thermal", **DETECTORS)
    with pytest.raises(UnknownName, match="basis"):
        pair_detection_operation(mean_pairs=0.1, statistics="thermal", basis="y", **DETECTORS)
