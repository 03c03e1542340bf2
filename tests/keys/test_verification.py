import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import toeplitz_hash, verification_bits, verify
from qnet.rng import Purpose, Stream


def stream(name: object = "verification") -> Stream:
    return Stream(7, Purpose.POLICY, str(name))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=100), st.integers(0, 99))
def test_one_wrong_bit_is_noticed(key: list[int], place: int) -> None:
    other = key.copy()
    other[place % len(key)] ^= 1
    assert verify(key, key, 1e-10, stream()).equal
    assert not verify(key, other, 1e-10, stream()).equal


@given(st.floats(1e-30, 0.999))
def test_the_hash_is_as_long_as_epsilon_demands_and_no_longer(epsilon: float) -> None:
    bits = verification_bits(epsilon)
    assert 2.0**-bits <= epsilon * (1 + 1e-12) < 2.0 ** (1 - bits) * (1 + 1e-12)


def test_unequal_keys_pass_as_often_as_said() -> None:
    first, second = np.zeros(20, dtype=np.uint8), np.ones(20, dtype=np.uint8)
    verified = [verify(first, second, 1 / 8, stream(trial)) for trial in range(500)]
    assert {(each.alice_bits, each.epsilon_cor) for each in verified} == {(3, 1 / 8)}
    assert abs(sum(each.equal for each in verified) - 62.5) < 4 * (62.5 * 7 / 8) ** 0.5


def test_what_alice_says_lets_anyone_compute_her_hash() -> None:
    key = np.array([0, 1, 1, 0, 1], np.uint8)
    verified = verify(key, key, 1 / 8, stream())
    assert np.array_equal(toeplitz_hash(key, verified.announced[:-3], 3), verified.announced[-3:])


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -1e-9, float("nan")])
def test_no_hash_gives_certainty(epsilon: float) -> None:
    with pytest.raises(InvalidArgument, match="`epsilon_cor` must be"):
        verify([0, 1], [0, 1], epsilon, stream())


@pytest.mark.parametrize(("alice", "bob"), [([], []), ([0, 1], [0])])
def test_keys_must_be_comparable(alice, bob) -> None:
    with pytest.raises(InvalidArgument):
        verify(alice, bob, 1e-10, stream())
