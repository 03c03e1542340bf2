import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.bounds import AfterpulsingReceiver, LinearReceiver
from qnet.errors import InvalidArgument

receivers = st.builds(
    AfterpulsingReceiver,
    transmission=st.floats(0, 1),
    dark_count_probability=st.floats(0, 0.01),
    misalignment=st.floats(0, 0.5),
    afterpulse_probability=st.floats(0, 0.1),
)


@given(receivers, st.floats(0, 2))
def test_pulses_are_poissonian_in_photons(receiver: AfterpulsingReceiver, intensity: float) -> None:
    shares = [math.exp(-intensity) * intensity**n / math.factorial(n) for n in range(40)]
    clicks = [share * receiver.photon_yield(n) for n, share in enumerate(shares)]
    wrong = [seen * receiver.photon_error(n) for n, seen in enumerate(clicks)]
    assert math.fsum(clicks) == pytest.approx(receiver.gain(intensity), abs=1e-12)
    assert math.fsum(wrong) == pytest.approx(receiver.error_rate(intensity) * receiver.gain(intensity), abs=1e-12)


def test_without_afterpulses_it_is_nearly_the_linear_receiver() -> None:
    plain = {"transmission": 0.01, "misalignment": 0.02}
    receiver = AfterpulsingReceiver(**plain, dark_count_probability=1e-6, afterpulse_probability=0.0)
    linear = LinearReceiver(**plain, background_yield=2e-6)
    assert receiver.gain(0.5) == pytest.approx(linear.gain(0.5), rel=1e-5)
    assert receiver.error_rate(0.5) == pytest.approx(linear.error_rate(0.5), rel=1e-5)


def test_an_afterpulse_is_a_click_that_knows_nothing() -> None:
    plain = {"transmission": 0.01, "dark_count_probability": 0.0, "misalignment": 0.0}
    receiver = AfterpulsingReceiver(**plain, afterpulse_probability=0.04)
    assert receiver.error_rate(0.5) == pytest.approx(0.02 / 1.04)
    assert AfterpulsingReceiver(**plain, afterpulse_probability=0.0).error_rate(0.0) == 0.5


def test_more_than_a_probability_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="afterpulse_probability"):
        AfterpulsingReceiver(transmission=0.1, dark_count_probability=0, misalignment=0, afterpulse_probability=1.1)
