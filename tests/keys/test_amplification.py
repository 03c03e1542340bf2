from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import toeplitz

from qnet.errors import InvalidArgument
from qnet.keys import toeplitz_hash, toeplitz_seed
from qnet.rng import Purpose, Stream

FEW = settings(max_examples=25)
SIZES = st.tuples(st.integers(1, 200), st.integers(1, 200))


def draw(bits: int, length: int):
    stream = Stream(7, Purpose.POLICY, f"{bits} {length}")
    return stream.generator.integers(0, 2, (2, bits), dtype=np.uint8), toeplitz_seed(bits, length, stream)


def matrix(seed, bits: int, length: int):
    return toeplitz(seed[bits - 1 :], seed[bits - 1 :: -1])


@FEW
@given(SIZES)
def test_the_hash_is_the_product_with_the_matrix(sizes) -> None:
    (key, _), seed = draw(*sizes)
    product = matrix(seed, *sizes).astype(int) @ key
    assert toeplitz_hash(key, seed, sizes[1]).tolist() == (product % 2).tolist()


@FEW
@given(SIZES)
def test_the_hash_is_linear(sizes) -> None:
    keys, seed = draw(*sizes)
    first, second, both = (toeplitz_hash(key, seed, sizes[1]) for key in (*keys, keys[0] ^ keys[1]))
    assert (first ^ second).tolist() == both.tolist()


@pytest.mark.parametrize(("bits", "length"), [(4, 3), (3, 4), (5, 1)])
def test_a_change_of_the_key_moves_the_hash_by_every_amount_equally_often(bits: int, length: int) -> None:
    seeds = [list(seed) for seed in product([0, 1], repeat=bits + length - 1)]
    for change in list(product([0, 1], repeat=bits))[1:]:
        moved = [tuple(toeplitz_hash(change, seed, length).tolist()) for seed in seeds]
        assert {moved.count(amount) for amount in set(moved)} == {len(seeds) >> length}


def test_large_sums_are_exact() -> None:
    bits, length = 100_003, 7
    ones, seed = np.ones(bits, dtype=np.uint8), draw(bits, length)[1]
    sums = [int(seed[start : start + bits].sum()) % 2 for start in range(length)]
    assert toeplitz_hash(ones, seed, length).tolist() == sums


def test_a_seed_is_random_and_just_long_enough() -> None:
    first, again, other = (toeplitz_seed(90, 11, Stream(7, Purpose.POLICY, name)) for name in "aab")
    assert first.tolist() == again.tolist() != other.tolist()
    assert first.size == 100


@pytest.mark.parametrize(
    ("key", "seed", "length", "message"),
    [
        ([], [0], 2, "`key` must hold at least one bit"),
        ([0, 1], [0, 1], 0, "`length` must be at least 1, but is 0"),
        ([0, 1], [0, 1], 2, "`seed` must have 3 bits, but is 2"),
        ([0, 1], [0, 1, 3], 2, "`seed` must be a one-dimensional array of 0 and 1"),
    ],
)
def test_bad_input_is_refused(key, seed, length, message) -> None:
    with pytest.raises(InvalidArgument, match=message):
        toeplitz_hash(key, seed, length)
