"""Light from a satellite to the ground: geometry, air, and a pass in time."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import check
from qnet.hardware.free_space import ReceivingTelescope, SendingTelescope
from qnet.hardware.parts import FinitePositive, check_parts, flag_outside

__all__ = ["Overpass", "SatelliteDownlink"]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth, km (IUGG, Moritz 2000)."""
EARTH_GM_KM3_S2 = 398600.4418
"""Gravitational constant times the mass of the Earth, km^3/s^2 (IERS Conventions 2010)."""
LIGHT_KM_S = 299792.458

Elevation = Annotated[float, Ge(0), Le(90)]
Altitude = Annotated[float, Gt(0), Le(1e9)]
_MOST_SAMPLES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class SatelliteDownlink:
    """Describe a satellite on a circular orbit that sends light to a ground station at sea level.

    Turbulence does not widen the beam, since all of it lies in the last few kilometres; it is left out.

    Args:
        sender: the telescope on board.
        receiver: the telescope on the ground.
        altitude_km: height of the orbit over the ground, km.
        zenith_transmission: part of the light that clear air lets through, straight down.

    >>> sender = SendingTelescope(wavelength_nm=850, waist_m=0.032)
    >>> downlink = SatelliteDownlink(sender=sender, receiver=ReceivingTelescope(aperture_m=1), altitude_km=500)
    >>> round(downlink.range_km(90)), round(downlink.range_km(10)), round(downlink.loss_db(30), 2)
    (500, 1695, 20.75)
    """

    sender: SendingTelescope
    receiver: ReceivingTelescope
    altitude_km: Altitude
    zenith_transmission: Annotated[float, Gt(0), Le(1)] = 1.0

    def __post_init__(self) -> None:
        check_parts(self)
        flag_outside("altitude_km", self.altitude_km, 100, 100_000, "an altitude is in kilometres")

    def range_km(self, elevation_deg: float) -> float:
        """Give the distance to the satellite seen at an elevation in degrees, km, with the Earth a sphere.

        sqrt(r^2 - R^2 cos^2 e) - R sin e, with r = R + altitude.
        """
        check("elevation_deg", elevation_deg, Elevation)
        return float(self._range_km(np.asarray(elevation_deg)))

    def delay_s(self, elevation_deg: float) -> float:
        """Give the time of flight in seconds at an elevation in degrees."""
        return self.range_km(elevation_deg) / LIGHT_KM_S

    def transmission(self, elevation_deg: float) -> float:
        """Give the mean probability that a photon reaches the detector, at an elevation in degrees.

        Beam and pointing are those of `SendingTelescope.collected`; the air lets through the zenith transmission to
        the power of the air mass; the optics of the receiver count, the detector does not.
        """
        check("elevation_deg", elevation_deg, Elevation)
        return float(self._transmission(np.asarray(elevation_deg)))

    def loss_db(self, elevation_deg: float) -> float:
        """Give the mean loss at an elevation in degrees, in decibel."""
        mean = self.transmission(elevation_deg)
        return -10 * math.log10(mean) if mean else math.inf

    def background_hz(self, sky_radiance: float) -> float:
        """Give the photons of the sky that reach the detector per second (`ReceivingTelescope.background_hz`)."""
        return self.receiver.background_hz(sky_radiance, self.sender.wavelength_nm)

    def overpass(
        self,
        max_elevation_deg: float,
        *,
        min_elevation_deg: float = 10.0,
        step_s: float = 1.0,
        sky_radiance: float = 0.0,
    ) -> Overpass:
        """Follow the satellite over the sky while it stands at least `min_elevation_deg` high.

        The angle g between station and satellite at the Earth's centre obeys cos g = cos g0 cos(w t), with
        w = sqrt(GM / r^3), and tan e = (cos g - R/r) / sin g. The Earth's own rotation is left out: it changes the
        duration by up to 7 % in low orbits.

        Args:
            max_elevation_deg: elevation at closest approach, degrees.
            min_elevation_deg: elevation at which the pass begins and ends, degrees.
            step_s: time between samples, s; one of them is at closest approach.
            sky_radiance: radiance of the sky, W/(m^2 sr um), such as `SKY_FULL_MOON`.
        """
        check("max_elevation_deg", max_elevation_deg, Elevation)
        check("min_elevation_deg", min_elevation_deg, Elevation)
        check("step_s", step_s, FinitePositive)
        if min_elevation_deg > max_elevation_deg:
            rule = f"be at most the greatest elevation, {max_elevation_deg}"
            raise InvalidArgument.of("min_elevation_deg", rule, min_elevation_deg)
        time_s, elevation_deg = self._track(max_elevation_deg, min_elevation_deg, step_s)
        return Overpass(
            time_s=time_s,
            elevation_deg=elevation_deg,
            range_km=self._range_km(elevation_deg),
            transmission=self._transmission(elevation_deg),
            background_hz=np.full(len(time_s), self.background_hz(sky_radiance)),
        )

    def _track(self, highest_deg: float, lowest_deg: float, step_s: float) -> tuple[NDArray[Any], NDArray[Any]]:
        radius_km = EARTH_RADIUS_KM + self.altitude_km
        angular_speed = math.sqrt(EARTH_GM_KM3_S2 / radius_km**3)
        closest = self._central_angle(highest_deg)
        half_angle = math.acos(min(1.0, math.cos(self._central_angle(lowest_deg)) / math.cos(closest)))
        duration_s = 2 * half_angle / angular_speed
        if duration_s / step_s > _MOST_SAMPLES:
            raise InvalidArgument.of("step_s", f"cut a pass of {duration_s:.3g} s into at most 10^7 samples", step_s)
        steps = math.floor(duration_s / 2 / step_s)
        time_s = step_s * np.arange(-steps, steps + 1)
        # From the half-angle: the arc cosine of cos g loses all digits where the satellite is overhead.
        half_sine_squared = math.sin(closest / 2) ** 2 + math.cos(closest) * np.sin(angular_speed * time_s / 2) ** 2
        central = 2 * np.arcsin(np.sqrt(half_sine_squared))
        elevation = np.arctan2(np.cos(central) - EARTH_RADIUS_KM / radius_km, np.sin(central))
        return time_s, np.minimum(np.degrees(elevation), highest_deg)

    def _central_angle(self, elevation_deg: float) -> float:
        elevation = math.radians(elevation_deg)
        return math.acos(math.cos(elevation) / (1 + self.altitude_km / EARTH_RADIUS_KM)) - elevation

    def _range_km(self, elevation_deg: NDArray[Any]) -> NDArray[Any]:
        rise = EARTH_RADIUS_KM * np.sin(np.radians(elevation_deg))
        # r^2 - R^2 cos^2 e, written so that nothing cancels
        return np.asarray(np.sqrt(rise**2 + self.altitude_km * (2 * EARTH_RADIUS_KM + self.altitude_km)) - rise)

    def _transmission(self, elevation_deg: NDArray[Any]) -> NDArray[Any]:
        collected = self.sender.collected(self._range_km(elevation_deg), self.receiver.aperture_m)
        air = self.zenith_transmission ** _air_mass(elevation_deg)
        return np.asarray(collected * self.receiver.efficiency * air)


