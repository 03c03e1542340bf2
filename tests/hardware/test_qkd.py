from dataclasses import replace

import pytest

from qnet.errors import InvalidArgument
from qnet.hardware import qkd_hardware

GYS = qkd_hardware("gys-2004")


@pytest.mark.parametrize("d", [0.0, 1e-9, 0.05, 0.1])
def test_background_is_a_click_in_either_of_two_detectors(d):
    assert replace(GYS, dark_count_probability=d).y0 == pytest.approx(1 - (1 - d) ** 2, abs=1e-15)


def test_a_small_background_keeps_its_digits():
    assert replace(GYS, dark_count_probability=1e-18).y0 == pytest.approx(2e-18, rel=1e-12)


def test_error_correction_cannot_beat_shannon():
    with pytest.raises(InvalidArgument, match=r"`error_correction_efficiency` must be at least 1, but is 0\.9"):
        replace(GYS, error_correction_efficiency=0.9)


def test_epoch_is_one_of_two():
    with pytest.raises(InvalidArgument, match="`epoch` must be one of today, projected, but is 'soon'"):
        replace(GYS, epoch="soon")
