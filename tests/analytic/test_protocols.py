"""Published repeater protocols, carried out as recipes by nodes that tell each other, against their exact statistics.

As their sources assume: messages take no time, a protocol starts anew after each pair, and everything that is lost is
made again at once. Both ends keep; where the source lets the Werner parameter of a pair decay with `t_coh`, each of its
two qubits depolarises with twice that time. Expected values are those of exact recursions (reference.json).

Chance of a false alarm: 6e-5 for each comparison, and seeds are fixed.
"""

import math

import numpy as np
import pytest
from cases import Case, case, cases
from chains import ATTEMPT_S, attempt, chain, deliver, dephasing, mean_and_error
from recipes import further
from zscores import record_z

from qnet.link import Device
from qnet.planning import Generate, Swap, nested, purified
from qnet.quantum import State, Waiting
from qnet.quantum.library import bbpssw

LONG = 100_000
REPLICA = 10_000
MANY = 64
"""Optical interfaces: all copies load in parallel."""


def short_or_long(short):
    return pytest.mark.parametrize("pairs", [short, pytest.param(LONG, marks=pytest.mark.validate)])


def made(network, pairs, **options):
    """Pairs of as many replicas as it takes, and the attempts from each delivery to the next."""
    taken, waits = [], []
    for replica in range(math.ceil(pairs / REPLICA)):
        some = deliver(
            network, min(pairs, REPLICA), replica=replica, classical_delay="zero", restart="per-pair", **options
        )
        taken += some
        waits += list(np.diff([0.0, *(pair.delivered_s for pair in some)]) / ATTEMPT_S)
    return taken, waits


def agree(what, values, expected, pairs):
    """The mean of independent values is the expected one; a long run tells it to a percent."""
    mean, error = mean_and_error(values)
    assert abs(record_z(what, mean, error, expected)) < 4, f"{mean:.6g} +- {error:.2g} is not {expected:.6g}"
    assert pairs < LONG or error < 0.01 * expected


def hardware(known: Case):
    """A link and a device of Li, Coopmans, Elkouss: Werner pairs whose parameter decays with the pair's time."""
    memory = Waiting.depolarising(2 * known["t_coh_pair"] * ATTEMPT_S)
    device = Device(memory=memory, swap_success_probability=known["p_swap"], optical_interfaces=MANY)
    return attempt(known["p_gen"], State.werner((1 + 3 * known["w0"]) / 4)), device


def werner(pair):
    return (4 * pair.fidelity() - 1) / 3


def protocol(steps, cutoffs):
    """The recipe of a protocol in their notation: 0 swaps two copies side by side, 1 purifies one with another."""
    recipe, once = Generate(span=0), bbpssw()
    for step, cutoff in zip(steps, cutoffs, strict=True):
        cutoff_s = math.inf if cutoff in (None, "none") else cutoff * ATTEMPT_S
        if step == 0:
            recipe = Swap(left=recipe, right=further(recipe, recipe.ends[1]), cutoff_s=cutoff_s)
        else:
            recipe = purified(recipe, once, cutoff_s=cutoff_s)
    return recipe


@short_or_long(160)
@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("known", cases("C-nested-0.*"), ids=str)
def test_doubling(known: Case, level, pairs):
    """Brand, Coopmans, Elkouss, IEEE JSAC 38, 619 (2020), arXiv 1912.07688: a failed swap costs all below it."""
    network = chain([attempt(known["p_gen"])] * 2**level, Device(swap_success_probability=known["p_swap"]))
    _, waits = made(network, pairs, seed=21, recipe=nested)
    agree("attempts per pair", waits, known.expected["mean_attempts"][level - 1], pairs)


@short_or_long(400)
def test_law_of_the_waiting_time_of_doubling(pairs):
    known = case("C-nested-pmf")
    network = chain([attempt(known["p_gen"])] * 4, Device(swap_success_probability=known["p_swap"]))
    _, waits = made(network, pairs, seed=22, recipe=nested)
    times = np.rint(waits)
    for time, expected in zip(known.expected["pmf_t"], known.expected["pmf"], strict=True):
        error = math.sqrt(expected * (1 - expected) / pairs)
        assert abs(record_z(f"share of {time} attempts", np.mean(times == time), error, expected)) < 4
    late = 1 - known.expected["cdf_20"]
    assert abs(record_z("share beyond 20", np.mean(times > 20), math.sqrt(late / pairs), late)) < 4


@short_or_long(500)
@pytest.mark.parametrize("known", cases("C-1rep-*"), ids=str)
def test_one_repeater_with_cutoff(known: Case, pairs):
    """Li, Coopmans, Elkouss, IEEE TQE 2, 4103015 (2021), arXiv 2012.02687: both pairs are dropped, at the cut-off."""
    link, device = hardware(known)
    recipe = nested(2, cutoffs_s=[known["cutoff"] * ATTEMPT_S])
    taken, waits = made(chain([link] * 2, device), pairs, keep=True, seed=23, recipe=recipe)
    agree("attempts per pair", waits, known.expected["mean_attempts"], pairs)
    agree("Werner parameter", [werner(pair) for pair in taken], known.expected["mean_werner"], pairs)
    agree("fidelity", [pair.fidelity() for pair in taken], known.expected["mean_fidelity"], pairs)


@short_or_long(80)
@pytest.mark.parametrize("known", cases("C-prot-*"), ids=str)
def test_protocols_of_swaps_and_purifications(known: Case, pairs):
    """Li, Coopmans, Elkouss: copies are made in parallel; cut-offs by level; BBPSSW with its twirl."""
    link, device = hardware(known)
    recipe = protocol(known["protocol"], known["cutoffs"])
    assert recipe.ends == (0, known.expected["links"])
    network = chain([link] * recipe.ends[1], device)
    taken, waits = made(network, pairs, keep=True, seed=24, recipe=recipe)
    agree("attempts per pair", waits, known.expected["mean_attempts"], pairs)
    agree("Werner parameter", [werner(pair) for pair in taken], known.expected["mean_werner"], pairs)


@short_or_long(400)
def test_doubling_stores_longer_than_swaps_as_soon_as_possible(pairs):
    """Kamin et al., PRR 5, 023086 (2023): the waiting time is the same; the middle node stores until the end."""
    known = case("C-asap-vs-doubling-4")
    network = chain([attempt(known["p_gen"])] * 4, dephasing(known["tau_coh"]))
    taken, waits = made(network, pairs, seed=25, recipe=nested)
    kept = [pair.tensor[1, 1] * (-1 if pair.label & 1 else 1) for pair in taken]
    agree("correlation in X", kept, known.expected["doubling_E"], pairs)
    agree("attempts per pair", waits, known.expected["mean_attempts_both"], pairs)
