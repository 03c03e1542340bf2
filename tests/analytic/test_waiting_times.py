"""Waiting times of chains in closed form, held against the planner's laws; a slot is a second here, delays are zero."""

import math
from itertools import product

import numpy as np
import pytest
from cases import Case, cases

from qnet.bounds import mean_longest_wait
from qnet.keys import bbm92_fraction
from qnet.link import Device, Link
from qnet.planning import Chain, Generate, Plan, Recipe, Swap, nested, predict, purified, sequential
from qnet.planning.ageing import Ageing
from qnet.planning.law import generated, meet, renewed
from qnet.planning.phases import START
from qnet.planning.times import summed, within
from qnet.planning.transfer import Arrival, delivered_state
from qnet.planning.tree import Maker
from qnet.quantum import Noise, State, Waiting, bell_measurement
from qnet.quantum.library import bbpssw, twirl

FINE = {"tail": 1e-13, "points": 2**16}


def link(probability: float, state: State | None = None) -> Link:
    """One attempt a second, whose qubits are as old as its herald."""
    heralds = Link.from_numbers(probability, 1.0, state or State.bell()).heralds
    return Link(success_probability=probability, cycle_s=1.0, emission_s=1.0, detection_s=1.0, heralds=heralds)


def werner(w: float) -> State:
    return State.werner((1 + 3 * w) / 4)


def w_of(state: State) -> float:
    return (4 * state.fidelity() - 1) / 3


def chain(hops: int, probability: float, state: State | None = None, **device: object) -> Chain:
    return Chain.of([link(probability, state)] * hops, Device(optical_interfaces=64, **device))


def decaying(attempts: float) -> Waiting:
    """Two of these let a pair's w fall in so many attempts."""
    return Waiting.depolarising(2 * attempts)


@pytest.mark.parametrize("known", cases("C-maxgeom-*"), ids=str)
def test_all_links_of_a_chain(known: Case) -> None:
    chains = [chain(known["n_links"], p) for p in known["p"]]
    known.check(mean_attempts=[1 / predict(Plan(chain=one), **FINE).rate_hz for one in chains])


@pytest.mark.parametrize("known", cases("C-max2-*"), ids=str)
def test_two_unequal_links(known: Case) -> None:
    both = Chain.of([link(known["p1"]), link(known["p2"])], Device())
    known.check(mean_attempts=1 / predict(Plan(chain=both), **FINE).rate_hz)


@pytest.mark.parametrize("known", cases("C-nested-0*"), ids=str)
def test_nested_swaps_that_may_fail(known: Case) -> None:
    means = []
    for level in known["levels"]:
        one = chain(2**level, known["p_gen"], swap_success_probability=known["p_swap"])
        means.append(1 / predict(Plan(chain=one, recipe=nested(one.hops)), tail=1e-12, points=2**14).rate_hz)
    known.check(mean_attempts=means)


@pytest.mark.parametrize("known", cases("C-nested-pmf"), ids=str)
def test_law_of_nested_swaps(known: Case) -> None:
    one = chain(2 ** known["levels"], known["p_gen"], swap_success_probability=known["p_swap"])
    law = Maker(one, keep=False, tail=1e-14, points=2**12).make(nested(one.hops), (0.0,) * 5).law
    at = [int(t - law.origin_s) for t in known.expected["pmf_t"]]
    until = law.weights[: int(20 - law.origin_s) + 1].sum()
    known.check(pmf=law.weights[at].tolist(), cdf_20=float(until))


def repeater_key(known: Case, w: float, mean: float) -> dict[str, float]:
    fraction = max(0.0, bbm92_fraction((1 - w) / 2, (1 - w) / 2, error_correction_efficiency=1.0))
    return {"key_fraction": fraction, "key_per_attempt": fraction / mean}


@pytest.mark.parametrize("known", cases("C-1rep-*"), ids=str)
def test_one_repeater_with_a_cutoff(known: Case) -> None:
    one = chain(
        2, known["p_gen"], werner(known["w0"]),
        memory=decaying(known["t_coh_pair"]), swap_success_probability=known["p_swap"],
    )  # fmt: skip
    recipe = Swap(left=Generate(span=0), right=Generate(span=1), cutoff_s=known["cutoff"])
    got = predict(Plan(chain=one, recipe=recipe, keep=True), **FINE)
    mean, w = 1 / got.rate_hz, w_of(got.state)
    known.check(mean_attempts=mean, mean_werner=w, mean_fidelity=got.fidelity)
    known.check(prob_within_cutoff=got.attempt_success / known["p_swap"], **repeater_key(known, w, mean))


