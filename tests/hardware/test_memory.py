import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.hardware import Memory


def test_t2_above_twice_t1_is_refused_in_one_line():
    with pytest.raises(InvalidArgument) as caught:
        Memory(t1_s=0.01, t2_s=0.05)
    assert str(caught.value) == "Argument `t2_s` must be at most 2 t1_s = 0.02, but is 0.05."


def test_the_limit_itself_and_a_memory_that_never_decays_are_allowed():
    assert Memory(t1_s=0.5, t2_s=1.0).t2_s == 1.0
    assert Memory(t2_s=math.inf).t1_s == math.inf


@given(st.floats(1e-9, 1e9), st.floats(1e-3, 1e3))
def test_the_limit_survives_scaling(t1_s, k):
    scaled = Memory(t1_s=t1_s * k, t2_s=2 * t1_s * k)
    assert scaled.t2_s == pytest.approx(2 * scaled.t1_s)
    with pytest.raises(InvalidArgument, match="`t2_s` must be at most 2 t1_s"):
        Memory(t1_s=t1_s * k, t2_s=2.001 * t1_s * k)


def test_equilibrium_is_a_probability():
    with pytest.raises(InvalidArgument, match="`excited_population` must be at most 1"):
        Memory(t2_s=1.0, excited_population=1.1)


def test_phase_flips_per_attempt_bring_coherence_to_one_over_e():
    memory = Memory(t2_s=1.0, attempts_to_dephase=1400)
    assert (1 - 2 * memory.dephasing_per_attempt) ** 1400 == pytest.approx(math.exp(-1))
    assert Memory(t2_s=1.0).dephasing_per_attempt == 0


def test_a_better_memory_stands_more_attempts():
    memory = Memory(t1_s=3.0, t2_s=1.0, attempts_to_dephase=50)
    better = memory.improved(4)
    assert 1 - better.dephasing_per_attempt == pytest.approx((1 - memory.dephasing_per_attempt) ** 0.25)
    assert (better.t1_s, better.t2_s) == (12, 4)
    assert math.isinf(Memory(t2_s=1.0).improved(4).attempts_to_dephase)
    assert memory.improved(1e-3).dephasing_per_attempt == pytest.approx(0.5)
