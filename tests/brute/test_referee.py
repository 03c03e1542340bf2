"""The referee against the reference cases, and each planted fault against the case that must catch it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from .devices import Device, Fault, relaxation_kraus
from .operations import bell_pair, chain, correct, corrected_average, correlations, measure, swap
from .photons import double_click
from .registers import CNOT, ID, Z, apply, bell_diagonal, bell_state, bell_weights, kron, partial_trace, werner

PATH = Path(__file__).parents[1] / "analytic" / "reference.json"
CASES = {case["id"]: case for case in json.loads(PATH.read_text(encoding="utf-8"))}


def ids(prefix):
    return [name for name in CASES if name.startswith(prefix)]


def inputs(name):
    return {key: float(v) if (v := entry["value"]) == "inf" else v for key, entry in CASES[name]["inputs"].items()}


def agrees(name, **got):
    """Whether every number is within the case's own tolerance of what it expects."""
    tolerance = CASES[name]["tolerance"]
    return all(
        np.allclose(value, CASES[name]["expected"][key], rtol=tolerance.get("rel", 0), atol=tolerance.get("abs", 0))
        for key, value in got.items()
    )


def swap_device(given, fault=None):
    both = given.get("readout_flip", 0)
    phase, parity = given.get("readout_flip_phase_bit", both), given.get("readout_flip_parity_bit", both)
    return Device(
        one_qubit_lambda=given.get("h_depol_lambda", 0),
        two_qubit_lambda=given.get("cnot_depol_lambda", 0),
        readout=(phase, phase),
        parity_readout=(parity, parity),
        fault=fault,
    )


def swapped(given, fault=None):
    one, two = (given["p"], given["q"]) if "p" in given else (given["F1"], given["F2"])
    pairs = [werner(x) if isinstance(x, float) else bell_diagonal(x) for x in (one, two)]
    return swap(*pairs, swap_device(given, fault))


def aged_swap(given, fault=None):
    ages = [given.get(name, 0.0) for name in ("age_A", "age_B1", "age_B2", "age_C")]
    if "t" in given:
        ages[1] = given["t"]
    device = replace(swap_device(given, fault), t1_s=given["T1"], t2_s=given["T2"])
    pairs = [device.wait(device.wait(bell_state(), 0, left), 1, right) for left, right in (ages[:2], ages[2:])]
    return swap(*pairs, device)


def fidelity(rho):
    return bell_weights(rho)[0] / np.trace(rho).real


@pytest.mark.parametrize("name", [n for n in ids("A-swap-") if "after" not in n and "negative" not in n])
def test_swap(name):
    branches = swapped(inputs(name))
    weights = bell_weights(corrected_average(branches))
    got = {"F_out": weights[0], "p_out": weights, "bell_diagonal": weights, "w_out": (4 * weights[0] - 1) / 3}
    got["outcome_probability_each"] = [p for p, _ in branches.values()]
    assert agrees(name, **{key: got[key] for key in CASES[name]["expected"]})


@pytest.mark.parametrize("name", ids("A-swap-after-t1t2"))
def test_swap_of_aged_pairs(name):
    branches = aged_swap(inputs(name))
    average = corrected_average(branches)
    assert agrees(name, F_avg=bell_weights(average)[0], rho_avg_real=average.real)
    for (phase, parity), (probability, rho) in branches.items():
        expected = CASES[name]["expected"]
        assert probability == pytest.approx(expected["prob_by_outcome"][f"{phase}{parity}"], abs=1e-9)
        assert fidelity(correct(rho, (phase, parity))) == pytest.approx(
            expected["F_by_outcome"][f"{phase}{parity}"], abs=1e-9
        )


@pytest.mark.parametrize("name", ids("A-chain-"))
def test_chain_of_repeated_swaps(name):
    given = inputs(name)
    links = [werner(given["F_link"])] * given["n_links"]
    end = reduce(lambda left, right: corrected_average(swap(left, right, swap_device(given))), links)
    assert agrees(name, F_end=bell_weights(end)[0], p_end=bell_weights(end))


