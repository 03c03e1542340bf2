import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, KeyExhausted
from qnet.keys import KeyId, KeyStore

STEPS = st.lists(
    st.tuples(st.sampled_from(["deposit", "withdraw", "fetch", "rotate"]), st.integers(1, 12)), max_size=40
)


def filled(bits: int, **options) -> tuple[KeyStore, KeyStore]:
    ends = KeyStore.pair(**options)
    for end in ends:
        end.deposit(np.arange(bits) % 3 % 2)
    return ends


@settings(max_examples=50)
@given(STEPS, st.sampled_from([None, 0, 1, 2]))
def test_no_bit_is_handed_out_twice(steps, max_age) -> None:
    here, there = KeyStore.pair(max_age=max_age)
    given_here, given_there, under_way = [], [], []
    for step, bits in steps:
        try:
            match step:
                case "deposit":
                    assert here.deposit([0] * bits) == there.deposit([0] * bits)
                case "withdraw":
                    under_way.append(here.withdraw(bits).id)
                    given_here += range(under_way[-1].start, under_way[-1].stop)
                case "fetch" if under_way:
                    there.withdraw_by_id(key := under_way[bits % len(under_way)])
                    given_there += range(key.start, key.stop)
                case "rotate":
                    here.rotate(), there.rotate()
        except KeyExhausted:
            pass
    assert len(given_here) == len(set(given_here)) == here.withdrawn
    assert len(given_there) == len(set(given_there)) == there.withdrawn
    assert set(given_there) <= set(given_here)


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=20), min_size=1, max_size=5), st.randoms())
def test_both_ends_get_the_bits_that_were_deposited_in_any_order(keys, order) -> None:
    here, there = KeyStore.pair()
    for key in keys:
        here.deposit(key), there.deposit(key)
    taken = [here.withdraw(min(7, here.available)) for _ in range(-(-here.available // 7))]
    assert [bit for key in taken for bit in key.bits] == [bit for key in keys for bit in key]
    order.shuffle(taken)
    assert all(there.withdraw_by_id(key.id).tolist() == key.bits.tolist() for key in taken)
    assert here.available == there.available == 0


def test_an_empty_store_says_what_is_left() -> None:
    here, _ = filled(10)
    here.withdraw(6)
    with pytest.raises(KeyExhausted, match="5 bits are asked for, but 4 are left"):
        here.withdraw(5)
    assert (here.available, here.withdrawn) == (4, 6)


@pytest.mark.parametrize(
    ("start", "bits", "message"),
    [(0, 3, "Bits 0 to 2 were handed out"), (2, 3, "Bits 2 to 4 were"), (8, 3, "up to 10 .* only 10 were deposited")],
)
def test_what_is_not_there_is_not_handed_out(start: int, bits: int, message: str) -> None:
    _, there = filled(10)
    there.withdraw_by_id(KeyId(start=1, bits=3))
    with pytest.raises(KeyExhausted, match=message):
        there.withdraw_by_id(KeyId(start=start, bits=bits))


def test_only_one_end_chooses() -> None:
    here, there = filled(10)
    with pytest.raises(InvalidArgument, match="at the end that leads"):
        there.withdraw(1)
    with pytest.raises(InvalidArgument, match="withdrawn at the other"):
        here.withdraw_by_id(KeyId(start=0, bits=1))


def test_key_grows_old_by_rotation() -> None:
    here, _ = filled(10, max_age=1)
    here.withdraw(4)
    assert here.rotate() == 0
    here.deposit([1, 1, 1])
    assert (here.rotate(), here.dropped, here.available) == (6, 6, 3)
    assert here.withdraw(3).id == KeyId(start=10, bits=3)


def test_key_without_an_age_limit_stays() -> None:
    here, _ = filled(10)
    assert [here.rotate() for _ in range(5)] == [0] * 5
    assert here.available == 10


def test_bits_handed_out_are_erased_and_read_only() -> None:
    _, there = filled(10)
    taken = there.withdraw_by_id(KeyId(start=4, bits=4))
    assert there._bits[4:8].tolist() == [0] * 4 != taken.tolist()
    assert not taken.flags.writeable


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda store: store.deposit([]), "`key` must hold at least one bit"),
        (lambda store: store.deposit([2]), "`key` must be a one-dimensional array of 0 and 1"),
        (lambda store: store.withdraw(0), "`bits` must be at least 1"),
        (lambda store: KeyId(start=-1, bits=1), "`start` must be at least 0"),
        (lambda store: KeyStore(max_age=-1), "`max_age` must be at least 0"),
    ],
)
def test_bad_input_is_refused(act, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        act(filled(3)[0])
