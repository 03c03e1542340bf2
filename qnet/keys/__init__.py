"""Bits in, keys out: no physics, no time.

- `sift` keeps the rounds with equal bases.
- `bbm92_fraction`, `six_state_fraction`, `device_independent_fraction`: secret bits per sifted bit from error rates
  (and `chsh_value`, the S of four correlators).
- `vacuum_weak_bounds`, `decoy_key_per_pulse`: secret bits per laser pulse from the gains of three intensities.
- `relay`, `relay_rate`, `honest_probability`: keys through trusted nodes.
"""

from __future__ import annotations

from qnet.keys.decoy import SinglePhotons, decoy_key_per_pulse, vacuum_weak_bounds
from qnet.keys.entropy import binary_entropy
from qnet.keys.fractions import (
    ERROR_CORRECTION_EFFICIENCY,
    bbm92_fraction,
    chsh_value,
    device_independent_fraction,
    six_state_fraction,
)
from qnet.keys.relay import RelayedKey, honest_probability, relay, relay_rate
from qnet.keys.sifting import SiftedBits, sift

__all__ = [
    "ERROR_CORRECTION_EFFICIENCY",
    "RelayedKey",
    "SiftedBits",
    "SinglePhotons",
    "bbm92_fraction",
    "binary_entropy",
    "chsh_value",
    "decoy_key_per_pulse",
    "device_independent_fraction",
    "honest_probability",
    "relay",
    "relay_rate",
    "sift",
    "six_state_fraction",
    "vacuum_weak_bounds",
]
