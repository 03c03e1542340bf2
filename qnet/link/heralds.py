"""From hardware and the two arms of a link to the circuit that heralds it, and the times that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from qnet.hardware import PairSource, RepeaterHardware
from qnet.link.timing import Timing, absorber_timing, source_timing, station_timing
from qnet.quantum.photonics import Herald, double_click, emitter_absorber, midpoint_source, single_click

__all__ = ["ASSUMED_SOURCE", "MODELS", "Arms", "Model", "with_source"]

Arms = tuple[float, float]
"""Lengths of fibre in km from the source's and from the target's end to where the herald is made."""

ASSUMED_SOURCE = PairSource(mean_pairs=0.05, clock_hz=1e7)
"""Assumed in the middle of links between memories that have no source of pairs, where they are tried with one: as in
the preset rb-atom-midpoint so dim that two pairs at once are rare."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A way to herald a pair.

    Args:
        herald: what one attempt in one mode gives.
        timing: when things happen in an attempt.
        stations: powered, untrusted stations between the ends.
    """

    herald: Callable[[RepeaterHardware, Arms], Herald]
    timing: Callable[[RepeaterHardware, Arms], Timing]
    stations: int = 1


def _single_click(hardware: RepeaterHardware, arms_km: Arms) -> Herald:
    interface = hardware.interface
    bright = interface.bright_state_population
    efficiencies = _at_station(hardware, arms_km)
    return single_click(
        alpha_a=bright,
        alpha_b=bright,
        efficiency_a=efficiencies[0],
        efficiency_b=efficiencies[1],
        visibility=_visibility(hardware, arms_km),
        # a photon leaves the beam splitter on either side
        dark_count_probability=_dark(hardware, bright * sum(efficiencies) / 2.0),
        phase_sigma_rad=interface.phase_sigma_rad,
        double_excitation_probability=interface.double_excitation_probability,
        number_resolving=hardware.detector.number_resolving,
    )


def _double_click(hardware: RepeaterHardware, arms_km: Arms) -> Herald:
    interface = hardware.interface
    efficiencies = _at_station(hardware, arms_km)
    return double_click(
        efficiency_a=efficiencies[0],
        efficiency_b=efficiencies[1],
        visibility=_visibility(hardware, arms_km),
        # a photon is in either bin, and leaves the beam splitter on either side
        dark_count_probability=_dark(hardware, sum(efficiencies) / 4.0),
        double_excitation_probability=interface.double_excitation_probability,
        number_resolving=hardware.detector.number_resolving,
    )


def _emitter_absorber(hardware: RepeaterHardware, arms_km: Arms) -> Herald:
    interface = hardware.interface
    return emitter_absorber(
        efficiency=_photon(hardware, sum(arms_km)),
        latch_probability=interface.latch_probability,
        visibility=interface.visibility,
        false_latch_probability=interface.false_latch_probability,
        double_excitation_probability=interface.double_excitation_probability,
    )


def _midpoint_source(hardware: RepeaterHardware, arms_km: Arms) -> Herald:
    interface, source = hardware.interface, _pair_source(hardware)
    return midpoint_source(
        mean_pairs=source.mean_pairs,
        statistics=source.statistics,
        efficiency_a=_photon(hardware, arms_km[0]),
        efficiency_b=_photon(hardware, arms_km[1]),
        latch_probability_a=interface.latch_probability,
        latch_probability_b=interface.latch_probability,
        false_latch_probability=interface.false_latch_probability,
        visibility=interface.visibility,
    )


def _photon(hardware: RepeaterHardware, arm_km: float) -> float:
    return hardware.interface.efficiency * hardware.fibre.transmission(arm_km)


def _at_station(hardware: RepeaterHardware, arms_km: Arms) -> tuple[float, float]:
    first, second = (_photon(hardware, arm) * hardware.detector.fraction_in_window for arm in arms_km)
    return first, second


def _visibility(hardware: RepeaterHardware, arms_km: Arms) -> float:
    """Give the overlap of the photons that meet: of the interfaces, less what polarisation has drifted apart."""
    return hardware.interface.visibility * (1.0 - hardware.fibre.polarisation_error(sum(arms_km)))


def _dark(hardware: RepeaterHardware, signal: float) -> float:
    """Give the chance of a click without light, in windows where light makes a detector click with `signal`."""
    return hardware.detector.with_afterpulses(signal).dark_count_probability


def with_source(hardware: RepeaterHardware, herald: str | None) -> RepeaterHardware:
    """Give the hardware with `ASSUMED_SOURCE` if `herald` needs a source of pairs and it has none.

    >>> from qnet.hardware import repeater_hardware
    >>> with_source(repeater_hardware("trapped-ion"), "midpoint-source").pair_source.mean_pairs
    0.05
    """
    if herald != "midpoint-source" or hardware.pair_source is not None:
        return hardware
    return replace(hardware, pair_source=ASSUMED_SOURCE)


def _pair_source(hardware: RepeaterHardware) -> PairSource:
    assert hardware.pair_source is not None  # see `with_source`
    return hardware.pair_source


MODELS: Mapping[str, Model] = {
    "single-click": Model(
        herald=_single_click, timing=lambda of, arms: station_timing(of.interface.preparation_s, of.fibre, arms)
    ),
    "double-click": Model(
        herald=_double_click, timing=lambda of, arms: station_timing(of.interface.preparation_s, of.fibre, arms)
    ),
    "midpoint-source": Model(
        herald=_midpoint_source,
        timing=lambda of, arms: source_timing(
            of.interface.preparation_s, of.fibre, arms, of.modes / _pair_source(of).clock_hz
        ),
    ),
    "emitter-absorber": Model(
        herald=_emitter_absorber,
        timing=lambda of, arms: absorber_timing(of.interface.preparation_s, of.fibre, sum(arms)),
        stations=0,
    ),
}
"""The ways to herald, by the names that files and the command line know."""
