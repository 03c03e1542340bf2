"""Emitter to absorber: A's memory sends a photon entangled with it, B's takes it in and announces that it has.

The sender-receiver scheme of Jones et al., NJP 18, 083015 (2016), arXiv 1505.01536. No station is between the nodes,
but B's announcement has to travel the whole way back to A.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qnet.fields import Probability, check
from qnet.quantum.operations import Assignment, Operation
from qnet.quantum.photonics.arms import IDEAL, PHI_PLUS
from qnet.quantum.photonics.herald import Herald
from qnet.quantum.photonics.modes import loss, phase_flip

__all__ = ["emitter_absorber", "emitter_absorber_operation"]

_MEMORY_A, _MEMORY_B, _EARLY, _LATE, _LATCH = range(5)


@lru_cache(maxsize=1024)
def emitter_absorber(
    *,
    efficiency: float,
    latch_probability: float,
    visibility: float = 1.0,
    false_latch_probability: float = 0.0,
    double_excitation_probability: float = 0.0,
) -> Herald:
    """Compute what one attempt from emitter to absorber gives, from the circuit of `emitter_absorber_operation`.

    Args:
        efficiency: probability that A's photon is emitted, collected, passes the fibre and enters B's receiver.
        latch_probability: that a photon which has arrived is taken into B's memory and announced: 1/2 for a
            linear-optics Bell measurement, without loss, with a photon of B's own.
        visibility: share of the coherence between the photon's two modes that reaches B's memory: the contrast of the
            absorber's interference, or for a Bell measurement the Hong-Ou-Mandel visibility of the two photons.
        false_latch_probability: that B announces although it has taken in nothing. The memories are then as they are
            without the photon, both fully mixed.
        double_excitation_probability: that A's memory emits twice. The second photon is lost and has told A's state,
            a phase flip with half that probability (Coopmans et al., Commun. Phys. 4, 164, 2021, arXiv 2010.12535).

    Returns:
        The probability that B announces, and the state, of which Phi+ (label 0) is the ideal.

    >>> herald = emitter_absorber(efficiency=0.1, latch_probability=0.5, visibility=0.9)
    >>> round(herald.success_probability, 12), round(herald.fidelity, 12)
    (0.05, 0.95)
    """
    operation = emitter_absorber_operation(
        efficiency=efficiency,
        latch_probability=latch_probability,
        visibility=visibility,
        false_latch_probability=false_latch_probability,
        double_excitation_probability=double_excitation_probability,
    )
    return Herald.of((PHI_PLUS, operation.instrument.tensor[1]))


def emitter_absorber_operation(
    *,
    efficiency: float,
    latch_probability: float,
    visibility: float = 1.0,
    false_latch_probability: float = 0.0,
    double_excitation_probability: float = 0.0,
) -> Operation:
    """Build the circuit of one attempt; arguments as in `emitter_absorber`.

    No inputs; the outputs are the two memories. The record is 1 if B announces, 0 if not.
    """
    for name, value in (
        ("efficiency", efficiency),
        ("latch_probability", latch_probability),
        ("visibility", visibility),
        ("false_latch_probability", false_latch_probability),
        ("double_excitation_probability", double_excitation_probability),
    ):
        check(name, value, Probability)
    circuit = _registers()
    _send(circuit, efficiency, double_excitation_probability)
    if visibility < 1.0:
        circuit.append(phase_flip((1.0 - visibility) / 2.0), [_EARLY])
    _take_in(circuit, latch_probability)
    announced = Assignment(((0, 1),), ((1.0 - false_latch_probability, 0.0), (false_latch_probability, 1.0)))
    return Operation(circuit, outputs=(_MEMORY_A, _MEMORY_B), noise=IDEAL, assignments=(announced,))


def _registers() -> Any:
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    names = ("memory_A", "memory_B", "early", "late", "latch")
    registers = [QuantumRegister(1, name) for name in names]
    return QuantumCircuit(*registers, ClassicalRegister(1, "taken"), name="emitter_absorber")


def _send(circuit: Any, efficiency: float, double_excitation: float) -> None:
    circuit.h(_MEMORY_A)
    if double_excitation:
        circuit.append(phase_flip(double_excitation / 2.0), [_MEMORY_A])
    for time_bin in (_EARLY, _LATE):
        circuit.cx(_MEMORY_A, time_bin)
        circuit.append(loss(efficiency), [time_bin])
        circuit.x(_MEMORY_A)  # after the late bin this restores the levels


def _take_in(circuit: Any, latch_probability: float) -> None:
    circuit.h(_MEMORY_B)
    circuit.append(phase_flip(0.5), [_MEMORY_B])  # before a photon is taken in, B's memory is fully mixed
    for time_bin in (_EARLY, _LATE):
        circuit.append(loss(latch_probability), [time_bin])  # what is not taken in passes without a trace
        circuit.cx(time_bin, _LATCH)
    # early goes to |1>, late to |0>, as they came; of the light nothing is left that could tell which it was
    circuit.cswap(_LATCH, _EARLY, _MEMORY_B)
    circuit.x(_MEMORY_B)
    circuit.ccx(_LATCH, _MEMORY_B, _LATE)
    circuit.x(_MEMORY_B)
    circuit.measure(_LATCH, 0)
