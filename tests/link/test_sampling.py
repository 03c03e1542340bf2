"""Pairs drawn in bulk."""

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.link import Link, link_of, sample
from qnet.quantum import State
from qnet.quantum.photonics import HeraldedState
from qnet.rng import Purpose, Stream


def stream(seed=1):
    return Stream(seed, Purpose.GENERATION, "a|b")


def test_heralds_come_as_often_as_they_should():
    shares = (0.2, 0.5, 0.3)
    heralds = tuple(HeraldedState(probability=share, state=State.bell(k), label=k) for k, share in enumerate(shares))
    link = Link(success_probability=0.1, cycle_s=1.0, heralds=heralds)
    attempts, kinds = sample(link, 100_000, stream())
    assert np.bincount(kinds) / 100_000 == pytest.approx(shares, abs=4 * 0.5 / np.sqrt(100_000))
    assert abs(np.corrcoef(attempts, kinds)[0, 1]) < 4 / np.sqrt(100_000)


def test_same_stream_same_pairs():
    link = link_of("trapped-ion", 20.0)
    first, again, other = (sample(link, 100, stream(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_few_and_rare_pairs():
    attempts, heralds = sample(link_of("colour-centre", 50.0), 3, stream())
    assert attempts.min() > 1e5  # about 1e8 attempts each
    assert set(heralds) <= {0, 1}
    assert sample(link_of("colour-centre", 50.0), 0, stream())[0].size == 0


@pytest.mark.parametrize("pairs", [-1, 1.5])
def test_pairs_are_counted(pairs):
    with pytest.raises(InvalidArgument, match="`pairs`"):
        sample(link_of("trapped-ion", 20.0), pairs, stream())


def test_attempts_that_could_not_be_counted_are_refused():
    hopeless = Link.from_numbers(1e-17, 1e-4, State.bell(0))
    with pytest.raises(InvalidArgument, match="`link` must succeed with at least 1e-16 per attempt"):
        sample(hopeless, 1, Stream(7, Purpose.GENERATION, "a|b"))
