import math
from functools import partial

import numpy as np
import pytest
from cases import Case, cases
from scipy.optimize import linprog

from qnet import bounds, keys
from qnet.errors import InvalidArgument
from qnet.keys import DecoySession, EpsilonBudget, SinglePhotonSession
from qnet.units import transmission


def budget(case: Case) -> EpsilonBudget:
    return EpsilonBudget(secrecy=case["eps_sec"], correctness=case["eps_cor"])


@pytest.mark.parametrize("case", cases("D-tomamichel-[0-9]*"), ids=str)
def test_key_of_a_declared_block(case: Case) -> None:
    session = SinglePhotonSession(
        key_bits=case["n_key_bits"],
        test_bits=case["k_test_bits"],
        tolerated_error=case["QBER"],
        error_correction_efficiency=1.1,
        preparation_quality=case["q_prep"],
        epsilon=budget(case),
    )
    case.check(mu_deviation=session.deviation, key_length=session.key_length, key_length_real=session.secret_bits)
    case.check(fraction=session.secret_bits / (session.key_bits + session.test_bits))


@pytest.mark.parametrize("case", cases("D-tomamichel-opt-*"), ids=str)
def test_best_share_of_test_bits(case: Case) -> None:
    declared = {"tolerated_error": case["QBER"], "error_correction_efficiency": 1.1, "epsilon": budget(case)}
    session = keys.optimal_single_photon_session(case["sifted_bits_total"], **declared)
    case.check(key_length=session.key_length, fraction=session.key_length / case["sifted_bits_total"])
    case.check(k_opt=session.test_bits, asymptotic_fraction=session.asymptotic_fraction)


@pytest.mark.parametrize("case", cases("D-tomamichel-minblock"), ids=str)
def test_smallest_block_that_gives_a_key(case: Case) -> None:
    for error_rate, smallest in zip(case["QBER"], case.expected["min_sifted_bits"], strict=True):
        declared = {"tolerated_error": error_rate, "error_correction_efficiency": 1.1, "epsilon": budget(case)}
        assert keys.optimal_single_photon_session(round(1.01 * smallest), **declared).key_length > 0
        with pytest.raises(InvalidArgument, match="for any key"):
            keys.optimal_single_photon_session(round(0.99 * smallest), **declared)


@pytest.mark.parametrize("case", cases("D-micius-2020"), ids=str)
def test_a_satellite_gave_less_than_the_endless_limit(case: Case) -> None:
    sifted_per_s = case["sifted_bits"] / case["duration"]
    rate = sifted_per_s * keys.bbm92_fraction(case["QBER"], case["QBER"], case["f_EC"])
    case.check(asymptotic_rate_model=rate, asymptotic_rate_published=rate)
    case.check(finite_key_bits_published=case.expected["finite_rate_published"] * case["duration"])
    assert case.expected["finite_rate_published"] < rate
    # The proof of 2012 sacrifices its test bits, and would have needed a longer flight.
    with pytest.raises(InvalidArgument, match="for any key"):
        keys.optimal_single_photon_session(case["sifted_bits"], tolerated_error=case["QBER"])


def lim_receiver(case: Case) -> bounds.AfterpulsingReceiver:
    return bounds.AfterpulsingReceiver(
        transmission=case["eta_Bob"] * transmission(case["attenuation"] * case["L"]),
        dark_count_probability=case["p_dark"],
        misalignment=case["e_mis"],
        afterpulse_probability=case["p_afterpulse"],
    )


@pytest.mark.parametrize("case", cases("D-lim-fixed-*"), ids=str)
def test_two_decoys_declared(case: Case) -> None:
    receiver, bias = lim_receiver(case), case["q_x"]
    gain = sum(p * receiver.gain(mu) for p, mu in zip(case["p_mu"], case["mu"], strict=True))
    pulses = {"intensities": tuple(case["mu"]), "probabilities": tuple(case["p_mu"])}
    sent = case["n_X"] / (bias**2 * gain)
    counts = keys.expected_counts(receiver, **pulses, pulses=sent, key_basis_probability=bias)
    efficiency = {"error_correction_efficiency": case["f_EC"]}
    session = DecoySession(**pulses, counts=counts, **efficiency, epsilon=budget(case))
    case.check(N_pulses=sent, e_obs=counts.error_rate, lambda_EC=session.leak_limit)
    proved = session.proved
    case.check(s_X0=proved.vacuum, s_X1=proved.single, phi_X=proved.phase_error)
    case.check(s_Z1=proved.test_single, v_Z1=proved.test_errors)
    case.check(key_length=session.secret_bits, key_per_pulse=session.secret_bits / sent)


