"""From hardware to a link: double-click heralding at a midpoint station."""

from __future__ import annotations

from qnet.hardware import RepeaterHardware
from qnet.link.hardware import link_of
from qnet.link.link import Link

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
    return link_of(hardware, length_km, herald="double-click")