@pytest.mark.parametrize("known", cases("C-li-repo-value"), ids=str)
def test_key_of_one_repeater_in_bits(known: Case) -> None:
    one = chain(
        2, known["p_gen"], werner(known["w0"]),
        memory=decaying(known["t_coh_pair"]), swap_success_probability=known["p_swap"],
    )  # fmt: skip
    recipe = Swap(left=Generate(span=0), right=Generate(span=1), cutoff_s=known["cutoff"])
    got = predict(Plan(chain=one, recipe=recipe, keep=True), **FINE)
    known.check(key_per_attempt_bits=repeater_key(known, w_of(got.state), 1 / got.rate_hz)["key_per_attempt"])


def protocol(steps: list[int], cutoffs: list[object]) -> Recipe:
    """Zeros swap two copies of what there is side by side, ones purify two copies; BBPSSW twirls what it leaves."""
    limits = [math.inf if cutoff == "none" else float(cutoff) for cutoff in cutoffs]

    def of(level: int, first: int) -> Recipe:
        if level < 0:
            return Generate(span=first)
        one = of(level - 1, first)
        if steps[level]:
            return purified(one, bbpssw(), cutoff_s=limits[level])
        return Swap(left=one, right=of(level - 1, one.ends[1]), cutoff_s=limits[level])

    return of(len(steps) - 1, 0)


@pytest.mark.parametrize("known", cases("C-prot-*"), ids=str)
def test_nested_protocols(known: Case) -> None:
    one = chain(
        known.expected["links"], known["p_gen"], werner(known["w0"]),
        memory=decaying(known["t_coh_pair"]), swap_success_probability=known["p_swap"],
    )  # fmt: skip
    recipe = protocol(known["protocol"], known["cutoffs"])
    got = predict(Plan(chain=one, recipe=recipe, keep=True), tail=1e-9, points=2**14)
    mean, w = 1 / got.rate_hz, w_of(got.state)
    known.check(mean_attempts=mean, mean_werner=w, mean_fidelity=got.fidelity, **repeater_key(known, w, mean))


def dephased(hops: int, probability: float, tau: float, **more: object) -> State:
    one = chain(hops, probability, memory=Waiting.from_t1_t2(t2_s=tau), **more)
    return predict(Plan(chain=one), **FINE).state


@pytest.mark.parametrize("known", cases("C-asap-[48]-*"), ids=str)
def test_swaps_as_soon_as_possible(known: Case) -> None:
    hops, p, tau = known["n_links"], known["p_gen"], known["tau_coh"]
    decay = 1 - 2 * dephased(hops, p, tau).qber("x")
    swap = bell_measurement(Noise.from_numbers(two_qubit_depolarising=1 - known["mu_swap_depol"]))
    one = chain(hops, p, werner(known["mu_link_depol"]), memory=Waiting.from_t1_t2(t2_s=tau), swap=swap)
    got = predict(Plan(chain=one), **FINE)
    e_z, e_x = got.state.qber("z"), got.state.qber("x")
    fraction = max(0.0, bbm92_fraction(e_x, e_z, error_correction_efficiency=1.0))
    slow = 1e7  # so slow that the decay tells the mean time
    waited = -slow * math.log(1 - 2 * dephased(hops, p, slow).qber("x"))
    assert waited == pytest.approx(known.expected["mean_dephasing_time"], rel=1e-3)
    known.check(mean_attempts=1 / got.rate_hz, E_exp_minus_D_over_tau=decay, e_z=e_z, e_x=e_x)
    known.check(key_fraction=fraction, key_per_attempt=fraction * got.rate_hz)


@pytest.mark.parametrize("known", cases("C-asap-endmem-*"), ids=str)
def test_swaps_as_soon_as_possible_while_the_ends_keep(known: Case) -> None:
    one = chain(known["n_links"], known["p_gen"], memory=Waiting.from_t1_t2(t2_s=known["tau_coh"]))
    law = generated(known["p_gen"], 1.0, State.bell().tensor, tail=1e-11, points=2**10)
    arrival = Arrival(law=law, frames=(1.0, 0.0, 0.0, 0.0), told_s=0.0, phases={START: 1.0})
    state = State(delivered_state(Plan(chain=one, keep=True), [arrival] * one.hops, 2**10, nodes=2**10))
    known.check(E_exp_minus_D_over_tau=1 - 2 * state.qber("x"))


