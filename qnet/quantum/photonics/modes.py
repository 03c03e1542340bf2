"""Modes of light as qubits: registers that count photons, and what acts on them.

A register of k qubits holds up to ``2**k - 1`` photons of one mode, its first qubit being the low bit. Matrices here
have Qiskit's order, the first register and the low bit varying fastest, as `UnitaryGate` and `Kraus` expect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qnet.fields import Probability, check
from qnet.quantum.operations import Assignment

__all__ = ["beam_splitter", "detector", "loss"]


def beam_splitter(transmission: float, qubits: int = 1) -> Any:
    """Give the gate that mixes two modes, each a register of `qubits` qubits.

    With t**2 the transmission and r**2 = 1 - t**2, creation operators go as ``a -> t a + r b`` and ``b -> t b - r a``
    (Campos, Saleh, Teich, PRA 40, 1371, 1989). Exact for every total number of photons that one register can hold;
    the identity above, so that the gate is unitary.

    >>> beam_splitter(0.5, qubits=2).num_qubits
    4
    """
    from qiskit.circuit.library import UnitaryGate

    check("transmission", transmission, Probability)
    size = 2**qubits
    t, r = math.sqrt(transmission), math.sqrt(1.0 - transmission)
    unitary = np.eye(size**2)
    for total in range(size):
        sector = [a + size * (total - a) for a in range(total + 1)]
        for a, column in enumerate(sector):
            # the coefficient of a**m b**(total - m), m from 0 on, once both operators are replaced
            spread = np.polynomial.Polynomial([r, t]) ** a * np.polynomial.Polynomial([t, -r]) ** (total - a)
            amplitudes = np.zeros(total + 1)
            amplitudes[: len(spread.coef)] = spread.coef
            unitary[sector, column] = [
                amplitude * math.sqrt(math.comb(total, a) / math.comb(total, m))
                for m, amplitude in enumerate(amplitudes)
            ]
    return UnitaryGate(unitary)


def loss(efficiency: float, qubits: int = 1) -> Any:
    """Give the channel in which each photon of a register survives with probability `efficiency`.

    Kraus operator j loses j photons: ``<n - j| K_j |n> = sqrt(C(n, j) eta**(n - j) (1 - eta)**j)`` (Chuang, Leung,
    Yamamoto, PRA 56, 1114, 1997); for one qubit it is amplitude damping.

    >>> loss(0.3).name
    'kraus'
    """
    from qiskit.quantum_info import Kraus

    check("efficiency", efficiency, Probability)
    size = 2**qubits
    operators = np.zeros((size, size, size))
    for n in range(size):
        for j in range(n + 1):
            survival = efficiency ** (n - j) * (1.0 - efficiency) ** j
            operators[j, n - j, n] = math.sqrt(math.comb(n, j) * survival)
    return Kraus(list(operators)).to_instruction()


def detector(
    registers: Sequence[Sequence[int]], dark_count_probability: float, *, number_resolving: bool = False
) -> Assignment:
    """Give the reading of a detector on the modes of one port: the digit recorded is 0 for silence, 1 for a click.

    Args:
        registers: for each mode of the port the classical bits of its register, low bit first; their photons add up.
        dark_count_probability: of one count without light, in the window of one reading. Losses come before: a photon
            that is still here is seen.
        number_resolving: count photons and dark counts together, and record 2 for more than one. Otherwise a click is
            all that is seen of any number of them.
    """
    check("dark_count_probability", dark_count_probability, Probability)
    dark, light = dark_count_probability, 1.0 - dark_count_probability
    weights = tuple((bit, 2**place) for register in registers for place, bit in enumerate(register))
    most = sum(weight for _, weight in weights)
    if not number_resolving:
        return Assignment(weights, ((light, *[0.0] * most), (dark, *[1.0] * most)))
    many = most - 1
    rows = ((light, 0.0, *[0.0] * many), (dark, light, *[0.0] * many), (0.0, dark, *[1.0] * many))
    return Assignment(weights, rows)
