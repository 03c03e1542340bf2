import math

import numpy as np
import pytest
from cases import Case, cases
from scipy.optimize import brentq

from qnet.keys import (
    bbm92_fraction,
    binary_entropy,
    chsh_value,
    decoy_key_per_pulse,
    device_independent_fraction,
    honest_probability,
    relay,
    relay_rate,
    six_state_fraction,
    vacuum_weak_bounds,
)


def bell_errors(p: list[float]) -> tuple[float, float, float]:
    """Error rates in Z, X and Y of a Bell-diagonal pair [Phi+, Phi-, Psi+, Psi-]."""
    return p[2] + p[3], p[1] + p[3], p[1] + p[2]


def fixed_settings_chsh(p: list[float]) -> float:
    """S of a Bell-diagonal pair with settings Z, X against (Z + X) / sqrt2, (Z - X) / sqrt2."""
    t_xx, t_zz = p[0] - p[1] + p[2] - p[3], p[0] + p[1] - p[2] - p[3]
    z, x = t_zz / math.sqrt(2), t_xx / math.sqrt(2)
    return chsh_value(z, z, x, -x)


def werner(fidelity: float) -> list[float]:
    return [fidelity, *[(1 - fidelity) / 3] * 3]


@pytest.mark.parametrize("case", cases("A-bbm92-werner-*"), ids=str)
def test_bbm92_of_a_werner_pair(case: Case) -> None:
    e_z, e_x, e_y = bell_errors(werner(case["F"]))
    case.check(
        QBER=e_z,
        key_fraction=bbm92_fraction(e_z, e_x, 1.0),
        six_state_fraction=six_state_fraction(e_z, e_x, e_y, 1.0),
    )


@pytest.mark.parametrize("case", cases("A-bbm92-bd-*"), ids=str)
def test_bbm92_of_a_bell_diagonal_pair(case: Case) -> None:
    e_z, e_x, e_y = bell_errors(case["p"])
    case.check(
        e_Z=e_z,
        e_X=e_x,
        e_Y=e_y,
        key_fraction=bbm92_fraction(e_z, e_x, 1.0),
        six_state_fraction=six_state_fraction(e_z, e_x, e_y, 1.0),
    )


@pytest.mark.parametrize("case", cases("A-bbm92-fEC-*"), ids=str)
def test_bbm92_pays_for_reconciliation(case: Case) -> None:
    e_z, e_x, _ = bell_errors(werner(case["F"]))
    case.check(key_fraction=bbm92_fraction(e_z, e_x, case["f_EC"]))


@pytest.mark.parametrize("case", cases("A-bbm92-threshold"), ids=str)
def test_one_way_thresholds(case: Case) -> None:
    bb84 = brentq(lambda q: bbm92_fraction(q, q, 1.0), 0.05, 0.2, xtol=1e-14)
    six_state = brentq(lambda q: six_state_fraction(q, q, q, 1.0), 0.05, 0.2, xtol=1e-14)
    case.check(Q_BB84=bb84, Q_six_state=six_state)
    case.check(F_werner_BB84=1 - 1.5 * bb84, F_werner_six_state=1 - 1.5 * six_state)


@pytest.mark.parametrize("case", cases("D-bb84-threshold"), ids=str)
def test_secret_fraction_table(case: Case) -> None:
    case.check(
        r_f1=[bbm92_fraction(q, q, 1.0) for q in case["Q"]],
        r_f116=[bbm92_fraction(q, q) for q in case["Q"]],
    )


@pytest.mark.parametrize("case", cases("A-di-[0-9]*", "A-di-independent"), ids=str)
def test_device_independent_fraction(case: Case) -> None:
    case.check(key_fraction=device_independent_fraction(case["Q"], case["S"], 1.0))
    if "chi" in case.expected:
        noiseless = device_independent_fraction(0.0, case["S"], 1.0)
        case.check(chi=1.0 - noiseless)


@pytest.mark.parametrize("case", cases("A-di-threshold"), ids=str)
def test_device_independent_threshold(case: Case) -> None:
    def fraction(q: float) -> float:
        return device_independent_fraction(q, 2 * math.sqrt(2) * (1 - 2 * q), 1.0)

    q = brentq(fraction, 0.02, 0.1, xtol=1e-14)
    case.check(Q_crit=q, F_werner_crit=1 - 1.5 * q, S_crit=2 * math.sqrt(2) * (1 - 2 * q))


