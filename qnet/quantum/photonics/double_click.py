"""Double-click heralding: two memories, one photon each, and a click in each of two time bins.

Barrett and Kok, PRA 71, 060310 (2005). Each memory is prepared in ``(|0>|late> + |1>|early>) / sqrt 2``: the level
|1> emits, the levels are exchanged, and what is |1> now emits again. The two photons meet on a balanced beam splitter;
one click in the early bin and one in the late tell that the memories differ, but not which is which.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qnet.fields import Probability, check
from qnet.quantum.operations import Operation
from qnet.quantum.photonics.arms import (
    IDEAL,
    LIGHT,
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

__all__ = ["double_click", "double_click_operation"]


@lru_cache(maxsize=1024)
def double_click(
    *,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
    double_excitation_probability: float = 0.0,
    number_resolving: bool = False,
) -> Herald:
    """Compute what one double-click attempt gives, from the circuit of `double_click_operation`.

    Args:
        efficiency_a, efficiency_b: probability that the photon of a memory is emitted, collected, passes the fibre and
            makes a detector click.
        visibility: ``V = |<psi_A|psi_B>|**2`` of the two photons (Hong-Ou-Mandel).
        dark_count_probability: of one detector in one time bin.
        double_excitation_probability: that a memory which emits does so twice. The second photon is lost and has told
            in which bin the memory emitted, a phase flip with half that probability (Coopmans et al., Commun. Phys. 4,
            164, 2021, arXiv 2010.12535); one a memory, since it emits in one of the bins only.
        number_resolving: whether the detectors tell one photon from more.

    Returns:
        The probability that exactly one detector clicks in each bin, and the states: the same detector twice heralds
        Psi+ (label 2), different ones Psi- (label 3).

    >>> herald = double_click(efficiency_a=0.3, efficiency_b=0.3, visibility=0.9, dark_count_probability=0.0)
    >>> round(herald.success_probability, 12), round(herald.fidelity, 12)
    (0.045, 0.95)
    """
    operation = double_click_operation(
        efficiency_a=efficiency_a,
        efficiency_b=efficiency_b,
        visibility=visibility,
        dark_count_probability=dark_count_probability,
        double_excitation_probability=double_excitation_probability,
        number_resolving=number_resolving,
    )
    # the record is early + 3 late, a digit being 0 (no single click), 1 or 2 (which detector)
    readings = operation.instrument.tensor.reshape(3, 3, 4, 4)
    return Herald.of(
        (PSI_PLUS, readings[1, 1] + readings[2, 2]),
        (PSI_MINUS, readings[1, 2] + readings[2, 1]),
    )


def double_click_operation(
    *,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
    double_excitation_probability: float = 0.0,
    number_resolving: bool = False,
) -> Operation:
    """Build the circuit of one attempt; arguments as in `double_click`.

    No inputs; the outputs are the two memories. The record has two digits, the readings of the station (see
    `modes.station`) in the early bin, which is the least significant, and in the late one.
    """
    for name, value in (
        ("efficiency_a", efficiency_a),
        ("efficiency_b", efficiency_b),
        ("visibility", visibility),
        ("dark_count_probability", dark_count_probability),
        ("double_excitation_probability", double_excitation_probability),
    ):
        check(name, value, Probability)
    bins = tuple(
        detectors(dark_count_probability, number_resolving=number_resolving, first_bit=first_bit)
        for first_bit in (0, len(LIGHT))
    )
    circuit = _circuit(efficiency_a, efficiency_b, visibility, double_excitation_probability)
    return Operation(circuit, outputs=(MEMORY_A, MEMORY_B), noise=IDEAL, assignments=bins)


def _circuit(efficiency_a: float, efficiency_b: float, visibility: float, double_excitation: float) -> Any:
    circuit = register("double_click", bins=2)
    circuit.h([MEMORY_A, MEMORY_B])
    for memory in (MEMORY_A, MEMORY_B) if double_excitation else ():
        circuit.append(phase_flip(double_excitation / 2.0), [memory])
    for first_bit in (0, len(LIGHT)):
        if first_bit:
            circuit.reset(LIGHT)
        emit(circuit, efficiency_a, efficiency_b)
        meet(circuit, visibility, first_bit=first_bit)
        circuit.x([MEMORY_A, MEMORY_B])  # after the late bin this restores the levels
    return circuit
