"""Purification, measures of entanglement, remote gates and what a scheduler asks, through compiled circuits."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from cases import Case, case, cases
from qiskit import QuantumCircuit
from scipy.optimize import brentq

from qnet.quantum import (
    Compiled,
    Half,
    Noise,
    Operation,
    Purification,
    Readout,
    State,
    Waiting,
    bbpssw,
    bell_measurement,
    dejmps,
    double_selection,
    epl,
    pumped,
    remote_cnot,
    teleportation,
)


def cnot_only(noise: Noise | None = None) -> Purification:
    circuit = QuantumCircuit(2, 1)
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    return Purification(circuit, noise=noise or Noise.from_numbers())


def noise_of(case: Case) -> Noise:
    flip = case.inputs.get("readout_flip", 0.0)
    return Noise.from_numbers(
        two_qubit_depolarising=case.inputs.get("cnot_depol_lambda", 0.0), readout=Readout(error_0=flip, error_1=flip)
    )


def nested(protocol: Purification, state: State) -> Iterator[tuple[float, State]]:
    """Rounds that each purify two of what the last one left."""
    while True:
        probability, state = protocol.purify([state, state])
        yield probability, state


@pytest.mark.parametrize("case", cases("A-bbpssw-0*"), ids=str)
def test_bbpssw(case: Case) -> None:
    pairs = [State.werner(case["F"])] * 2
    probability, state = bbpssw().purify(pairs)
    before = cnot_only().purify(pairs)[1].bell_weights()
    case.check(p_success=probability, F_out=state.fidelity(), p_out_before_twirl=list(before))
    assert state.tensor == pytest.approx(State.werner(state.fidelity()).tensor, abs=1e-12)


@pytest.mark.parametrize("case", cases("A-bbpssw-asym-*"), ids=str)
def test_bbpssw_of_unequal_pairs(case: Case) -> None:
    pairs = [State.werner(case["F_kept"]), State.werner(case["F_sacrificed"])]
    ((probability, state),) = pumped(bbpssw(), pairs)
    case.check(p_success=probability, F_out=state.fidelity())


@pytest.mark.parametrize("case", cases("A-bbpssw-noisy-*"), ids=str)
def test_noisy_bbpssw_and_dejmps(case: Case) -> None:
    pairs, noise = [State.werner(case["F"])] * 2, noise_of(case)
    (p, twirled), (_, plain), (q, turned) = (make(noise).purify(pairs) for make in (bbpssw, cnot_only, dejmps))
    case.check(p_success=p, F_out=twirled.fidelity(), p_out_bbpssw=list(plain.bell_weights()))
    case.check(p_success=q, F_out=turned.fidelity(), p_out_dejmps=list(turned.bell_weights()))


@pytest.mark.parametrize("case", cases("A-bbpssw-fixedpoints-*"), ids=str)
def test_where_noisy_bbpssw_stands_still(case: Case) -> None:
    protocol = bbpssw(noise_of(case))

    def gain(fidelity: float) -> float:
        return protocol.purify([State.werner(fidelity)] * 2)[1].fidelity() - fidelity

    case.check(F_min=brentq(gain, 0.5, 0.7, xtol=1e-12), F_max=brentq(gain, 0.8, 1.0, xtol=1e-12))


@pytest.mark.parametrize("case", cases("A-dejmps-werner-*"), ids=str)
def test_rounds_of_dejmps(case: Case) -> None:
    rounds = [next_round for _, next_round in zip(range(3), nested(dejmps(), State.werner(case["F"])), strict=False)]
    case.check(
        p_success_round1=rounds[0][0],
        p_out_round1=list(rounds[0][1].bell_weights()),
        F_rounds=[state.fidelity() for _, state in rounds],
        p_success_rounds=[probability for probability, _ in rounds],
    )


@pytest.mark.parametrize("case", cases("A-dejmps-bd-*"), ids=str)
def test_dejmps_of_bell_diagonal_pairs(case: Case) -> None:
    probability, state = dejmps().purify([State.bell_diagonal(case[name]) for name in ("p_kept", "p_sacrificed")])
    case.check(p_success=probability, p_out=list(state.bell_weights()))


@pytest.mark.parametrize("case", cases("A-dejmps-fixedpoint-*"), ids=str)
def test_where_noisy_dejmps_stands_still(case: Case) -> None:
    rounds = nested(dejmps(noise_of(case)), State.werner(0.9))
    probability, state = [next(rounds) for _ in range(60)][-1]
    case.check(p_success=probability, F_max=state.fidelity(), p_fix=list(state.bell_weights()))


@pytest.mark.parametrize("case", cases("A-cnotonly-*"), ids=str)
def test_a_circuit_of_ones_own(case: Case) -> None:
    probability, state = cnot_only().purify([State.bell_diagonal(case["p"])] * 2)
    case.check(p_success=probability, p_out=list(state.bell_weights()))


@pytest.mark.parametrize("case", cases("A-epl-*"), ids=str)
def test_epl(case: Case) -> None:
    psi = case["psi_weight"]
    rho = np.diag([case["p00"], psi / 2, psi / 2, case["p11"]]).astype(complex)
    rho[1, 2] = rho[2, 1] = psi * case["coherence_v"] / 2
    probability, state = epl(noise_of(case)).purify([State.from_density_matrix(rho)] * 2)
    case.check(p_success=probability, F_psi_plus_out=state.fidelity(2))


@pytest.mark.parametrize("case", cases("A-doublesel-*"), ids=str)
def test_double_selection(case: Case) -> None:
    pairs, noise = [State.werner(case["F"])] * 3, noise_of(case)
    probability, state = double_selection(noise).purify(pairs)
    case.check(p_success=probability, p_out=list(state.bell_weights()))
    if "F_single_selection" in case.expected:
        case.check(F_single_selection=cnot_only(noise).purify(pairs[:2])[1].fidelity())


@pytest.mark.parametrize("case", cases("A-ent-werner-*"), ids=str)
def test_how_entangled_a_werner_state_is(case: Case) -> None:
    state = State.werner(case["F"])
    case.check(
        concurrence=state.concurrence(),
        negativity=state.negativity(),
        log_negativity=state.log_negativity(),
        EoF=state.entanglement_of_formation(),
    )


@pytest.mark.parametrize("case", cases("A-teleport-0*"), ids=str)
def test_teleportation_with_feed_forward(case: Case) -> None:
    """A trace-preserving channel of a qubit with transfer matrix K has mean fidelity (Tr K + 2) / 6."""
    pair = State.werner(case["F"])
    channel = np.tensordot(teleportation().instrument.tensor.sum(axis=0), pair.tensor, axes=2)
    case.check(F_avg=(float(np.trace(channel)) + 2) / 6)
    case.check(F_avg=pair.teleportation_fidelity())


@pytest.mark.parametrize("case", cases("E-remote-cnot-*"), ids=str)
def test_remote_cnot(case: Case) -> None:
    """Process fidelity is Tr(K_ideal^T K) / d^2 of the transfer matrices."""
    pair = State.werner(case["F_bell"]).tensor
    whole = remote_cnot().instrument.tensor.sum(axis=0)  # [control, target, control, half, half, target]
    channel = np.tensordot(whole, pair, axes=([3, 4], [0, 1]))
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    ideal = Operation(circuit, inputs=(0, 1), outputs=(0, 1)).instrument.tensor[0]
    process = float(np.sum(channel * ideal)) / 16
    case.check(process_fidelity=process, average_gate_fidelity=(4 * process + 1) / 5)


@pytest.mark.parametrize("case", cases("A-sched-age-*"), ids=str)
def test_how_long_a_pair_may_be_stored(case: Case) -> None:
    memory, start = Waiting.depolarising(case["T_depol"]), State.werner(case["F0"])

    def margin(age_s: float) -> float:
        tensor = start.tensor
        for axis in (0, 1):
            tensor = Compiled().branches(None, [Half(tensor, axis, memory, age_s)])[1](0)
        return State(tensor).fidelity() - case["F_th"]

    case.check(t_max=brentq(margin, 0.0, case["T_depol"], xtol=1e-14))


@pytest.mark.parametrize("case", cases("A-sched-hops-*"), ids=str)
def test_how_many_links_meet_a_threshold(case: Case) -> None:
    link = state = State.werner(case["F_link"])
    fidelities = [0.0, state.fidelity()]
    while fidelities[-1] >= case["F_th"]:
        joint = np.multiply.outer(state.tensor, link.tensor)
        state = State(4 * bell_measurement().instrument.branches(joint, [1, 2])[0])  # record 0: no frame
        fidelities.append(state.fidelity())
    case.check(n_max=len(fidelities) - 2, F_end=fidelities[-2], F_end_one_more=fidelities[-1])


@pytest.mark.parametrize("case", cases("A-sched-purify-*"), ids=str)
def test_how_many_rounds_meet_a_threshold(case: Case) -> None:
    done, raw = [], 1.0
    for probability, state in nested(dejmps(), State.werner(case["F_raw"])):
        raw *= 2 / probability
        done.append([state.fidelity(), probability])
        if state.fidelity() >= case["F_th"]:
            break
    case.check(rounds=len(done), F_final=done[-1][0], expected_raw_pairs_per_output=raw, rounds_F_p=done)


@pytest.mark.parametrize("case", cases("A-swap-product-negative-*"), ids=str)
def test_a_swap_does_not_multiply_fidelities(case: Case) -> None:
    joint = np.multiply.outer(State.werner(case["F1"]).tensor, State.werner(case["F2"]).tensor)
    state = State(4 * bell_measurement().instrument.branches(joint, [1, 2])[0])
    case.check(F_exact=state.fidelity())
    assert abs(state.fidelity() - case.expected["F_product_wrong"]) > 1e-3


def test_a_werner_pair_violates_bell_from_its_threshold_on() -> None:
    angles = (0.0, math.pi / 2), (math.pi / 4, -math.pi / 4)
    threshold = brentq(lambda fidelity: State.werner(fidelity).chsh(*angles) - 2, 0.5, 1.0, xtol=1e-12)
    case("A-chsh-threshold").check(F_threshold=threshold)
