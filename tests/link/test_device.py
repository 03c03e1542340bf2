"""From hardware to a link and a device."""

from dataclasses import replace

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.hardware import repeater_hardware
from qnet.link import Device, device_of, link_of
from qnet.quantum import (
    NO_WAITING,
    NOISELESS,
    Noise,
    Readout,
    State,
    bell_measurement,
    measurement,
    move,
    pauli_measurement,
)

IONS = repeater_hardware("trapped-ion")
CENTRES = repeater_hardware("colour-centre")


def test_a_slot_is_preparation_flight_and_herald():
    link = link_of(IONS, 50.0)
    flight_s = 50 / 214_000
    assert link.emission_s == IONS.interface.preparation_s
    assert link.detection_s == pytest.approx(link.emission_s + flight_s / 2)
    assert link.cycle_s == pytest.approx(link.emission_s + flight_s)
    assert link.stations == 1


def test_heralds_name_psi_states():
    link = link_of(IONS, 50.0)
    assert {herald.label for herald in link.heralds} == {2, 3}
    assert min(herald.state.fidelity(herald.label) for herald in link.heralds) > 0.9


def test_longer_links_succeed_less_often():
    near, far = (link_of(IONS, length_km).success_probability for length_km in (10.0, 60.0))
    assert far == pytest.approx(near * 10 ** (-0.25 * 50 / 10), rel=0.02)  # both photons arrive, dark counts aside


@pytest.mark.parametrize("length_km", [0.0, -1.0, float("nan")])
def test_lengths_are_above_zero(length_km):
    with pytest.raises(InvalidArgument, match="`length_km`"):
        link_of(IONS, length_km)


def test_a_link_without_any_click_is_refused():
    blind = replace(IONS.interface, efficiency=0.0)
    dark = replace(IONS, interface=blind, detector=replace(IONS.detector, dark_count_probability=0.0))
    with pytest.raises(InvalidArgument, match="`length_km` must leave an attempt of trapped-ion some chance"):
        link_of(dark, 20.0)


def test_device_of_ions():
    device = device_of(IONS)
    assert device.swap_s == pytest.approx(107e-6 + 26.6e-6 + 1.5e-3)
    assert device.measurement_s == pytest.approx(26.6e-6 + 1.5e-3)
    assert (device.storage, device.move_in, device.optical_interfaces) == (None, None, 2)
    assert device.memory.relaxation_times()[1] == pytest.approx(85e-3)


def test_device_of_colour_centres():
    device = device_of(CENTRES)
    assert device.optical_interfaces == 1
    assert device.move_s == pytest.approx(300e-6 + 2 * 500e-6 + 2 * 20e-6 + 5e-9)
    assert device.storage.relaxation_times()[:2] == pytest.approx((36_000, 1.0))
    assert device.memory.relaxation_times()[:2] == pytest.approx((3600, 0.5))


def test_a_move_holds_the_errors_of_its_gates_and_the_memory_the_time():
    """Otherwise relaxation during the move would count twice: in its circuit and as waiting."""
    slower = replace(CENTRES, storage=replace(CENTRES.storage, gate_s=1.0, initialisation_s=1.0))
    tensors = [device_of(hardware).move_in.instrument.tensor for hardware in (CENTRES, slower)]
    assert np.array_equal(*tensors)
    assert 0.8 < tensors[0][0][1, 1] < 1 - 0.06


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"optical_interfaces": 0}, "`optical_interfaces` must be at least 1"),
        ({"move_in": move()}, "`move_in` must be given exactly if there is a storage"),
        ({"storage": NO_WAITING}, "`move_in` must be given exactly if there is a storage"),
        ({"swap": measurement(0.0)}, "`swap` must take two qubits in"),
        ({"swap_s": -1.0}, "`swap_s` must be at least 0"),
    ],
)
def test_devices_out_of_range_are_refused(wrong, message):
    with pytest.raises(InvalidArgument, match=message):
        Device(**wrong)


def test_measurements_are_made_once():
    device = Device(swap=bell_measurement())
    for setting in (0.5, "y"):
        assert device.measurement(setting) is device.measurement(setting)


def test_a_device_measures_y_with_one_rotation_and_its_readout():
    noise = Noise.from_numbers(one_qubit_depolarising=0.04, readout=Readout(error_0=0.1, error_1=0.02))
    perfect, noisy = (Device(noise=noise).measurement("y") for noise in (NOISELESS, noise))
    assert perfect.instrument.tensor == pytest.approx(pauli_measurement("y").instrument.tensor)
    up = State.from_vector([0.5**0.5, 0.5**0.5 * 1j])  # reads 0, but for half the depolarising and the readout
    with pytest.raises(InvalidArgument, match="`angle` must be a number or 'y'"):
        Device().measurement("x")
    chances = [branch.item() for branch in noisy.instrument.branches(up.tensor, [0])]
    assert chances == pytest.approx([0.98 * 0.9 + 0.02 * 0.02, 0.98 * 0.1 + 0.02 * 0.98])
