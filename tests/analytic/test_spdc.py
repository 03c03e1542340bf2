import math

import pytest
from cases import Case, cases
from hypothesis import given
from hypothesis import strategies as st

from qnet.bounds import optimal_intensity
from qnet.keys import bbm92_fraction
from qnet.quantum.photonics import PairDetection, midpoint_source, pair_detection
from qnet.quantum.photonics.pairs import Statistics


def detection(lam: float, eta_a: float, eta_b: float, dark_a: float, dark_b: float, turned: float) -> PairDetection:
    return pair_detection(
        mean_pairs=2 * lam,
        statistics="thermal",
        efficiency_a=eta_a,
        efficiency_b=eta_b,
        dark_count_probability_a=dark_a,
        dark_count_probability_b=dark_b,
        misalignment=turned,
    )


def key_per_pulse(result: PairDetection, sifting: float) -> float:
    fraction = bbm92_fraction(result.error_rate_z, result.error_rate_x, error_correction_efficiency=1.0)
    return sifting * result.coincidence_probability * fraction


@pytest.mark.parametrize("case", cases("B-spdc-[0-9]"), ids=str)
def test_pairs_on_detectors(case: Case) -> None:
    dark = case["p_dark_A_per_detector"], case["p_dark_B_per_detector"]
    result = detection(case["lambda_half_mean_pairs"], case["eta_A"], case["eta_B"], *dark, case["e_misalign"])
    # the published rate takes every correlated click for one without dark count in the other detector
    published = 0.5 - (0.5 - result.error_rate_z) / ((1 - dark[0]) * (1 - dark[1]))
    case.check(Q=result.coincidence_probability, E_ma_fung_lo_2007=published, key_per_pulse=key_per_pulse(result, 0.5))
    for error in (result.error_rate_z, result.error_rate_x):
        case.check(E_exact=error)


@pytest.mark.parametrize("case", cases("B-spdc-opt-*"), ids=str)
def test_best_brightness(case: Case) -> None:
    eta = case["eta_detector"] * 10 ** (-case["total_channel_loss"] / 20)

    def at(mean_pairs: float) -> PairDetection:
        return detection(mean_pairs / 2, eta, eta, *[case["p_dark_per_detector"]] * 2, case["e_misalign"])

    best = optimal_intensity(lambda mean_pairs: key_per_pulse(at(mean_pairs), case["sifting"]))
    case.check(Q=at(best).coincidence_probability, E=at(best).error_rate_z, lambda_opt=best / 2)
    assert key_per_pulse(at(best), case["sifting"]) == pytest.approx(case.expected["key_per_pulse"], rel=1e-9)


@pytest.mark.parametrize("case", cases("D-tno-bbm92-*"), ids=str)
def test_pairs_on_detectors_of_tno(case: Case) -> None:
    """That package takes detectors of 20 %, a background of 1e-5 on each side, and the published error rate."""
    eta, dark = 0.2 * 10 ** (-case["attenuation_total"] / 20), 1 - math.sqrt(1 - 1e-5)
    result = detection(case["mu_pairs"] / 2, eta, eta, dark, dark, 0.0)
    published = 0.5 - (0.5 - result.error_rate_z) / (1 - dark) ** 2
    key = result.coincidence_probability * bbm92_fraction(published, published, error_correction_efficiency=1.0)
    case.check(Q=result.coincidence_probability, E=published, key_per_pulse=key)


@pytest.mark.parametrize("case", cases("B-midpoint-source"), ids=str)
def test_single_pairs_into_memories(case: Case) -> None:
    arms = {f"efficiency_{side}": case["eta_arm"] for side in "ab"}
    latches = {f"latch_probability_{side}": case["p_latch"] for side in "ab"}
    herald = midpoint_source(mean_pairs=case["p_pair"], statistics="single", **arms, **latches)
    case.check(p_success=herald.success_probability)
    assert herald.fidelity == pytest.approx(1.0, abs=1e-12)


efficiencies, darks = st.floats(0.01, 1.0), st.floats(0.0, 0.1)


