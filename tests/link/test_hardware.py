"""Links made from hardware, by each way to herald."""

import math
from dataclasses import replace

import numpy as np
import pytest

from qnet.errors import InvalidArgument, UnitWarning, UnknownName
from qnet.hardware import PairSource, repeater_hardware
from qnet.link import link_of
from qnet.link.heralds import ASSUMED_SOURCE, MODELS
from qnet.link.imperfections import IMPERFECTIONS, without
from qnet.quantum import Waiting

IONS = replace(repeater_hardware("trapped-ion"), pair_source=PairSource(mean_pairs=0.01, clock_hz=1e6))


def with_interface(**numbers):
    return replace(IONS, interface=replace(IONS.interface, **numbers))


@pytest.mark.parametrize("herald", MODELS)
def test_without_imperfections_pairs_are_perfect(herald):
    link = link_of(without(IONS, IMPERFECTIONS), 20.0, herald=herald)
    assert link.fidelity == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("herald", "slope"), [("single-click", 0.5), ("double-click", 1.0), ("emitter-absorber", 1.0)])
def test_rates_fall_with_the_loss_that_their_photons_meet(herald, slope):
    """Per attempt: with the root of the loss of the whole fibre where one photon over half of it will do."""
    quiet = replace(without(IONS, ["dark counts"]), interface=replace(IONS.interface, bright_state_population=0.01))
    near, far = (link_of(quiet, length_km, herald=herald).success_probability for length_km in (100.0, 140.0))
    assert math.log(near / far) == pytest.approx(slope * math.log(quiet.fibre.transmission(40.0) ** -1), rel=2e-3)


@pytest.mark.parametrize(("herald", "fidelity"), [("single-click", 0.2 * 0.8), ("double-click", 0.25)])
def test_dark_counts_alone_herald_what_the_memories_hold(herald, fidelity):
    blind = with_interface(efficiency=0.0, bright_state_population=0.2)
    assert link_of(blind, 20.0, herald=herald).fidelity == pytest.approx(fidelity, abs=1e-12)


def test_hardware_names_its_way_to_herald_and_a_name():
    by_hardware = link_of(replace(IONS, herald="single-click"), 30.0)
    assert by_hardware.success_probability == link_of(IONS, 30.0, herald="single-click").success_probability
    assert link_of("trapped-ion", 30.0).success_probability == link_of(IONS, 30.0).success_probability


def test_hardware_without_a_source_of_pairs_gets_one_for_a_midpoint_source():
    known = replace(IONS, pair_source=ASSUMED_SOURCE)
    links = [link_of(hardware, 30.0, herald="midpoint-source") for hardware in ("trapped-ion", known)]
    assert np.array_equal(links[0].mean_state.tensor, links[1].mean_state.tensor)


@pytest.mark.parametrize(("herald", "stations"), [(name, name != "emitter-absorber") for name in MODELS])
def test_stations_are_counted(herald, stations):
    assert link_of(IONS, 30.0, herald=herald).stations == stations


def test_an_emitter_has_aged_when_its_photon_is_absorbed():
    link = link_of(IONS, 40.0, herald="emitter-absorber")
    decay = math.exp(-IONS.fibre.delay_s(40.0) / IONS.memory.t2_s)
    assert link.fidelity == pytest.approx((1 + IONS.interface.visibility * decay) / 2)
    assert link.emission_s == pytest.approx(IONS.interface.preparation_s + IONS.fibre.delay_s(40.0))


def test_an_asymmetric_station_sees_both_arms():
    middle, aside = link_of(IONS, 40.0), link_of(IONS, 40.0, midpoint_at=0.75)
    assert aside.cycle_s - IONS.interface.preparation_s == pytest.approx(2 * IONS.fibre.delay_s(30.0))
    assert aside.success_probability == pytest.approx(middle.success_probability, rel=0.01)  # the product of both arms
    assert aside.fidelity < middle.fidelity  # the far end waits for the near one to emit


def test_state_at_herald_has_waited():
    link = link_of(without(IONS, ["dark counts", "photons not counted"]), 50.0)
    t2 = IONS.memory.t2_s
    late = link.state_at_herald(Waiting.from_t1_t2(t2_s=t2))
    waited_s = link.cycle_s - link.emission_s
    assert late.fidelity() == pytest.approx((1 + IONS.interface.visibility * math.exp(-2 * waited_s / t2)) / 2)


def test_clicks_outside_the_window_are_lost():
    detector = replace(IONS.detector, window_s=1e-9, jitter_s=0.5e-9, dark_count_probability=0.0)
    cut = link_of(replace(IONS, detector=detector), 20.0).success_probability
    whole = link_of(replace(IONS, detector=replace(detector, jitter_s=0.0)), 20.0).success_probability
    assert cut / whole == pytest.approx(detector.fraction_in_window**2)


def test_afterpulses_herald_wrongly():
    ringing = replace(IONS, detector=replace(IONS.detector, afterpulse_probability=0.1))
    states = [link_of(hardware, 20.0, herald="single-click") for hardware in (ringing, IONS)]
    assert states[0].fidelity < states[1].fidelity - 1e-4


def test_polarisation_that_drifts_costs_visibility():
    drifting = replace(IONS, fibre=replace(IONS.fibre, polarisation_drift_rad_per_sqrt_km=0.1))
    lower = with_interface(visibility=IONS.interface.visibility * (1 - drifting.fibre.polarisation_error(20.0)))
    states = [link_of(hardware, 20.0).mean_state.tensor for hardware in (drifting, lower)]
    assert np.allclose(*states, atol=1e-14)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length_km": 0.0}, "`length_km` must be greater than 0"),
        ({"length_km": math.inf}, "`length_km` must be less than inf"),
        ({"midpoint_at": 0.0}, "`midpoint_at` must be greater than 0"),
        ({"midpoint_at": 1.0}, "`midpoint_at` must be less than 1"),
    ],
)
def test_bad_input_is_refused(wrong, message):
    with pytest.raises(InvalidArgument, match=message):
        link_of(**{"hardware": IONS, "length_km": 10.0, **wrong})


@pytest.mark.parametrize("herald", [3, ["single-click"]])
def test_heralds_are_names(herald):
    with pytest.raises(UnknownName, match="Unknown herald model"):
        link_of(IONS, 10.0, herald=herald)


def test_unknown_heralds_are_met_with_the_nearest():
    with pytest.raises(UnknownName, match=r"Unknown herald model 'singel-click'; the nearest is 'single-click'"):
        link_of(IONS, 10.0, herald="singel-click")


def test_a_length_in_metres_is_flagged():
    with pytest.warns(UnitWarning, match="`length_km` is usually from 0 to 2000, but is 20000: a length is in km"):
        link_of(IONS, 20_000.0)
