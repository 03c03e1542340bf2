"""Random states, noise and memories, for hypothesis."""

import math

import numpy as np
from hypothesis import strategies as st

from qnet.quantum import Noise, Readout, State, Waiting

probabilities = st.floats(0.0, 1.0)
small = st.floats(0.0, 0.3)
durations = st.floats(0.0, 2.0)


def random_state(seed: int, qubits: int = 2, rank: int | None = None) -> State:
    """G G^dagger, normalised, G of independent complex Gaussians with `rank` columns."""
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(2**qubits, rank or 2**qubits, 2)) @ [1, 1j]
    rho = g @ g.conj().T
    return State.from_density_matrix(rho / np.trace(rho).real)


def states(qubits: int = 2) -> st.SearchStrategy[State]:
    return st.builds(random_state, st.integers(0, 2**32 - 1), st.just(qubits), st.sampled_from([1, None]))


readouts = st.builds(Readout, error_0=small, error_1=small)


@st.composite
def relaxations(draw: st.DrawFn) -> dict[str, float]:
    """T1, T2 <= 2 T1 and excited population; either time may be infinite."""
    t1_s = draw(st.one_of(st.just(math.inf), st.floats(0.05, 20.0)))
    t2_s = draw(st.floats(0.05, 20.0)) if math.isinf(t1_s) else 2 * t1_s * draw(st.floats(0.01, 1.0))
    return {"t1_s": t1_s, "t2_s": t2_s, "excited_population": draw(probabilities)}


@st.composite
def noises(draw: st.DrawFn) -> Noise:
    return Noise.from_numbers(
        one_qubit_depolarising=draw(small),
        two_qubit_depolarising=draw(small),
        initialisation_depolarising=draw(small),
        one_qubit_gate_s=draw(small),
        two_qubit_gate_s=draw(small),
        initialisation_s=draw(small),
        readout=draw(readouts),
        readout_of={1: draw(readouts)},
        **draw(relaxations()),
    )


@st.composite
def waitings(draw: st.DrawFn) -> Waiting:
    """Thermal relaxation, Pauli errors, or both with a rotation, which no closed form covers."""
    kind, rates = draw(st.sampled_from(["thermal", "pauli", "general"])), st.floats(0.0, 3.0)
    if kind == "pauli":
        return Waiting.from_pauli_rates(draw(rates), draw(rates), draw(rates))
    thermal = Waiting.from_t1_t2(**draw(relaxations()))
    if kind == "thermal":
        return thermal
    precession = np.zeros((4, 4))
    precession[1, 2] = draw(st.floats(-3.0, 3.0))
    precession[2, 3] = draw(st.floats(-3.0, 3.0))
    return Waiting(thermal.generator + precession - precession.T)
