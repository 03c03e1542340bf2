import itertools
from functools import partial

import pytest
from cases import Case, cases
from hypothesis import example, given
from hypothesis import strategies as st

from qnet import bounds, keys
from qnet.units import ATTENUATION_TO_DB_PER_KM, transmission

GYS = {"attenuation": 0.21, "eta_Bob": 0.045, "Y0": 1.7e-6, "e_detector": 0.033, "f_EC": 1.22, "sifting": 0.5}
"""Gobby, Yuan and Shields, Appl. Phys. Lett. 84, 3762 (2004), as used by Ma et al. 2005."""


def linear(inputs: dict, length_km: float) -> bounds.LinearReceiver:
    return bounds.LinearReceiver(
        transmission=inputs["eta_Bob"] * transmission(inputs["attenuation"] * length_km),
        background_yield=inputs["Y0"],
        misalignment=inputs["e_detector"],
    )


def costs(inputs: dict) -> dict:
    return {"error_correction_efficiency": inputs["f_EC"], "sifting": inputs["sifting"]}


def decoy_rate(inputs: dict, length_km: float, intensity: float) -> float:
    return bounds.infinite_decoy_key_per_pulse(linear(inputs, length_km), intensity, **costs(inputs))


def best_decoy(inputs: dict, length_km: float) -> tuple[float, float]:
    rate = partial(decoy_rate, inputs, length_km)
    intensity = bounds.optimal_intensity(rate)
    return intensity, rate(intensity)


def hop(case: Case) -> dict:
    """The inputs of area F, under the names of area D."""
    names = {"alpha": "attenuation", "eta_bob": "eta_Bob", "e_det": "e_detector", "f": "f_EC", "q": "sifting"}
    return {names.get(name, name): value for name, value in case.inputs.items()}


@pytest.mark.parametrize("case", cases("D-plob-*"), ids=str)
def test_capacities(case: Case) -> None:
    eta = transmission(case["attenuation"] * case["L"])
    case.check(
        eta=eta,
        PLOB=bounds.plob_bits_per_use(eta),
        TGW=bounds.tgw_bits_per_use(eta),
        one_repeater_bound=bounds.chain_bits_per_use([eta ** (1 / 2)] * 2),
        three_repeater_bound=bounds.chain_bits_per_use([eta ** (1 / 4)] * 4),
    )


@pytest.mark.parametrize("case", cases("D-sp-*"), ids=str)
def test_single_photon_bb84(case: Case) -> None:
    receiver = bounds.ThresholdReceiver(
        transmission=case["eta_total"],
        dark_count_probability=case["p_dark_per_detector"],
        misalignment=case["e_misalign"],
    )
    gain, error = receiver.photon_yield(1), receiver.photon_error(1)
    case.check(Q=gain, E=error, key_per_pulse=0.5 * gain * (1 - 2 * bounds.decoy.binary_entropy(error)))


@pytest.mark.parametrize("case", cases("D-wcp-*"), ids=str)
def test_weak_coherent_pulses(case: Case) -> None:
    eta, d = case["eta_detector"] * transmission(case["attenuation"] * case["L"]), case["p_dark_per_detector"]
    exact = bounds.ThresholdReceiver(transmission=eta, dark_count_probability=d, misalignment=case["e_misalign"])
    case.check(Q=exact.gain(case["mu"]), E=exact.error_rate(case["mu"]))
    ma = bounds.LinearReceiver(transmission=eta, background_yield=1 - (1 - d) ** 2, misalignment=case["e_misalign"])
    case.check(Q_ma2005=ma.gain(case["mu"]), E_ma2005=ma.error_rate(case["mu"]))


@pytest.mark.parametrize("case", cases("D-gys-[0-9]*"), ids=str)
def test_infinite_decoys(case: Case) -> None:
    receiver, length = linear(case.inputs, case["L"]), case["L"]
    case.check(
        Q_mu=receiver.gain(case["mu"]),
        E_mu=receiver.error_rate(case["mu"]),
        Y1=receiver.photon_yield(1),
        e1=receiver.photon_error(1),
        key_per_pulse=decoy_rate(case.inputs, length, case["mu"]),
        key_per_pulse_opt_mu=best_decoy(case.inputs, length)[1],
    )


@pytest.mark.parametrize("case", cases("D-gys-maxdist*"), ids=str)
def test_maximal_distances(case: Case) -> None:
    mu, nu = case["mu"], case["nu"]

    def vacuum_weak(length_km: float) -> float:
        return bounds.vacuum_weak_key_per_pulse(linear(GYS, length_km), mu, nu, **costs(GYS))

    case.check(
        Lmax_infinite_decoy=bounds.maximal_distance_km(lambda length: decoy_rate(GYS, length, mu)),
        Lmax_vacuum_weak=bounds.maximal_distance_km(vacuum_weak),
        Lmax_optimised_mu=bounds.maximal_distance_km(lambda length: best_decoy(GYS, length)[1]),
    )


@pytest.mark.parametrize("case", cases("D-gys-muopt*"), ids=str)
def test_intensity_of_a_long_fibre(case: Case) -> None:
    case.check(mu_opt=[bounds.long_fibre_intensity(case["e_detector"], f) for f in case["f"]])


