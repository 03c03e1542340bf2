"""A kind of optical fibre: what it does to light per kilometre."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.hardware.parts import LEFT_OUT, FiniteNonNegative, FinitePositive, check_parts, flag_outside
from qnet.units import ATTENUATION_TO_DB_PER_KM, transmission

__all__ = ["Fibre"]

_LIGHT_KM_S = 299792.458


@dataclass(frozen=True, kw_only=True)
class Fibre:
    """Describe a kind of fibre; its length belongs to the network that lays it.

    Args:
        loss_db_per_km: attenuation, dB/km.
        group_velocity_km_s: speed of a pulse in the fibre, km/s; at most that of light.
        connector_loss_db: loss of the connectors of one piece of fibre, dB, whatever its length.
        splice_loss_db: mean loss of a splice, dB, on top of the attenuation.
        splice_spacing_km: mean length from splice to splice, km.
        polarisation_drift_rad_per_sqrt_km: how far polarisation wanders between two alignments: in each of two
            directions on the Poincare sphere, the standard deviation (rad) after the first km.

    >>> fibre = Fibre(loss_db_per_km=0.2)
    >>> fibre.transmission(50), fibre.delay_s(50)
    (0.1, 0.00025)
    """

    loss_db_per_km: FiniteNonNegative = 0.2
    group_velocity_km_s: FinitePositive = 2e5
    connector_loss_db: FiniteNonNegative = 0.0
    splice_loss_db: FiniteNonNegative = field(default=0.0, metadata=LEFT_OUT)
    splice_spacing_km: Positive = field(default=math.inf, metadata=LEFT_OUT)
    polarisation_drift_rad_per_sqrt_km: FiniteNonNegative = field(default=0.0, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        check_parts(self)
        if self.group_velocity_km_s > _LIGHT_KM_S:
            rule = f"be in km/s and at most the speed of light, {_LIGHT_KM_S:g}"
            raise InvalidArgument.of("group_velocity_km_s", rule, self.group_velocity_km_s)
        if self.splice_loss_db and math.isinf(self.splice_spacing_km):
            rule = "be finite where there are splices"
            raise InvalidArgument.of("splice_spacing_km", rule, self.splice_spacing_km)
        flag_outside("loss_db_per_km", self.loss_db_per_km, 0.02, 100.0, "0.2 dB/m would be 200 dB/km")
        flag_outside("group_velocity_km_s", self.group_velocity_km_s, 1e5, _LIGHT_KM_S, "glass guides at 2e5 km/s")

    def transmission(self, length_km: float) -> float:
        """Give the probability that a photon leaves a piece of this length (km).

        10^(-(a L + connectors) / 10), where a is attenuation plus splice loss over splice spacing, in dB/km.

        >>> Fibre(loss_db_per_km=0.19, splice_loss_db=0.04, splice_spacing_km=4).transmission(50)
        0.1
        """
        _check_length(length_km)
        return transmission(self._db_per_km * length_km + self.connector_loss_db)

    def delay_s(self, length_km: float) -> float:
        """Give the time of flight in seconds over a length in km."""
        _check_length(length_km)
        return length_km / self.group_velocity_km_s

    def polarisation_error(self, length_km: float) -> float:
        """Give the probability that a photon leaves a piece of this length (km) in the orthogonal polarisation.

        The Stokes vector S wanders like a Brownian particle on the Poincare sphere: d<S>/dL = -D^2 <S>, hence
        <S(L) . S(0)> = exp(-D^2 L), the isotropic drift of Czegledi et al., Sci. Rep. 6, 21217 (2016), arXiv
        1507.00953, along the fibre instead of in time. The error (1 - exp(-D^2 L)) / 2 is the same in all bases: the
        QBER of a qubit in polarisation. For two photons that meet at a midpoint, L being both arms together, it is
        what |<psi_A|psi_B>|^2 lacks to 1.

        >>> f"{Fibre(polarisation_drift_rad_per_sqrt_km=0.02).polarisation_error(50):.4f}"
        '0.0099'
        """
        _check_length(length_km)
        drift = self.polarisation_drift_rad_per_sqrt_km
        return -math.expm1(-length_km * drift * drift) / 2

    @property
    def attenuation_length_km(self) -> float:
        """The length in km over which the intensity falls to 1/e, connectors aside; infinite without loss."""
        return ATTENUATION_TO_DB_PER_KM / self._db_per_km if self._db_per_km else math.inf

    @property
    def _db_per_km(self) -> float:
        return self.loss_db_per_km + self.splice_loss_db / self.splice_spacing_km


def _check_length(length_km: float) -> None:
    check("length_km", length_km, FiniteNonNegative)
    flag_outside("length_km", length_km, 0.0, 5e4, "no fibre is longer than the equator; a length is in km")
