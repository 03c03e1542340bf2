"""Links that purify: the published figures, any heralded frame, both engines, and nothing left behind."""

import math

import pytest
from chains import chain, deliver
from qiskit import QuantumCircuit

from qnet.errors import InvalidArgument
from qnet.link import Device, Link
from qnet.network.topology import Network
from qnet.quantum import Aer, Compiled, Noise, Purification, State, Waiting
from qnet.quantum.library import bbpssw, dejmps
from qnet.quantum.photonics import HeraldedState

P = 0.5 * 10**-0.4
FRESH = HeraldedState(probability=1.0, state=State.bell(), label=0)
MEMORY = Waiting.from_t1_t2(t2_s=1.0)


def purified(links, purification, pairs, device=None, **options):
    network = Network.chain([20] * len(links), link=links, hardware=device or Device(memory=MEMORY))
    simulation = network.simulate(seed=1, purification=purification, **options)
    request = simulation.request("n0", f"n{len(links)}", pairs=pairs, keep=True)
    assert simulation.run() == "done"
    return request, simulation


@pytest.mark.parametrize(("links", "low", "high"), [(2, 0.9293, 0.9315), (4, 0.865, 0.872)])
def test_chains_of_purified_links_have_the_peers_fidelities(links, low, high):
    """Measured with independent simulators on the same chain, BBPSSW and DEJMPS (see benchmarks/README.md)."""
    link = Link.from_numbers(P, 100e-6, State.werner(0.95))
    means = [purified([link] * links, protocol(), 600)[0].mean_fidelity for protocol in (bbpssw, dejmps)]
    assert low - 0.002 < means[0] < means[1] < high + 0.002


@pytest.mark.parametrize("label", range(4))
def test_a_heralded_frame_is_corrected_first(label):
    state = State.bell_diagonal([0.9 if place == label else 0.1 / 3 for place in range(4)])
    request, _ = purified([Link.from_numbers(P, 1e-4, state, label=label)], dejmps(), 30, Device())
    expected = dejmps().purify([State.werner(0.9)] * 2)[1].fidelity()
    assert request.mean_fidelity == pytest.approx(expected, abs=1e-12)


def test_a_round_takes_two_pairs_and_often_fails():
    """One link, no delay: mean slots a pair are 2 / (p P), by Wald's identity; 4 standard errors."""
    link = Link.from_numbers(0.5, 1e-4, State.werner(0.9))
    request, simulation = purified([link], dejmps(), 2000, classical_delay="zero")
    success, _ = dejmps().purify([State.werner(0.9)] * 2)
    assert simulation.now / request.delivered == pytest.approx(2 / (0.5 * success) * 1e-4, rel=4 * 0.6 / 2000**0.5)


def test_engines_agree_on_purified_chains():
    heralds = tuple(HeraldedState(probability=0.5, state=State.bell(label), label=label) for label in (2, 3))
    link = Link(success_probability=0.5, cycle_s=1e-4, heralds=heralds)
    noise = Noise.from_numbers(one_qubit_depolarising=0.01, two_qubit_depolarising=0.02, two_qubit_gate_s=1e-5)
    device = Device(memory=Waiting.from_t1_t2(t1_s=0.01, t2_s=0.008), noise=noise)
    network = chain([link] * 2, device, 20.0)
    compiled, aer = (
        deliver(network, 3, keep=True, seed=2, engine=engine, purification=dejmps()) for engine in (Compiled(), Aer())
    )
    assert [pair.tick for pair in compiled] == [pair.tick for pair in aer]
    for one, other in zip(compiled, aer, strict=True):
        assert one.tensor == pytest.approx(other.tensor, abs=1e-9)


def test_the_gates_of_a_device_are_the_purifier_s():
    link = Link.from_numbers(P, 1e-4, State.werner(0.9))
    noise = Noise.from_numbers(two_qubit_depolarising=0.05)
    request, _ = purified([link], dejmps(), 20, Device(noise=noise))
    expected = dejmps(noise).purify([State.werner(0.9)] * 2)[1].fidelity()
    assert request.mean_fidelity == pytest.approx(expected, abs=1e-12)


def test_a_cut_off_leaves_nothing_hanging():
    link = Link.from_numbers(0.3, 1e-4, State.werner(0.95))
    request, _ = purified([link] * 4, dejmps(), 100, cutoff_s=3e-3)
    assert request.delivered == 100


def test_a_measured_end_cannot_purify():
    link = Link.from_numbers(P, 1e-4, State.werner(0.9), measured=("source",))
    with pytest.raises(InvalidArgument, match="purification"):
        purified([link], dejmps(), 1)


def test_time_passes_once_during_gates():
    """Both circuits last 0.1 s, and nothing else takes time: coherence falls by exp(-t/T2) for each half, once."""
    wait = QuantumCircuit(1)
    wait.x(0)
    wait.x(0)
    noise = Noise.from_numbers(one_qubit_gate_s=0.05, t2_s=1.0)
    link = Link(success_probability=1.0, cycle_s=1e-6, emission_s=1e-6, heralds=(FRESH,))
    device = Device(memory=Waiting.from_t1_t2(t2_s=1.0), noise=noise)
    (pair,) = deliver(
        chain([link], device), 1, keep=True, purification=Purification(wait, accept=[[True]]), classical_delay="zero"
    )
    assert pair.tensor[1, 1] == pytest.approx(math.exp(-0.2), rel=1e-9)


def test_a_node_believes_what_its_own_gates_leave():
    noise = Noise.from_numbers(two_qubit_depolarising=0.05)
    simulation = chain([Link.from_numbers(1.0, 1e-4, State.werner(0.9))] * 2, Device(noise=noise)).simulate(
        purification=dejmps()
    )
    simulation.request("n0", "n2", pairs=1, keep=True)
    known = [port.heralds for port, _ in simulation.plant.stations["n1"].ports.values()]
    expected = dejmps(noise).purify([State.werner(0.9)] * 2)[1].fidelity()
    assert all(heralds[-1].state.fidelity() == pytest.approx(expected, abs=1e-12) for heralds in known)


def test_what_only_one_side_has_worked_on_is_accounted_for():
    """Between the two events of one tick its tensor is not worked out yet."""
    seen = []
    simulation = chain([Link.from_numbers(1.0, 1e-4, State.werner(0.9))], Device()).simulate(
        purification=dejmps(), observer=lambda tick, node, kind, details: seen.append(kind)
    )
    simulation.request("n0", "n1", pairs=1, keep=True)
    while "purifying" not in seen:
        simulation.clock.step()
    assert simulation.audit().pairs == 1
    assert simulation.run() == "done"
