"""Whole simulated chains against the referee: the same times and records, the full register of all links.

Relaxation by T1 spares |0>, so it tells Phi from Psi states and does not commute with a Pauli frame: what a kernel gets
wrong that corrects states at swaps, or waits at the wrong qubit or for the wrong time, shows here.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from qnet.link import Device as NetworkDevice
from qnet.link import Link
from qnet.network.messages import Heralded, Swapped
from qnet.network.topology import Network
from qnet.quantum import Noise, Readout, State, Waiting, bell_measurement
from qnet.quantum.photonics import HeraldedState

from . import operations as referee
from .devices import Device
from .registers import bell_diagonal, bell_weights

DEVICE = Device(
    one_qubit_lambda=0.01, one_qubit_s=2e-5, two_qubit_lambda=0.04, two_qubit_s=1e-4, readout=(0.05, 0.01),
    t1_s=0.004, t2_s=0.005, excited_population=0.05,
)  # fmt: skip
NOISE = Noise.from_numbers(
    one_qubit_depolarising=0.01, one_qubit_gate_s=2e-5, two_qubit_depolarising=0.04, two_qubit_gate_s=1e-4,
    readout=Readout(error_0=0.05, error_1=0.01), t1_s=0.004, t2_s=0.005, excited_population=0.05,
)  # fmt: skip
MEMORY = Waiting.from_t1_t2(t1_s=0.004, t2_s=0.005, excited_population=0.05)
WEIGHTS = ((0.05, 0.01, 0.9, 0.04), (0.02, 0.03, 0.1, 0.85))
HERALDS = tuple(
    HeraldedState(probability=0.5, state=State.bell_diagonal(w), label=2 + k) for k, w in enumerate(WEIGHTS)
)
CYCLES_S, LENGTHS_KM = (1e-4, 7e-5, 1.3e-4, 9e-5), (12.0, 5.0, 20.0, 8.0)


class Log:
    """What an observer hears: by pair its herald, by its left pair each swap, when swaps began and ends delivered."""

    def __init__(self):
        self.heralds, self.heard, self.swaps, self.begun, self.delivered = {}, {}, {}, {}, []

    def __call__(self, tick, node, kind, details):
        if kind == "heralded":
            message = Heralded(*details)
            self.heralds[message.pair] = message
            self.heard[message.pair] = tick
        elif kind == "swapped":
            self.swaps[details[1]] = Swapped(*details)
        elif kind == "swap":
            self.begun[details] = tick
        elif kind == "deliver" and node == "n0":
            self.delivered.append((tick, details[0]))


def simulate(hops, keep, pairs, **options):
    log, taken = Log(), []

    def protocol(session):
        session.request(keep=keep)
        while len(taken) < pairs:
            taken.append((yield session.next_pair()))
            taken[-1].release()

    links = [
        Link(success_probability=0.3, cycle_s=cycle_s, emission_s=0.2 * cycle_s, heralds=HERALDS)
        for cycle_s in CYCLES_S[:hops]
    ]
    device = NetworkDevice(memory=MEMORY, swap=bell_measurement(NOISE), swap_s=2e-4)
    network = Network.chain(LENGTHS_KM[:hops], link=links, hardware=device)
    simulation = network.simulate(seed=hops, observer=log, **options)
    simulation.start(protocol, "n0", f"n{hops}")
    assert simulation.run(max_events=100_000) == "done"
    return log, taken


def members(log, first, hops):
    """The pairs of all links, from the source on, that became this delivered pair."""
    found = [first]
    while len(found) < hops:
        found.append(log.swaps[found[-1]].right)
    return found


def by_referee(log, delivered, first, hops, keep):
    """The state of the ends: probability of the records times the state, not corrected, and the frame."""
    pairs = members(log, first, hops)
    heralds = [log.heralds[pair] for pair in pairs]
    swaps = [log.begun[joined] for joined in pairwise(pairs)]
    ends = [delivered, delivered] if keep else [log.heard[pairs[0]], log.heard[pairs[-1]]]
    touched = pairwise([ends[0], *swaps, ends[1]])
    ages = [tuple((t - herald.emitted) * 1e-12 for t in both) for herald, both in zip(heralds, touched, strict=True)]
    labels = [2 + herald.herald for herald in heralds]
    records, frame = [], 0
    for k, left in enumerate(pairs[:-1]):
        told = log.swaps[left].frame
        frame ^= told
        record = told ^ labels[k] ^ (labels[k + 1] if k == hops - 2 else 0)
        records.append((record & 1, record >> 1))
    links = [bell_diagonal(WEIGHTS[herald.herald]) for herald in heralds]
    probability, rho = referee.chain(links, ages, DEVICE, records)
    return rho / probability, frame


@pytest.mark.parametrize("options", [{}, {"cutoff_s": 1.5e-3}, {"restart": "per-pair"}], ids=str)
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("hops", [2, 3])
def test_delivered_states(hops, keep, options):
    log, taken = simulate(hops, keep, 6, **options)
    for pair, (tick, first) in zip(taken, log.delivered, strict=False):
        rho, frame = by_referee(log, tick, first, hops, keep)
        assert np.abs(pair.state.density_matrix() - rho).max() < 1e-9
        assert (pair.label, pair.tick) == (frame, tick)
        assert pair.fidelity() == pytest.approx(bell_weights(rho)[frame])


def test_delivered_states_of_four_links():
    log, taken = simulate(4, True, 1)
    for pair, (tick, first) in zip(taken, log.delivered, strict=False):
        rho, frame = by_referee(log, tick, first, 4, True)
        assert np.abs(pair.state.density_matrix() - rho).max() < 1e-9
        assert pair.label == frame


def test_a_wrong_time_shows():
    """Half a microsecond is a ten-thousandth of T1."""
    log, (pair,) = simulate(2, True, 1)
    tick, first = log.delivered[0]
    rho, _ = by_referee(log, tick + 500_000, first, 2, True)
    assert np.abs(pair.state.density_matrix() - rho).max() > 1e-6
