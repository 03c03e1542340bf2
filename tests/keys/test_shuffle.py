import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.keys.shuffle import Shuffle
from qnet.rng import Purpose, Stream

FEW = settings(max_examples=25)
BITS = st.integers(1, 300)


def draw(bits, size):
    generator = Stream(7, Purpose.POLICY, f"{bits} {size}").generator
    return Shuffle.blocks(bits, size, generator) if size else Shuffle.halves(bits, generator)


def below(shuffle, node):
    """The bits of the key under a node, found leaf by leaf."""
    leaves = range(node, node + 1)
    while leaves.start < shuffle.leaves:
        leaves = range(2 * leaves.start, 2 * leaves.stop)
    return np.flatnonzero(np.isin(shuffle.leaf_of, leaves))


@FEW
@given(BITS, st.integers(0, 40))
def test_every_bit_has_a_leaf_of_its_own(bits: int, size: int) -> None:
    shuffle = draw(bits, size)
    assert len(set(shuffle.leaf_of.tolist())) == bits
    assert set(shuffle.leaf_of.tolist()) <= set(range(shuffle.leaves, 2 * shuffle.leaves))
    assert shuffle.bit_at[shuffle.leaf_of - shuffle.leaves].tolist() == list(range(bits))


@FEW
@given(BITS, st.integers(1, 40))
def test_no_block_is_larger_than_allowed_or_empty(bits: int, size: int) -> None:
    shuffle = draw(bits, size)
    sizes = [below(shuffle, node).size for node in range(shuffle.count, 2 * shuffle.count)]
    assert 0 < min(sizes) <= max(sizes) <= size
    assert sum(sizes) == bits


@FEW
@given(st.integers(1, 60), st.integers(0, 20))
def test_the_parity_of_a_node_is_that_of_the_bits_below(bits: int, size: int) -> None:
    shuffle = draw(bits, size)
    key = Stream(8, Purpose.POLICY, "key").generator.integers(0, 2, bits, dtype=np.uint8)
    nodes = range(shuffle.count, 2 * shuffle.leaves)
    assert shuffle.parities(key)[nodes.start :].tolist() == [key[below(shuffle, node)].sum() % 2 for node in nodes]


@FEW
@given(st.integers(1, 60), st.integers(0, 20))
def test_only_empty_nodes_are_known_beforehand(bits: int, size: int) -> None:
    shuffle = draw(bits, size)
    nodes = range(shuffle.count, 2 * shuffle.leaves)
    assert shuffle.unknown(2)[nodes.start :].tolist() == [2 if below(shuffle, node).size else 0 for node in nodes]


@pytest.mark.parametrize("size", [0, 500])
def test_two_bits_part_in_half_of_the_draws(size: int) -> None:
    generator = Stream(7, Purpose.POLICY, "parted").generator
    parted = 0
    for _ in range(1000):
        shuffle = Shuffle.blocks(1000, size, generator) if size else Shuffle.halves(1000, generator)
        first, second = shuffle.leaf_of[[3, 4]] >> shuffle.depth
        parted += first != second
    assert abs(parted - 500) < 4 * 250**0.5