@pytest.mark.parametrize("case", cases("D-lim-opt-*"), ids=str)
def test_two_decoys_at_their_best(case: Case) -> None:
    """The source's secrecy grows with the key, at 1e-15 for each bit, so length and epsilon are found in turn."""
    choose = partial(keys.optimal_decoy_session, lim_receiver(case), key_clicks=case["n_X"])
    arguments = {"weakest_intensity": case["mu3"], "error_correction_efficiency": case["f_EC"]}
    bits = 0.3 * case["n_X"]
    for _ in range(2):
        epsilon = EpsilonBudget(secrecy=case["kappa"] * bits, correctness=case["eps_cor"])
        best = choose(**arguments, epsilon=epsilon)
        bits = best.session.secret_bits
    case.check(key_per_pulse=bits / best.pulses)


def tno_receiver(attenuation_db: float, misalignment: float) -> bounds.ThresholdReceiver:
    """That package's standard detector: 20 %, dark counts with 1e-5 in each."""
    eta = 0.2 * transmission(attenuation_db)
    return bounds.ThresholdReceiver(transmission=eta, dark_count_probability=1e-5, misalignment=misalignment)


def tno_key(receiver: bounds.Receiver, intensity: float) -> float:
    """Infinite decoys, ideal reconciliation, and empty pulses credited."""
    key = bounds.infinite_decoy_key_per_pulse(receiver, intensity, error_correction_efficiency=1.0)
    return key + math.exp(-intensity) * receiver.photon_yield(0)


DRIFT = math.sin(0.122782758757646) ** 2


@pytest.mark.parametrize("case", cases("D-tno-fully-*"), ids=str)
def test_infinite_decoys_of_tno(case: Case) -> None:
    receiver = tno_receiver(case["attenuation"], math.sin(case["polarization_drift"]) ** 2)
    case.check(key_per_pulse=tno_key(receiver, case["mu"]))


@pytest.mark.parametrize("case", cases("D-tno-single-*"), ids=str)
def test_single_photons_of_tno(case: Case) -> None:
    receiver = tno_receiver(case["attenuation"], DRIFT)
    clicks, errors = receiver.photon_yield(1), receiver.photon_error(1)
    key = case["mu"] * clicks * keys.bbm92_fraction(errors, errors, 1.0)
    case.check(Q=clicks, E=errors, key_per_pulse=key)


def linear_programme(receiver: bounds.Receiver, intensities: list[float]) -> float:
    """The least key, of the first intensity, that any yields compatible with the gains leave (photons below 12)."""
    photons, scale = np.arange(12), np.exp(intensities)
    factorials = np.array([math.factorial(n) for n in photons], dtype=float)
    poisson = np.array([math.exp(-mu) * mu**photons / factorials for mu in intensities])
    gains = np.array([receiver.gain(mu) for mu in intensities])
    wrong = gains * [receiver.error_rate(mu) for mu in intensities]
    rows = np.vstack([poisson, -poisson]) * np.tile(scale, 2)[:, None]

    def least(weights: np.ndarray, seen: np.ndarray) -> float:
        limits = np.concatenate([seen, poisson.sum(axis=1) - 1.0 - seen]) * np.tile(scale, 2)
        precise = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
        return linprog(weights, A_ub=rows, b_ub=limits, bounds=(0, 1), options=precise).fun

    single = np.eye(12)[1]
    phase_error = -least(-single, wrong) / least(single, gains)
    secret = poisson[0] * [1.0, 1.0 - keys.binary_entropy(phase_error), *[0.0] * 10]
    leak = gains[0] * keys.binary_entropy(receiver.error_rate(intensities[0]))
    return least(secret, gains) - leak


@pytest.mark.parametrize("case", cases("D-tno-asym-*"), ids=str)
def test_closed_bounds_stay_below_the_linear_programme_of_tno(case: Case) -> None:
    receiver, intensities = tno_receiver(case["attenuation"], DRIFT), case["mu"]
    programme = linear_programme(receiver, intensities)
    case.check(key_per_pulse=programme, upper_bound_infinite_decoy=tno_key(receiver, intensities[0]))
    # Nearly all pulses are signals: an endless session then has the rate of the signal.
    pulses = {"intensities": tuple(intensities), "probabilities": (1 - 2e-9, 1e-9, 1e-9)}
    counts = keys.expected_counts(receiver, **pulses, pulses=1.0, key_basis_probability=0.5)
    closed = DecoySession(**pulses, counts=counts, error_correction_efficiency=1.0).asymptotic_fraction
    assert 0.99 * programme < closed * receiver.gain(intensities[0]) <= programme * (1 + 1e-6)


@pytest.mark.parametrize("case", cases("D-tno-finite-invalid"), ids=str)
def test_a_finite_key_longer_than_the_endless_one_is_not_physical(case: Case) -> None:
    receiver = tno_receiver(case["attenuation"], DRIFT)
    limit = tno_key(receiver, bounds.optimal_intensity(partial(tno_key, receiver)))
    case.check(tno_asymptotic_rate=limit, physical=case.expected["tno_finite_rate"] <= limit)
    block = {"key_clicks": 1e-2 * case["number_of_pulses"], "error_correction_efficiency": 1.0}
    for decoys in (1, 2):
        best = keys.optimal_decoy_session(receiver, **block, decoys=decoys)
        assert 0.5 * limit < best.key_per_pulse < limit
