"""Double-click heralding in Fock space, with creation operators acting on occupation numbers.

Each memory starts as (|0>|late> + |1>|early>)/sqrt2 (Barrett and Kok, PRA 71, 060310, 2005). Per time bin there are
six modes: two detectors with two spectral modes each, and the loss of either arm. The photons of A and B overlap by
sqrt(V) in their spectral mode, so that |<psi_A|psi_B>|^2 = V.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np

from .registers import Matrix

Occupation = tuple[int, ...]
"""Photons per mode of one time bin: detector 0 (spectral 0, 1), detector 1 (spectral 0, 1), loss of A, loss of B."""
BothBins = tuple[Occupation, Occupation]
Pattern = tuple[int, int]
"""(detector that clicked early, detector that clicked late)."""
MODES = 6


def double_click(
    eta_a: float, eta_b: float, visibility: float, dark: float, number_resolving: bool = False
) -> dict[Pattern, Matrix]:
    """Unnormalised states of the two memories, by accepted pattern: exactly one click in each time bin.

    The trace is the pattern's probability. One detector in both bins heralds Psi+, two different ones Psi-.
    """
    states = memories_by_occupation(eta_a, eta_b, visibility)
    heralded = {}
    for early, late in product((0, 1), repeat=2):
        rho = np.zeros((4, 4), dtype=complex)
        for (in_early, in_late), vector in states.items():
            weight = one_click(in_early, early, dark, number_resolving)
            weight *= one_click(in_late, late, dark, number_resolving)
            rho += weight * np.outer(vector, vector.conj())  # what clicks is diagonal in the occupations
        heralded[early, late] = rho
    return heralded


def memories_by_occupation(eta_a: float, eta_b: float, visibility: float) -> dict[BothBins, Matrix]:
    """The joint state: for each occupation of the early and the late modes, amplitudes of the memories |ab>."""
    photon_a, photon_b = photons(eta_a, eta_b, visibility)
    states: dict[BothBins, Matrix] = defaultdict(lambda: np.zeros(4, dtype=complex))
    vacuum = {(0,) * MODES: 1.0}
    for a, b in product((0, 1), repeat=2):
        bins = [vacuum, vacuum]  # early, late
        for bit, photon in ((a, photon_a), (b, photon_b)):
            when = 0 if bit == 1 else 1
            bins[when] = create(bins[when], photon)
        for (n_early, c_early), (n_late, c_late) in product(bins[0].items(), bins[1].items()):
            states[n_early, n_late][2 * a + b] += c_early * c_late / 2
    return states


def photons(eta_a: float, eta_b: float, visibility: float) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes over the six modes of A's and B's photon, behind loss and the balanced beam splitter."""
    same, other = np.sqrt(visibility), np.sqrt(1 - visibility)
    half_a, half_b = np.sqrt(eta_a / 2), np.sqrt(eta_b / 2)
    photon_a = np.array([half_a, 0, half_a, 0, np.sqrt(1 - eta_a), 0])
    photon_b = np.array([half_b * same, half_b * other, -half_b * same, -half_b * other, 0, np.sqrt(1 - eta_b)])
    return photon_a, photon_b


def create(state: dict[Occupation, float], photon: np.ndarray) -> dict[Occupation, float]:
    """Act with sum_k photon[k] a_k^dagger, where a^dagger |n> = sqrt(n + 1) |n + 1>."""
    result: dict[Occupation, float] = defaultdict(float)
    for occupation, amplitude in state.items():
        for mode, part in enumerate(photon):
            more = (*occupation[:mode], occupation[mode] + 1, *occupation[mode + 1 :])
            result[more] += amplitude * part * np.sqrt(more[mode])
    return result


def one_click(occupation: Occupation, detector: int, dark: float, number_resolving: bool) -> float:
    """The probability that `detector` reports one click and the other none."""
    reached = (occupation[0] + occupation[1], occupation[2] + occupation[3])
    n, n_other = reached[detector], reached[1 - detector]
    silent = (1 - dark) if n_other == 0 else 0.0
    if n == 0:
        return dark * silent
    if number_resolving:
        return (1 - dark) * silent if n == 1 else 0.0
    return silent  # a threshold detector clicks, dark count or not
