"""What the ends could compare."""

import numpy as np
import pytest

from qnet.experiment import Observed

GOOD = {"wrong": np.zeros(3, bool), "kinds": np.zeros(3, int), "names": ("z",), "expected": (0.1,)}


def test_its_times_and_kinds_are_those_of_its_bits() -> None:
    assert Observed(**GOOD, at_s=np.arange(3.0)).key_bases == {"z": 1.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": np.zeros(2, int)},
        {"at_s": np.zeros(4)},
        {"expected": (0.1, 0.2)},
        {"expected": (1.5,)},
        {"per_bit": 0},
        {"key_bits": -1},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Observed(**GOOD | wrong)
