"""Capacities and closed-form rates, for tables, tests and the choice of intensities; no simulation reads them.

- `capacity`: the most secret bits that one use of bare fibre, or of a chain of ideal repeaters, can give.
- `decoy`, `afterpulsing`: gains, error rates and asymptotic keys of BB84 with weak coherent pulses.
- `search`: best intensities, reach, spacing.
- `repeater`: waiting times of heralded links.
"""

from __future__ import annotations

from qnet.bounds.afterpulsing import AfterpulsingReceiver
from qnet.bounds.capacity import chain_bits_per_use, plob_bits_per_use, tgw_bits_per_use
from qnet.bounds.decoy import (
    LinearReceiver,
    Receiver,
    ThresholdReceiver,
    gllp_key_per_pulse,
    infinite_decoy_key_per_pulse,
    vacuum_weak_key_per_pulse,
)
from qnet.bounds.repeater import Attempts, mean_longest_wait, trusted_over_repeater_rate
from qnet.bounds.search import (
    long_fibre_intensity,
    maximal_distance_km,
    optimal_intensity,
    optimal_spacing_km,
    optimal_vacuum_weak,
)

__all__ = [
    "AfterpulsingReceiver",
    "Attempts",
    "LinearReceiver",
    "Receiver",
    "ThresholdReceiver",
    "chain_bits_per_use",
    "gllp_key_per_pulse",
    "infinite_decoy_key_per_pulse",
    "long_fibre_intensity",
    "maximal_distance_km",
    "mean_longest_wait",
    "optimal_intensity",
    "optimal_spacing_km",
    "optimal_vacuum_weak",
    "plob_bits_per_use",
    "tgw_bits_per_use",
    "trusted_over_repeater_rate",
    "vacuum_weak_key_per_pulse",
]
