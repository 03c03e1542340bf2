"""Simulated chains against exact values: within 4 standard errors, the error being at most 1 % in the long form.

Chance of a false alarm: 6e-5 for each comparison, and seeds are fixed. The reference's chains have no classical delay,
start anew after each pair and swap with certainty; their unit of time is one attempt. What is of its area C runs with
10^5 pairs in the long form; `test_area_c.py` and `tests/analytic/test_protocols.py` have the rest of that area.
"""

import math

import numpy as np
import pytest
from case_studies import entropy, luong, simple_repeater
from cases import Case, case, cases
from chains import ATTEMPT_S, attempt, chain, deliver, dephasing, mean_and_error
from zscores import record_z

from qnet.link import Device, Link
from qnet.network.topology import Network
from qnet.quantum import Noise, State, Waiting, bell_measurement

AT_ONCE = {"classical_delay": "zero", "restart": "per-pair"}
LONG_SHARE = 0.01
LONG = 100_000


def short_or_long(short, long):
    return pytest.mark.parametrize("pairs", [short, pytest.param(long, marks=pytest.mark.validate)])


def agree(what, values, expected, pairs, long=LONG_SHARE):
    """The mean of independent values is the expected one; a long run tells it to a percent."""
    mean, error = mean_and_error(values)
    assert abs(record_z(what, mean, error, expected)) < 4, f"{mean:.6g} +- {error:.2g} is not {expected:.6g}"
    assert error < (0.05 if pairs < 10_000 else long) * abs(expected)


def attempts(pairs, slot_s=ATTEMPT_S):
    """Attempts from each delivery to the next, and from the start to the first."""
    return np.diff([0.0, *(pair.delivered_s for pair in pairs)]) / slot_s


def correlation(pair, axis):
    """<PP> of a pair, in the frame of Phi+."""
    sign = -1 if (axis == 1 and pair.label & 1) or (axis == 3 and pair.label & 2) else 1
    return sign * pair.tensor[axis, axis]


def key_and_errors(pairs, correction):
    """Key per second of a run, with the residuals of its linear expansion in times and correlations."""
    times = np.diff([0.0, *(pair.delivered_s for pair in pairs)])
    x, z = (np.array([(1 - correlation(pair, axis)) / 2 for pair in pairs]) for axis in (1, 3))
    fraction = 1 - entropy(x.mean()) - correction * entropy(z.mean())
    key_hz = fraction / times.mean()
    slope = math.log2((1 - x.mean()) / x.mean())
    residuals = (-slope * (x - x.mean()) - key_hz * (times - times.mean())) / times.mean()
    return key_hz, float(np.std(residuals) / math.sqrt(len(times)))


def check_study(study, pairs):
    taken = deliver(study.network(), pairs, seed=11)
    agree("fidelity", [pair.fidelity() for pair in taken], study.fidelity, pairs)
    agree("attempts per pair", attempts(taken[1:], study.trial_s)[1:], study.trials, pairs)
    key_hz, error = key_and_errors(taken, study.correction)
    assert abs(record_z("key, bit/s", key_hz, error, study.key_hz)) < 4
    assert pairs < 10_000 or error < 0.01 * key_hz


@short_or_long(4000, 30_000)
@pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "simultaneous"])
def test_two_links_of_luong(sequential, pairs):
    check_study(luong(sequential=sequential), pairs)


@short_or_long(2000, 30_000)
@pytest.mark.parametrize("length_km", [20, 100, 200])
def test_simple_repeater(length_km, pairs):
    check_study(simple_repeater(length_km), pairs if length_km < 200 or pairs < 10_000 else 3 * pairs)


