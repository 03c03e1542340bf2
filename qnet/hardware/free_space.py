"""Light through air: a Gaussian beam between two telescopes, and the sky's own light beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from qnet.fields import Positive, Probability, check
from qnet.hardware.parts import FiniteNonNegative, FinitePositive, check_parts, flag_outside
from qnet.units import transmission

__all__ = [
    "SKY_CLEAR_DAY",
    "SKY_FULL_MOON",
    "SKY_MOONLESS",
    "FreeSpace",
    "ReceivingTelescope",
    "SendingTelescope",
    "photon_energy_j",
]

SKY_MOONLESS = 6.1e-6
"""Radiance of a dark site's moonless sky near 800 nm, W/(m^2 sr um): 19.74 mag/arcsec^2 in band I (ESO SkyCalc for
Cerro Paranal, 2021) with magnitude 0 at 1.13e-8 W/(m^2 um) (Bessell, PASP 91, 589 (1979)). Towns are brighter."""
SKY_FULL_MOON = 3.2e-5
"""The same with a full moon at 45 degrees, 17.95 mag/arcsec^2."""
SKY_CLEAR_DAY = 25.0
"""Radiance of a clear day's sky away from the sun near 800 nm, W/(m^2 sr um); assumed: 1 to 100 with haze and sun."""

_PLANCK_J_S = 6.62607015e-34
_LIGHT_M_S = 299792458.0


def photon_energy_j(wavelength_nm: float) -> float:
    """Give the energy h c / wavelength of a photon in joule.

    >>> f"{photon_energy_j(1550):.4g}"
    '1.282e-19'
    """
    check("wavelength_nm", wavelength_nm, FinitePositive)
    return _PLANCK_J_S * _LIGHT_M_S / (wavelength_nm * 1e-9)


