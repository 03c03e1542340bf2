"""Area A of the reference cases, through compiled circuits: every number comes out of an instrument or a wait."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from cases import Case, case, cases
from qiskit import QuantumCircuit
from qiskit.circuit.library import CXGate, XGate
from scipy.optimize import brentq

from qnet.errors import InvalidArgument
from qnet.quantum import (
    NOISELESS,
    Compiled,
    Half,
    Noise,
    Operation,
    Readout,
    State,
    Waiting,
    bell_measurement,
    measurement,
)
from qnet.quantum.pauli import PAULIS, density_matrix, pauli_tensor


def aged(state: State, waiting: tuple[Waiting, Waiting], times_s: tuple[float, float]) -> State:
    """Both halves in their memories."""
    tensor = state.tensor
    for axis in (0, 1):
        tensor = Compiled().branches(None, [Half(tensor, axis, waiting[axis], times_s[axis])])[1](0)
    return State(tensor)


def swapped(left: State, right: State, operation: Operation) -> list[tuple[float, State]]:
    """Probability and state of each record, the frame undone on the far end by X^x Z^z written out."""
    perfect = Waiting.from_t1_t2()
    halves = [Half(left.tensor, 1, perfect, 0.0), Half(right.tensor, 0, perfect, 0.0)]
    probabilities, result = Compiled().branches(operation, halves)
    branches = []
    for record, probability in enumerate(probabilities):
        x, z = divmod(record, 2)
        pauli = np.linalg.matrix_power(PAULIS[3], z) @ np.linalg.matrix_power(PAULIS[1], x)
        correction = np.kron(np.eye(2), pauli)
        rho = correction @ density_matrix(result(record)) @ correction.conj().T
        branches.append((probability, State(pauli_tensor(rho))))
    return branches


def average(branches: list[tuple[float, State]]) -> State:
    return State(np.sum([probability * state.tensor for probability, state in branches], axis=0))


def noise_of(case: Case) -> Noise:
    """The swap's noise; the phase bit is qubit 0's, the parity bit qubit 1's."""
    both = case.inputs.get("readout_flip", 0.0)
    phase, parity = (case.inputs.get(f"readout_flip_{bit}_bit", both) for bit in ("phase", "parity"))
    return Noise.from_numbers(
        one_qubit_depolarising=case.inputs.get("h_depol_lambda", 0.0),
        two_qubit_depolarising=case.inputs.get("cnot_depol_lambda", 0.0),
        readout=Readout(error_0=phase, error_1=phase),
        readout_of={1: Readout(error_0=parity, error_1=parity)},
    )


def relaxing(case: Case, end: str = "") -> Waiting:
    t1_s, t2_s = case.inputs.get(f"T1{end}", case.inputs.get("T1")), case.inputs.get(f"T2{end}", case.inputs.get("T2"))
    return Waiting.from_t1_t2(t1_s=t1_s, t2_s=t2_s, excited_population=case.inputs.get("excited_population", 0.0))


def chsh(correlation: Callable[[float, float], float]) -> float:
    """S of the settings Z, X against (Z +- X) / sqrt 2, given as angles on the Bloch sphere."""
    z, x, plus, minus = 0.0, math.pi / 2, math.pi / 4, -math.pi / 4
    return correlation(z, plus) + correlation(z, minus) + correlation(x, plus) - correlation(x, minus)


def measured(state: State, readout: Readout | None = None) -> Callable[[float, float], float]:
    """Correlation of compiled measurements at both ends, misread alike."""
    noise = Noise.from_numbers(readout=readout)

    def correlation(angle_a: float, angle_b: float) -> float:
        by_a = measurement(angle_a, noise).instrument.branches(state.tensor, [0])
        p = np.array([measurement(angle_b, noise).instrument.branches(rest, [0]) for rest in by_a])
        return float(p[0, 0] - p[0, 1] - p[1, 0] + p[1, 1])

    return correlation


