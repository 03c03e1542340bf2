"""When things happen in a slot of a link, for each way to herald."""

from __future__ import annotations

from dataclasses import dataclass

from qnet.fields import NonNegative, check_fields
from qnet.hardware import Fibre

__all__ = ["Timing", "absorber_timing", "source_timing", "station_timing"]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Times of one attempt, all in seconds and counted from the start of its slot.

    Args:
        ready_s: when both qubits are in their memories: the later of the two emissions or absorptions.
        click_s: when chance decides: at the station, or at the end that absorbs.
        cycle_s: when the herald has reached both ends, and the slot is over.
        waited_s: how long each memory (source, target) has held its qubit at `ready_s`.
    """

    ready_s: NonNegative
    click_s: NonNegative
    cycle_s: NonNegative
    waited_s: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_fields(self)


def station_timing(preparation_s: float, fibre: Fibre, arms_km: tuple[float, float]) -> Timing:
    """Time an attempt whose photons meet at a station: preparation, flight of the photons, flight of the herald.

    The end on the longer arm emits as soon as it is prepared, the other one later, so that the photons meet; the
    herald takes as long as the photon on the longer arm. With equal arms the flights add to L/c.

    >>> f"{station_timing(1e-6, Fibre(), (25.0, 25.0)).cycle_s:.3g}"
    '0.000251'
    """
    first, second = (fibre.delay_s(arm) for arm in arms_km)
    longest = max(first, second)
    return Timing(
        ready_s=preparation_s + abs(first - second),
        click_s=preparation_s + longest,
        cycle_s=preparation_s + 2.0 * longest,
        waited_s=(max(0.0, first - second), max(0.0, second - first)),
    )


def absorber_timing(preparation_s: float, fibre: Fibre, length_km: float) -> Timing:
    """Time an attempt from emitter to absorber: the photon flies the whole way, and so does the word back: 2 L/c.

    The absorber's memory holds its qubit from the arrival on; the emitter's has then waited for L/c.

    >>> f"{absorber_timing(1e-6, Fibre(), 50.0).cycle_s:.3g}"
    '0.000501'
    """
    flight = fibre.delay_s(length_km)
    return Timing(
        ready_s=preparation_s + flight,
        click_s=preparation_s + flight,
        cycle_s=preparation_s + 2.0 * flight,
        waited_s=(flight, 0.0),
    )


def source_timing(preparation_s: float, fibre: Fibre, arms_km: tuple[float, float], pulses_s: float) -> Timing:
    """Time an attempt fed by a source of pairs between the ends, which fires by its own clock for `pulses_s`.

    The photons' flight blocks no memory: each end knows by itself whether it has one. A memory is blocked from its
    preparation until the pulses are over and the word of the other end, from the whole length away, is there
    (Jones et al., NJP 18, 083015, 2016, arXiv 1505.01536). What both hold is taken to have waited since the first
    pulse. The photon on the shorter arm comes earlier.

    >>> f"{source_timing(1e-6, Fibre(), (25.0, 25.0), 1e-6).cycle_s:.3g}"
    '0.000252'
    """
    first, second = (fibre.delay_s(arm) for arm in arms_km)
    ready = preparation_s + abs(first - second)
    return Timing(
        ready_s=ready,
        click_s=ready,
        cycle_s=ready + pulses_s + first + second,
        waited_s=(max(0.0, second - first), max(0.0, first - second)),
    )
