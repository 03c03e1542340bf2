import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.bounds import chain_bits_per_use, plob_bits_per_use, tgw_bits_per_use
from qnet.errors import InvalidArgument


def test_a_perfect_channel_has_no_bound() -> None:
    assert plob_bits_per_use(1.0) == tgw_bits_per_use(1.0) == math.inf


def test_a_faint_channel_keeps_its_digits() -> None:
    assert plob_bits_per_use(1e-18) == pytest.approx(1e-18 / math.log(2), rel=1e-15)
    assert tgw_bits_per_use(1e-18) == pytest.approx(2e-18 / math.log(2), rel=1e-15)


@given(st.floats(0, 0.999))
def test_the_older_bound_is_weaker(eta: float) -> None:
    assert plob_bits_per_use(eta) <= tgw_bits_per_use(eta)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_chain_is_as_good_as_its_weakest_span(spans: list[float]) -> None:
    assert chain_bits_per_use(spans) == plob_bits_per_use(min(spans))


@pytest.mark.parametrize("spans", [[], [0.5, 1.2], [math.nan]])
def test_bad_spans_are_refused(spans: list[float]) -> None:
    with pytest.raises(InvalidArgument, match="transmission"):
        chain_bits_per_use(spans)