@pytest.mark.parametrize("case", cases("A-swap-werner-*", "A-swap-belldiag-*", "A-swap-noisy-*"), ids=str)
def test_swap(case: Case) -> None:
    if "p" in case.inputs:
        pairs = [State.bell_diagonal(case[name]) for name in ("p", "q")]
    else:
        pairs = [State.werner(case[name]) for name in ("F1", "F2")]
    branches = swapped(*pairs, bell_measurement(noise_of(case)))
    state = average(branches)
    got = {"F_out": state.fidelity(), "w_out": (4 * state.fidelity() - 1) / 3}
    got |= {name: list(state.bell_weights()) for name in ("bell_diagonal", "p_out")}
    case.check(**{name: value for name, value in got.items() if name in case.expected})
    for probability, one in branches:
        assert probability == pytest.approx(0.25, abs=1e-12)
        assert one.tensor == pytest.approx(state.tensor, abs=1e-12)  # without T1 each record leaves the same


@pytest.mark.parametrize("case", cases("A-chain-*"), ids=str)
def test_chain(case: Case) -> None:
    link, operation = State.werner(case["F_link"]), bell_measurement(noise_of(case))
    state = link
    for _ in range(case["n_links"] - 1):
        state = average(swapped(state, link, operation))
    case.check(F_end=state.fidelity(), p_end=list(state.bell_weights()))


@pytest.mark.parametrize("case", cases("A-t1t2-phi-*", "A-t1t2-psi-*"), ids=str)
def test_relaxation(case: Case) -> None:
    label = {"phi": 0, "psi": 2}[case["bell"]]
    state = aged(State.bell(label), (relaxing(case, "A"), relaxing(case, "B")), (case["tA"], case["tB"]))
    case.check(
        rho_real=state.density_matrix().real.tolist(),
        F=state.fidelity(label),
        e_Z=state.qber("z", label),
        e_X=state.qber("x", label),
    )


@pytest.mark.parametrize("case", cases("A-t1t2-thermal-*"), ids=str)
def test_relaxation_to_a_warm_equilibrium(case: Case) -> None:
    state = aged(State.bell(), (relaxing(case),) * 2, (case["t"],) * 2)
    case.check(rho_real=state.density_matrix().real.tolist(), F=state.fidelity())


@pytest.mark.parametrize("case", cases("A-dephase-*"), ids=str)
def test_dephasing(case: Case) -> None:
    state, waiting = aged(State.bell(), (relaxing(case),) * 2, (case["t"],) * 2), relaxing(case)
    flip = (1 - waiting.matrix(case["t"])[1, 1]) / 2
    case.check(F=state.fidelity(), bell_diagonal=list(state.bell_weights()), dephasing_prob_per_qubit=flip)


@pytest.mark.parametrize("case", cases("A-depolmem-*"), ids=str)
def test_depolarising_memories(case: Case) -> None:
    memory = Waiting.depolarising(case["T_depol"])
    fidelity = aged(State.werner(case["F0"]), (memory, memory), (case["tA"], case["tB"])).fidelity()
    case.check(F=fidelity, w=(4 * fidelity - 1) / 3)


@pytest.mark.parametrize("case", cases("A-t2-limit*"), ids=str)
def test_t2_beyond_its_limit_is_refused(case: Case) -> None:
    with pytest.raises(InvalidArgument, match="`t2_s`"):
        relaxing(case)


@pytest.mark.parametrize("case", cases("A-swap-after-t1t2*"), ids=str)
def test_swap_of_aged_pairs(case: Case) -> None:
    waiting = (relaxing(case),) * 2
    a, b1, b2, c = (case.inputs.get(f"age_{name}", 0.0) for name in ("A", "B1", "B2", "C"))
    b1 = case.inputs.get("t", b1)
    left, right = aged(State.bell(), waiting, (a, b1)), aged(State.bell(), waiting, (b2, c))
    branches = swapped(left, right, bell_measurement(noise_of(case)))
    by_bits = {f"{record % 2}{record // 2}": branch for record, branch in enumerate(branches)}  # phase, parity
    case.check(
        F_avg=average(branches).fidelity(),
        rho_avg_real=average(branches).density_matrix().real.tolist(),
        prob_by_outcome={bits: probability for bits, (probability, _) in by_bits.items()},
        F_by_outcome={bits: state.fidelity() for bits, (_, state) in by_bits.items()},
    )


