"""Chains whose outcome is certain, or known in closed form (see tests/case_studies.py for the derivations)."""

import math

import pytest
from case_studies import luong, simple_repeater
from cases import Case, case, cases
from chains import ATTEMPT_S, attempt, chain, deliver

from qnet.hardware import repeater_hardware
from qnet.link import Device, link_of
from qnet.quantum import Waiting


def test_two_links_of_luong():
    together, in_turn = luong(sequential=False), luong(sequential=True)
    assert (together.fidelity, in_turn.fidelity) == pytest.approx((0.9239, 0.9239), abs=5e-5)
    assert (together.key_hz, in_turn.key_hz) == pytest.approx((3.368, 2.525), abs=5e-4)
    for one in (together, in_turn):  # a use of the channel is a trial of the slower of the two links
        assert one.key_fraction / together.trials == pytest.approx(3.772e-4, abs=1.5e-7)


@pytest.mark.parametrize(
    ("length_km", "rate_hz", "fidelity", "key_hz"),
    [(20, 3818.4, 0.9909, 3425), (100, 111.50, 0.9607, 81.07), (200, 5.67, 0.7208, 0.588)],
)
def test_simple_repeater(length_km, rate_hz, fidelity, key_hz):
    repeater = simple_repeater(length_km)
    assert (repeater.rate_hz, repeater.key_hz) == pytest.approx((rate_hz, key_hz), rel=2e-4)
    assert repeater.fidelity == pytest.approx(fidelity, abs=5e-5)


@pytest.mark.parametrize("keep", [True, False])
def test_fixed_durations(keep):
    """Each repeater stores for the difference of its links, each end that keeps until the last link is there."""
    fixed = case("C-asap-fixed-durations")
    times, decay = fixed["link_completion_times"], fixed["T_depol"]
    links = [attempt(1.0, cycle_s=t * ATTEMPT_S, emission_s=t * ATTEMPT_S, detection_s=t * ATTEMPT_S) for t in times]
    network = chain(links, Device(memory=Waiting.depolarising(decay * ATTEMPT_S)))
    (pair,) = deliver(network, 1, keep=keep, classical_delay="zero")
    werner = (4 * pair.fidelity() - 1) / 3
    stored = -math.log(werner) * decay
    assert pair.delivered_s == pytest.approx(max(times) * ATTEMPT_S)
    if keep:
        fixed.check(werner_factor_with_end_nodes=werner, storage_with_end_nodes=round(stored, 9))
    else:
        fixed.check(werner_factor_end_nodes_measured_immediately=werner, storage_repeaters_only=round(stored, 9))


@pytest.mark.parametrize("known", cases("E-avis-*"), ids=str)
def test_links_of_delft_eindhoven(known: Case):
    hardware = repeater_hardware("trapped-ion" if "-ion-" in known.id else "colour-centre")
    link = link_of(hardware, known["L"])
    flight_s = link.cycle_s - link.emission_s  # the case counts the flight only
    known.check(
        eta_arm=hardware.interface.efficiency * hardware.fibre.transmission(known["L"] / 2),
        p_success=link.success_probability,
        F=link.fidelity,
        attempt_time=flight_s,
        mean_time_to_success=flight_s / link.success_probability,
    )
