import math

import numpy as np
import pytest
from cases import Case, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.keys import bbm92_fraction
from qnet.quantum.photonics import Herald, double_click, single_click


def closed_single(
    alphas: tuple[float, float], etas: tuple[float, float], v: float, dark: float, coherence: float, resolving: bool
) -> np.ndarray:
    """rho of Psi+, times the probability that A's detector clicks; derived in the README."""
    (alpha_a, alpha_b), (eta_a, eta_b) = alphas, etas
    none = dark * (1 - dark)
    one = (1 - dark) ** 2 if resolving else 1 - dark
    two = 0.0 if resolving else (1 + v) / 4 * (1 - dark)
    lost = [1 - eta_a, 1 - eta_b]
    both = (eta_a * lost[1] + eta_b * lost[0]) * one / 2 + eta_a * eta_b * two + lost[0] * lost[1] * none
    weights = (1 - alpha_a) * (1 - alpha_b), (1 - alpha_a) * alpha_b, alpha_a * (1 - alpha_b), alpha_a * alpha_b
    light = none, eta_b * one / 2 + lost[1] * none, eta_a * one / 2 + lost[0] * none, both
    rho = np.diag(np.multiply(weights, light))
    rho[1, 2] = rho[2, 1] = math.sqrt(weights[1] * weights[2] * eta_a * eta_b * v) * coherence * one / 2
    return rho


def closed_form(eta_a: float, eta_b: float, v: float, dark: float, resolving: bool) -> np.ndarray:
    """rho of Psi+ of double click, times the probability of success; derived in the README."""
    d = 2 * dark * (1 - dark)
    one = (1 - dark) ** 2 if resolving else 1 - dark
    two = 0.0 if resolving else (1 + v) / 2 * (1 - dark)
    one_lost, both_lost = eta_a * (1 - eta_b) + eta_b * (1 - eta_a), (1 - eta_a) * (1 - eta_b)
    noise = one_lost * one * d + both_lost * d**2
    differ, same = eta_a * eta_b * one**2 + noise, eta_a * eta_b * two * d + noise
    rho = np.diag([same, differ, differ, same]) / 4
    rho[1, 2] = rho[2, 1] = eta_a * eta_b * v * one**2 / 4
    return rho


def herald_of(eta_a: float, eta_b: float, v: float, dark: float, resolving: bool) -> Herald:
    return double_click(
        efficiency_a=eta_a,
        efficiency_b=eta_b,
        visibility=v,
        dark_count_probability=dark,
        number_resolving=resolving,
    )


def real_states(herald: Herald) -> dict[int, np.ndarray]:
    """Both states as if Psi+ had been heralded: for Psi- the coherence has the other sign."""
    signs = {2: 1.0, 3: -1.0}
    states = {outcome.label: outcome.state.density_matrix() for outcome in herald.outcomes}
    for label, rho in states.items():
        rho[[1, 2], [2, 1]] *= signs[label]
        assert abs(rho.imag).max() < 1e-15
    return {label: rho.real for label, rho in states.items()}


def single_herald_of(case: Case) -> Herald:
    def given(*names: str) -> float:
        return next((case[name] for name in names if name in case.inputs), 0.0)

    return single_click(
        alpha_a=given("alpha_A", "alpha"),
        alpha_b=given("alpha_B", "alpha"),
        efficiency_a=given("eta_A", "eta"),
        efficiency_b=given("eta_B", "eta"),
        visibility=given("hom_visibility_V", "V"),
        dark_count_probability=given("p_dark_per_detector_window", "p_dark"),
        phase_sigma_rad=given("phase_sigma"),
        number_resolving=bool(given("number_resolving")),
    )


@pytest.mark.parametrize("case", cases("B-single-*"), ids=str)
def test_single_click(case: Case) -> None:
    herald = single_herald_of(case)
    name = "F" if "F" in case.expected else "F_psi_plus"
    for fidelity in (herald.fidelity, *(outcome.fidelity for outcome in herald.outcomes)):
        case.check(p_success=herald.success_probability, **{name: fidelity})
    assert [outcome.label for outcome in herald.outcomes] == [2, 3]
    for rho in real_states(herald).values() if "rho_D1" in case.expected else ():
        case.check(rho_D1=rho.tolist())


@pytest.mark.parametrize("case", cases("B-single-key-*"), ids=str)
def test_key_of_single_click_pairs(case: Case) -> None:
    herald = single_herald_of(case)
    assert herald.mean_state is not None
    e_z, e_x = (herald.mean_state.qber(basis) for basis in "zx")
    fraction = max(0.0, bbm92_fraction(e_z=e_z, e_x=e_x, error_correction_efficiency=1.0))
    case.check(e_Z=e_z, e_X=e_x, key_fraction=fraction, key_per_attempt=fraction * herald.success_probability)