@pytest.mark.parametrize("case", cases("A-chsh-werner-*"), ids=str)
def test_chsh_of_a_werner_pair(case: Case) -> None:
    s = fixed_settings_chsh(werner(case["F"]))
    case.check(S=s, violates=s > 2)


@pytest.mark.parametrize("case", cases("A-chsh-threshold"), ids=str)
def test_chsh_threshold(case: Case) -> None:
    case.check(F_threshold=brentq(lambda f: fixed_settings_chsh(werner(f)) - 2, 0.5, 1.0, xtol=1e-14))


@pytest.mark.parametrize("case", cases("A-chsh-bd-*"), ids=str)
def test_chsh_of_a_bell_diagonal_pair(case: Case) -> None:
    case.check(S_fixed_XZ_settings=fixed_settings_chsh(case["p"]))


@pytest.mark.parametrize("case", cases("A-chsh-readout"), ids=str)
def test_chsh_with_readout_flips(case: Case) -> None:
    perfect = fixed_settings_chsh(werner(case["F"]))
    case.check(S=perfect * (1 - 2 * case["readout_flip"]) ** 2)


@pytest.mark.parametrize("case", cases("A-chsh-eff-*"), ids=str)
def test_chsh_with_lost_photons_read_as_plus_one(case: Case) -> None:
    both, neither = case["eta"] ** 2, (1 - case["eta"]) ** 2
    correlators = [both * sign / math.sqrt(2) + neither for sign in (1, 1, 1, -1)]
    case.check(S=chsh_value(*correlators))


@pytest.mark.parametrize("case", cases("A-e91-settings*"), ids=str)
def test_chsh_of_the_ekert_settings(case: Case) -> None:
    table = [[math.cos(2 * math.radians(a - b)) for b in case["b"]] for a in case["a"]]
    assert table == [pytest.approx(row, abs=1e-9) for row in case.expected["E_table"]]
    case.check(S=chsh_value(table[2][0], table[2][2], table[0][0], table[0][2]))


@pytest.mark.parametrize("case", cases("D-gys-vw-*"), ids=str)
def test_vacuum_weak_bounds_from_observed_gains(case: Case) -> None:
    eta = case["eta_Bob"] * 10 ** (-case["attenuation"] * case["L"] / 10)

    def seen(intensity: float) -> tuple[float, float]:
        light = 1 - math.exp(-eta * intensity)
        gain = case["Y0"] + light
        return gain, (case["Y0"] / 2 + case["e_detector"] * light) / gain

    (signal_gain, signal_error), (weak_gain, weak_error) = seen(case["mu"]), seen(case["nu"])
    bounds = vacuum_weak_bounds(
        signal_intensity=case["mu"],
        weak_intensity=case["nu"],
        signal_gain=signal_gain,
        weak_gain=weak_gain,
        weak_error_rate=weak_error,
        vacuum_gain=case["Y0"],
    )
    key = decoy_key_per_pulse(
        signal_intensity=case["mu"],
        signal_gain=signal_gain,
        signal_error_rate=signal_error,
        single_photon_yield=bounds.yield_lower,
        single_photon_error=bounds.error_upper,
        error_correction_efficiency=case["f_EC"],
        sifting=case["sifting"],
    )
    case.check(Y1_lower=bounds.yield_lower, e1_upper=bounds.error_upper, key_per_pulse=key)


@pytest.mark.parametrize("case", cases("D-relay-*"), ids=str)
def test_relay(case: Case) -> None:
    relayed = relay([np.ones(8, dtype=np.uint8)] * len(case["hop_rates"]))
    case.check(
        end_to_end=relay_rate(case["hop_rates"]),
        total_key_consumed_per_delivered_bit=relayed.consumed / relayed.key.size,
        trusted_nodes=relayed.trusted_nodes,
        xor_public_announcements=len(relayed.announcements),
    )


@pytest.mark.parametrize("case", cases("D-trust*"), ids=str)
def test_chance_that_all_nodes_are_honest(case: Case) -> None:
    honest, nodes = case["node_honest_prob"], case["nodes"]
    case.check(single_path=honest_probability(honest, nodes))
    case.check(two_disjoint_paths_xor=honest_probability(honest, nodes, disjoint_paths=2))


def test_entropy_of_a_rare_error_keeps_its_digits() -> None:
    p = 1e-12
    assert binary_entropy(p) == pytest.approx(p * (math.log2(1 / p) + 1 / math.log(2)), rel=1e-11)