@pytest.mark.parametrize("name", [n for n in ids("A-t1t2-") if "thermal" not in n])
def test_relaxation_of_a_pair(name):
    given = inputs(name)
    rho = bell_state(1 if given["bell"] == "psi" else 0)
    for qubit, side in enumerate("AB"):
        device = Device(t1_s=given[f"T1{side}"], t2_s=given[f"T2{side}"])
        rho = device.wait(rho, qubit, given[f"t{side}"])
    errors = [1 - np.trace(correlations(rho, angle, angle, Device())) for angle in (0, np.pi / 2)]
    flipped = 1 - errors[0] if given["bell"] == "psi" else errors[0]
    weight = bell_weights(rho)[2 if given["bell"] == "psi" else 0]
    assert agrees(name, rho_real=rho.real, F=weight, e_Z=flipped, e_X=errors[1])


def test_relaxation_towards_a_thermal_state():
    given = inputs(name := "A-t1t2-thermal-0.5")
    device = Device(t1_s=given["T1"], t2_s=given["T2"], excited_population=given["excited_population"])
    rho = device.wait(device.wait(bell_state(), 0, given["t"]), 1, given["t"])
    assert agrees(name, rho_real=rho.real, F=bell_weights(rho)[0])


@pytest.mark.parametrize("excited", [0.0, 0.2])
def test_relaxation_ends_in_the_excited_population(excited):
    rho = Device(t1_s=1.0, t2_s=1.1, excited_population=excited).wait(np.diag([0.3, 0.7]).astype(complex), 0, 60.0)
    assert rho == pytest.approx(np.diag([1 - excited, excited]), abs=1e-9)


def test_dephasing_without_relaxation():
    given = inputs(name := "A-dephase-0.1-1.0")
    device = Device(t1_s=given["T1"], t2_s=given["T2"])
    rho = device.wait(device.wait(bell_state(), 0, given["t"]), 1, given["t"])
    one = device.wait(bell_state(), 0, given["t"])
    assert agrees(name, bell_diagonal=bell_weights(rho), dephasing_prob_per_qubit=bell_weights(one)[1])


def test_t2_beyond_twice_t1_is_refused():
    given = inputs("A-t2-limit")
    with pytest.raises(ValueError, match="T2"):
        relaxation_kraus(1.0, given["T1"], given["T2"])


@pytest.mark.parametrize("name", [*ids("A-chsh-werner-"), "A-chsh-bd-2", "A-chsh-readout"])
def test_chsh(name):
    given = inputs(name)
    rho = bell_diagonal(given["p"]) if "p" in given else werner(given["F"])
    device = Device(readout=(given.get("readout_flip", 0),) * 2)
    sign = np.array([[1, -1], [-1, 1]])
    e = {
        (a, b): (sign * correlations(rho, a, b, device)).sum() for a in (0, np.pi / 2) for b in (np.pi / 4, -np.pi / 4)
    }
    s = e[0, np.pi / 4] + e[0, -np.pi / 4] + e[np.pi / 2, np.pi / 4] - e[np.pi / 2, -np.pi / 4]
    assert agrees(name, **{"S_fixed_XZ_settings" if "p" in given else "S": s})


def test_e91_settings():
    given = inputs(name := "A-e91-settings")
    sign = np.array([[1, -1], [-1, 1]])  # Bloch angles are twice the polarisation angles
    a_angles, b_angles = np.radians(given["a"]) * 2, np.radians(given["b"]) * 2
    table = [[(sign * correlations(bell_state(), a, b, Device())).sum() for b in b_angles] for a in a_angles]
    assert agrees(name, E_table=table, S=table[0][0] - table[0][2] + table[2][0] + table[2][2])


@pytest.mark.parametrize("name", ids("B-double-"))
def test_double_click(name):
    given = inputs(name)
    patterns = double_click(*list(given.values()))
    total = sum(rho if early == late else apply(rho, [Z], [0]) for (early, late), rho in patterns.items())
    p_success = np.trace(total).real
    psi_plus = total / p_success
    assert agrees(name, p_success=p_success, rho_psi_plus=psi_plus, F_psi_plus=bell_weights(psi_plus)[2])


