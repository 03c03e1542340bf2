import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import honest_probability, relay, relay_rate


@given(st.integers(1, 6), st.integers(0, 40), st.integers(0, 2**32))
def test_the_far_end_decodes_the_key_of_the_near_end(hops: int, length: int, seed: int) -> None:
    keys = np.random.default_rng(seed).integers(0, 2, (hops, length), dtype=np.uint8)
    relayed = relay(list(keys))
    assert np.array_equal(relayed.key, keys[0])
    assert (relayed.trusted_nodes, relayed.consumed_per_hop, relayed.consumed) == (hops - 1, length, hops * length)


def test_announcements_are_the_xor_of_neighbouring_keys() -> None:
    keys = np.random.default_rng(7).integers(0, 2, (3, 50), dtype=np.uint8)
    first, second = relay(list(keys)).announcements
    assert np.array_equal(first, keys[0] ^ keys[1])
    assert np.array_equal(second, keys[1] ^ keys[2])


def test_a_relayed_key_is_a_copy_that_nobody_changes() -> None:
    key = np.array([0, 1, 1], dtype=np.uint8)
    relayed = relay([key])
    key[0] = 1
    assert relayed.key.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        relayed.key[0] = 1


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ([], "at least one hop"),
        ([[0, 1], [0, 1, 1]], "one length"),
        ([[0, 2]], "0 and 1"),
        ([[0.5, 1]], "0 and 1"),
        ([[-1, 1]], "0 and 1"),
        ([[[0, 1]]], "one-dimensional"),
    ],
)
def test_what_is_no_set_of_keys_is_refused(keys: list, rule: str) -> None:
    with pytest.raises(InvalidArgument, match=rule):
        relay([np.array(key) for key in keys])


@pytest.mark.parametrize("rates", [[], [5.0, -1.0]])
def test_rates_are_not_negative_and_not_missing(rates: list) -> None:
    with pytest.raises(InvalidArgument, match="hop_rates"):
        relay_rate(rates)


def test_a_second_path_helps_and_a_second_node_does_not() -> None:
    assert honest_probability(0.9, 2) < honest_probability(0.9, 1) < honest_probability(0.9, 1, disjoint_paths=2)
    with pytest.raises(InvalidArgument, match="disjoint_paths"):
        honest_probability(0.9, 1, disjoint_paths=0)
