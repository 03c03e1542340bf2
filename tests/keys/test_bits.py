import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.keys.bits import as_bits


def test_bits_are_copied() -> None:
    given = np.array([0, 1, 1], dtype=np.uint8)
    taken = as_bits("key", given)
    given[0] = 1
    assert taken.tolist() == [0, 1, 1]


@pytest.mark.parametrize("bits", [[True, False], np.array([1, 0], dtype=np.int64), ()])
def test_anything_that_means_bits_is_taken(bits) -> None:
    if len(bits):
        assert as_bits("key", bits).tolist() == [1, 0]


@pytest.mark.parametrize("bits", [[0, 2], [0, -1], [[0, 1]], 1, [0.0, 1.0], ["0"], np.array([256, 0])])
def test_anything_else_is_refused(bits) -> None:
    with pytest.raises(InvalidArgument, match="Argument `key` must be a one-dimensional array of 0 and 1"):
        as_bits("key", bits)


def test_another_length_is_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidArgument, match="must have 3 bits, but is 2"):
        as_bits("seed", [0, 1], 3)