@pytest.mark.parametrize("case", cases("A-teleport-t1t2"), ids=str)
def test_teleportation_through_an_aged_pair(case: Case) -> None:
    """(2F + 1)/3, and the same by teleporting the six eigenstates of the Paulis, the mean over all pure states."""
    pair = aged(State.bell(), (relaxing(case),) * 2, (case["tA"], case["tB"]))
    case.check(F_bell=pair.fidelity(), F_avg=teleported_fidelity(pair))


@pytest.mark.parametrize("case", cases("A-teleport-0*"), ids=str)
def test_teleportation_through_a_werner_pair(case: Case) -> None:
    case.check(F_avg=teleported_fidelity(State.werner(case["F"])))


def teleported_fidelity(pair: State) -> float:
    fidelities = []
    for axis, sign in itertools.product((1, 2, 3), (1.0, -1.0)):
        bloch = np.array([1.0, 0.0, 0.0, 0.0])
        bloch[axis] = sign
        total = 0.0
        joint = np.multiply.outer(bloch, pair.tensor)
        for record, arrived in enumerate(bell_measurement().instrument.branches(joint, [0, 1])):
            frame = np.diagonal(State.bell(record).tensor) * np.diagonal(State.bell().tensor)
            total += float(bloch @ (frame * arrived)) / 2
        fidelities.append(total)
    return float(np.mean(fidelities))


@pytest.mark.parametrize("case", cases("A-chsh-werner-*"), ids=str)
def test_chsh_of_a_werner_pair(case: Case) -> None:
    state = State.werner(case["F"])
    for value in (chsh(state.correlation), chsh(measured(state)), state.chsh_max()):
        case.check(S=value, violates=value > 2)


def test_chsh_threshold() -> None:
    threshold = brentq(lambda fidelity: State.werner(fidelity).chsh_max() - 2, 0.5, 1.0, xtol=1e-12)
    case("A-chsh-threshold").check(F_threshold=threshold)


@pytest.mark.parametrize("case", cases("A-chsh-bd-*"), ids=str)
def test_chsh_of_a_bell_diagonal_pair(case: Case) -> None:
    state = State.bell_diagonal(case["p"])
    case.check(S_max=state.chsh_max(), S_fixed_XZ_settings=chsh(measured(state)))


@pytest.mark.parametrize("case", cases("A-chsh-readout*"), ids=str)
def test_chsh_of_misread_measurements(case: Case) -> None:
    flip = case["readout_flip"]
    case.check(S=chsh(measured(State.werner(case["F"]), Readout(error_0=flip, error_1=flip))))


@pytest.mark.parametrize("case", cases("A-chsh-eff-*"), ids=str)
def test_chsh_with_lost_photons_read_as_plus(case: Case) -> None:
    """A loss after the measurement is a misreading of 1 as 0 with probability 1 - eta: +1 is what is not seen."""
    case.check(S=chsh(measured(State.bell(), Readout(error_1=1 - case["eta"]))))


@pytest.mark.parametrize("case", cases("A-e91-settings*"), ids=str)
def test_e91_settings(case: Case) -> None:
    """Polarisers at an angle measure at twice that angle on the Bloch sphere."""
    e = measured(State.bell())
    table = [[e(2 * math.radians(a), 2 * math.radians(b)) for b in case["b"]] for a in case["a"]]
    case.check(E_table=table, S=abs(table[0][0] - table[0][2] + table[2][0] + table[2][2]))


@pytest.mark.parametrize("case", cases("A-depol-convert-*"), ids=str)
def test_what_a_depolarising_gate_is_called_elsewhere(case: Case) -> None:
    """Process fidelity is Tr(K) / d^2 of the transfer matrix of what the noise adds to the gate."""
    d = case["dimension"]
    circuit = QuantumCircuit({2: 1, 4: 2}[d])
    circuit.append({2: XGate, 4: CXGate}[d](), circuit.qubits)
    noise = Noise.from_numbers(one_qubit_depolarising=case["lambda_depol"], two_qubit_depolarising=case["lambda_depol"])
    ends = tuple(range(circuit.num_qubits))
    noisy, ideal = (
        Operation(circuit, inputs=ends, outputs=ends, noise=n).instrument.tensor for n in (noise, NOISELESS)
    )
    process = float(np.sum(noisy * ideal)) / d**2
    case.check(
        process_fidelity=process,
        average_gate_fidelity=(d * process + 1) / (d + 1),
        pauli_error_probability_total=1 - process,
    )