@dataclass(frozen=True, kw_only=True)
class SendingTelescope:
    """Describe how a Gaussian beam leaves: its size, how far it is from ideal, and how well it is aimed.

    The beam that an aperture of radius a clips is stood for by the Gaussian beam with its power and its far field on
    axis: with q = exp(-a^2/w0^2) a part 1 - q^2 passes, and w0^2 shrinks by (1 - q)/(1 + q). That is exact for a
    receiver small against a far beam (Klein and Degnan, Appl. Opt. 13, 2134 (1974)); a central obstruction is left out.

    Args:
        wavelength_nm: wavelength, nm.
        waist_m: radius w0 of the beam at the telescope, where the intensity is 1/e^2 of that on axis, m.
        aperture_m: diameter of the aperture, m; infinite where nothing is clipped.
        beam_quality: M^2, the divergence over that of an ideal beam of the same waist.
        jitter_urad: standard deviation of the pointing error along each of two axes, microradian.
        boresight_urad: constant part of the pointing error, microradian.

    >>> telescope = SendingTelescope(wavelength_nm=850, waist_m=0.1)
    >>> round(telescope.divergence_urad, 3), round(telescope.radius_m(1000), 3)
    (2.706, 2.707)
    """

    wavelength_nm: FinitePositive
    waist_m: FinitePositive
    aperture_m: Positive = math.inf
    beam_quality: Annotated[float, Ge(1), Lt(math.inf)] = 1.0
    jitter_urad: FiniteNonNegative = 0.0
    boresight_urad: FiniteNonNegative = 0.0

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("wavelength_nm", self.wavelength_nm, 100, 20_000, "a wavelength is in nanometres")
        flag_outside("waist_m", self.waist_m, 1e-4, 5, "a radius is in metres")
        flag_outside("aperture_m", self.aperture_m, 1e-3, 50, "a diameter is in metres")
        flag_outside("jitter_urad", self.jitter_urad, 1e-3, 1e4, "an angle is in microradian")
        flag_outside("boresight_urad", self.boresight_urad, 1e-3, 1e4, "an angle is in microradian")

    @property
    def clipped_waist_m(self) -> float:
        """The waist after the aperture, m: w0 sqrt(tanh(a^2 / (2 w0^2)))."""
        return self.waist_m * math.sqrt(math.tanh((self.aperture_m / self.waist_m) ** 2 / 8))

    @property
    def divergence_urad(self) -> float:
        """Half the angle of divergence (1/e^2), microradian: M^2 wavelength / (pi waist); a full width at half maximum
        is 1.177 of it."""
        return self.beam_quality * self.wavelength_nm * 1e-3 / (math.pi * self.clipped_waist_m)

    def radius_m(self, range_km: float) -> float:
        """Give the radius (1/e^2) of the beam after a range in km, pointing errors and air aside, m."""
        check("range_km", range_km, FiniteNonNegative)
        return math.hypot(self.clipped_waist_m, self.divergence_urad * 1e-3 * range_km)

    def collected(self, range_km: float | NDArray[Any], aperture_m: float, spread_m: float = 0.0) -> NDArray[Any]:
        """Give the mean part of the light that falls into a round aperture (diameter, m) at a range in km.

        A ray of the beam and the error of its aim are both Gaussian, so their sum is, with variance
        s^2 = (w^2 + spread^2)/4 + (jitter x range)^2 along each axis: averaged over the jitter (a Rayleigh law of the
        radial error), exactly 1 - exp(-a^2 / (2 s^2)) arrives within the radius a. With a constant error d x range the
        law is Rice's, and the part 1 - Q_1(d range / s, a / s) with Marcum's Q (Farid and Hranilovic, J. Lightwave
        Technol. 25, 1702 (2007), who approximate it).

        Args:
            range_km: distance, km, or an array of them.
            aperture_m: diameter of the receiving aperture, m.
            spread_m: what turbulence adds to the radius of the beam in quadrature, m.
        """
        metres = np.asarray(range_km, dtype=float) * 1e3
        radius = np.hypot(self.clipped_waist_m, self.divergence_urad * 1e-6 * metres)
        variance = (radius**2 + spread_m**2) / 4 + (self.jitter_urad * 1e-6 * metres) ** 2
        reach = (aperture_m / 2) ** 2 / variance
        passed = -math.expm1(-((self.aperture_m / self.waist_m) ** 2) / 2)
        if not self.boresight_urad:
            return np.asarray(-passed * np.expm1(-reach / 2))
        from scipy.special import chndtr

        return np.asarray(passed * chndtr(reach, 2, (self.boresight_urad * 1e-6 * metres) ** 2 / variance))


@dataclass(frozen=True, kw_only=True)
class ReceivingTelescope:
    """Describe what gathers the light: its aperture, its optics up to the detector, and what of the sky it sees.

    Args:
        aperture_m: diameter of the aperture, m.
        efficiency: part of the light in the aperture that reaches the detector; the detector's own is not in it.
        field_of_view_urad: full angle of the field of view, microradian; 0 leaves the background out.
        filter_nm: width of the spectral filter, nm; 0 leaves the background out.

    >>> telescope = ReceivingTelescope(aperture_m=1, efficiency=0.5, field_of_view_urad=100, filter_nm=1)
    >>> round(telescope.background_hz(SKY_FULL_MOON, 850), 1), f"{telescope.background_hz(SKY_CLEAR_DAY, 850):.2e}"
    (422.3, '3.30e+08')
    """

    aperture_m: FinitePositive
    efficiency: Probability = 1.0
    field_of_view_urad: FiniteNonNegative = 0.0
    filter_nm: FiniteNonNegative = 0.0

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("aperture_m", self.aperture_m, 1e-3, 50, "a diameter is in metres")
        flag_outside("field_of_view_urad", self.field_of_view_urad, 0.1, 1e5, "an angle is in microradian")
        flag_outside("filter_nm", self.filter_nm, 1e-4, 500, "a width is in nanometres")

    def background_hz(self, sky_radiance: float, wavelength_nm: float) -> float:
        """Give the photons of the sky that reach the detector per second, of both polarisations.

        They are H Omega A dlambda / (h c / lambda) times the efficiency, with Omega = pi (field of view / 2)^2
        (Miao et al., New J. Phys. 7, 215 (2005)). `Detector.with_background` takes the rate.

        Args:
            sky_radiance: H, W/(m^2 sr um).
            wavelength_nm: centre of the filter, nm.
        """
        check("sky_radiance", sky_radiance, FiniteNonNegative)
        solid_angle = math.pi * (self.field_of_view_urad * 1e-6 / 2) ** 2
        area_m2 = math.pi * (self.aperture_m / 2) ** 2
        power_w = sky_radiance * solid_angle * area_m2 * self.filter_nm * 1e-3
        return self.efficiency * power_w / photon_energy_j(wavelength_nm)


