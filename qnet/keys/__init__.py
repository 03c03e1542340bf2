"""Bits in, keys out: no physics, no time.

- `sift` keeps the rounds with equal bases (`SiftedBits`), `sifting_factor` says how many that will be.
- `clopper_pearson`, `serfling_deviation`, `hypergeometric_upper`: what a sample says about the rest, exactly.
- `bbm92_fraction`, `six_state_fraction`, `device_independent_fraction`: secret bits per sifted bit from error rates
  (and `tolerable_error_rate`, where a fraction ends; `chsh_value`, the S of four correlators).
- `SinglePhotonSession`, `DecoySession` (from `DecoyCounts`; `ProvedClicks` is what they prove): finite keys, declared
  beforehand with an `EpsilonBudget`. `optimal_single_photon_session` and `optimal_decoy_session` (a `DecoyChoice` for
  a `PulseChannel`, by its `expected_counts`) choose the one with the most key.
- What to declare, so that an honest run hardly ever aborts: `plan_single_photons` (a `SinglePhotonPlan`, from
  `ExpectedErrors`), and `cautious_session` of a `filled_decoy_session`; `certain_count` is what chance hardly falls
  short of.
- `vacuum_weak_bounds`, `decoy_key_per_pulse`: secret bits per laser pulse from the gains of three intensities.
  `linear_decoy_bound` (a `LinearDecoyBound`) bounds single photons by any number of them.
- `relay`, `relay_rate`, `honest_probability`: keys through trusted nodes.
- `cascade` makes two keys equal (a `Reconciler`; it gives `Reconciled`), or, message by message, `cascade_questions`
  and a `ParityOracle` with its `ParityQuestion`s; `verify` says whether it worked (`Verified`, `verification_bits`).
- `toeplitz_hash` of a `toeplitz_seed` makes a key short and secret. `distil` does all three (`Distilled`), or aborts.
- `watch` says after which bit errors are too many to be honest (`Alarm`), however often it is asked.
- `KeyStore` hands each bit out once (`StoredKey`, `KeyId`); an `Authenticator` spends them on `TaggedMessage`s
  (`forgery_probability`, `KeyBalance`). `ForgedMessage` and `KeyExhausted` are the errors.
"""

from __future__ import annotations

from qnet.errors import ForgedMessage, KeyExhausted
from qnet.keys.alarm import Alarm, watch
from qnet.keys.amplification import toeplitz_hash, toeplitz_seed
from qnet.keys.authentication import Authenticator, KeyBalance, TaggedMessage, forgery_probability
from qnet.keys.cascade import ParityOracle, ParityQuestion, cascade, cascade_questions
from qnet.keys.decoy import SinglePhotons, decoy_key_per_pulse, vacuum_weak_bounds
from qnet.keys.decoy_linear import LinearDecoyBound, linear_decoy_bound
from qnet.keys.distillation import Distilled, distil
from qnet.keys.entropy import binary_entropy
from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.estimation import clopper_pearson, hypergeometric_upper, serfling_deviation
from qnet.keys.finite import (
    DecoyChoice,
    DecoyCounts,
    DecoySession,
    ExpectedErrors,
    ProvedClicks,
    PulseChannel,
    SinglePhotonPlan,
    SinglePhotonSession,
    cautious_session,
    certain_count,
    expected_counts,
    filled_decoy_session,
    optimal_decoy_session,
    optimal_single_photon_session,
    plan_single_photons,
)
from qnet.keys.fractions import (
    ERROR_CORRECTION_EFFICIENCY,
    bbm92_fraction,
    chsh_value,
    device_independent_fraction,
    six_state_fraction,
    tolerable_error_rate,
)
from qnet.keys.reconciliation import Reconciled, Reconciler
from qnet.keys.relay import RelayedKey, honest_probability, relay, relay_rate
from qnet.keys.sifting import SiftedBits, sift, sifting_factor
from qnet.keys.store import KeyId, KeyStore, StoredKey
from qnet.keys.verification import Verified, verification_bits, verify

__all__ = [
    "ERROR_CORRECTION_EFFICIENCY",
    "Alarm",
    "Authenticator",
    "DecoyChoice",
    "DecoyCounts",
    "DecoySession",
    "Distilled",
    "EpsilonBudget",
    "ExpectedErrors",
    "ForgedMessage",
    "KeyBalance",
    "KeyExhausted",
    "KeyId",
    "KeyStore",
    "LinearDecoyBound",
    "ParityOracle",
    "ParityQuestion",
    "ProvedClicks",
    "PulseChannel",
    "Reconciled",
    "Reconciler",
    "RelayedKey",
    "SiftedBits",
    "SinglePhotonPlan",
    "SinglePhotonSession",
    "SinglePhotons",
    "StoredKey",
    "TaggedMessage",
    "Verified",
    "bbm92_fraction",
    "binary_entropy",
    "cascade",
    "cascade_questions",
    "cautious_session",
    "certain_count",
    "chsh_value",
    "clopper_pearson",
    "decoy_key_per_pulse",
    "device_independent_fraction",
    "distil",
    "expected_counts",
    "filled_decoy_session",
    "forgery_probability",
    "honest_probability",
    "hypergeometric_upper",
    "linear_decoy_bound",
    "optimal_decoy_session",
    "optimal_single_photon_session",
    "plan_single_photons",
    "relay",
    "relay_rate",
    "serfling_deviation",
    "sift",
    "sifting_factor",
    "six_state_fraction",
    "toeplitz_hash",
    "toeplitz_seed",
    "tolerable_error_rate",
    "vacuum_weak_bounds",
    "verification_bits",
    "verify",
    "watch",
]
