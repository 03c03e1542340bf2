"""Nodes that carry out a recipe: who does what when, by cases whose outcome is certain."""

import math

import numpy as np
import pytest
from chains import ATTEMPT_S, attempt, chain, deliver
from recipes import follow

from qnet.errors import InvalidArgument
from qnet.link import Device, Link
from qnet.network.recipes import Tree
from qnet.planning import Generate, Purify, Swap, in_order, nested, purified, sequential
from qnet.quantum import Noise, State, Waiting, move
from qnet.quantum.corrections import reframed
from qnet.quantum.library import bbpssw, dejmps

PER_PAIR = {"restart": "per-pair"}


def late(attempts):
    """A link whose only attempt takes so many attempts of others."""
    time_s = attempts * ATTEMPT_S
    return attempt(1.0, cycle_s=time_s, emission_s=time_s, detection_s=time_s)


def seen_by(observed):
    return lambda tick, node, kind, details: observed.append((tick, node, kind, details))


def swaps(observed):
    return [(round(tick / 1e9, 6), node) for tick, node, kind, _ in observed if kind == "swap"]


def test_nodes_swap_in_the_order_of_the_recipe():
    for recipe, order in ((in_order([2, 3, 1]), "n2 n3 n1"), (sequential(4), "n1 n2 n3"), (nested(4), "n1 n3 n2")):
        observed = []
        follow(chain([late(1)] * 4), recipe, 1, classical_delay="zero", observer=seen_by(observed), **PER_PAIR)
        assert " ".join(node for _, node in swaps(observed)) == order


def test_who_swaps_waits_for_news_of_its_parts():
    """Node 2 swaps when it has heard from 1 and 3, and both ends deliver when the farther one knows."""
    observed, lengths = [], [20.0, 60.0, 20.0, 40.0]
    _, _, (pair,) = follow(
        chain([late(1)] * 4, Device(), lengths), nested(4), 1, observer=seen_by(observed), **PER_PAIR
    )
    assert swaps(observed) == [(1.0, "n1"), (1.0, "n3"), (1.3, "n2")]
    assert pair.delivered_s == pytest.approx(1.3e-3 + 80 / 2e5)


def test_a_swap_that_fails_makes_all_below_it_again_and_nothing_else():
    """The left half is made first; when the swap at 3 fails, spans 2 and 3 alone begin anew."""
    observed = []
    device = Device(swap_success_probability=0.4)
    follow(
        chain([late(1)] * 4, device),
        nested(4),
        30,
        seed=2,
        classical_delay="zero",
        observer=seen_by(observed),
        **PER_PAIR,
    )
    heralds, counts = {}, {}
    for _tick, node, kind, _ in observed:
        if kind == "heralded":
            heralds[node] = heralds.get(node, 0) + 1
        elif kind in ("swap", "swap-failed"):
            counts[node, kind] = counts.get((node, kind), 0) + 1
    assert counts["n1", "swap-failed"] > 20
    assert heralds["n0"] == counts["n1", "swap"] + counts["n1", "swap-failed"]
    assert heralds["n4"] == counts["n3", "swap"] + counts["n3", "swap-failed"]
    assert counts["n2", "swap"] == 30


@pytest.mark.parametrize(("wait", "delivered"), [(3, 1), (2, 0)])
def test_a_cutoff_gives_up_what_has_waited_too_long(wait, delivered):
    """One link takes one attempt, the other four: three more. Given up at each cut-off, it is never there in time."""
    recipe = nested(2, cutoffs_s=[wait * ATTEMPT_S])
    slow = attempt(1.0, cycle_s=4 * ATTEMPT_S, emission_s=0.0, detection_s=4 * ATTEMPT_S)
    simulation = chain([late(1), slow]).simulate(classical_delay="zero", recipe=recipe, **PER_PAIR)
    request = simulation.request("n0", "n2", pairs=1)
    simulation.run(until_s=50 * ATTEMPT_S)
    assert request.delivered == delivered


def test_a_cutoff_at_a_purification_needs_no_message():
    """Both ends know when both know; each gives up at its own clock, 300 km from the other, in the same tick."""
    observed = []
    link = attempt(0.2)
    recipe = Purify(pairs=(Generate(span=0), Generate(span=0, copy=1)), purification=dejmps(), cutoff_s=2 * ATTEMPT_S)
    follow(chain([link], Device(), 300.0), recipe, 20, observer=seen_by(observed), **PER_PAIR)
    cut = {
        node: [tick for tick, where, kind, _ in observed if kind == "cut-off" and where == node]
        for node in ("n0", "n1")
    }
    assert cut["n0"] == cut["n1"]
    assert len(cut["n0"]) > 5


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
def test_pumped_pairs_take_turns_on_one_memory(restart):
    """The second memory loads, is measured, loads again; the pair in the first one gets better each time."""
    once = dejmps()
    pumped = Purify(pairs=(Generate(span=0), Generate(span=0, copy=1)), purification=once)
    twice = Purify(pairs=(pumped, Generate(span=0, copy=1)), purification=once)
    werner = State.werner(0.9)
    _, better = once.purify([werner, werner])
    _, best = once.purify([better, werner])
    network = chain([attempt(0.5, werner)])
    for recipe, expected in ((pumped, better), (twice, best)):
        _, flow, pairs = follow(network, recipe, 10, keep=True, restart=restart)
        assert [len(lanes) for lanes in flow.lanes] == [2]
        assert {round(pair.fidelity(), 9) for pair in pairs} == {round(expected.fidelity(), 9)}