@dataclass(frozen=True, kw_only=True)
class FreeSpace:
    """Describe a horizontal link through air of one kind; like a fibre's, its length belongs to who lays it.

    Args:
        sender: the sending telescope.
        receiver: the receiving telescope.
        extinction_db_per_km: what air and haze take away, dB/km.
        turbulence_cn2: structure constant C_n^2 of the refractive index, m^(-2/3): 1e-17 is weak, 1e-13 strong.

    >>> sender, receiver = SendingTelescope(wavelength_nm=850, waist_m=0.05), ReceivingTelescope(aperture_m=0.2)
    >>> link = FreeSpace(sender=sender, receiver=receiver, extinction_db_per_km=0.1, turbulence_cn2=1e-15)
    >>> round(link.loss_db(10), 3), round(link.fried_parameter_m(10), 3)
    (2.881, 0.069)
    """

    sender: SendingTelescope
    receiver: ReceivingTelescope
    extinction_db_per_km: FiniteNonNegative = 0.0
    turbulence_cn2: FiniteNonNegative = 0.0

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("extinction_db_per_km", self.extinction_db_per_km, 1e-4, 400, "an extinction is in dB/km")
        flag_outside("turbulence_cn2", self.turbulence_cn2, 1e-20, 1e-11, "its unit is m^(-2/3)")

    def transmission(self, length_km: float) -> float:
        """Give the mean probability that a photon reaches the detector over a length in km."""
        check("length_km", length_km, FiniteNonNegative)
        spread_m = 0.0
        if self.turbulence_cn2 and length_km:
            # Long exposure: the coherence exp(-(r/rho0)^2), rho0 = r0/2.1, adds 8 (L / (k rho0))^2 to the square of the
            # radius (Fante, Proc. IEEE 63, 1669 (1975)).
            spread_m = 2.1 * math.sqrt(8) * length_km * 1e3 / (self._wave_number * self.fried_parameter_m(length_km))
        collected = self.sender.collected(length_km, self.receiver.aperture_m, spread_m)
        return float(collected) * self.receiver.efficiency * transmission(self.extinction_db_per_km * length_km)

    def loss_db(self, length_km: float) -> float:
        """Give the mean loss over a length in km, in decibel."""
        mean = self.transmission(length_km)
        return -10 * math.log10(mean) if mean else math.inf

    def delay_s(self, length_km: float) -> float:
        """Give the time of flight in seconds over a length in km."""
        check("length_km", length_km, FiniteNonNegative)
        return length_km * 1e3 / _LIGHT_M_S

    def background_hz(self, sky_radiance: float) -> float:
        """Give the stray photons per second that reach the detector (`ReceivingTelescope.background_hz`)."""
        return self.receiver.background_hz(sky_radiance, self.sender.wavelength_nm)

    def fried_parameter_m(self, length_km: float) -> float:
        """Give the coherence diameter of a spherical wave over a length in km, m; infinite without turbulence.

        r0 = 2.1 (1.46 x 3/8 k^2 C_n^2 L)^(-3/5) (Fried, J. Opt. Soc. Am. 56, 1372 (1966); Fante 1975; 1.46 and 2.1 from
        memory).
        """
        check("length_km", length_km, FiniteNonNegative)
        strength = 1.46 * 3 / 8 * self._wave_number**2 * self.turbulence_cn2 * length_km * 1e3
        return float(2.1 * strength ** (-3 / 5)) if strength else math.inf

    @property
    def _wave_number(self) -> float:
        return 2 * math.pi / (self.sender.wavelength_nm * 1e-9)
