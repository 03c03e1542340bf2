import math

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.keys import sift


def test_only_rounds_with_equal_bases_stay_in_order() -> None:
    sifted = sift([0, 1, 1, 0, 1], [0, 1, 0, 1, 1], [0, 0, 1, 0, 1], [1, 1, 0, 1, 1])
    assert sifted.bases.tolist() == [0, 1, 0, 1]
    assert (sifted.first.tolist(), sifted.second.tolist()) == ([0, 0, 1, 1], [1, 0, 1, 1])
    assert (len(sifted), sifted.errors, sifted.error_rate) == (4, 1, 0.25)


def test_errors_are_counted_basis_by_basis() -> None:
    sifted = sift([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1])
    assert (sifted.in_basis(0).errors, sifted.in_basis(1).errors) == (0, 1)


def test_without_rounds_there_is_no_error_rate() -> None:
    assert math.isnan(sift([0], [0], [1], [0]).error_rate)


def test_sifting_copies_and_locks() -> None:
    bits = np.array([0, 1], dtype=np.uint8)
    sifted = sift([0, 0], bits, [0, 0], bits)
    bits[0] = 1
    assert sifted.first.tolist() == [0, 1]
    assert not sifted.second.flags.writeable


@pytest.mark.parametrize("bits", [[0, 1, 1], [[0, 1]]])
def test_columns_of_other_shapes_are_refused(bits: list) -> None:
    with pytest.raises(InvalidArgument, match="as long as"):
        sift([0, 1], bits, [0, 1], [0, 1])