@pytest.mark.parametrize("known", cases("C-asap-vs-doubling-*"), ids=str)
def test_doubling_waits_longer_than_needed(known: Case) -> None:
    one = chain(4, known["p_gen"], memory=Waiting.from_t1_t2(t2_s=known["tau_coh"]))
    asap, doubling = (predict(Plan(chain=one, recipe=recipe), **FINE) for recipe in (None, nested(4)))
    known.check(asap_E=1 - 2 * asap.state.qber("x"), doubling_E=1 - 2 * doubling.state.qber("x"))
    assert [1 / each.rate_hz for each in (asap, doubling)] == pytest.approx(
        [known.expected["mean_attempts_both"]] * 2, rel=1e-7
    )


@pytest.mark.parametrize("known", cases("C-phys-*"), ids=str)
def test_chains_of_hardware(known: Case) -> None:
    hops, length_km, c = known["n_links"], known["L"], known["c_fibre"]
    p = known["eta_link_zero_distance"] * 10 ** (-known["attenuation"] * length_km / hops / 10)
    slot_s = length_km / hops / c
    one = chain(hops, p, memory=Waiting.from_t1_t2(t2_s=known["T2"] / slot_s))
    got = predict(Plan(chain=one), **FINE)
    decay = 1 - 2 * got.state.qber("x")
    fraction = bbm92_fraction(got.state.qber("x"), 0.0, error_correction_efficiency=1.0)
    rate_hz = got.rate_hz / slot_s
    known.check(p_gen=p, attempt_time=slot_s, pair_rate=rate_hz, E_exp_minus_D_over_T2=decay, F_mean=got.fidelity)
    known.check(key_fraction=fraction, secret_key_rate=fraction * rate_hz)


@pytest.mark.parametrize("known", cases("C-jensen-decay"), ids=str)
def test_the_mean_of_decays_is_no_decay_of_the_mean(known: Case) -> None:
    p, tau = known["p_gen"], known["tau_coh"]
    waited = 2 * (mean_longest_wait(p, 2) - 1 / p)  # |a - b| = 2 max(a, b) - a - b
    known.check(E_exp_minus_D=1 - 2 * dephased(2, p, tau).qber("x"))
    known.check(mean_D=waited, exp_minus_E_D=math.exp(-waited / tau))


@pytest.mark.parametrize("known", cases("C-guha-*"), ids=str)
def test_modes_without_memory(known: Case) -> None:
    """One slot for all: what is there in it is swapped, with a cut-off shorter than a slot."""
    any_mode = -math.expm1(known["modes"] * math.log1p(-known["p_mode"]))
    laws = [generated(any_mode, 1.0, np.eye(4), tail=1e-16, points=4096)] * known["n_links"]
    everything = np.eye(4)[..., None]
    made, _, _ = meet(
        laws, [Ageing()] * len(laws), lambda pairs: math.prod(p[0, 0] for p in pairs) * everything, cutoff_s=0.5
    )
    known.check(p_cycle=float(made.weights[0]) * known["p_swap"] ** (known["n_links"] - 1))


@pytest.mark.parametrize("known", cases("C-seq-*"), ids=str)
def test_a_node_that_loads_its_links_in_turn(known: Case) -> None:
    """The first link waits for the second, which has so many attempts; else both begin anew (Rozpedek et al. 2018)."""
    first, second = (generated(known[p], 1.0, State.bell().tensor, tail=1e-12, points=2**13) for p in ("p_A", "p_B"))
    in_time = within(second, known["cutoff_n"])
    made = summed(first, in_time, 2**14)
    lost = first.later(known["cutoff_n"]).scaled(1 - in_time.total)
    mean = renewed((made, lost), (made, lost), tail=1e-12, points=2**15).mean_s
    times = in_time.origin_s + np.arange(in_time.weights.size)
    ageing = Ageing(target=Waiting.from_t1_t2(t2_s=known["T_decay"]).generator)
    state = ageing.after_random(State.bell().tensor, in_time.weights / in_time.total, times)
    known.check(mean_total_attempts=mean, mean_decay_factor=float(state[1, 1]))


def test_twirled_pairs_stay_as_good() -> None:
    one = chain(1, 0.5, werner(0.8))
    got = predict(Plan(chain=one, recipe=purified(Generate(span=0), twirl()), keep=True))
    assert got.fidelity == pytest.approx(0.85)


def test_orders_of_swaps_deliver_alike_where_nothing_decays() -> None:
    one = chain(4, 0.2, werner(0.9))
    for recipe, keep in product((None, nested(4), sequential(4)), (False, True)):
        got = predict(Plan(chain=one, recipe=recipe, keep=keep))
        assert w_of(got.state) == pytest.approx(0.9**4)
        assert 1 / got.rate_hz == pytest.approx(mean_longest_wait(0.2, 4), rel=1e-3)
