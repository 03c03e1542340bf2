import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.quantum import misalignment, pauli_measurement, pauli_preparation


@pytest.mark.parametrize("basis", "xyz")
@pytest.mark.parametrize("bit", [0, 1])
def test_what_was_prepared_is_found(basis: str, bit: int) -> None:
    state = pauli_preparation(basis, bit).instrument.tensor[0]
    found = pauli_measurement(basis).instrument.tensor @ state
    assert found == pytest.approx(np.eye(2)[bit])


@pytest.mark.parametrize("error", [0.0, 0.015, 0.5, 1.0])
def test_misalignment_is_the_share_of_errors_in_both_bases(error: float) -> None:
    turned = misalignment(error).instrument.tensor[0]
    assert turned == pytest.approx(np.diag([1.0, 1.0 - 2.0 * error, 1.0, 1.0 - 2.0 * error]))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: pauli_preparation("w", 0), "basis"),
        (lambda: pauli_preparation("z", 2), "bit"),
        (lambda: misalignment(1.5), "error"),
    ],
)
def test_what_cannot_be_is_refused(make, name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        make()
