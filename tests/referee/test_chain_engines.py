"""Whole chains with the same draws, by compiled instruments and by an Aer circuit for every operation."""

import numpy as np
import pytest
from chains import chain, take

from qnet.link import Device, Link
from qnet.quantum import Aer, Compiled, Noise, Readout, State, Waiting, bell_measurement, move
from qnet.quantum.photonics import HeraldedState

NOISE = Noise.from_numbers(
    one_qubit_depolarising=0.01, one_qubit_gate_s=2e-5, two_qubit_depolarising=0.04, two_qubit_gate_s=1e-4,
    readout=Readout(error_0=0.05, error_1=0.01), t1_s=0.02, t2_s=0.01, excited_population=0.05,
)  # fmt: skip
HERALDS = (
    HeraldedState(probability=0.7, state=State.bell_diagonal([0.05, 0.01, 0.9, 0.04]), label=2),
    HeraldedState(probability=0.3, state=State.bell_diagonal([0.02, 0.03, 0.1, 0.85]), label=3),
)
MEMORY = Waiting.from_t1_t2(t1_s=0.02, t2_s=0.01, excited_population=0.05)


def run(engine, hops, keep, device, **options):
    links = [
        Link(success_probability=0.3, cycle_s=cycle_s, emission_s=0.1 * cycle_s, heralds=HERALDS)
        for cycle_s in (1e-4, 7e-5, 1.3e-4, 9e-5)[:hops]
    ]
    seen = []
    simulation = chain(links, device, 12.0).simulate(
        seed=hops, engine=engine, observer=lambda *action: seen.append(action), **options
    )
    return take(simulation, "n0", f"n{hops}", 4, keep=keep), seen


def check_engines_agree(*scene, **options):
    compiled, seen = run(Compiled(), *scene, **options)
    by_aer, seen_by_aer = run(Aer(), *scene, **options)
    assert seen == seen_by_aer  # records, frames, times: all that nodes do and tell
    for pair, other in zip(compiled, by_aer, strict=True):
        assert pair.label == other.label
        assert np.abs(pair.tensor - other.tensor).max() < 1e-9
        assert np.abs(pair.tensor - np.diag(pair.tensor.diagonal())).max() > 1e-6  # T1 leaves no Bell-diagonal state


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("hops", [2, 3, 4])
def test_engines_agree_on_chains(hops, keep):
    device = Device(memory=MEMORY, swap=bell_measurement(NOISE), swap_s=2e-4, noise=NOISE)
    check_engines_agree(hops, keep, device)


def test_engines_agree_with_storage_and_cutoff():
    storage = Waiting.from_pauli_rates(1.0, 0.0, 20.0)  # not a thermal relaxation: another way into Aer
    moving = move(Noise.from_numbers(two_qubit_depolarising=0.03, initialisation_depolarising=0.02))
    device = Device(
        memory=MEMORY, swap=bell_measurement(NOISE), swap_s=2e-4, optical_interfaces=1,
        storage=storage, move_in=moving, move_s=5e-5,
    )  # fmt: skip
    check_engines_agree(3, True, device, cutoff_s=2e-3, restart="per-pair")
