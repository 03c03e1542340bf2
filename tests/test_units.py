import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.units import ATTENUATION_TO_DB_PER_KM, transmission

DECIBELS = st.floats(0.0, 300.0)


@given(DECIBELS)
def test_decibels_go_there_and_back(loss_db):
    assert -10 * math.log10(transmission(loss_db)) == pytest.approx(loss_db, abs=1e-9)


@given(DECIBELS, DECIBELS)
def test_losses_in_a_row_add(first_db, second_db):
    assert transmission(first_db + second_db) == pytest.approx(transmission(first_db) * transmission(second_db))


@given(st.floats(1.0, 100.0), st.floats(0.0, 500.0))
def test_an_attenuation_length_is_the_same_loss(attenuation_km, length_km):
    loss_db = ATTENUATION_TO_DB_PER_KM / attenuation_km * length_km
    assert transmission(loss_db) == pytest.approx(math.exp(-length_km / attenuation_km))
