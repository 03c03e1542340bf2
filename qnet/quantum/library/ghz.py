"""Pairs that meet at a node become a GHZ state of their far ends. The frame is a record: the far ends correct it."""

from __future__ import annotations

from qnet.errors import InvalidArgument
from qnet.quantum.limits import MAX_INPUTS
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.operations import Operation

__all__ = ["ghz_fusion", "ghz_projection"]


def ghz_fusion(pairs: int, noise: Noise = NOISELESS) -> Operation:
    """Fuse the node's halves of `pairs` (2 to 4) Phi+ pairs: the node and all far ends share a GHZ state.

    One output, the node's own qubit. CNOTs from the first half to the others, which are measured: bit k - 1 of the
    record says that the far end of pair k (from 1 on) is turned by X. It fuses GHZ states in the same way.

    Source: Komar et al., Nat. Phys. 10, 582 (2014), arXiv:1310.6045; de Bone, Ouyang, Goodenough and Elkouss
    (2020), arXiv:2010.12259.
    """
    from qiskit import QuantumCircuit

    _check_pairs(pairs)
    circuit = QuantumCircuit(pairs, pairs - 1, name="ghz_fusion")
    for other in range(1, pairs):
        circuit.cx(0, other)
    circuit.measure(range(1, pairs), range(pairs - 1))
    return Operation(circuit, inputs=tuple(range(pairs)), outputs=(0,), noise=noise)


def ghz_projection(pairs: int, noise: Noise = NOISELESS) -> Operation:
    """Measure the node's halves of `pairs` (2 to 4) Phi+ pairs in the GHZ basis: the far ends share a GHZ state.

    No output. CNOTs from the first half to the others, h on the first, all measured: bit 0 of the record says that
    any one far end is turned by Z, bit k that the far end of pair k is turned by X. With two pairs it is the Bell
    measurement.

    Source: Bose, Vedral and Knight, PRA 57, 822 (1998), arXiv:quant-ph/9708004.
    """
    from qiskit import QuantumCircuit

    _check_pairs(pairs)
    circuit = QuantumCircuit(pairs, pairs, name="ghz_projection")
    for other in range(1, pairs):
        circuit.cx(0, other)
    circuit.h(0)
    circuit.measure(range(pairs), range(pairs))
    return Operation(circuit, inputs=tuple(range(pairs)), noise=noise)


def _check_pairs(pairs: int) -> None:
    if pairs not in range(2, MAX_INPUTS + 1):
        raise InvalidArgument.of("pairs", f"be 2 to {MAX_INPUTS}", pairs)
