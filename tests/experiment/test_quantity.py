import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.experiment import Quantity


@pytest.mark.parametrize(
    "ends", [(math.nan, 0, 1), (0.5, math.nan, 1), (math.inf, 0, math.inf), (2, 0, 1), (0, 0.1, 1)]
)
def test_refuses_what_is_no_value_in_an_interval(ends):
    with pytest.raises(InvalidArgument, match="Argument `"):
        Quantity(*ends)


@settings(max_examples=50)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False), min_size=3, max_size=3).map(
        sorted
    )
)
def test_survives_json(ends):
    quantity = Quantity(ends[1], ends[0], ends[2])
    assert Quantity.from_json(json.loads(json.dumps(quantity.to_json(), allow_nan=False))) == quantity
    assert str(quantity)
    assert f"{quantity:±}"


def test_an_unbounded_end_is_null_in_json():
    quantity = Quantity(1.0, 0.5, math.inf)
    assert quantity.to_json() == {"value": 1.0, "low": 0.5, "high": None}
    assert Quantity.from_json(quantity.to_json()) == quantity


@pytest.mark.parametrize(
    ("quantity", "compact"),
    [
        (Quantity(0.9231, 0.9213, 0.9249), "0.923 ± 0.002"),
        (Quantity(123456, 123000, 124000), "123500 ± 500"),
        (Quantity(2e6, 1.99e6, 2.01e6), "(2.00 ± 0.01)e+06"),
        (Quantity(1.2e-7, 1e-7, 1.4e-7), "(1.2 ± 0.2)e-07"),
        (Quantity(920, 740, 1100), "920 ± 180"),
        (Quantity(64, 32, math.inf), "64 (> 32)"),
        (Quantity(5, 5, 7), "5.0 [5.0, 7.0]"),
        (Quantity(8.7, 0, 20.6), "9 [0, 21]"),  # never 9 ± 10
        (Quantity(2.5, 0.8, 7.1), "2.5 [0.8, 7.1]"),
        (Quantity(0.12, 0.05, 0.5), "0.12 [0.05, 0.50]"),
        (Quantity(30, 0, 500), "30 [0, 500]"),
        (Quantity(0.9999, 0.9998, 1.0), "0.9999 [0.9998, 1.0000]"),
    ],
)
def test_compact_form_rounds_where_the_uncertainty_begins(quantity, compact):
    assert f"{quantity:±}" == compact


def test_a_narrow_interval_is_printed_with_the_digits_it_needs():
    assert str(Quantity(0.92345, 0.92335, 0.92355)) == "0.92345 [0.92335, 0.92355]"


def test_a_decreasing_map_exchanges_the_ends():
    assert Quantity(2.0, 1.0, 4.0).mapped(lambda x: 1 / x) == Quantity(0.5, 0.25, 1.0)
