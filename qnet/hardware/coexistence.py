"""Classical light in the same fibre, and the noise photons it puts into a quantum channel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt, Le

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, check
from qnet.hardware.fibre import Fibre
from qnet.hardware.free_space import photon_energy_j
from qnet.hardware.parts import FiniteNonNegative, FinitePositive, check_parts, flag_outside
from qnet.units import ATTENUATION_TO_DB_PER_KM, transmission

__all__ = ["ClassicalChannel", "Coexistence"]

Dbm = Annotated[float, Gt(-math.inf), Le(1000)]
"""A power; more dBm than that could not be counted in watt."""


@dataclass(frozen=True, kw_only=True)
class ClassicalChannel:
    """Describe a classical channel that shares the fibre; it runs all the time.

    Args:
        launch_power_dbm: mean power where it enters the fibre, dBm: 0 dBm is 1 mW.
        wavelength_nm: its wavelength, nm.
        direction: "co" if it runs with the quantum signal, "counter" if it starts at the quantum receiver.
        loss_db_per_km: attenuation of the fibre at its wavelength, dB/km.
        return_loss_db: how far below the launched power the light is that the fibre sends back, dB; matters for
            "counter" only. Rayleigh scattering in a long standard fibre gives about 32 (assumed).
        raman_per_km_nm: Raman coefficient from its wavelength into the quantum channel's: the part of its power that is
            scattered one way per km of fibre and nm of spectrum. 3e-9 is the worst within the C band (Kumar, Qin and
            Alleaume, New J. Phys. 17, 043027 (2015); second-hand).

    >>> ClassicalChannel(launch_power_dbm=-3, wavelength_nm=1550, direction="up")
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `direction` must be one of co, counter, but is 'up'.
    """

    launch_power_dbm: Dbm
    wavelength_nm: FinitePositive
    direction: Literal["co", "counter"] = "co"
    loss_db_per_km: FiniteNonNegative = 0.2
    return_loss_db: NonNegative = 32.0
    raman_per_km_nm: FiniteNonNegative = 3e-9

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("launch_power_dbm", self.launch_power_dbm, -60, 30, "a power is in dBm, 0 dBm being 1 mW")
        flag_outside("wavelength_nm", self.wavelength_nm, 400, 2500, "a wavelength is in nanometres")
        flag_outside("loss_db_per_km", self.loss_db_per_km, 0.01, 50, "a loss is in dB/km")
        flag_outside("raman_per_km_nm", self.raman_per_km_nm, 1e-13, 1e-7, "it is per kilometre and nanometre")

    @property
    def launch_power_w(self) -> float:
        """The launched power in watt."""
        return 1e-3 * float(10 ** (self.launch_power_dbm / 10))


@dataclass(frozen=True, kw_only=True)
class Coexistence:
    """Describe the quantum channel's place among classical ones, and the filter in front of its detector.

    Args:
        channels: the classical channels.
        wavelength_nm: wavelength of the quantum channel, nm.
        filter_nm: width of the filter, nm.
        isolation_db: by how much the filter weakens light of the classical wavelengths, dB; may be infinite.

    >>> data = ClassicalChannel(launch_power_dbm=-20, wavelength_nm=1560)
    >>> shared = Coexistence(channels=(data,), wavelength_nm=1550, filter_nm=0.05, isolation_db=120)
    >>> round(shared.raman_hz(Fibre(), 25)), round(shared.crosstalk_hz(Fibre(), 25), 1)
    (92531, 24.8)
    """

    channels: tuple[ClassicalChannel, ...]
    wavelength_nm: FinitePositive
    filter_nm: FiniteNonNegative
    isolation_db: NonNegative

    def __post_init__(self) -> None:
        check_parts(self)
        if not isinstance(self.channels, tuple) or not all(isinstance(c, ClassicalChannel) for c in self.channels):
            raise InvalidArgument.of("channels", "be a tuple of ClassicalChannel", self.channels)
        flag_outside("wavelength_nm", self.wavelength_nm, 400, 2500, "a wavelength is in nanometres")
        flag_outside("filter_nm", self.filter_nm, 1e-4, 100, "a width is in nanometres")

    def noise_hz(self, fibre: Fibre, length_km: float) -> float:
        """Give all noise photons per second behind the filter: Raman scattering and cross-talk."""
        return self.raman_hz(fibre, length_km) + self.crosstalk_hz(fibre, length_km)

    def photons_per_window(self, fibre: Fibre, length_km: float, window_s: float) -> float:
        """Give the mean number of noise photons in a detection window (s)."""
        check("window_s", window_s, FiniteNonNegative)
        return self.noise_hz(fibre, length_km) * window_s

    def raman_hz(self, fibre: Fibre, length_km: float) -> float:
        """Give the photons per second that Raman scattering sends to the quantum receiver within the filter.

        A slice dz scatters the part beta dlambda dz of the power there. With the attenuations a (classical) and b
        (quantum) per km and the launched power P, the power at the receiver is
        co: P beta dlambda (exp(-a L) - exp(-b L)) / (b - a), which is P beta dlambda L exp(-a L) for a = b;
        counter: P beta dlambda (1 - exp(-(a + b) L)) / (a + b).
        For a = b these are the formulas of Eraerds et al., New J. Phys. 12, 063027 (2010), arXiv 0912.1798. Light that
        runs along passes every connector once, before or after it is scattered; for light that runs against, connectors
        are left out, as if they were all at the far end.

        Args:
            fibre: the fibre, with its loss at the quantum wavelength.
            length_km: its length, km.
        """
        check("length_km", length_km, FiniteNonNegative)
        scattered = [c.launch_power_w * c.raman_per_km_nm * _overlap_km(c, fibre, length_km) for c in self.channels]
        return self.filter_nm * sum(scattered) / photon_energy_j(self.wavelength_nm)

    def crosstalk_hz(self, fibre: Fibre, length_km: float) -> float:
        """Give the classical photons per second that leak through the filter.

        What arrives is the launched power after the fibre ("co") or after the return loss ("counter"); the filter
        weakens it by its isolation.
        """
        check("length_km", length_km, FiniteNonNegative)
        leaked = 0.0
        for channel in self.channels:
            along = channel.direction == "co"
            fibre_db = channel.loss_db_per_km * length_km + fibre.connector_loss_db
            loss_db = (fibre_db if along else channel.return_loss_db) + self.isolation_db
            leaked += channel.launch_power_w * transmission(loss_db) / photon_energy_j(channel.wavelength_nm)
        return leaked


def _overlap_km(channel: ClassicalChannel, fibre: Fibre, length_km: float) -> float:
    """The integral over the fibre of what is left of classical light before, and of scattered light after, a slice."""
    classical = channel.loss_db_per_km / ATTENUATION_TO_DB_PER_KM
    quantum = fibre.loss_db_per_km / ATTENUATION_TO_DB_PER_KM
    if channel.direction == "counter":
        return length_km * _mean_exponential((classical + quantum) * length_km)
    # with the smaller attenuation outside, nothing can overflow
    remaining = math.exp(-min(classical, quantum) * length_km) * transmission(fibre.connector_loss_db)
    return length_km * remaining * _mean_exponential(abs(classical - quantum) * length_km)


def _mean_exponential(x: float) -> float:
    """(1 - exp(-x)) / x, which is 1 at zero."""
    return -math.expm1(-x) / x if x else 1.0
