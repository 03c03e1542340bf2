import itertools

import numpy as np
import pytest

from qnet import rng
from qnet.rng import Purpose, Stream, stream_seed


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_the_nth_draw_does_not_depend_on_the_block(block, monkeypatch):
    stream = Stream(7, Purpose.RECORD, "n1")
    usual = [stream.uniform() for _ in range(600)]
    monkeypatch.setattr(rng, "_BLOCK", block)
    stream = Stream(7, Purpose.RECORD, "n1")
    assert [stream.uniform() for _ in range(600)] == usual


def test_each_part_of_a_name_makes_another_stream():
    names = itertools.product((0, 1), Purpose, ("a", "b", "a|b"), (0, 1))
    seeds = [stream_seed(*name) for name in names]
    assert len(set(seeds)) == len(seeds)


def test_a_name_means_the_same_in_every_run():
    assert stream_seed(7, Purpose.RECORD, "n1") == 0x4935738B06801F00E6D93BDB91448C90


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9])
def test_attempts_are_geometric(probability):
    stream, number = Stream(1, Purpose.GENERATION, "a|b"), 5000
    draws = np.array([stream.geometric(probability) for _ in range(number)])
    for n in (1, 2, 5, 20):  # P(more than n) = (1 - p)^n
        expected = (1 - probability) ** n
        assert (draws > n).mean() == pytest.approx(expected, abs=4 * (expected * (1 - expected) / number) ** 0.5)
    assert draws.min() == 1
    assert stream.geometric(1.0) == 1


def test_choices_follow_their_weights():
    stream, number = Stream(1, Purpose.POLICY, "n1"), 5000
    counts = np.bincount([stream.choose([1.0, 0.0, 3.0]) for _ in range(number)], minlength=3) / number
    assert counts[1] == 0.0
    assert counts[0] == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / number) ** 0.5)
