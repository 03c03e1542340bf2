import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import decoy_key_per_pulse, vacuum_weak_bounds


def observed(mu: float, nu: float, yields: list[float], errors: list[float]) -> dict[str, float]:
    """What a channel with these yields and errors per photon number (0, 1, 2, ...) shows."""

    def mean(intensity: float, values: list[float]) -> float:
        poisson = [math.exp(-intensity) * intensity**n / math.factorial(n) for n in range(len(values))]
        return sum(weight * value for weight, value in zip(poisson, values, strict=True))

    wrong = [y * e for y, e in zip(yields, errors, strict=True)]
    return {
        "signal_intensity": mu,
        "weak_intensity": nu,
        "signal_gain": mean(mu, yields),
        "weak_gain": mean(nu, yields),
        "weak_error_rate": mean(nu, wrong) / mean(nu, yields),
        "vacuum_gain": yields[0],
    }


@given(
    nu=st.floats(0.02, 0.2),
    yields=st.lists(st.floats(0.01, 1), min_size=2, max_size=6),
    error=st.floats(0, 0.5),
)
def test_no_channel_escapes_the_bounds(nu: float, yields: list[float], error: float) -> None:
    errors = [0.5] + [error] * (len(yields) - 1)
    bounds = vacuum_weak_bounds(**observed(0.5, nu, yields, errors))
    assert bounds.yield_lower <= yields[1] + 1e-9
    assert bounds.error_upper >= min(error, 0.5) - 1e-9


def test_bounds_are_exact_if_no_pulse_of_two_photons_clicks() -> None:
    bounds = vacuum_weak_bounds(**observed(0.5, 0.1, [1e-6, 0.02], [0.5, 0.03]))
    assert (bounds.yield_lower, bounds.error_upper) == pytest.approx((0.02, 0.03))


def test_too_much_light_from_many_photons_proves_nothing() -> None:
    bounds = vacuum_weak_bounds(**observed(0.5, 0.1, [0.0, 0.0, 1.0], [0.5, 0.0, 0.0]))
    assert (bounds.yield_lower, bounds.error_upper) == (0.0, 0.5)


def test_the_weak_decoy_is_weaker_than_the_signal() -> None:
    with pytest.raises(InvalidArgument, match="signal_intensity"):
        vacuum_weak_bounds(**observed(0.1, 0.1, [0.0, 0.1], [0.5, 0.0]))


def test_a_gain_above_one_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="weak_gain"):
        vacuum_weak_bounds(**observed(0.5, 0.1, [0.0, 0.1], [0.5, 0.0]) | {"weak_gain": 1.2})


def test_key_per_pulse_is_negative_without_single_photons() -> None:
    seen = {"signal_intensity": 0.5, "signal_gain": 0.01, "signal_error_rate": 0.02}
    assert decoy_key_per_pulse(**seen, single_photon_yield=0.0, single_photon_error=0.5) < 0


def test_sifting_scales_the_key() -> None:
    seen = {"signal_intensity": 0.5, "signal_gain": 0.01, "signal_error_rate": 0.02}
    single = {"single_photon_yield": 0.02, "single_photon_error": 0.02}
    assert decoy_key_per_pulse(**seen, **single, sifting=0.5) == decoy_key_per_pulse(**seen, **single) / 2


def test_arrays_are_worked_elementwise() -> None:
    channels = [observed(0.5, 0.1, [1e-6, 0.02, many], [0.5, 0.03, 0.03]) for many in (0.0, 0.04, 1.0)]
    one_by_one = [vacuum_weak_bounds(**channel) for channel in channels]
    columns = {name: np.array([channel[name] for channel in channels]) for name in channels[0] if "gain" in name}
    intensities = {"signal_intensity": 0.5, "weak_intensity": 0.1}
    errors = np.array([channel["weak_error_rate"] for channel in channels])
    together = vacuum_weak_bounds(**intensities, **columns, weak_error_rate=errors)
    assert together.yield_lower.tolist() == pytest.approx([bounds.yield_lower for bounds in one_by_one])
    assert together.error_upper.tolist() == pytest.approx([bounds.error_upper for bounds in one_by_one])
