"""Links made of the presets, multiplexing and the geometric law, against the reference."""

import math
from dataclasses import replace

import numpy as np
import pytest
from cases import Case, cases

from qnet.hardware import RepeaterHardware, repeater_hardware
from qnet.link import Link, link_of, sample
from qnet.quantum import State
from qnet.rng import Purpose, Stream


def preset_of(case: Case) -> RepeaterHardware:
    return repeater_hardware("trapped-ion" if "ion" in case.id else "colour-centre")


@pytest.mark.parametrize("case", cases("E-avis-*"), ids=str)
def test_links_of_avis_from_their_presets(case: Case) -> None:
    hardware = preset_of(case)
    link = link_of(hardware, case["L"])
    flight_s = link.cycle_s - hardware.interface.preparation_s
    case.check(
        p_success=link.success_probability,
        F=link.fidelity,
        attempt_time=flight_s,
        mean_time_to_success=flight_s / link.success_probability,
    )
    assert link.rate_hz == link.success_probability / link.cycle_s


@pytest.mark.parametrize("case", cases("B-mux-*"), ids=str)
def test_an_attempt_of_many_modes_succeeds_if_one_of_them_does(case: Case) -> None:
    ions = repeater_hardware("trapped-ion")
    lossless = replace(
        ions,
        fibre=replace(ions.fibre, loss_db_per_km=0.0),
        interface=replace(ions.interface, efficiency=math.sqrt(2 * case["p"])),
        detector=replace(ions.detector, dark_count_probability=0.0),
    )
    one, many = link_of(lossless, 10.0), link_of(replace(lossless, modes=case["modes"]), 10.0)
    assert one.success_probability == pytest.approx(case["p"], rel=1e-12)
    case.check(p_round=many.success_probability)
    assert many.cycle_s == one.cycle_s
    assert many.attempts_hz == pytest.approx(case["modes"] * one.attempts_hz)
    assert np.array_equal(many.mean_state.tensor, one.mean_state.tensor)  # which mode fired is known


@pytest.mark.parametrize("case", cases("B-geom-*"), ids=str)
def test_attempts_follow_the_geometric_law(case: Case) -> None:
    link = Link.from_numbers(case["p_success"], 1e-4, State.bell(0))
    pairs, known = 200_000, case.expected
    attempts, _ = sample(link, pairs, Stream(1, Purpose.GENERATION, case.id))
    error = known["std_attempts"] / math.sqrt(pairs)
    assert abs(attempts.mean() - known["mean_attempts"]) < 4 * error
    # the standard deviation of an exponential law's sample deviation is sqrt(2) of that of its mean
    assert abs(attempts.std() - known["std_attempts"]) < 4 * math.sqrt(2) * error
    for within, share in ((case["N"], known["prob_success_within_N"]), (known["median_attempts"], 0.5)):
        assert abs(np.mean(attempts <= within) - share) < 4 * 0.5 / math.sqrt(pairs) + case["p_success"]
