"""Purification protocols, ready made: a circuit for each side and a rule (see `Purification`).

All are written for pairs near Phi+ except EPL, which takes the heralded states of single clicks. The CNOTs go from the
pair that is kept (qubit 0) to those that are measured, unless a protocol says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from qnet.errors import InvalidArgument
from qnet.quantum.noise import NOISELESS, Noise
from qnet.quantum.purification import Purification
from qnet.quantum.states import State

__all__ = ["bbpssw", "dejmps", "double_selection", "epl", "pumped", "three_to_one", "twirl"]


def dejmps(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """Turn both halves about X by a quarter (back on the other side), CNOT, measure; keep if both sides read the same.

    The turns exchange Phi- and Psi-, so that repeated rounds remove all three errors. Two pairs in, one out.
    Source: Deutsch et al., PRL 77, 2818 (1996), arXiv:quant-ph/9604039.

    >>> probability, state = dejmps().purify([State.werner(0.9)] * 2)
    >>> round(probability, 6), round(state.fidelity(), 6)
    (0.875556, 0.926396)
    """
    sides = []
    for angle in (math.pi / 2, -math.pi / 2):
        circuit = _circuit(2, 1, "dejmps")
        circuit.rx(angle, [0, 1])
        circuit.cx(0, 1)
        circuit.measure(1, 0)
        sides.append(circuit)
    return Purification(*sides, noise=noise, other_noise=other_noise)


def bbpssw(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """CNOT, measure, keep if both sides read the same; then twirl: the same random rotation on both sides.

    The twirl makes a Werner state of what is left, for the next round; feed it Werner states, or twirl them first.
    Two pairs in, one out. The paper writes it for Psi-, which a Pauli on one side turns into Phi+.
    Source: Bennett et al., PRL 76, 722 (1996), arXiv:quant-ph/9511027.
    """
    alternatives = []
    for chance, turn, back in _rotations():
        sides = []
        for rotation in (turn, back):
            circuit = _circuit(2, 1, "bbpssw")
            circuit.cx(0, 1)
            circuit.measure(1, 0)
            if any(rotation):
                circuit.u(*rotation, 0)
            sides.append(circuit)
        alternatives.append((chance, *sides))
    return Purification(alternatives, noise=noise, other_noise=other_noise)


def twirl(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """Make a Werner state of one pair by a shared random rotation: U on one side, its conjugate on the other.

    The twelve rotations of a tetrahedron do what all rotations would; fidelity to Phi+ stays. It always succeeds.
    Source: Bennett et al., PRA 54, 3824 (1996), arXiv:quant-ph/9604024, section III.A.
    """
    alternatives = []
    for chance, turn, back in _rotations():
        sides = []
        for rotation in (turn, back):
            circuit = _circuit(1, 0, "twirl")
            if any(rotation):
                circuit.u(*rotation, 0)
            sides.append(circuit)
        alternatives.append((chance, *sides))
    return Purification(alternatives, noise=noise, other_noise=other_noise)


def epl(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """Distil two pairs from single clicks: CNOT, measure; keep if both sides read 1.

    Takes mixtures of Psi with ``|11>`` ("both bright"), as single-click heralding makes them; an unknown phase that
    both pairs share drops out. Leaves Psi+, whatever that phase was. Two pairs in, one out.
    Source: Campbell and Benjamin, PRL 101, 130502 (2008); called "extreme photon loss" by Nickerson,
    Fitzsimons and Benjamin, PRX 4, 041041 (2014).
    """
    circuit = _circuit(2, 1, "epl")
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    return Purification(circuit, accept=lambda a, b: a == b == 1, noise=noise, other_noise=other_noise)


def double_selection(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """Check one pair with a second, and the second with a third; keep if both checks read the same on both sides.

    CNOT 0 to 1, CNOT 2 to 1; qubit 1 is measured in Z, qubit 2 in X. Finds errors that the noise of the first check
    itself would bring in. Three pairs in, one out.
    Source: Fujii and Yamamoto, PRA 80, 042308 (2009), arXiv:0811.2639.
    """
    circuit = _circuit(3, 2, "double_selection")
    circuit.cx(0, 1)
    circuit.cx(2, 1)
    circuit.h(2)
    circuit.measure([1, 2], [0, 1])
    return Purification(circuit, noise=noise, other_noise=other_noise)


def three_to_one(noise: Noise = NOISELESS, other_noise: Noise | None = None) -> Purification:
    """Check one pair for bit flips with a second and for phase flips with a third; keep if both checks agree.

    CNOT 0 to 1, qubit 1 measured in Z; CNOT 2 to 0, qubit 2 measured in X. The pair-by-pair step of the protocols
    EXPEDIENT and STRINGENT, which alternate the two kinds of check; their GHZ part is a fusion of such pairs. Three
    pairs in, one out.
    Source: Nickerson, Li and Benjamin, Nat. Commun. 4, 1756 (2013), arXiv:1211.2217.
    """
    circuit = _circuit(3, 2, "three_to_one")
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    circuit.cx(2, 0)
    circuit.h(2)
    circuit.measure(2, 1)
    return Purification(circuit, noise=noise, other_noise=other_noise)


def pumped(purification: Purification, states: Iterable[State]) -> Iterator[tuple[float, State]]:
    """Pump one pair with fresh ones: each round purifies what is left so far, kept, with the next of `states`.

    Gives (probability of the round, state after it) round by round; ends with the states. A fidelity that pumping can
    not pass is reached soon; nested rounds (`purify` of equals) go further and need more memories.
    Source: Duer, Briegel, Cirac and Zoller, PRA 59, 169 (1999), arXiv:quant-ph/9808065.

    >>> rounds = list(pumped(dejmps(), [State.werner(0.9)] * 4))
    >>> [round(state.fidelity(), 4) for _, state in rounds]
    [0.9264, 0.9565, 0.9587]
    """
    if purification.pairs < 2:
        raise InvalidArgument.of("purification", "take at least two pairs", purification.pairs)
    fresh = iter(states)
    kept = next(fresh, None)
    while kept is not None:
        others = [state for _, state in zip(range(purification.pairs - 1), fresh, strict=False)]
        if len(others) < purification.pairs - 1:
            return
        probability, kept = purification.purify([kept, *others])
        yield probability, kept


def _rotations() -> list[tuple[float, tuple[float, float, float], tuple[float, float, float]]]:
    """The twelve rotations of a tetrahedron with their conjugates, as angles of `u`; the first is none at all.

    Four turn the axes into themselves (none, X, Y, Z), eight permute them in a cycle: a `u` with a quarter about Y and
    j and k quarters about Z does so if j + k is odd.
    """
    quarter = math.pi / 2
    turns = [(0.0, 0.0, 0.0), (math.pi, 0.0, math.pi), (math.pi, quarter, quarter), (0.0, 0.0, math.pi)]
    turns += [(quarter, j * quarter, k * quarter) for j, k in product(range(4), repeat=2) if (j + k) % 2]
    return [(1.0 / 12.0, (theta, phi, lam), (theta, -phi, -lam)) for theta, phi, lam in turns]


def _circuit(qubits: int, bits: int, name: str) -> Any:
    from qiskit import QuantumCircuit

    return QuantumCircuit(qubits, bits, name=name)