@pytest.mark.parametrize("case", cases("D-gys-vw-*"), ids=str)
def test_vacuum_and_weak_decoy(case: Case) -> None:
    receiver = linear(case.inputs, case["L"])
    key = bounds.vacuum_weak_key_per_pulse(receiver, case["mu"], case["nu"], **costs(case.inputs))
    case.check(Y1_true=receiver.photon_yield(1), key_per_pulse=key)


@pytest.mark.parametrize("case", cases("D-gllp-nodecoy*"), ids=str)
def test_no_decoy(case: Case) -> None:
    rates = [
        lambda intensity, length=length: bounds.gllp_key_per_pulse(linear(GYS, length), intensity, **costs(GYS))
        for length in case["L"]
    ]
    best = [bounds.optimal_intensity(rate) for rate in rates]
    case.check(key_per_pulse=[rate(mu) for rate, mu in zip(rates, best, strict=True)])
    assert best == pytest.approx(case.expected["mu_opt"], rel=0.01)  # a flat top: found on a grid by the source


@pytest.mark.parametrize("case", cases("D-modernhop-*"), ids=str)
def test_modern_hop(case: Case) -> None:
    intensity, key = best_decoy(case.inputs, case["L"])
    case.check(mu_opt=intensity, key_per_pulse=key, key_rate=key * case["clock"])
    case.check(fraction_of_PLOB=key / bounds.plob_bits_per_use(transmission(case["attenuation"] * case["L"])))


@pytest.mark.parametrize("case", cases("F-trusted-*"), ids=str)
def test_trusted_chain(case: Case) -> None:
    length = case["L"] / case["hops"]
    rate = best_decoy(hop(case), length)[1] * case["clock"]
    end_to_end = bounds.plob_bits_per_use(transmission(case["alpha"] * case["L"])) * case["clock"]
    case.check(hop_length=length, end_to_end_rate=rate, exceeds_end_to_end_PLOB=rate > end_to_end)


@pytest.mark.parametrize("case", cases("F-spacing-analytic*"), ids=str)
def test_spacing_where_links_dominate(case: Case) -> None:
    case.check(l_opt=ATTENUATION_TO_DB_PER_KM / case["attenuation"])
    found = bounds.optimal_spacing_km(lambda length: transmission(case["attenuation"] * length))
    assert found == pytest.approx(case.expected["l_opt"], rel=1e-6)


@pytest.mark.parametrize("case", cases("F-spacing-decoy*"), ids=str)
def test_spacing_of_decoy_hops(case: Case) -> None:
    inputs = hop(case)
    spacing = bounds.optimal_spacing_km(lambda length: best_decoy(inputs, length)[1], shortest_km=5.0, limit_km=100.0)
    case.check(l_opt=spacing, key_per_pulse=best_decoy(inputs, spacing)[1])


@pytest.mark.parametrize("case", cases("C-maxgeom-*"), ids=str)
def test_longest_of_several_waits(case: Case) -> None:
    case.check(mean_attempts=[bounds.mean_longest_wait(p, case["n_links"]) for p in case["p"]])


@pytest.mark.parametrize("case", cases("F-price-*"), ids=str)
def test_price_of_not_trusting(case: Case) -> None:
    ratio = bounds.trusted_over_repeater_rate(case["p_gen"], case["n_links"])
    limit = list(itertools.accumulate(1 / k for k in range(1, case["n_links"] + 1)))[-1]
    case.check(trusted_over_repeater_rate=ratio, small_p_limit_H_n=limit)


@pytest.mark.parametrize("case", cases("B-geom-*"), ids=str)
def test_attempts_to_the_first_success(case: Case) -> None:
    attempts = bounds.Attempts(success_probability=case["p_success"])
    case.check(
        mean_attempts=attempts.mean,
        std_attempts=attempts.standard_deviation,
        prob_success_within_N=attempts.success_within(case["N"]),
        median_attempts=attempts.median,
    )


@given(
    eta=st.floats(1e-6, 1),
    dark=st.floats(0, 0.1),
    wrong=st.floats(0, 1),
    mu=st.floats(0.3, 1),
    nu=st.floats(0.01, 0.25),
)
@example(eta=0.1, dark=0.0, wrong=0.9, mu=0.5, nu=0.1)
def test_keys_and_bounds_agree_on_vacuum_and_weak_decoy(
    eta: float, dark: float, wrong: float, mu: float, nu: float
) -> None:
    receiver = bounds.ThresholdReceiver(transmission=eta, dark_count_probability=dark, misalignment=wrong)
    single = keys.vacuum_weak_bounds(
        signal_intensity=mu,
        weak_intensity=nu,
        signal_gain=receiver.gain(mu),
        weak_gain=receiver.gain(nu),
        weak_error_rate=receiver.error_rate(nu),
        vacuum_gain=receiver.gain(0.0),
    )
    observed = keys.decoy_key_per_pulse(
        signal_intensity=mu,
        signal_gain=receiver.gain(mu),
        signal_error_rate=receiver.error_rate(mu),
        single_photon_yield=single.yield_lower,
        single_photon_error=single.error_upper,
    )
    assert bounds.vacuum_weak_key_per_pulse(receiver, mu, nu) == pytest.approx(observed, rel=1e-9, abs=1e-12)
