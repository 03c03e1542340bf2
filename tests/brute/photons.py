"""Heralding by one or two clicks in Fock space, with creation operators acting on occupation numbers.

Single click: each memory starts as sqrt(1 - alpha) |0> + sqrt(alpha) |1>|photon> (Cabrillo et al., PRA 59, 1025, 1999).
Double click: as (|0>|late> + |1>|early>)/sqrt2 (Barrett and Kok, PRA 71, 060310, 2005). Per time bin there are six
modes: two detectors with two spectral modes each, and the loss of either arm. The photons of A and B overlap by
sqrt(V) in their spectral mode, so that |<psi_A|psi_B>|^2 = V. With some probability a memory that emits does so twice,
and the second photon is in a mode of its own, where it tells which level the memory was in.

From emitter to absorber: the photon is a qutrit, its third level being that it is no more.
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


def single_click(
    alphas: tuple[float, float],
    efficiencies: tuple[float, float],
    visibility: float,
    dark: float,
    sigma: float = 0.0,
    double_excitation: float = 0.0,
    number_resolving: bool = False,
) -> dict[int, Matrix]:
    """Unnormalised states of the two memories, by the detector that clicked: 0 heralds Psi+, 1 Psi-.

    The phase of A's arm is averaged over by quadrature.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    heralded = {detector: np.zeros((4, 4), dtype=complex) for detector in (0, 1)}
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        states = single_bin(alphas, photons(*efficiencies, visibility, phase=sigma * node))
        for detector, rho in heralded.items():
            for occupation, vector in states.items():
                seen = one_click(occupation, detector, dark, number_resolving)
                rho += weight * seen * told(vector, double_excitation)
    return heralded


def single_bin(alphas: tuple[float, float], emitted: tuple[np.ndarray, np.ndarray]) -> dict[Occupation, Matrix]:
    """The joint state of single click: for each occupation of the modes, amplitudes of the memories |ab>."""
    states: dict[Occupation, Matrix] = defaultdict(lambda: np.zeros(4, dtype=complex))
    for bits in product((0, 1), repeat=2):
        light: dict[Occupation, complex] = {(0,) * MODES: 1.0}
        amplitude = 1.0
        for bit, alpha, photon in zip(bits, alphas, emitted, strict=True):
            amplitude *= np.sqrt(alpha if bit else 1 - alpha)
            light = create(light, photon) if bit else light
        for occupation, part in light.items():
            states[occupation][2 * bits[0] + bits[1]] += amplitude * part
    return states


def told(vector: Matrix, double_excitation: float) -> Matrix:
    """|v><v|, but where a second photon of A, of B or of both has told the level, only what is diagonal in it."""
    rho = np.outer(vector, vector.conj()).reshape(2, 2, 2, 2)
    for diagonal in (np.eye(2)[:, None, :, None], np.eye(2)[None, :, None, :]):
        rho = (1 - double_excitation) * rho + double_excitation * diagonal * rho
    return rho.reshape(4, 4)


def double_click(
    eta_a: float,
    eta_b: float,
    visibility: float,
    dark: float,
    number_resolving: bool = False,
    double_excitation: float = 0.0,
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
            rho += weight * told(vector, double_excitation)  # what clicks is diagonal in the occupations
        heralded[early, late] = rho
    return heralded


def emitter_absorber(
    efficiency: float, latch: float, visibility: float, false_latch: float, double_excitation: float
) -> Matrix:
    """Unnormalised state of the memories where the absorber announces: of A and of the photon that it took in.

    The photon's levels are early, late and none; its two bins keep a share `visibility` of their coherence.
    """
    sent = np.zeros((2, 3), dtype=complex)
    sent[0, 1] = sent[1, 0] = np.sqrt(1 / 2)  # |0>|late> + |1>|early>
    rho = np.multiply.outer(sent, sent)
    bins = np.full((3, 3), visibility) + (1 - visibility) * np.eye(3)
    rho = rho * bins[None, :, None, :]
    rho = (1 - double_excitation) * rho + double_excitation * rho * np.eye(2)[:, None, :, None]
    taken_in = rho[:, 1::-1, :, 1::-1]  # late is stored as |0>, early as |1>
    lost = np.multiply.outer(np.einsum("apbp->ab", rho), np.eye(2) / 2).transpose(0, 2, 1, 3)
    p = efficiency * latch
    return (p * taken_in + (1 - p) * false_latch * lost).reshape(4, 4)


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


def photons(eta_a: float, eta_b: float, visibility: float, phase: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes over the six modes of A's and B's photon, behind loss and the balanced beam splitter.

    A's arm is longer by `phase`, in radians.
    """
    same, other = np.sqrt(visibility), np.sqrt(1 - visibility)
    half_a, half_b = np.sqrt(eta_a / 2), np.sqrt(eta_b / 2)
    photon_a = np.array([half_a, 0, half_a, 0, np.sqrt(1 - eta_a), 0])
    photon_b = np.array([half_b * same, half_b * other, -half_b * same, -half_b * other, 0, np.sqrt(1 - eta_b)])
    return np.exp(1j * phase) * photon_a, photon_b


def create(state: dict[Occupation, complex], photon: np.ndarray) -> dict[Occupation, complex]:
    """Act with sum_k photon[k] a_k^dagger, where a^dagger |n> = sqrt(n + 1) |n + 1>."""
    result: dict[Occupation, complex] = defaultdict(complex)
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
