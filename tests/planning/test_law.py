"""Laws on a lattice: what must hold on every one, and what a coarse one may get wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.planning.ageing import Ageing
from qnet.planning.law import Law, common, generated, meet, renewed
from qnet.planning.steps import joined
from qnet.planning.times import summed, within
from qnet.quantum import State, Waiting

PAIR = State.werner(0.9).tensor
SIGNS = np.array([1.0, 1.0, -1.0, 1.0])[None, :, None]
MEMORY = Waiting.from_t1_t2(t1_s=800.0, t2_s=600.0).generator


def product(pairs):
    """An ideal swap, in which a Phi+ pair changes nothing."""
    return joined(pairs[0] * SIGNS, pairs[1])


def two(probability: float, points: int, **more: float) -> tuple[Law, Law, Law]:
    law = generated(probability, 1.0, PAIR, tail=1e-10, points=points)
    return meet([law, law], [Ageing(MEMORY, MEMORY)] * 2, product, **more)


@given(probability=st.floats(0.01, 1.0), points=st.integers(64, 4096))
def test_a_lattice_keeps_the_mean_of_a_geometric_law(probability: float, points: int) -> None:
    law = generated(probability, 1e-3, PAIR, tail=1e-9, points=points)
    assert law.total == pytest.approx(1.0)
    assert law.mean_s == pytest.approx(1e-3 / probability, rel=1e-6)


@given(origin=st.floats(-3.0, 0.0), step=st.floats(0.2, 5.0))
def test_moving_to_another_lattice_keeps_total_and_mean(origin: float, step: float) -> None:
    law = generated(0.2, 1.0, PAIR, tail=1e-9, points=512)
    moved = law.on(origin, step, 600)
    assert moved.total == pytest.approx(law.total)
    assert moved.mean_s == pytest.approx(law.mean_s)
    assert moved.mean_tensor == pytest.approx(law.mean_tensor)


@pytest.mark.parametrize("cutoff", [0.0, 3.0, 40.0])
def test_attempts_succeed_or_end(cutoff: float) -> None:
    made, refused, ended = two(0.1, 4096, cutoff_s=cutoff)
    assert made.total + ended.total == pytest.approx(1.0)
    assert refused.total == pytest.approx(0.0, abs=1e-12)
    assert made.total == pytest.approx(1 - 2 * 0.9 ** (cutoff + 1) / 1.9)  # section C of the reference


@pytest.mark.parametrize("cutoff", [10.0, 33.0, 120.0])
def test_a_coarse_lattice_is_nearly_as_good_as_that_of_the_attempts(cutoff: float) -> None:
    fine, coarse = ([*two(0.01, points, cutoff_s=cutoff)] for points in (8192, 400))
    for one, other in zip(fine, coarse, strict=True):
        assert other.total == pytest.approx(one.total, rel=2e-3)
    assert coarse[0].mean_tensor == pytest.approx(fine[0].mean_tensor, abs=1e-3)


def test_trying_again_takes_as_long_as_wald_says() -> None:
    made, _, ended = two(0.1, 4096, cutoff_s=5.0)
    attempt = made.total * made.mean_s + ended.total * ended.mean_s
    law = renewed((made, ended), (made, ended), tail=1e-9, points=8192)
    assert law.mean_s == pytest.approx(attempt / made.total, rel=1e-6)
    assert law.mean_tensor == pytest.approx(made.mean_tensor, rel=1e-6)


def test_times_add_and_end() -> None:
    law = generated(0.2, 1.0, PAIR, tail=1e-12, points=512)
    assert summed(law, law, 2048).mean_s == pytest.approx(10.0)
    assert within(law, 3.0).total == pytest.approx(1 - 0.8**3)


def test_slots_are_shared_only_where_they_coincide() -> None:
    law = generated(0.2, 1.0, PAIR, tail=1e-6, points=512)
    assert all(each.exact for each in common([law, law.later(3.0)], 512))
    assert not any(each.exact for each in common([law, law.later(0.5)], 512))
    assert replace(law, slot_s=0.0).exact is False


def test_what_never_fails_twice_is_tried_at_most_twice() -> None:
    """A first attempt fails half of the time, the second one never: half of the tries take one slot more."""
    sure = generated(1.0, 1e-3, np.eye(4), tail=1e-9, points=64)
    half, never = sure.scaled(0.5), sure.scaled(0.0)
    law = renewed((half, half), (sure, never), tail=1e-9, points=64)
    assert law.total == pytest.approx(1.0)
    assert law.mean_s == pytest.approx(1.5e-3, rel=1e-6)
