"""A kind of optical fibre: what it does to light per kilometre."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qnet.fields import check
from qnet.hardware.parts import FiniteNonNegative, FinitePositive, check_parts
from qnet.units import ATTENUATION_TO_DB_PER_KM, transmission

__all__ = ["Fibre"]


@dataclass(frozen=True, kw_only=True)
class Fibre:
    """Describe a kind of fibre; its length belongs to the network that lays it.

    Args:
        loss_db_per_km: attenuation, dB/km.
        group_velocity_km_s: speed of a pulse in the fibre, km/s.
        connector_loss_db: loss of the connectors of one piece of fibre, dB, whatever its length.

    >>> fibre = Fibre(loss_db_per_km=0.2)
    >>> fibre.transmission(50), fibre.delay_s(50)
    (0.1, 0.00025)
    """

    loss_db_per_km: FiniteNonNegative = 0.2
    group_velocity_km_s: FinitePositive = 2e5
    connector_loss_db: FiniteNonNegative = 0.0

    def __post_init__(self) -> None:
        check_parts(self)

    def transmission(self, length_km: float) -> float:
        """Give the probability that a photon leaves a piece of this length (km): 10^(-(loss L + connectors)/10)."""
        check("length_km", length_km, FiniteNonNegative)
        return transmission(self.loss_db_per_km * length_km + self.connector_loss_db)

    def delay_s(self, length_km: float) -> float:
        """Give the time of flight in seconds over a length in km."""
        check("length_km", length_km, FiniteNonNegative)
        return length_km / self.group_velocity_km_s

    @property
    def attenuation_length_km(self) -> float:
        """The length in km over which the intensity falls to 1/e, connectors aside; infinite without loss."""
        return ATTENUATION_TO_DB_PER_KM / self.loss_db_per_km if self.loss_db_per_km else math.inf