@given(st.floats(1e-3, 3.0), efficiencies, efficiencies, darks, darks, st.floats(0.0, 0.5))
def test_pairs_on_detectors_are_their_closed_form(
    lam: float, eta_a: float, eta_b: float, dark_a: float, dark_b: float, turned: float
) -> None:
    result = detection(lam, eta_a, eta_b, dark_a, dark_b, turned)
    alone, both = (1 + eta_a * lam) * (1 + eta_b * lam), 1 + (eta_a + eta_b - eta_a * eta_b) * lam
    silent_a, silent_b = ((1 - d) / (1 + eta * lam) for d, eta in ((dark_a, eta_a), (dark_b, eta_b)))
    gain = 1 - silent_a**2 - silent_b**2 + ((1 - dark_a) * (1 - dark_b) / both) ** 2
    right = (1 - dark_a) * (1 - dark_b) * eta_a * eta_b * lam * (1 + lam) / alone / both
    assert result.coincidence_probability == pytest.approx(gain, rel=1e-9, abs=1e-14)
    correlation = result.coincidence_probability * (1 - 2 * result.error_rate_z)
    assert correlation == pytest.approx(2 * (1 - 2 * turned) * right, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("mean_pairs", [0.02, 0.3])
@pytest.mark.parametrize(
    ("statistics", "alike"), [("thermal", lambda n: (n + 2) / (3 * n)), ("poissonian", lambda n: 1 / n)]
)
def test_pairs_into_memories_are_their_series(statistics: Statistics, alike, mean_pairs: float) -> None:
    """Of n pairs each side takes a random photon; how well these are correlated is derived in the README."""
    arms = {"efficiency_a": 0.4, "efficiency_b": 0.2, "latch_probability_a": 1.0, "latch_probability_b": 0.5}
    herald, success, correlation = midpoint_source(mean_pairs=mean_pairs, statistics=statistics, **arms), 0.0, 0.0
    lam = mean_pairs / 2
    for n in range(1, 40):
        poissonian = math.exp(-mean_pairs) * mean_pairs**n / math.factorial(n)
        chance = poissonian if statistics == "poissonian" else (n + 1) * lam**n / (1 + lam) ** (n + 2)
        both = chance * (1 - 0.6**n) * (1 - 0.9**n)
        success, correlation = success + both, correlation + both * alike(n)
    assert 0 < success - herald.success_probability < herald.dropped_weight
    right = herald.fidelity * herald.success_probability
    assert 0 < (success + 3 * correlation) / 4 - right < herald.dropped_weight


@pytest.mark.parametrize(("statistics", "more"), [("thermal", 3), ("poissonian", 1)])
def test_far_from_the_source_the_state_is_that_of_the_light(statistics: Statistics, more: int) -> None:
    """Fourth moments of the light: F = (2 + 3 lam) / (2 + 6 lam) in one mode, (2 + lam) / (2 + 4 lam) in many."""
    lam, latches = 0.005, {"latch_probability_a": 1.0, "latch_probability_b": 1.0}
    herald = midpoint_source(mean_pairs=2 * lam, statistics=statistics, efficiency_a=1e-4, efficiency_b=1e-5, **latches)
    assert herald.fidelity == pytest.approx((2 + more * lam) / (2 + (more + 3) * lam), abs=3e-6)


@pytest.mark.parametrize("statistics", ["thermal", "poissonian", "single"])
def test_memories_succeed_as_often_as_detectors_of_their_efficiency_click(statistics: Statistics) -> None:
    herald = midpoint_source(
        mean_pairs=0.1,
        statistics=statistics,
        efficiency_a=0.5,
        efficiency_b=0.3,
        latch_probability_a=0.5,
        latch_probability_b=1.0,
    )
    quiet = {"dark_count_probability_a": 0.0, "dark_count_probability_b": 0.0}
    clicks = pair_detection(mean_pairs=0.1, statistics=statistics, efficiency_a=0.25, efficiency_b=0.3, **quiet)
    gap = clicks.coincidence_probability - herald.success_probability
    assert -1e-15 < gap < herald.dropped_weight + 1e-15