@dataclass(frozen=True, kw_only=True, eq=False)
class Overpass:
    """Hold one pass of a satellite as a time series; the arrays are of one length and cannot be written to.

    Args:
        time_s: time from closest approach, s.
        elevation_deg: height over the horizon, degrees.
        range_km: distance, km.
        transmission: mean probability that a photon reaches the detector.
        background_hz: photons of the sky that reach the detector per second.

    >>> sender = SendingTelescope(wavelength_nm=850, waist_m=0.032)
    >>> downlink = SatelliteDownlink(sender=sender, receiver=ReceivingTelescope(aperture_m=1), altitude_km=500)
    >>> seen = downlink.overpass(max_elevation_deg=60)
    >>> print(seen)
    Overpass(436 s, up to 60.0 degrees, 571 to 1693 km, 16.7 to 26.1 dB)
    """

    time_s: NDArray[Any]
    elevation_deg: NDArray[Any]
    range_km: NDArray[Any]
    transmission: NDArray[Any]
    background_hz: NDArray[Any]

    def __post_init__(self) -> None:
        for field in fields(self):
            values = np.array(getattr(self, field.name), dtype=float)
            values.flags.writeable = False
            object.__setattr__(self, field.name, values)
            if values.shape != self.time_s.shape or values.ndim != 1 or not len(values):
                raise InvalidArgument.of(field.name, "be an array as long as the times", values.shape)

    @property
    def loss_db(self) -> NDArray[Any]:
        """The mean loss at each time, in decibel."""
        with np.errstate(divide="ignore"):
            return np.asarray(-10 * np.log10(self.transmission))

    @property
    def duration_s(self) -> float:
        """The time from the first to the last sample, s."""
        return float(self.time_s[-1] - self.time_s[0])

    @property
    def digest(self) -> str:
        """A hash of the content; equality of passes is equality of digests."""
        content = b"".join(getattr(self, field.name).tobytes() for field in fields(self))
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Overpass) and self.digest == other.digest

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    def __repr__(self) -> str:
        loss = self.loss_db
        return (
            f"Overpass({self.duration_s:.0f} s, up to {self.elevation_deg.max():.1f} degrees, "
            f"{self.range_km.min():.0f} to {self.range_km.max():.0f} km, {loss.min():.1f} to {loss.max():.1f} dB)"
        )


def _air_mass(elevation_deg: NDArray[Any]) -> NDArray[Any]:
    """Air on the way, in units of that straight up: Kasten and Young, Appl. Opt. 28, 4735 (1989)."""
    fitted = 1 / (np.sin(np.radians(elevation_deg)) + 0.50572 * (elevation_deg + 6.07995) ** -1.6364)
    return np.asarray(np.maximum(fitted, 1.0))  # the fit gives 0.9997 straight up
