"""Predictions held against short runs: within 4 standard errors and what the planner's page allows it to be off.

Rates may be off by 5 %, fidelities by 0.003: approximations are in slots that differ and in who hears of a loss when.
"""

import math

import numpy as np
import pytest
from chains_at_hand import chain, link, noisy

from qnet import Network
from qnet.planning import Generate, Plan, Purify, Recipe, Swap, nested, predict, purified, sequential
from qnet.quantum.library import dejmps

KM = 20.0
PAIRS = 250


def twice(span: int) -> Purify:
    leaves = Generate(span=span), Generate(span=span, copy=1)
    return Purify(pairs=leaves, purification=dejmps(), cutoff_s=1e-3)


def delivered(plan: Plan, pairs: int = PAIRS) -> tuple[list[float], list[float]]:
    """Times and fidelities of pairs of an idle network."""
    hops = plan.chain.hops
    network = Network.chain([KM] * hops, link=list(plan.chain.links), hardware=plan.chain.devices[0])
    simulation = network.simulate(
        seed=11, restart=plan.restart, recipe=plan.recipe, purification=plan.link_purification
    )
    times, fidelities = [], []

    def protocol(session):
        session.request(pairs=pairs, keep=plan.keep)
        while (pair := (yield session.next_pair())) is not None:
            pair.release()
            times.append(pair.delivered_s)
            fidelities.append(pair.fidelity())

    simulation.start(protocol)
    simulation.run(max_events=5_000_000)
    return times, fidelities


def check(plan: Plan) -> None:
    predicted = predict(plan)
    times, fidelities = delivered(plan)
    gaps = np.diff(times)
    error = float(gaps.std() / math.sqrt(len(gaps)))
    assert abs(gaps.mean() - 1 / predicted.rate_hz) < 4 * error + 0.05 / predicted.rate_hz
    error = float(np.std(fidelities) / math.sqrt(len(fidelities)))
    assert abs(np.mean(fidelities) - predicted.fidelity) < 4 * error + 0.003
    assert min(fidelities) > predicted.fidelity_min - 1e-9


@pytest.mark.parametrize("restart", ["per-pair", "pipelined"])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("hops", [1, 2, 4])
def test_swaps_as_soon_as_possible(hops: int, keep: bool, restart: str) -> None:
    check(Plan(chain=chain(hops, noisy(), delay_s=KM / 2e5), keep=keep, restart=restart))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    "recipe",
    [
        nested(4),
        nested(4, cutoffs_s=[1e-3, 3e-3]),
        sequential(3, cutoff_s=2e-3),
        Swap(left=twice(0), right=twice(1), cutoff_s=3e-3),
        purified(nested(2, cutoffs_s=[2e-3]), dejmps(), cutoff_s=5e-3),
    ],
    ids=str,
)
def test_recipes(recipe: Recipe, keep: bool) -> None:
    check(Plan(chain=chain(recipe.ends[1], noisy(), delay_s=KM / 2e5), recipe=recipe, keep=keep))


@pytest.mark.parametrize("restart", ["per-pair", "pipelined"])
def test_links_that_purify(restart: str) -> None:
    one = chain(2, noisy(), [link(0.2, 0.9)] * 2, delay_s=KM / 2e5)
    check(Plan(chain=one, link_purification=dejmps(), restart=restart))
