"""Repeater chains with switches of their own, against exact values: rounds, both failure rules, modes, unequal links.

What `test_chains.py` here and `tests/analytic/test_protocols.py` leave of the reference's area C. As everywhere there,
messages take no time. In full 10^5 pairs a case, in parts where that takes minutes; of C-guha-8, whose pairs take a
thousand pairs of links each, 10^4.

Chance of a false alarm: 6e-5 for each comparison, and seeds are fixed.
"""

import math

import numpy as np
import pytest
from case_studies import entropy
from cases import Case, case, cases
from chains import ATTEMPT_S, attempt, chain, deliver, mean_and_error
from zscores import record_z

from qnet.link import Device, Link
from qnet.planning import nested
from qnet.quantum import State, Waiting

REPLICA = 10_000
PAUSE = 5
"""Slots between two requests, in which the memories are emptied."""
AT_ONCE = {"classical_delay": "zero"}


def in_parts(short, long, parts=1):
    """A short form, and the long one in replicas that are tests of their own."""
    own = [pytest.param(long // parts, part, marks=pytest.mark.validate, id=f"{long}-{part}") for part in range(parts)]
    return pytest.mark.parametrize(("pairs", "part"), [pytest.param(short, 0, id=f"{short}"), *own])


def agree(what, mean, error, expected):
    """A mean is the expected one; give its relative error."""
    assert abs(record_z(what, mean, error, expected)) < 4, f"{what}: {mean:.6g} +- {error:.2g} is not {expected:.6g}"
    return error / expected


def waits(network, pairs, part, **options):
    """Attempts from each delivery to the next, of as many replicas as it takes."""
    found = []
    for replica in range(math.ceil(pairs / REPLICA)):
        own = min(pairs, REPLICA)
        taken = deliver(network, own, replica=replica + 1000 * part, restart="per-pair", **AT_ONCE, **options)
        found += list(np.diff([0.0, *(pair.delivered_s for pair in taken)]) / ATTEMPT_S)
    return found


def rounds(known, pairs, part, **options):
    """Rounds from an empty chain to a pair, for one request after the other.

    In each round all segments with two free memories attempt, also those within a longer link; then nodes swap.
    """
    links = known.inputs.get("n_links") or known["n_nodes"] - 1
    network = chain([attempt(known["p_gen"])] * links, Device(swap_success_probability=known["p_swap"]))
    ageing = {"cutoff_s": known["cutoff_age"] * ATTEMPT_S, "cutoff_of": "pair", "clocking": "rounds"}
    found = []
    for replica in range(math.ceil(pairs / REPLICA)):
        simulation = network.simulate(replica=replica + 1000 * part, **ageing, **AT_ONCE, **options)
        for _ in range(min(pairs, REPLICA)):
            start_s = (round(simulation.now / ATTEMPT_S) + PAUSE) * ATTEMPT_S
            request = simulation.request("n0", f"n{links}", pairs=1, keep=True, start_s=start_s)
            simulation.run()
            found.append((request.last_delivery_s - start_s) / ATTEMPT_S)
    return found


@in_parts(1500, 100_000)
@pytest.mark.parametrize("known", cases("C-max2-*"), ids=str)
def test_two_unequal_links(known: Case, pairs, part):
    network = chain([attempt(known["p1"]), attempt(known["p2"])])
    share = agree(
        "attempts per pair", *mean_and_error(waits(network, pairs, part, seed=41)), known.expected["mean_attempts"]
    )
    assert share < (0.05 if pairs < REPLICA else 0.005)


@in_parts(1500, 100_000)
@pytest.mark.parametrize("known", cases("C-seq-*"), ids=str)
def test_links_loaded_in_turn_with_cutoff(known: Case, pairs, part):
    """Rozpedek et al., QST 3, 034002 (2018): the second link has so many attempts, else both begin anew in turn.

    One optical interface, so that attempts of both links add up.
    """
    memory = Waiting.from_t1_t2(t2_s=known["T_decay"] * ATTEMPT_S)
    network = chain([attempt(known["p_A"]), attempt(known["p_B"])], Device(memory=memory, optical_interfaces=1))
    recipe = nested(2, cutoffs_s=[known["cutoff_n"] * ATTEMPT_S])
    taken = []
    for replica in range(math.ceil(pairs / REPLICA)):
        own = min(pairs, REPLICA)
        some = deliver(network, own, seed=47, replica=replica, recipe=recipe, restart="per-pair", **AT_ONCE)
        waits_s = np.diff([0.0, *(pair.delivered_s for pair in some)])
        kept = [pair.tensor[1, 1] * (-1 if pair.label & 1 else 1) for pair in some]
        taken += zip(waits_s / ATTEMPT_S, kept, strict=True)
    times, kept = zip(*taken, strict=True)
    share = agree("attempts per pair", *mean_and_error(times), known.expected["mean_total_attempts"])
    agree("correlation in X", *mean_and_error(kept), known.expected["mean_decay_factor"])
    assert share < (0.05 if pairs < REPLICA else 0.01)


@in_parts(60, 100_000, parts=2)
@pytest.mark.parametrize("rule", ["simultaneous", "sequential"])
@pytest.mark.parametrize("known", cases("C-markov-asap-*"), ids=str)
def test_swaps_that_fail_and_links_that_age(known: Case, rule, pairs, part):
    """Inesta et al., npj Quantum Inf. 9, 46 (2023): a failed swap costs the connected run, or only what it took."""
    failed = {"simultaneous": "connected", "sequential": "sequential"}[rule]
    times = rounds(known, pairs, part, seed=42, failed_swap=failed)
    share = agree("rounds per pair", *mean_and_error(times), known.expected[f"mean_rounds_{rule}_bsm"])
    assert share < (0.2 if pairs < REPLICA else 0.01)


@in_parts(100, 100_000)
@pytest.mark.parametrize("rule", ["connected", "sequential"])
@pytest.mark.parametrize("known", cases("C-inesta-*"), ids=str)
def test_swaps_as_soon_as_possible_between_five_nodes(known: Case, rule, pairs, part):
    times = rounds(known, pairs, part, seed=43, failed_swap=rule)
    expected = known.expected[f"mean_rounds_swap_asap{'_sequential_rule' if rule == 'sequential' else ''}"]
    assert agree("rounds per pair", *mean_and_error(times), expected) < (0.2 if pairs < REPLICA else 0.01)


def slots(known, pairs, part):
    """A link succeeds where one of its modes does; what is not swapped in its slot is given up at the slot's end."""
    any_mode = -math.expm1(known["modes"] * math.log1p(-known["p_mode"]))
    link = Link.from_numbers(any_mode, ATTEMPT_S, State.bell())
    network = chain([link] * known["n_links"], Device(swap_success_probability=known["p_swap"]))
    times = waits(network, pairs, part, keep=True, seed=44, clocking="rounds", cutoff_s=ATTEMPT_S)
    p = len(times) / sum(times)
    error = p * math.sqrt((1 - p) / len(times))
    return agree("pairs per slot", p, error, known.expected["p_cycle"])


@in_parts(60, 100_000, parts=2)
def test_modes_without_memory(pairs, part):
    """Guha et al., PRA 91, 022357 (2015), arXiv 1404.7183: all that is there in a slot is swapped in it."""
    assert slots(case("C-guha-4"), pairs, part) < (0.2 if pairs < REPLICA else 0.005)


@in_parts(3, 10_000, parts=4)
def test_many_modes_without_memory(pairs, part):
    """The same over eight links; each part tells it to 2 %, all four to 1 %."""
    assert slots(case("C-guha-8"), pairs, part) < (1.0 if pairs < 100 else 0.021)


@in_parts(600, 100_000)
@pytest.mark.parametrize("known", cases("C-1rep-*"), ids=str)
def test_key_of_one_repeater_with_cutoff(known: Case, pairs, part):
    """Li, Coopmans, Elkouss, IEEE TQE 2, 4103015 (2021), arXiv 2012.02687; C-li-repo-value is its first, in bits."""
    counts = {"swap": 0, "swap-failed": 0, "cut-off": 0}

    def count(tick, node, kind, details):
        if kind in counts:
            counts[kind] += 1

    memory = Waiting.depolarising(2 * known["t_coh_pair"] * ATTEMPT_S)
    link = attempt(known["p_gen"], State.werner((1 + 3 * known["w0"]) / 4))
    network = chain([link] * 2, Device(memory=memory, swap_success_probability=known["p_swap"]))
    recipe = nested(2, cutoffs_s=[known["cutoff"] * ATTEMPT_S])
    taken, times = [], []
    for replica in range(math.ceil(pairs / REPLICA)):
        some = deliver(
            network, min(pairs, REPLICA), keep=True, seed=45, replica=replica, recipe=recipe, restart="per-pair",
            observer=count, **AT_ONCE,
        )  # fmt: skip
        taken += [(4 * pair.fidelity() - 1) / 3 for pair in some]
        times += list(np.diff([0.0, *(pair.delivered_s for pair in some)]) / ATTEMPT_S)
    met = counts["swap"] + counts["swap-failed"]
    within = met / (met + counts["cut-off"])
    error = math.sqrt(within * (1 - within) / (met + counts["cut-off"]))
    agree("share within the cut-off", within, error, known.expected["prob_within_cutoff"])
    w, mean = np.array(taken), float(np.mean(times))
    bad = (1 - w.mean()) / 2
    fraction = 1 - 2 * entropy(bad)
    slope = math.log2((1 - bad) / bad)
    agree("key fraction", fraction, slope * mean_and_error(w)[1], known.expected["key_fraction"])
    key = fraction / mean
    error = float(np.std((slope * (w - w.mean()) - key * (np.array(times) - mean)) / mean) / math.sqrt(len(w)))
    share = agree("key bit per attempt", key, error, known.expected["key_per_attempt"])
    assert share < (0.2 if pairs < REPLICA else 0.01)
