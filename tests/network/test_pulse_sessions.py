"""Sessions that send pulses and photons: what arrives, when, and under which attack."""

import math

import numpy as np
import pytest

from qnet import InvalidArgument, Network
from qnet.hardware import qkd_hardware
from qnet.link.pulse_attack import PulseAttack
from qnet.quantum import intercept_resend

NET = Network.chain([20.0, 30.0])
CHOICES = ([0.5, 0.1], [0.7, 0.3], 0.8)


def received(send, **options):
    """Run one protocol that sends once, and give what arrived and when."""
    seen = []

    def protocol(session):
        block = yield send(session)
        seen.append((block, session.now))
        session.finish(None)

    simulation = NET.simulate(seed=3, **options)
    simulation.start(protocol, route=NET.route())
    simulation.run()
    return seen[0]


def test_bits_and_counts_are_of_the_same_pulses_and_take_the_same_time() -> None:
    bits, ended = received(lambda session: session.stream(10**6, *CHOICES, bits=True))
    counts, same = received(lambda session: session.stream(10**6, *CHOICES))
    assert bits.counts == counts
    assert ended == same == pytest.approx(counts.elapsed_s, abs=1e-12)
    assert len(bits) == sum(basis.clicks for basis in (*counts.z, *counts.x))


def test_photons_too() -> None:
    bits, ended = received(lambda session: session.photons(10**6, 0.7, bits=True))
    counts, same = received(lambda session: session.photons(10**6, 0.7))
    assert bits.counts == counts
    assert ended == same == pytest.approx(counts.elapsed_s, abs=1e-12)
    assert bits.eve is None


def test_taps_of_the_links_act_on_photons_in_their_order() -> None:
    taps = {("n1", "n2"): (intercept_resend(math.pi / 2),), ("n1", "n0"): (intercept_resend(0.0),)}
    bits, _ = received(lambda session: session.photons(10**6, 0.5, bits=True), taps=taps)
    for basis in (bits.counts.z[0], bits.counts.x[0]):
        assert basis.error_rate == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(basis.clicks))
    first, last = np.divmod(bits.eve, 2)  # the record of the second tap counts fastest
    assert np.array_equal(first[bits.basis == 0], bits.alice[bits.basis == 0])
    assert np.mean(last == bits.alice) == pytest.approx(0.5, abs=0.02)


def test_an_attack_on_pulses_is_unknown_to_the_session() -> None:
    told = []

    def send(session):
        told.append(session.pulses)
        return session.stream(10**6, *CHOICES)

    counts, _ = received(send, pulse_attack=PulseAttack(error_x_of=(0.0, 0.5)))
    assert told[0].attack is None
    assert told[0].transmission == qkd_hardware("decoy-bb84-1ghz").fibre.transmission(50.0)
    assert counts.x[0].error_rate > 0.4 > 0.05 > counts.z[0].error_rate


def test_one_session_has_the_system_of_a_route() -> None:
    def protocol(session):
        yield session.photons(10, 0.5)

    simulation = NET.simulate(seed=3)
    for _ in range(2):
        simulation.start(protocol, route=NET.route())
    with pytest.raises(InvalidArgument, match="session"):
        simulation.run()