@pytest.mark.parametrize("keep", [True, False])
def test_nested_purification_gives_what_its_instruments_say(keep):
    """Links are purified, swapped, and the ends purify again; a perfect memory lets nothing depend on time."""
    link = State.werner(0.95)
    recipe = purified(
        Swap(left=purified(Generate(span=0), dejmps()), right=purified(Generate(span=1), dejmps())), bbpssw()
    )
    _, raw = dejmps().purify([link, link])
    joined = State(raw.tensor @ np.diag([1, 1, -1, 1]) @ raw.tensor)
    _, expected = bbpssw().purify([joined, joined])
    device = Device(optical_interfaces=16)
    _, _, pairs = follow(chain([attempt(0.5, link)] * 2, device), recipe, 8, keep=keep, **PER_PAIR)
    assert [pair.fidelity() for pair in pairs] == pytest.approx([expected.fidelity()] * 8)


def test_an_end_measures_at_once_unless_it_purifies_later():
    """With T2 and one span that takes long, an early measurement freezes the end; a purification forbids it."""
    device = Device(memory=Waiting.from_t1_t2(t2_s=10 * ATTEMPT_S), optical_interfaces=16)
    network = chain([late(1), late(5)], device)
    (early,) = deliver(network, 1, recipe=nested(2), classical_delay="zero", **PER_PAIR)
    (kept,) = deliver(network, 1, keep=True, recipe=nested(2), classical_delay="zero", **PER_PAIR)
    assert abs(early.tensor[1, 1]) == pytest.approx(math.exp(-4 / 10))  # the repeater's half alone waits
    assert abs(kept.tensor[1, 1]) == pytest.approx(math.exp(-8 / 10))
    _, _, (pair,) = follow(network, purified(nested(2), dejmps()), 1, classical_delay="zero", seed=1, **PER_PAIR)
    _, expected = dejmps().purify([State(reframed(kept.tensor, kept.label))] * 2)
    assert pair.fidelity() == pytest.approx(expected.fidelity())


def test_halves_that_wait_move_to_storage():
    device = Device(
        memory=Waiting.from_t1_t2(t2_s=ATTEMPT_S), storage=Waiting.from_t1_t2(t2_s=1e3), move_in=move(), move_s=1e-6
    )
    (pair,) = deliver(chain([late(1), late(50)], device), 1, recipe=nested(2), classical_delay="zero", **PER_PAIR)
    assert 0.998 < pair.fidelity() < 1.0 - 1e-5


@pytest.mark.parametrize(("restart", "period"), [("per-pair", 4), ("pipelined", 3)])
def test_in_a_pipeline_nodes_begin_without_being_told(restart, period):
    """90 km take 0.45 attempts: both ends know 1.35 after the heralds; the farthest node is told 1.35 later."""
    _, _, pairs = follow(chain([late(1)] * 4, Device(), 90.0), nested(4), 5, keep=True, restart=restart)
    times = [pair.delivered_s / ATTEMPT_S for pair in pairs]
    assert times == pytest.approx([2.35 + period * number for number in range(5)])


def test_a_liar_is_believed():
    """Who swaps announces the wrong record: the label is wrong, and the model follows what is public."""

    class Liar:
        def announce(self, view, record):
            return record ^ 1

    pairs = deliver(chain([attempt(0.5)] * 2), 5, recipe=nested(2), behaviours={"n1": Liar()}, **PER_PAIR)
    assert [pair.fidelity() for pair in pairs] == pytest.approx([0.0] * 5)
    assert [pair.believed_fidelity() for pair in pairs] == pytest.approx([1.0] * 5)


@pytest.mark.parametrize(
    ("recipe", "hops", "says"),
    [
        (nested(3), 2, "join positions 0 and 2"),
        (Purify(pairs=(Generate(span=0), Generate(span=0)), purification=dejmps()), 1, "copies of their own"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(recipe, hops, says):
    with pytest.raises(InvalidArgument, match=says):
        Tree(recipe, hops=hops)


def test_storage_and_purification_do_not_go_together():
    device = Device(memory=Waiting.from_t1_t2(t2_s=1.0), storage=Waiting.from_t1_t2(t2_s=1.0), move_in=move())
    with pytest.raises(InvalidArgument, match="storage"):
        follow(chain([Link.from_numbers(0.5, 1e-3, State.bell())], device), purified(Generate(span=0), dejmps()), 1)


def test_a_purification_takes_the_noise_of_each_node():
    noise = Noise.from_numbers(two_qubit_depolarising=0.05)
    device = Device(noise=noise, optical_interfaces=4)
    _, expected = dejmps(noise).purify([State.werner(0.9)] * 2)
    _, _, pairs = follow(chain([attempt(0.5, State.werner(0.9))], device), purified(Generate(span=0), dejmps()), 5)
    assert [pair.fidelity() for pair in pairs] == pytest.approx([expected.fidelity()] * 5)
