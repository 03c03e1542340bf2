import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.bounds import (
    LinearReceiver,
    Receiver,
    ThresholdReceiver,
    gllp_key_per_pulse,
    infinite_decoy_key_per_pulse,
    vacuum_weak_key_per_pulse,
)
from qnet.errors import InvalidArgument

MODELS = [
    ThresholdReceiver(transmission=0.6, dark_count_probability=1e-3, misalignment=0.03),
    ThresholdReceiver(transmission=1.0, dark_count_probability=0.0, misalignment=0.0),
    LinearReceiver(transmission=0.3, background_yield=1e-3, misalignment=0.03),
]
GOOD = LinearReceiver(transmission=0.05, background_yield=1e-6, misalignment=0.01)


@pytest.mark.parametrize("model", MODELS)
def test_a_poisson_mixture_of_photon_numbers_is_a_pulse(model: Receiver) -> None:
    mu = 0.7
    weights = [math.exp(-mu) * mu**n / math.factorial(n) for n in range(40)]
    clicks = sum(w * model.photon_yield(n) for n, w in enumerate(weights))
    errors = sum(w * model.photon_yield(n) * model.photon_error(n) for n, w in enumerate(weights))
    assert model.gain(mu) == pytest.approx(clicks, rel=1e-12)
    assert model.error_rate(mu) * model.gain(mu) == pytest.approx(errors, rel=1e-12, abs=1e-15)


@given(st.floats(0, 1), st.floats(0, 0.9), st.floats(0, 1), st.floats(0, 3))
def test_rates_are_probabilities(eta: float, dark: float, misalignment: float, mu: float) -> None:
    model = ThresholdReceiver(transmission=eta, dark_count_probability=dark, misalignment=misalignment)
    assert 0 <= model.gain(mu) <= 1
    assert -1e-12 <= model.error_rate(mu) <= 1 + 1e-12


def test_two_photons_at_two_perfect_detectors() -> None:
    model = ThresholdReceiver(transmission=1.0, dark_count_probability=0.0, misalignment=0.5)
    assert (model.photon_yield(2), model.photon_error(2)) == (1.0, 0.5)
    aligned = ThresholdReceiver(transmission=1.0, dark_count_probability=0.0, misalignment=1.0)
    assert aligned.photon_error(2) == 1.0


def test_darkness_tells_nothing() -> None:
    for model in (
        ThresholdReceiver(transmission=0.5, dark_count_probability=0.0, misalignment=0.0),
        LinearReceiver(transmission=0.5, background_yield=0.0, misalignment=0.0),
    ):
        assert (model.gain(0.0), model.error_rate(0.0)) == (0.0, 0.5)


def test_the_linear_model_is_the_limit_of_faint_light() -> None:
    exact = ThresholdReceiver(transmission=1e-3, dark_count_probability=1e-7, misalignment=0.02)
    linear = LinearReceiver(transmission=1e-3, background_yield=2e-7, misalignment=0.02)
    assert linear.error_rate(0.5) == pytest.approx(exact.error_rate(0.5), rel=1e-3)


def test_more_knowledge_more_key() -> None:
    infinite = infinite_decoy_key_per_pulse(GOOD, 0.5)
    assert gllp_key_per_pulse(GOOD, 0.5) < vacuum_weak_key_per_pulse(GOOD, 0.5, 0.1) < infinite


def test_a_weaker_decoy_is_a_tighter_one() -> None:
    keys = [vacuum_weak_key_per_pulse(GOOD, 0.5, nu) for nu in (0.2, 0.1, 0.05, 0.01, 0.001)]
    assert keys == sorted(keys)
    assert keys[-1] == pytest.approx(infinite_decoy_key_per_pulse(GOOD, 0.5), rel=0.01)


def test_the_weak_decoy_is_weaker_than_the_signal() -> None:
    with pytest.raises(InvalidArgument, match="intensity"):
        vacuum_weak_key_per_pulse(GOOD, 0.1, 0.1)


@pytest.mark.parametrize("field", ["transmission", "dark_count_probability", "misalignment"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_parameters_are_probabilities(field: str, value: float) -> None:
    good = {"transmission": 0.5, "dark_count_probability": 0.1, "misalignment": 0.1}
    with pytest.raises(InvalidArgument, match=field):
        ThresholdReceiver(**good | {field: value})
