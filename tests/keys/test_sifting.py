import math

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.keys import sift, sifting_factor


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


def test_a_block_is_chosen_at_random_and_nothing_is_lost() -> None:
    sifted = sift([0] * 100, np.arange(100) % 2, [0] * 100, np.zeros(100))
    chosen, rest = sifted.split(30, np.random.default_rng(7))
    assert (len(chosen), len(rest)) == (30, 70)
    assert chosen.errors + rest.errors == sifted.errors
    assert chosen.first.tolist() != sifted.first[:30].tolist()
    assert chosen.first.tolist() == sifted.split(30, np.random.default_rng(7))[0].first.tolist()


def test_every_round_is_as_likely_to_be_chosen() -> None:
    sifted, generator = sift([0] * 5, np.eye(5)[2], [0] * 5, np.zeros(5)), np.random.default_rng(7)
    hits = sum(sifted.split(2, generator)[0].errors for _ in range(2_000))
    assert hits == pytest.approx(800, abs=4 * np.sqrt(2_000 * 0.4 * 0.6))


def test_a_block_too_large_says_how_many_rounds_are_missing() -> None:
    with pytest.raises(InvalidArgument, match=r"at most the 2 sifted rounds \(3 more rounds are needed\)"):
        sift([0, 0], [0, 1], [0, 0], [0, 1]).split(5, np.random.default_rng(7))


def test_bias_raises_the_share_of_rounds_that_stay() -> None:
    assert sifting_factor([1 / 3] * 3) == pytest.approx(1 / 3)
    assert sifting_factor([0.9, 0.1], [0.5, 0.5]) == pytest.approx(0.5)
    generator = np.random.default_rng(7)
    bases = generator.random((2, 20_000)) > 0.9
    sifted = sift(bases[0], bases[0], bases[1], bases[1])
    assert len(sifted) / 20_000 == pytest.approx(sifting_factor([0.9, 0.1]), abs=4 * 0.0027)


@pytest.mark.parametrize("choices", [([0.9, 0.2], [0.5, 0.5]), ([0.5, 0.5], [1.0]), ([-0.1, 1.1], [0.5, 0.5])])
def test_choices_that_are_no_distribution_are_refused(choices: tuple) -> None:
    with pytest.raises(InvalidArgument):
        sifting_factor(*choices)