@short_or_long(500, 12_000)
@pytest.mark.parametrize(
    ("hops", "rate_hz", "low", "high"),
    [(2, 1208, 0.9024, 0.9029), (4, 880, 0.817, 0.818), (8, 680, 0.6775, 0.6794), (16, 447, 0.491, 0.494)],
)
def test_workload_1(hops, rate_hz, low, high, pairs):
    """Rates and fidelities of two other simulators, which know them to about 1 %; pipelined, with messages, ends keep.

    For two links the rate is exact, since a cycle is the longest wait plus one. Where peers are compared with, the
    standard error holds a quarter of what is allowed for theirs: 2 % of the rate, and the width of their fidelities.
    """
    p = 0.5 * 10**-0.4
    link = Link.from_numbers(p, 100e-6, State.werner(0.95))
    network = Network.chain([20] * hops, link=link, hardware=Device(memory=Waiting.from_t1_t2(t2_s=1.0)))
    taken = deliver(network, pairs, keep=True, seed=3)
    if hops == 2:
        agree("attempts per pair", attempts(taken, 100e-6), (3 - 2 * p) / (p * (2 - p)) + 1, pairs)
    measured_hz = len(taken) / taken[-1].delivered_s
    allowed_hz = (0.02 if pairs > 10_000 else 0.15) * rate_hz
    assert abs(record_z("pairs per second", measured_hz, allowed_hz / 4, rate_hz)) < 4
    fidelity, error = mean_and_error([pair.fidelity() for pair in taken])
    assert abs(record_z("fidelity", fidelity, error + (high - low) / 8, (low + high) / 2)) < 4


@short_or_long(1500, LONG)
@pytest.mark.parametrize("known", cases("C-asap-[48]-*"), ids=str)
def test_swap_as_soon_as_possible(known: Case, pairs):
    """Kamin et al., PRR 5, 023086 (2023): a half in a repeater dephases while its neighbour is not there."""
    link = attempt(known["p_gen"], State.werner((1 + 3 * known["mu_link_depol"]) / 4))
    device = Device(
        memory=dephasing(known["tau_coh"]).memory,
        swap=bell_measurement(Noise.from_numbers(two_qubit_depolarising=1 - known["mu_swap_depol"])),
    )
    taken = deliver(chain([link] * known["n_links"], device), pairs, seed=5, **AT_ONCE)
    agree("attempts per pair", attempts(taken), known.expected["mean_attempts"], pairs)
    agree("error rate in X", [(1 - correlation(pair, 1)) / 2 for pair in taken], known.expected["e_x"], pairs)
    z = [correlation(pair, 3) for pair in taken]
    assert z == pytest.approx([1 - 2 * known.expected["e_z"]] * len(z), rel=1e-7)
    lost = [correlation(pair, 1) / correlation(pair, 3) for pair in taken]
    agree("coherence kept", lost, known.expected["E_exp_minus_D_over_tau"], pairs)
    agree(
        "attempts waited",
        [-math.log(share) * known["tau_coh"] for share in lost],
        known.expected["mean_dephasing_time"],
        pairs,
    )
    key, error = (hertz * ATTEMPT_S for hertz in key_and_errors(taken, 1.0))
    if known.expected["key_per_attempt"]:
        assert abs(record_z("key bit per attempt", key, error, known.expected["key_per_attempt"])) < 4
    else:
        assert key + 4 * error < 0


@short_or_long(2000, LONG)
@pytest.mark.parametrize("known", cases("C-asap-endmem-*"), ids=str)
def test_ends_that_keep(known: Case, pairs):
    network = chain([attempt(known["p_gen"])] * known["n_links"], dephasing(known["tau_coh"]))
    taken = deliver(network, pairs, keep=True, seed=6, **AT_ONCE)
    agree("correlation in X", [correlation(pair, 1) for pair in taken], known.expected["E_exp_minus_D_over_tau"], pairs)


@short_or_long(2000, LONG)
@pytest.mark.parametrize("name", ["C-jensen-decay", "C-asap-vs-doubling-4"])
def test_mean_of_decays_is_not_the_decay_of_the_mean(name, pairs):
    known = case(name)
    network = chain([attempt(known["p_gen"])] * known.inputs.get("n_links", 2), dephasing(known["tau_coh"]))
    decays = [correlation(pair, 1) for pair in deliver(network, pairs, seed=7, **AT_ONCE)]
    agree("correlation in X", decays, known.expected["E_exp_minus_D" if "jensen" in name else "asap_E"], pairs)
    if "jensen" in name:
        agree(
            "attempts waited",
            [-math.log(decay) * known["tau_coh"] for decay in decays],
            known.expected["mean_D"],
            pairs,
        )


