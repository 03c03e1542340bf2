"""Fibre and the timing of a midpoint herald, through the hardware values and the link they make."""

from dataclasses import replace

import pytest
from cases import Case, cases

from qnet.hardware import Fibre, repeater_hardware
from qnet.link import link_of


@pytest.mark.parametrize("case", cases("B-fibre-*"), ids=str)
def test_transmission_and_time_of_an_attempt(case: Case) -> None:
    fibre = Fibre(
        loss_db_per_km=case["attenuation"],
        group_velocity_km_s=case["c_fibre"],
        connector_loss_db=case["connector_loss"],
    )
    ions = repeater_hardware("trapped-ion")
    at_once = replace(ions, fibre=fibre, interface=replace(ions.interface, preparation_s=0.0))
    link = link_of(at_once, case["L"])
    case.check(
        eta_total=fibre.transmission(case["L"]),
        eta_half=fibre.transmission(case["L"] / 2),
        attenuation_length=fibre.attenuation_length_km,
        attempt_time_midpoint=link.cycle_s,
        attempt_time_endpoint=2 * fibre.delay_s(case["L"]),
        attempt_rate_midpoint=link.attempts_hz,
    )