def test_dark_counts_alone_herald_a_quarter():
    total = sum(double_click(0.0, 0.0, 1.0, 1e-3).values())
    assert total / np.trace(total) == pytest.approx(np.eye(4) / 4)


def test_whole_chain_on_one_register_equals_swaps_of_pairs():
    links, ages = [werner(0.9), bell_state(), bell_diagonal([0.8, 0.1, 0.06, 0.04])], [(0.1, 0.3), (0.2, 0.4), (0, 0.1)]
    device = Device(
        one_qubit_lambda=0.01, two_qubit_lambda=0.03, readout=(0.02, 0.05), t1_s=2, t2_s=1, excited_population=0.1
    )
    records = [(1, 0), (0, 1)]
    aged = [device.wait(device.wait(rho, 0, left), 1, right) for rho, (left, right) in zip(links, ages, strict=True)]
    first = swap(aged[0], aged[1], device)[records[0]][1]
    probability, rho = swap(first, aged[2], device)[records[1]]
    got = chain(links, ages, device, records)
    assert got[0] == pytest.approx(probability, abs=1e-12)
    assert got[1] == pytest.approx(rho, abs=1e-12)


def test_four_links_fill_eight_qubits():
    probability, rho = chain([bell_state()] * 4, [(0, 0)] * 4, Device(), [(1, 0), (1, 1), (0, 1)])
    assert probability == pytest.approx(1 / 64)
    assert rho * 64 == pytest.approx(bell_state(), abs=1e-12)  # the frame is the sum of the records: none


def test_operators_act_where_the_kronecker_product_puts_them():
    rho = kron(werner(0.7), bell_diagonal([0.5, 0.3, 0.15, 0.05]))
    operator = kron(ID, CNOT, ID)
    assert apply(rho, [CNOT], [1, 2]) == pytest.approx(operator @ rho @ operator.conj().T)
    assert partial_trace(rho, [0, 1]) == pytest.approx(bell_diagonal([0.5, 0.3, 0.15, 0.05]))


def test_bell_pair_with_a_noisy_cnot_is_werner():
    assert bell_weights(bell_pair(Device(two_qubit_lambda=0.1))) == pytest.approx([0.925, 0.025, 0.025, 0.025])


def readout_by_hand(device):
    """|0> along Z, and the phase bit of a swap of perfect pairs: if 1 was read, it is true with (1-e1)/(1-e1+e0)."""
    plain = [rest.item().real for rest in measure(np.diag([1, 0]).astype(complex), 0, 0.0, device)]
    by_record = swap(bell_state(), bell_state(), device)
    return [*plain, fidelity(correct(by_record[1, 1][1], (1, 1)))]


def test_asymmetric_readout_and_its_exchange():
    device = Device(readout=(0.07, 0.005))
    expected = [0.93, 0.07, (0.995 / 1.065) ** 2]
    assert readout_by_hand(device) == pytest.approx(expected, abs=1e-12)
    faulty = readout_by_hand(replace(device, fault=Fault.READOUT_EXCHANGED))
    assert np.abs(np.subtract(faulty, expected)).min() > 1e-3


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault.DEPOLARISING_AS_INFIDELITY, "A-swap-noisy-0.01-0.0"),
        (Fault.DEPOLARISING_AS_INFIDELITY, "A-swap-noisy-belldiag"),
        (Fault.QUBIT_ORDER, "A-swap-werner-0.95-0.95"),
        (Fault.MISSING_GATE_NOISE, "A-swap-noisy-0.02-0.01"),
        (Fault.FRAME_BIT_FLIPPED, "A-swap-noisy-0.0-0.02"),
    ],
)
def test_planted_fault_breaks_a_reference_case(fault, name):
    honest, faulty = (bell_weights(corrected_average(swapped(inputs(name), f))) for f in (None, fault))
    key = "p_out" if "p_out" in CASES[name]["expected"] else "bell_diagonal"
    assert agrees(name, **{key: honest})
    assert not agrees(name, **{key: faulty})
    assert np.abs(faulty - CASES[name]["expected"][key]).max() > 1e-6
