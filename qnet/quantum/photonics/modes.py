"""Modes of light as qubits: registers that count photons, and what acts on them.

A register of k qubits holds up to ``2**k - 1`` photons of one mode, its first qubit being the low bit. Matrices here
have Qiskit's order, the first register and the low bit varying fastest, as `UnitaryGate` and `Kraus` expect.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.fields import Probability, check
from qnet.quantum.operations import Assignment

__all__ = ["beam_splitter", "channel", "loss", "phase_flip", "station"]


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
            # coefficients of a**m b**(total - m), m from 0 on, once both operators are replaced
            spread = reduce(np.convolve, [(r, t)] * a + [(t, -r)] * (total - a), np.ones(1))
            norms = [math.sqrt(math.comb(total, a) / math.comb(total, m)) for m in range(total + 1)]
            unitary[sector, column] = spread * norms
    return UnitaryGate(unitary, label=f"beam splitter {transmission:.3g}")


def loss(efficiency: float, qubits: int = 1) -> Any:
    """Give the channel in which each photon of a register survives with probability `efficiency`.

    Kraus operator j loses j photons: ``<n - j| K_j |n> = sqrt(C(n, j) eta**(n - j) (1 - eta)**j)`` (Chuang, Leung,
    Yamamoto, PRA 56, 1114, 1997); for one qubit it is amplitude damping.

    >>> loss(0.3).name
    'kraus'
    """
    check("efficiency", efficiency, Probability)
    size = 2**qubits
    operators = np.zeros((size, size, size))
    for n in range(size):
        for j in range(n + 1):
            survival = efficiency ** (n - j) * (1.0 - efficiency) ** j
            operators[j, n - j, n] = math.sqrt(math.comb(n, j) * survival)
    return channel(operators, f"loss {1.0 - efficiency:.3g}")


def phase_flip(probability: float) -> Any:
    """Give the channel that applies Z to one qubit with some probability: coherence falls to ``1 - 2 probability``.

    >>> phase_flip(0.5).name
    'kraus'
    """
    check("probability", probability, Probability)
    operators = np.array([math.sqrt(1.0 - probability) * np.eye(2), math.sqrt(probability) * np.diag([1.0, -1.0])])
    return channel(operators, f"phase flip {probability:.3g}")


def channel(operators: Iterable[NDArray[np.float64]], label: str) -> Any:
    """Give the channel of these Kraus operators, by the name that a drawing shows.

    >>> channel([np.eye(2)], "nothing").num_qubits
    1
    """
    from qiskit.quantum_info import Kraus

    instruction = Kraus(list(operators)).to_instruction()
    instruction.label = label
    return instruction


def station(
    ports: tuple[Sequence[Sequence[int]], Sequence[Sequence[int]]],
    dark_count_probability: float,
    *,
    number_resolving: bool = False,
) -> Assignment:
    """Give the reading of two detectors: digit 1 if exactly the first one clicks, 2 if the second, 0 otherwise.

    Args:
        ports: for each detector the modes that reach it; for each mode the classical bits of its register, low bit
            first. Photons of all modes add up.
        dark_count_probability: of one count without light, per detector, in the window of one reading. Losses come
            before: a photon that is still here is seen.
        number_resolving: count photons and dark counts together, and take exactly one for a click. Otherwise a
            detector clicks once on any number of them.
    """
    check("dark_count_probability", dark_count_probability, Probability)
    first, second = ([(bit, 2**place) for register in port for place, bit in enumerate(register)] for port in ports)
    most, most_second = (sum(weight for _, weight in weights) for weights in (first, second))
    # one number for both counts: the photons of the second port weigh more than all of the first
    weights = (*first, *((bit, weight * (most + 1)) for bit, weight in second))
    rows = []
    for n_second in range(most_second + 1):
        for n in range(most + 1):
            silent, click = _reading(n, dark_count_probability, number_resolving)
            silent_second, click_second = _reading(n_second, dark_count_probability, number_resolving)
            one, two = click * silent_second, silent * click_second
            rows.append((1.0 - one - two, one, two))
    return Assignment(weights, tuple(zip(*rows, strict=True)))


def _reading(photons: int, dark: float, number_resolving: bool) -> tuple[float, float]:
    """Give the probabilities of silence and of one click."""
    if photons == 0:
        return 1.0 - dark, dark
    if photons == 1 and number_resolving:
        return 0.0, 1.0 - dark
    return 0.0, 0.0 if number_resolving else 1.0
