"""Double-click heralding: two memories, one photon each, and a click in each of two time bins.

Barrett and Kok, PRA 71, 060310 (2005). Each memory is prepared in ``(|0>|late> + |1>|early>) / sqrt 2``: the level
|1> emits, the levels are exchanged, and what is |1> now emits again. The two photons meet on a balanced beam splitter;
one click in the early bin and one in the late tell that the memories differ, but not which is which.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from qnet.fields import Probability, check
from qnet.quantum.noise import Noise
from qnet.quantum.operations import Operation
from qnet.quantum.photonics.herald import Herald, HeraldedState
from qnet.quantum.photonics.modes import beam_splitter, loss, station
from qnet.quantum.states import State

__all__ = ["double_click", "double_click_operation"]

_IDEAL = Noise(ideal=frozenset({"h", "x", "cx", "reset"}))

# eight qubits: the memories; each arm's mode, which may bunch to two photons; the mode that B's photon leaks into
_MEMORY_A, _MEMORY_B = 0, 1
_ARM_A, _ARM_B = (2, 3), (4, 5)
_OTHER_A, _OTHER_B = 6, 7
_LIGHT = (*_ARM_A, *_ARM_B, _OTHER_A, _OTHER_B)

_PSI_PLUS, _PSI_MINUS = 2, 3


@lru_cache(maxsize=1024)
def double_click(
    *,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
    number_resolving: bool = False,
) -> Herald:
    """Compute what one double-click attempt gives, from the circuit of `double_click_operation`.

    Args:
        efficiency_a, efficiency_b: probability that the photon of a memory is emitted, collected, passes the fibre and
            makes a detector click.
        visibility: ``V = |<psi_A|psi_B>|**2`` of the two photons (Hong-Ou-Mandel).
        dark_count_probability: of one detector in one time bin.
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
        number_resolving=number_resolving,
    )
    # the record is early + 3 late, a digit being 0 (no single click), 1 or 2 (which detector)
    readings = operation.instrument.tensor.reshape(3, 3, 4, 4)
    heralded = {_PSI_PLUS: readings[1, 1] + readings[2, 2], _PSI_MINUS: readings[1, 2] + readings[2, 1]}
    success = float(sum(tensor[0, 0] for tensor in heralded.values()))
    outcomes = tuple(
        HeraldedState(probability=float(tensor[0, 0]) / success, state=State(tensor / tensor[0, 0]), label=label)
        for label, tensor in heralded.items()
        if tensor[0, 0] > 0.0
    )
    return Herald(success_probability=success, outcomes=outcomes)


def double_click_operation(
    *,
    efficiency_a: float,
    efficiency_b: float,
    visibility: float,
    dark_count_probability: float,
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
    ):
        check(name, value, Probability)
    bins = tuple(
        station(
            (((b, b + 1), (b + 4,)), ((b + 2, b + 3), (b + 5,))),
            dark_count_probability,
            number_resolving=number_resolving,
        )
        for b in (0, len(_LIGHT))
    )
    circuit = _circuit(efficiency_a, efficiency_b, visibility)
    return Operation(circuit, outputs=(_MEMORY_A, _MEMORY_B), noise=_IDEAL, assignments=bins)


def _circuit(efficiency_a: float, efficiency_b: float, visibility: float) -> Any:
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2 + len(_LIGHT), 2 * len(_LIGHT), name="double_click")
    circuit.h([_MEMORY_A, _MEMORY_B])
    for first_bit in (0, len(_LIGHT)):
        if first_bit:
            circuit.reset(_LIGHT)
        for memory, arm, efficiency in ((_MEMORY_A, _ARM_A, efficiency_a), (_MEMORY_B, _ARM_B, efficiency_b)):
            circuit.cx(memory, arm[0])
            circuit.append(loss(efficiency), [arm[0]])
        circuit.append(beam_splitter(visibility), [_ARM_B[0], _OTHER_B])  # what A's photon cannot interfere with
        circuit.append(beam_splitter(0.5, qubits=2), [*_ARM_A, *_ARM_B])
        circuit.append(beam_splitter(0.5), [_OTHER_A, _OTHER_B])
        circuit.measure(_LIGHT, range(first_bit, first_bit + len(_LIGHT)))
        circuit.x([_MEMORY_A, _MEMORY_B])  # after the late bin this restores the levels
    return circuit
