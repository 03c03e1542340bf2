"""What a network is made of: random streams by name, links in step, and a post that is as late as the fibre."""

import pytest
from chains import ATTEMPT_S, attempt, chain

from qnet.network.chance import Chance
from qnet.rng import Purpose
from qnet.time import ticks

MIXED = chain([attempt(0.5), attempt(0.5, cycle_s=3 * ATTEMPT_S)], length_km=[20.0, 60.0])


def test_a_stream_depends_on_its_name_alone():
    chance, other = Chance(seed=1), Chance(seed=1)
    other.numbered(Purpose.RECORD, "n2")
    first, again = chance.numbered(Purpose.RECORD, "n1"), other.numbered(Purpose.RECORD, "n1")
    assert first.uniform() == again.uniform() != chance.numbered(Purpose.RECORD, "n1").uniform()
    assert chance.shared(Purpose.POLICY, "a") == other.shared(Purpose.POLICY, "a") != chance.shared(Purpose.POLICY, "b")


def test_links_keep_step_only_in_rounds():
    cycles = {
        clocking: [link.cycle_s for link in MIXED.simulate(clocking=clocking).plant.links.along(MIXED.route())]
        for clocking in ("free", "rounds")
    }
    assert cycles == {"free": [ATTEMPT_S, 3 * ATTEMPT_S], "rounds": [3 * ATTEMPT_S] * 2}


@pytest.mark.parametrize(("delay", "far"), [("fibre", ticks(80.0 / 2e5)), ("zero", 0)])
def test_the_post_takes_as_long_as_the_fibre(delay, far):
    post = MIXED.simulate(classical_delay=delay).plant.post
    number, offsets = post.lay(MIXED.route())
    assert offsets[-1] == post.delays[number, "n0", "n2"] == post.delays[number, "n2", "n0"] == far
    assert post.distance("n0", "n2") == far
