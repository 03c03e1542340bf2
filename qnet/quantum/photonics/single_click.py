"""Single-click heralding: two memories, each a little bright, and one click in all.

Cabrillo et al., PRA 59, 1025 (1999), arXiv quant-ph/9810013; Bose et al., PRL 83, 5158 (1999), arXiv quant-ph/9908004.
Each memory is prepared in ``sqrt(1 - alpha) |0> + sqrt(alpha) |1>``, and |1> emits. One click at the station says that
one memory has emitted, but not which; that both have, and one photon was lost, is the error that alpha pays for rate.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from qnet.fields import NonNegative, Probability, check
from qnet.quantum.operations import Operation
from qnet.quantum.photonics.arms import (
    ARM_A,
    IDEAL,
    MEMORY_A,
    MEMORY_B,
    PSI_MINUS,
    PSI_PLUS,
    detectors,
    emit,
    meet,
    register,
)
from qnet.quantum.photonics.herald import Herald
from qnet.quantum.photonics.modes import phase_flip

__all__ = ["single_click", "single_click_operation"]


@lru_cache(maxsize=1024)
def single_click(
    *,
    alpha_a: float,
    alpha_b: float,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
    phase_sigma_rad: float = 0.0,
    double_excitation_probability: float = 0.0,
    number_resolving: bool = False,
) -> Herald:
    """Compute what one single-click attempt gives, from the circuit of `single_click_operation`.

    Args:
        alpha_a, alpha_b: population of the bright level |1> in which a memory is prepared.
        efficiency_a, efficiency_b: probability that the photon of a bright memory is emitted, collected, passes the
            fibre and makes a detector click.
        visibility: ``V = |<psi_A|psi_B>|**2`` of the two photons (Hong-Ou-Mandel); coherence goes with its root.
        dark_count_probability: of one detector in the window of one attempt.
        phase_sigma_rad: standard deviation of the phase between the arms, in radians, normally distributed: coherence
            falls to ``exp(-sigma**2 / 2)``.
        double_excitation_probability: that a bright memory emits twice. The second photon is lost and has told that
            the memory is bright, a phase flip with half that probability (Coopmans et al., Commun. Phys. 4, 164, 2021,
            arXiv 2010.12535).
        number_resolving: whether the detectors tell one photon from more.

    Returns:
        The probability that exactly one of the two detectors clicks, and the states: A's detector heralds Psi+
        (label 2), B's Psi- (label 3).

    >>> numbers = {"alpha_a": 0.05, "alpha_b": 0.05, "efficiency_a": 1e-3, "efficiency_b": 1e-3}
    >>> herald = single_click(**numbers, visibility=1.0, dark_count_probability=0.0)
    >>> round(herald.success_probability, 12), round(herald.fidelity, 6)  # about 2 alpha eta and 1 - alpha
    (9.99975e-05, 0.950024)
    """
    operation = single_click_operation(
        alpha_a=alpha_a,
        alpha_b=alpha_b,
        efficiency_a=efficiency_a,
        efficiency_b=efficiency_b,
        visibility=visibility,
        dark_count_probability=dark_count_probability,
        phase_sigma_rad=phase_sigma_rad,
        double_excitation_probability=double_excitation_probability,
        number_resolving=number_resolving,
    )
    _, detector_a, detector_b = operation.instrument.tensor
    return Herald.of((PSI_PLUS, detector_a), (PSI_MINUS, detector_b))


def single_click_operation(
    *,
    alpha_a: float,
    alpha_b: float,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
    phase_sigma_rad: float = 0.0,
    double_excitation_probability: float = 0.0,
    number_resolving: bool = False,
) -> Operation:
    """Build the circuit of one attempt; arguments as in `single_click`.

    No inputs; the outputs are the two memories. The record is the reading of the station: 1 if A's detector clicks
    alone, 2 if B's does, 0 otherwise.
    """
    for name, value in (
        ("alpha_a", alpha_a),
        ("alpha_b", alpha_b),
        ("efficiency_a", efficiency_a),
        ("efficiency_b", efficiency_b),
        ("visibility", visibility),
        ("dark_count_probability", dark_count_probability),
        ("double_excitation_probability", double_excitation_probability),
    ):
        check(name, value, Probability)
    check("phase_sigma_rad", phase_sigma_rad, NonNegative)
    circuit = register("single_click", bins=1)
    _prepare(circuit, alpha_a, alpha_b, double_excitation_probability)
    emit(circuit, efficiency_a, efficiency_b)
    if phase_sigma_rad:
        circuit.append(phase_flip(-math.expm1(-phase_sigma_rad * phase_sigma_rad / 2.0) / 2.0), [ARM_A[0]])
    meet(circuit, visibility)
    reading = detectors(dark_count_probability, number_resolving=number_resolving)
    return Operation(circuit, outputs=(MEMORY_A, MEMORY_B), noise=IDEAL, assignments=(reading,))


def _prepare(circuit: Any, alpha_a: float, alpha_b: float, double_excitation: float) -> None:
    for memory, alpha in ((MEMORY_A, alpha_a), (MEMORY_B, alpha_b)):
        circuit.ry(2.0 * math.asin(math.sqrt(alpha)), memory)
        if double_excitation:
            circuit.append(phase_flip(double_excitation / 2.0), [memory])