@short_or_long(2000, LONG)
@pytest.mark.parametrize("known", cases("C-phys-*"), ids=str)
def test_chains_of_fibre(known: Case, pairs):
    span_km, time_s = known["L"] / known["n_links"], known.expected["attempt_time"]
    p = known["eta_link_zero_distance"] * 10 ** (-known["attenuation"] * span_km / 10)
    assert (p, span_km / known["c_fibre"]) == pytest.approx((known.expected["p_gen"], time_s))
    link = attempt(p, cycle_s=time_s, emission_s=time_s, detection_s=time_s)
    device = Device(memory=Waiting.from_t1_t2(t2_s=known["T2"]))
    taken = deliver(chain([link] * known["n_links"], device, span_km), pairs, seed=8, **AT_ONCE)
    agree("seconds per pair", attempts(taken, 1.0), 1 / known.expected["pair_rate"], pairs)
    agree("fidelity", [pair.fidelity() for pair in taken], known.expected["F_mean"], pairs)
    agree("correlation in X", [correlation(pair, 1) for pair in taken], known.expected["E_exp_minus_D_over_T2"], pairs)
    key_hz, error = key_and_errors(taken, 1.0)
    assert abs(record_z("key, bit/s", key_hz, error, known.expected["secret_key_rate"])) < 4


@short_or_long(800, LONG)
def test_one_repeater_with_cutoff(pairs):
    """Li, Coopmans, Elkouss, IEEE TQE 2, 4103015 (2021). The pair's time is half of each qubit's."""
    known = case("C-1rep-0.001-1.0-1000-300-0.97")
    qubit = Waiting.depolarising(2 * known["t_coh_pair"] * ATTEMPT_S)
    link = attempt(known["p_gen"], State.werner((1 + 3 * known["w0"]) / 4))
    cutoff_s = known["cutoff"] * ATTEMPT_S
    network = chain([link] * 2, Device(memory=qubit))
    taken = deliver(network, pairs, keep=True, seed=9, cutoff_s=cutoff_s, **AT_ONCE)
    agree("attempts per pair", attempts(taken), known.expected["mean_attempts"], pairs)
    agree("fidelity", [pair.fidelity() for pair in taken], known.expected["mean_fidelity"], pairs)
    agree("Werner parameter", [(4 * pair.fidelity() - 1) / 3 for pair in taken], known.expected["mean_werner"], pairs)


@short_or_long(2000, LONG)
def test_links_loaded_in_turn_with_cutoff(pairs):
    """Rozpedek et al., QST 3, 034002 (2018). What is given up is loaded next there, and last here: alike if pA = pB."""
    known = case("C-seq-0.05-0.05-30")
    device = Device(memory=dephasing(known["T_decay"]).memory, optical_interfaces=1)
    network = chain([attempt(known["p_A"]), attempt(known["p_B"])], device)
    cutoff_s = known["cutoff_n"] * ATTEMPT_S
    taken = deliver(network, pairs, seed=10, cutoff_s=cutoff_s, **AT_ONCE)
    agree("attempts per pair", attempts(taken), known.expected["mean_total_attempts"], pairs)
    agree("correlation in X", [correlation(pair, 1) for pair in taken], known.expected["mean_decay_factor"], pairs)


@short_or_long(500, LONG)
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("known", cases("C-maxgeom-*"), ids=str)
def test_longest_wait(known: Case, place, pairs):
    """The cases give four success probabilities: 0.5, 0.1, 0.01, 0.001."""
    network = chain([attempt(known["p"][place])] * known["n_links"])
    waits = attempts(deliver(network, pairs, seed=12 + place, **AT_ONCE))
    agree("attempts per pair", waits, known.expected["mean_attempts"][place], pairs)


@short_or_long(1500, 20_000)
@pytest.mark.parametrize("known", cases("F-price-*"), ids=str)
def test_price_of_removing_trust(known: Case, pairs):
    """A trusted chain hands out keys as fast as one hop delivers; a repeater started anew waits for the longest hop."""
    hop, repeater = (
        attempts(deliver(chain([attempt(known["p_gen"])] * hops), pairs, seed=13, **AT_ONCE))
        for hops in (1, known["n_links"])
    )
    ratio = repeater.mean() / hop.mean()
    error = ratio * math.hypot(*(mean_and_error(waits)[1] / waits.mean() for waits in (hop, repeater)))
    assert abs(record_z("trusted over repeater rate", ratio, error, known.expected["trusted_over_repeater_rate"])) < 4
    assert error < (0.05 if pairs < 10_000 else LONG_SHARE) * ratio
