import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument, UnitWarning
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


def test_splices_cost_what_lies_between_them():
    spliced = Fibre(loss_db_per_km=0.2, splice_loss_db=0.1, splice_spacing_km=2)
    assert spliced.transmission(40) == pytest.approx(10 ** -(0.8 + 0.2))
    assert spliced.attenuation_length_km == pytest.approx(Fibre(loss_db_per_km=0.25).attenuation_length_km)
    with pytest.raises(InvalidArgument, match="`splice_spacing_km` must be finite where there are splices"):
        Fibre(splice_loss_db=0.1)


def test_polarisation_wanders_as_a_particle_on_the_sphere():
    """A walk of small turns about random axes: its mean Stokes vector shrinks as exp(-D^2 L)."""
    fibre, steps, length_km = Fibre(polarisation_drift_rad_per_sqrt_km=0.3), 400, 10.0
    points = np.tile([0.0, 0.0, 1.0], (4000, 1))
    turns = np.random.default_rng(7).normal(0.0, 0.3 * math.sqrt(length_km / steps), (steps, 4000, 3))
    for turn in turns:
        points += np.cross(turn, points)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert fibre.polarisation_error(length_km) == pytest.approx((1 - points[:, 2].mean()) / 2, abs=0.02)
    assert fibre.polarisation_error(1e4) == pytest.approx(0.5)


def test_a_fibre_in_the_wrong_unit_is_flagged():
    with pytest.warns(UnitWarning, match=r"`loss_db_per_km` is usually .*, but is 200: 0\.2 dB/m would be 200 dB/km"):
        Fibre(loss_db_per_km=200)
    with pytest.warns(UnitWarning, match="`loss_db_per_km`"):
        Fibre(loss_db_per_km=2e-4)
    with pytest.warns(UnitWarning, match="`group_velocity_km_s` is usually"):
        Fibre(group_velocity_km_s=200)
    with pytest.warns(UnitWarning, match="`length_km` is usually"):
        Fibre().delay_s(80_000)


def test_nothing_is_faster_than_light():
    with pytest.raises(InvalidArgument, match="`group_velocity_km_s` must be in km/s and at most the speed of light"):
        Fibre(group_velocity_km_s=2e8)
