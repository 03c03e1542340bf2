"""Random recipes on random chains: each keeps delivering, its frames are right, and nothing leaks.

Links make perfect Bell pairs of two kinds and nothing ages, so that any pair delivered under a wrong label, or made of
halves that do not belong together, shows.
"""

from __future__ import annotations

import math

import pytest
from chains import ATTEMPT_S, chain
from hypothesis import given, settings
from hypothesis import strategies as st
from recipes import follow

from qnet.link import Device, Link
from qnet.network.messages import FaultReport
from qnet.planning import Generate, Purify, Swap
from qnet.quantum import Noise, State
from qnet.quantum.library import bbpssw, dejmps
from qnet.quantum.photonics import HeraldedState

HERALDS = (
    HeraldedState(probability=0.6, state=State.bell(2), label=2),
    HeraldedState(probability=0.4, state=State.bell(3), label=3),
)
PURIFICATIONS = (dejmps(), bbpssw())
LIMITS_S = (math.inf, 60 * ATTEMPT_S, 200 * ATTEMPT_S)


@st.composite
def recipes(draw, hops):
    copies = [0] * hops

    def leaf(span):
        copies[span] += 1
        return Generate(span=span, copy=copies[span] - 1)

    def pumped(span, purification):
        """Both later leaves take turns on one memory."""
        first, second = leaf(span), leaf(span)
        better = Purify(pairs=(first, second), purification=purification, cutoff_s=draw(st.sampled_from(LIMITS_S)))
        return Purify(pairs=(better, second), purification=purification, cutoff_s=draw(st.sampled_from(LIMITS_S)))

    def between(first, last, depth):
        kind = draw(st.sampled_from(["plain", "plain", "purified", "pumped"] if depth < 2 else ["plain"]))
        purification, limit_s = draw(st.sampled_from(PURIFICATIONS)), draw(st.sampled_from(LIMITS_S))
        if kind == "pumped" and last == first + 1:
            return pumped(first, purification)
        if kind == "purified":
            pairs = tuple(between(first, last, depth + 1) for _ in range(2))
            return Purify(pairs=pairs, purification=purification, cutoff_s=limit_s)
        if last == first + 1:
            return leaf(first)
        middle = draw(st.integers(first + 1, last - 1))
        return Swap(left=between(first, middle, depth), right=between(middle, last, depth), cutoff_s=limit_s)

    return between(0, hops, 0)


@st.composite
def scenes(draw):
    hops = draw(st.integers(1, 4))
    cycles = st.sampled_from([1.0, 0.7, 0.3])
    links = [
        Link(
            success_probability=draw(st.sampled_from([0.3, 0.6, 1.0])),
            cycle_s=draw(cycles) * ATTEMPT_S,
            emission_s=draw(st.sampled_from([0.0, 0.2])) * ATTEMPT_S,
            heralds=HERALDS,
        )
        for _ in range(hops)
    ]
    device = Device(
        swap_s=draw(st.sampled_from([0.0, 0.4, 3.0])) * ATTEMPT_S,
        swap_success_probability=draw(st.sampled_from([1.0, 0.6])),
        measurement_s=draw(st.sampled_from([0.0, 1.5])) * ATTEMPT_S,
        noise=Noise.from_numbers(two_qubit_gate_s=draw(st.sampled_from([0.0, 0.5])) * ATTEMPT_S),
        optical_interfaces=64,
    )
    lengths = [draw(st.sampled_from([1.0, 30.0, 90.0, 250.0])) for _ in range(hops)]
    options = {
        "seed": draw(st.integers(0, 2**20)),
        "keep": draw(st.booleans()),
        "restart": draw(st.sampled_from(["pipelined", "per-pair"])),
        "classical_delay": draw(st.sampled_from(["fibre", "zero"])),
    }
    losses = st.tuples(st.integers(0, hops), st.floats(0.0, 0.2))
    return chain(links, device, lengths), draw(recipes(hops)), draw(st.lists(losses, max_size=10)), options


@settings(deadline=None, derandomize=True, max_examples=80)
@given(scenes())
def test_recipes_deliver_what_they_say_and_leak_nothing(scene):
    network, recipe, losses, options = scene

    def before(simulation, flow):
        simulation.plant.station(simulation.controller).agents.setdefault(FaultReport, lambda fault: None)
        for position, at_s in losses:
            simulation.lose_memories(f"n{position}", at_s)

    simulation, flow, pairs = follow(network, recipe, 8, before=before, **options)
    assert [pair.fidelity() for pair in pairs] == pytest.approx([1.0] * 8)
    assert not flow._halves
    flow.stop()
    flow.reset()
    assert simulation.audit() == (0, 0)
