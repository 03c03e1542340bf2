"""The frame rule for measured pairs, against 4 x 4 matrices made here."""

import math

import numpy as np
import pytest

from qnet.network.pair import Setting, relabel

ONE, X, Z = np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])
Y = 1j * X @ Z
PHI = np.array([1.0, 0.0, 0.0, 1.0]) / math.sqrt(2)
BELL = [np.kron(ONE, frame) @ PHI for frame in (ONE, Z, X, X @ Z)]
"""Phi+, Phi-, Psi+, Psi-: label 2x + z is the frame X^x Z^z at the target."""
SETTINGS = [*range(-180, 361, 15), 22.5, 67.5, 1e-9, "y"]


def projector(setting: Setting, bit: int) -> np.ndarray:
    observable = Y if setting == "y" else math.cos(math.radians(setting)) * Z + math.sin(math.radians(setting)) * X
    return (ONE + (-1) ** bit * observable) / 2


def probability(state: np.ndarray, a: tuple[Setting, int], b: tuple[Setting, int]) -> float:
    return float((state @ np.kron(projector(*a), projector(*b)) @ state).real)


@pytest.mark.parametrize("label", range(4))
def test_a_relabelled_measurement_is_one_of_phi_plus(label: int) -> None:
    for setting in SETTINGS:
        for bit in (0, 1):
            read_as = relabel(setting, bit, label)
            for source in ((0.0, 0), (45.0, 1), (90.0, 0), (130.0, 1), ("y", 1)):
                true = probability(BELL[label], source, (setting, bit))
                assert probability(BELL[0], source, read_as) == pytest.approx(true, abs=1e-12)


@pytest.mark.parametrize("label", range(4))
def test_settings_keep_their_names(label: int) -> None:
    for settings in ((0.0, 90.0), (45.0, 90.0, 135.0)):
        names = {f"{relabel(setting, 0, label)[0]:g}" for setting in settings}
        assert names == {f"{setting:g}" for setting in settings}
    assert all(0 <= relabel(setting, 0, label)[0] < 180 for setting in SETTINGS[:-1])
    assert relabel("y", 0, label)[0] == "y"


@pytest.mark.parametrize("label", range(4))
def test_every_label_reads_as_opposite_bits_in_y(label: int) -> None:
    for bit in (0, 1):
        chances = [probability(BELL[label], ("y", bit), ("y", other)) for other in (0, 1)]
        seen = int(np.argmax(chances))
        assert chances[seen] == pytest.approx(0.5)
        assert relabel("y", seen, label) == ("y", 1 - bit)
