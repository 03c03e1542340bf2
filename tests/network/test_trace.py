"""Traces: the same bytes for the same seed, and a life for every pair that ends in exactly one way."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from chains import ATTEMPT_S, attempt, chain, take
from recipes import follow

from qnet.errors import InvalidArgument, UnknownName
from qnet.link import Device
from qnet.network.messages import FaultReport
from qnet.network.topology import Edge
from qnet.network.trace import Trace
from qnet.planning import Generate, Purify, Swap, nested
from qnet.quantum import State
from qnet.quantum.library import dejmps, linear_optics_bell_measurement

GOOD = State.werner(0.95)
COIN = Device(swap_success_probability=0.5)
LOSSY = Device(swap=linear_optics_bell_measurement())
SCENES = {
    "plain": {},
    "cut-offs": {"cutoff_s": 4 * ATTEMPT_S},
    "purified": {"purification": dejmps()},
    "all": {"purification": dejmps(), "cutoff_s": 12 * ATTEMPT_S},
    "per pair": {"restart": "per-pair", "cutoff_s": 4 * ATTEMPT_S},
    "memories": {"memories": 3, "cutoff_s": 4 * ATTEMPT_S},
}


def traced(*, seed=3, hops=3, pairs=12, keep=True, network=None, device=None, **options):
    trace = Trace()
    network = network or chain([attempt(0.4, GOOD)] * hops, device, 40.0)
    take(network.simulate(observer=trace, seed=seed, **options), "n0", f"n{hops}", pairs, keep=keep)
    return trace


@pytest.fixture(scope="module")
def plain():
    return traced()


@pytest.mark.parametrize("scene", SCENES)
def test_same_seed_same_bytes(scene):
    options = {"pairs": 4, **SCENES[scene]}
    assert traced(**options).dumps().encode() == traced(**options).dumps().encode()
    assert traced(**options) != traced(seed=4, **options)


def test_an_idle_node_changes_nothing(plain):
    network = chain([attempt(0.4, GOOD)] * 3, None, 40.0)
    bigger = replace(network, nodes=(*network.nodes, "idle"), edges=(*network.edges, Edge("n1", "idle", 5.0)))
    assert traced(network=bigger, controller="n1") == traced(network=network, controller="n1")


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("scene", SCENES)
def test_every_delivery_comes_from_a_pair_of_each_span(scene, keep):
    trace = traced(keep=keep, **SCENES[scene])
    lives = {life.pair: life for life in trace.lives()}
    raw = 2 if "purification" in SCENES[scene] else 1
    for delivery in trace.deliveries():
        spans = Counter(lives[pair].ends for pair in delivery.origin.pairs)
        assert spans == {("n0", "n1"): raw, ("n1", "n2"): raw, ("n2", "n3"): raw}
        assert {lives[pair].delivery for pair in delivery.origin.pairs} == {delivery.number}
    assert len(trace.deliveries()) >= 12


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("scene", SCENES)
def test_every_pair_ends_in_one_way_or_lives(scene, keep):
    trace = traced(keep=keep, **SCENES[scene])
    lives = trace.lives()
    clicks = [event.details[0] for event in trace if event.kind == "click"]
    assert [life.pair for life in lives] == clicks
    delivered = [pair for delivery in trace.deliveries() for pair in delivery.origin.pairs]
    assert len(set(delivered)) == len(delivered)
    assert {life.pair for life in lives if life.fate == "delivered"} == set(delivered)
    for life in lives:
        assert (life.fate == "alive") == (life.ended_s is None) == (life.ended_at is None)
        assert life.ended_s is None or life.ended_s >= life.clicked_s
        if life.fate == "delivered":
            assert min(life.waited_s) >= 0.0


@pytest.mark.parametrize(
    ("scene", "fates"),
    [
        ("plain", {"delivered"}),
        ("cut-offs", {"delivered", "cut-off"}),
        ("purified", {"delivered", "rejected"}),
        ("all", {"delivered", "rejected", "cut-off"}),
    ],
)
def test_pairs_end_as_the_rules_say(scene, fates):
    found = {life.fate for life in traced(pairs=30, **SCENES[scene]).lives()}
    assert found - {"alive", "reset"} == fates


@pytest.mark.parametrize("device", [COIN, LOSSY])
def test_swaps_that_fail_end_both_pairs(device):
    lives = traced(hops=2, device=device).lives()
    failed = Counter((life.ended_at, life.ended_s) for life in lives if life.fate == "swap-failed")
    assert failed
    assert set(failed) == {("n1", time) for _, time in failed}
    assert set(failed.values()) == {2}


def test_waiting_is_from_emission_to_the_swap():
    """The qubits are as old as their herald: what comes first waits for the other, which does not wait."""
    trace = traced(hops=2, classical_delay="zero")
    lives = {life.pair: life for life in trace.lives()}
    for delivery in trace.deliveries():
        left, right = (lives[pair] for pair in delivery.origin.pairs)
        swapped = delivery.origin.tick / 1e12
        assert left.waited_s[1] == pytest.approx(swapped - left.emitted_s)
        assert right.waited_s[0] == pytest.approx(swapped - right.emitted_s)
        assert min(left.waited_s[1], right.waited_s[0]) == pytest.approx(0.0, abs=1e-12)


def test_a_lost_memory_ends_what_was_in_it():
    trace = Trace()
    simulation = chain([attempt(1.0), attempt(0.001)], None, 40.0).simulate(observer=trace, seed=1)
    simulation.request("n0", "n2", pairs=1, keep=True)
    simulation.lose_memories("n1", 5.5 * ATTEMPT_S)
    simulation.run(until_s=6 * ATTEMPT_S)
    first = trace.lives()[0]
    assert (first.fate, first.ended_at, first.ended_s) == ("lost", "n1", 5.5 * ATTEMPT_S)
    assert first.cause == first.pair


RECIPES = {
    "nested": nested(4),
    "purified links": Swap(
        left=Purify(pairs=(Generate(span=0), Generate(span=0, copy=1)), purification=dejmps()),
        right=Purify(pairs=(Generate(span=1), Generate(span=1, copy=1)), purification=dejmps()),
        cutoff_s=20 * ATTEMPT_S,
    ),
    "purified end to end": Purify(
        pairs=tuple(Swap(left=Generate(span=0, copy=k), right=Generate(span=1, copy=k)) for k in range(2)),
        purification=dejmps(),
    ),
}


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_traced(name, restart):
    recipe, trace = RECIPES[name], Trace()
    hops = recipe.ends[1]

    def losses(simulation, flow):
        simulation.plant.station(simulation.controller).agents[FaultReport] = lambda fault: None
        for slot in range(3, 30):
            simulation.lose_memories("n1", (slot + 0.5) * ATTEMPT_S)

    network = chain([attempt(0.5, GOOD)] * hops, Device(optical_interfaces=8), 30.0)
    follow(network, recipe, 12, before=losses, observer=trace, seed=2, restart=restart)
    for delivery in trace.deliveries():
        kinds = Counter(origin.kind for origin in delivery.origin.walk())
        assert kinds == kinds_of(recipe)
    lives = trace.lives()
    assert sum(life.fate == "delivered" for life in lives) == 12 * kinds_of(recipe)["generated"]
    assert "lost" in {life.fate for life in lives}


def kinds_of(recipe):
    if isinstance(recipe, Generate):
        return Counter(generated=1)
    parts = [recipe.left, recipe.right] if isinstance(recipe, Swap) else recipe.pairs
    return sum((kinds_of(part) for part in parts), Counter(["swapped" if isinstance(recipe, Swap) else "purified"]))


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("seed", range(3))
def test_what_lives_is_what_the_network_holds(name, seed):
    recipe, trace = RECIPES[name], Trace()
    device = Device(optical_interfaces=8, swap_success_probability=0.7)
    network = chain([attempt(0.5, GOOD)] * recipe.ends[1], device, 30.0)
    simulation, flow, _ = follow(network, recipe, 5, observer=trace, seed=seed)
    alive = {id(whole) for whole in trace._history()._of.values() if whole.end is None}
    assert len(alive) == simulation.audit().pairs
    flow.reset()
    assert "alive" not in {life.fate for life in trace.lives()}


def test_the_text_can_be_read_again(plain):
    text = plain.dumps()
    again = Trace.loads(text)
    assert again.dumps() == text
    assert again.deliveries() == plain.deliveries()
    assert json.loads(text.splitlines()[0]) == {"schema": "qnet.trace/1"}
    with pytest.raises(InvalidArgument, match="begin with the schema"):
        Trace.loads('{"schema": "qnet.link/1"}\n')


def test_a_simulation_that_is_asked_to_remembers_and_still_tells_others():
    seen, beginning = [], Trace(most=20)
    network = chain([attempt(0.5)] * 2)
    simulations = [
        network.simulate(seed=3, trace=True, observer=lambda *event: seen.append(event)),
        network.simulate(seed=3, observer=beginning),
    ]
    for simulation in simulations:
        simulation.request("n0", "n2", pairs=3)
        simulation.run()
    whole = simulations[0].trace
    assert list(whole) == seen
    assert list(beginning) == seen[:20]
    assert simulations[1].trace is None


def test_what_an_application_sends_is_named_by_its_type():
    trace = Trace()
    trace(5, "n0", "applicationdata", (0, object()))
    assert trace.dumps().splitlines()[1] == '[5,"n0","applicationdata",[0,"object"]]'


def test_frames_have_a_row_for_each_pair_or_event(plain):
    pairs, events = plain.to_frame(), plain.to_frame("events")
    assert len(pairs) == len(plain.lives())
    assert len(events) == len(plain)
    assert (pairs.fate == "delivered").sum() == pairs.delivery.notna().sum() == 3 * len(plain.deliveries())
    assert events[events.kind == "swap"].other.notna().all()
    with pytest.raises(UnknownName):
        plain.to_frame("nodes")


def test_deliveries_know_their_request(plain):
    assert [delivery.request for delivery in plain.deliveries()][:12] == [0] * 12
    assert plain.delivery(0).fidelity == pytest.approx(State.werner(0.95).fidelity() ** 3, abs=0.02)
    with pytest.raises(InvalidArgument, match="be from 0 to"):
        plain.ancestry(len(plain.deliveries()))
