import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.hardware import Fibre

CASES = [
    case
    for case in json.loads((Path(__file__).parents[1] / "analytic" / "reference.json").read_text())
    if case["id"].startswith("B-fibre")
]
lengths = st.floats(0, 500)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reference_cases(case):
    given = {name: quantity["value"] for name, quantity in case["inputs"].items()}
    expected = case["expected"]
    fibre = Fibre(
        loss_db_per_km=given["attenuation"],
        group_velocity_km_s=given["c_fibre"],
        connector_loss_db=given["connector_loss"],
    )
    assert fibre.transmission(given["L"]) == pytest.approx(expected["eta_total"], abs=1e-9)
    assert fibre.transmission(given["L"] / 2) == pytest.approx(expected["eta_half"], abs=1e-9)
    assert fibre.attenuation_length_km == pytest.approx(expected["attenuation_length"]["value"], abs=1e-9)
    assert fibre.delay_s(given["L"]) == pytest.approx(expected["attempt_time_midpoint"]["value"], abs=1e-9)


def test_connectors_cost_the_same_at_any_length():
    bare, joined = Fibre(), Fibre(connector_loss_db=3.0)
    for length_km in (0.0, 80.0):
        assert joined.transmission(length_km) / bare.transmission(length_km) == pytest.approx(10**-0.3)


def test_a_lossless_fibre_has_no_attenuation_length():
    assert math.isinf(Fibre(loss_db_per_km=0).attenuation_length_km)


@given(lengths, lengths)
def test_transmission_of_two_pieces_is_the_product(a, b):
    fibre = Fibre(loss_db_per_km=0.25)
    assert fibre.transmission(a + b) == pytest.approx(fibre.transmission(a) * fibre.transmission(b), rel=1e-9)


@pytest.mark.parametrize("length_km", [-1, math.nan, math.inf, "10"])
@pytest.mark.parametrize("method", ["transmission", "delay_s"])
def test_lengths_are_checked(method, length_km):
    with pytest.raises(InvalidArgument, match="`length_km` must be"):
        getattr(Fibre(), method)(length_km)
