"""Keys from finitely many rounds: sessions declared beforehand, whose key length follows.

- `SinglePhotonSession`: BB84 with single photons, and BBM92 (Tomamichel et al. 2012).
- `DecoySession`: BB84 with laser pulses of three intensities (Lim et al. 2014) or two (Rusca et al. 2018), from
  `DecoyCounts`, declared or observed.
- `optimal_single_photon_session`, `optimal_decoy_session`: the one that gives the most key.
- What to declare, so that an honest session hardly ever aborts: `plan_single_photons` (a `SinglePhotonPlan` from
  `ExpectedErrors`), and `cautious_session` of a `filled_decoy_session`; `certain_count` is the rule for sizes.
"""

from __future__ import annotations

from qnet.keys.finite.caution import cautious_session
from qnet.keys.finite.choice import DecoyChoice, PulseChannel, expected_counts, optimal_decoy_session
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.declaration import (
    ExpectedErrors,
    SinglePhotonPlan,
    certain_count,
    filled_decoy_session,
    plan_single_photons,
)
from qnet.keys.finite.decoy import DecoySession
from qnet.keys.finite.decoy_bounds import ProvedClicks
from qnet.keys.finite.single import SinglePhotonSession, optimal_single_photon_session

__all__ = [
    "DecoyChoice",
    "DecoyCounts",
    "DecoySession",
    "ExpectedErrors",
    "ProvedClicks",
    "PulseChannel",
    "SinglePhotonPlan",
    "SinglePhotonSession",
    "cautious_session",
    "certain_count",
    "expected_counts",
    "filled_decoy_session",
    "optimal_decoy_session",
    "optimal_single_photon_session",
    "plan_single_photons",
]