@pytest.mark.parametrize("case", cases("B-double-*"), ids=str)
def test_double_click(case: Case) -> None:
    dark = case["p_dark_per_detector_window"]
    herald = herald_of(case["eta_A"], case["eta_B"], case["hom_visibility_V"], dark, case["number_resolving"])
    assert [outcome.label for outcome in herald.outcomes] == [2, 3]
    for rho in real_states(herald).values():
        case.check(rho_psi_plus=rho.tolist())
    for fidelity in (herald.fidelity, *(outcome.fidelity for outcome in herald.outcomes)):
        case.check(p_success=herald.success_probability, F_psi_plus=fidelity)


@pytest.mark.parametrize("case", cases("B-bk-*"), ids=str)
def test_barrett_kok(case: Case) -> None:
    heralds = [herald_of(case["eta"], case["eta"], v, 0.0, False) for v in case.expected["V"]]
    case.check(F_if_V=[herald.fidelity for herald in heralds])
    for herald in heralds:
        case.check(p_success=herald.success_probability)


@pytest.mark.parametrize("case", cases("E-avis-*"), ids=str)
def test_hardware_of_avis(case: Case) -> None:
    eta = case["eta_init_per_side"] * 10 ** (-case["attenuation"] * case["L"] / 2 / 10)
    herald = herald_of(eta, eta, case["visibility"], case["p_dark"], case["number_resolving"])
    case.check(eta_arm=eta, p_success=herald.success_probability, F=herald.fidelity)


probabilities = st.floats(0.0, 1.0)


two = st.tuples(probabilities, probabilities)


@settings(max_examples=8)
@given(two, two, probabilities, probabilities, st.floats(0.0, 3.0), probabilities, st.booleans())
def test_single_click_is_its_closed_form(
    alphas: tuple[float, float],
    etas: tuple[float, float],
    v: float,
    dark: float,
    sigma: float,
    twice: float,
    resolving: bool,
) -> None:
    herald = single_click(
        alpha_a=alphas[0],
        alpha_b=alphas[1],
        efficiency_a=etas[0],
        efficiency_b=etas[1],
        visibility=v,
        dark_count_probability=dark,
        phase_sigma_rad=sigma,
        double_excitation_probability=twice,
        number_resolving=resolving,
    )
    expected = closed_single(alphas, etas, v, dark, math.exp(-(sigma**2) / 2) * (1 - twice) ** 2, resolving)
    assert herald.success_probability == pytest.approx(2 * np.trace(expected), rel=1e-12, abs=1e-15)
    for outcome, rho in zip(herald.outcomes, real_states(herald).values(), strict=True):
        weight = herald.success_probability * outcome.probability
        assert rho * weight == pytest.approx(expected, rel=1e-12, abs=1e-15)


@settings(max_examples=8)
@given(probabilities, probabilities, probabilities, probabilities, st.booleans())
def test_double_click_is_its_closed_form(eta_a: float, eta_b: float, v: float, dark: float, resolving: bool) -> None:
    herald, expected = herald_of(eta_a, eta_b, v, dark, resolving), closed_form(eta_a, eta_b, v, dark, resolving)
    success = float(np.trace(expected))
    assert herald.success_probability == pytest.approx(success, rel=1e-12, abs=1e-15)
    assert math.isclose(sum(outcome.probability for outcome in herald.outcomes), success > 0, abs_tol=1e-12)
    for rho in real_states(herald).values():
        assert rho * success == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(probabilities)
@settings(max_examples=4)
def test_two_emissions_dephase_each_memory_of_a_double_click_once(twice: float) -> None:
    plain, told = (
        double_click(
            efficiency_a=0.3,
            efficiency_b=0.2,
            visibility=0.9,
            dark_count_probability=1e-3,
            double_excitation_probability=probability,
        )
        for probability in (0.0, twice)
    )
    assert told.success_probability == pytest.approx(plain.success_probability, rel=1e-12)
    for label, rho in real_states(plain).items():
        rho[[1, 2], [2, 1]] *= (1 - twice) ** 2
        assert real_states(told)[label] == pytest.approx(rho, rel=1e-12, abs=1e-15)


def test_perfect_parts_herald_every_second_attempt() -> None:
    herald = herald_of(1.0, 1.0, 1.0, 0.0, False)
    assert herald.success_probability == pytest.approx(0.5, abs=1e-14)
    assert herald.fidelity == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("resolving", [False, True])
def test_dark_counts_alone_herald_a_quarter(resolving: bool) -> None:
    herald = herald_of(0.0, 0.0, 0.9, 1e-3, resolving)
    assert herald.success_probability == pytest.approx((2e-3 * (1 - 1e-3)) ** 2, rel=1e-12)
    assert herald.fidelity == pytest.approx(0.25, abs=1e-14)
