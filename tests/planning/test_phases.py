"""What part of a slot has passed: waits for the next one, and which phases follow which."""

import math

import numpy as np
import pytest
from chains_at_hand import chain, link, noisy

from qnet import Network
from qnet.planning import Plan, nested, predict
from qnet.planning.law import generated
from qnet.planning.order import first_in_vain, last_in_time
from qnet.planning.phases import START, Phase, later, settled, visits, wait_s

PAIRS = 600
KM = 20.0


@pytest.mark.parametrize(("slot_s", "other_s"), [(3e-4, 2e-4), (2.4e-4, 9e-5), (1e-4, 1e-4), (1e-4, 3e-4)])
@pytest.mark.parametrize("since_s", [0.0, 2e-5])
def test_the_mean_wait_is_that_of_two_grids_side_by_side(slot_s: float, other_s: float, since_s: float) -> None:
    """Over many slots of one grid, how long until the next slot of the other."""
    moments = np.arange(720) * slot_s + since_s
    waits = np.ceil(moments / other_s - 1e-6) * other_s - moments
    assert wait_s(0.0, Phase(slot_s, since_s), other_s) == pytest.approx(waits.mean(), abs=1e-12)


def test_grids_that_never_meet_leave_half_a_slot() -> None:
    assert wait_s(1.0, Phase(math.pi), 2.0) == 2.0


def test_phases_repeat_with_slots() -> None:
    assert later({Phase(3e-4, 2e-4): 1.0}, 2e-4) == {Phase(3e-4, 1e-4): 1.0}
    assert later({START: 1.0}, 5.0) == {Phase(math.inf, 5.0): 1.0}


def test_in_the_long_run_phases_have_the_shares_of_their_chain() -> None:
    follow = {START: {Phase(1.0): 1.0}, Phase(1.0): {Phase(1.0): 0.5, Phase(2.0): 0.5}, Phase(2.0): {Phase(1.0): 1.0}}
    known, first, matrix = settled({START: 1.0}, follow.__getitem__)
    shares = dict(zip(known, visits(first, matrix), strict=True))
    assert shares == pytest.approx({START: 0.0, Phase(1.0): 2 / 3, Phase(2.0): 1 / 3})


@pytest.mark.parametrize("cutoff_s", [math.inf, 3.0])
def test_the_slower_link_is_most_often_the_last(cutoff_s: float) -> None:
    p, q = 0.1, 0.3
    laws = [generated(chance, 1.0, np.eye(4), tail=1e-12, points=4096) for chance in (p, q)]
    laws = [law.on(1.0, 1.0, 400) for law in laws]
    times = np.arange(1, 300)
    mine, other = (chance * (1 - chance) ** (times - 1) for chance in (p, q))
    gap = times[:, None] - times[None, :]
    joint = np.outer(mine, other)
    slack, in_time = (gap > 0) + 0.5 * (gap == 0), np.abs(gap) <= cutoff_s
    expected = (joint * slack * in_time).sum() / (joint * in_time).sum()
    assert last_in_time(laws, cutoff_s)[0] == pytest.approx(expected, abs=1e-6)
    if math.isfinite(cutoff_s):
        expected = (joint * (gap < 0) * ~in_time).sum() / (joint * ~in_time).sum()
        assert first_in_vain(laws, cutoff_s)[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("recipe", [nested(2), nested(2, cutoffs_s=[5e-4]), None], ids=str)
def test_slots_of_different_lengths(recipe: object) -> None:
    """After each pair, the link that came last waits a fixed while: half a slot for it was off by 10 %."""
    links = [link(0.6, cycle_s=2.4e-4), link(0.4, cycle_s=9e-5)]
    plan = Plan(chain=chain(2, noisy(), links, delay_s=KM / 2e5), recipe=recipe)
    network = Network.chain([KM] * 2, link=links, hardware=noisy())
    simulation = network.simulate(seed=5, restart="per-pair", recipe=recipe)
    request = simulation.request("n0", "n2", pairs=PAIRS)
    simulation.run()
    assert request.rate_hz == pytest.approx(predict(plan).rate_hz, rel=0.04)
