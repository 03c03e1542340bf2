"""From hardware to a link: double-click heralding at a midpoint station."""

from __future__ import annotations

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.hardware import RepeaterHardware
from qnet.link.link import Link
from qnet.quantum.photonics import double_click

__all__ = ["double_click_link"]


def double_click_link(hardware: RepeaterHardware, length_km: float) -> Link:
    """Give the link that two such nodes make over a fibre of `length_km`, with a station in its middle.

    A slot is the preparation of an attempt, the flight of the photons (L/2) and of the herald back (L/2). Success
    probability and states come from the heralding circuit (`qnet.quantum.photonics.double_click`); the states are
    those at emission, and the network ages both qubits from then on (Avis et al., npj Quantum Inf. 9, 100, 2023).

    >>> from qnet.hardware import repeater_hardware
    >>> double_click_link(repeater_hardware("trapped-ion"), 50.0).stations
    1
    """
    check("length_km", length_km, Positive)
    fibre, interface = hardware.fibre, hardware.interface
    efficiency = interface.efficiency * fibre.transmission(length_km / 2.0)
    herald = double_click(
        efficiency_a=efficiency,
        efficiency_b=efficiency,
        visibility=interface.visibility,
        dark_count_probability=hardware.detector.dark_count_probability,
        number_resolving=hardware.detector.number_resolving,
    )
    if not herald.success_probability > 0.0:
        raise InvalidArgument.of("length_km", "leave a photon a chance to arrive", length_km)
    flight_s = fibre.delay_s(length_km)
    return Link(
        success_probability=herald.success_probability,
        cycle_s=interface.preparation_s + flight_s,
        emission_s=interface.preparation_s,
        detection_s=interface.preparation_s + flight_s / 2.0,
        heralds=herald.outcomes,
        stations=1,
    )
