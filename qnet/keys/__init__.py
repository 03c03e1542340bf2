"""Bits in, keys out: no physics, no time.

- `sift` keeps the rounds with equal bases.
- `bbm92_fraction`, `six_state_fraction`, `device_independent_fraction`: secret bits per sifted bit from error rates
  (and `chsh_value`, the S of four correlators).
- `vacuum_weak_bounds`, `decoy_key_per_pulse`: secret bits per laser pulse from the gains of three intensities.
- `relay`, `relay_rate`, `honest_probability`: keys through trusted nodes.
- `cascade` makes two keys equal (a `Reconciler`; it gives `Reconciled`), or, message by message, `cascade_questions`
  and a `ParityOracle` with its `ParityQuestion`s; `verify` says whether it worked (`Verified`, `verification_bits`).
- `toeplitz_hash` of a `toeplitz_seed` makes a key short and secret.
- `KeyStore` hands each bit out once (`StoredKey`, `KeyId`); an `Authenticator` spends them on `TaggedMessage`s
  (`forgery_probability`, `KeyBalance`).
"""

from __future__ import annotations

from qnet.keys.amplification import toeplitz_hash, toeplitz_seed
from qnet.keys.authentication import Authenticator, KeyBalance, TaggedMessage, forgery_probability
from qnet.keys.cascade import ParityOracle, ParityQuestion, cascade, cascade_questions
from qnet.keys.decoy import SinglePhotons, decoy_key_per_pulse, vacuum_weak_bounds
from qnet.keys.entropy import binary_entropy
from qnet.keys.fractions import (
    ERROR_CORRECTION_EFFICIENCY,
    bbm92_fraction,
    chsh_value,
    device_independent_fraction,
    six_state_fraction,
)
from qnet.keys.reconciliation import Reconciled, Reconciler
from qnet.keys.relay import RelayedKey, honest_probability, relay, relay_rate
from qnet.keys.sifting import SiftedBits, sift
from qnet.keys.store import KeyId, KeyStore, StoredKey
from qnet.keys.verification import Verified, verification_bits, verify

__all__ = [
    "ERROR_CORRECTION_EFFICIENCY",
    "Authenticator",
    "KeyBalance",
    "KeyId",
    "KeyStore",
    "ParityOracle",
    "ParityQuestion",
    "Reconciled",
    "Reconciler",
    "RelayedKey",
    "SiftedBits",
    "SinglePhotons",
    "StoredKey",
    "TaggedMessage",
    "Verified",
    "bbm92_fraction",
    "binary_entropy",
    "cascade",
    "cascade_questions",
    "chsh_value",
    "decoy_key_per_pulse",
    "device_independent_fraction",
    "forgery_probability",
    "honest_probability",
    "relay",
    "relay_rate",
    "sift",
    "six_state_fraction",
    "toeplitz_hash",
    "toeplitz_seed",
    "vacuum_weak_bounds",
    "verification_bits",
    "verify",
]
