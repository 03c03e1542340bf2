"""Keys from finitely many rounds: sessions declared beforehand, whose key length follows.

- `SinglePhotonSession`: BB84 with single photons, and BBM92 (Tomamichel et al. 2012).
- `DecoySession`: BB84 with laser pulses of three intensities (Lim et al. 2014) or two (Rusca et al. 2018), from
  `DecoyCounts`, declared or observed.
- `optimal_single_photon_session`, `optimal_decoy_session`: the one that gives the most key.
- `cautious_session`: what to declare, so that an honest session hardly ever aborts.
"""

from __future__ import annotations

from qnet.keys.finite.caution import cautious_session
from qnet.keys.finite.choice import DecoyChoice, PulseChannel, expected_counts, optimal_decoy_session
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.decoy import DecoySession
from qnet.keys.finite.decoy_bounds import ProvedClicks
from qnet.keys.finite.single import SinglePhotonSession, optimal_single_photon_session

__all__ = [
    "DecoyChoice",
    "DecoyCounts",
    "DecoySession",
    "ProvedClicks",
    "PulseChannel",
    "SinglePhotonSession",
    "cautious_session",
    "expected_counts",
    "optimal_decoy_session",
    "optimal_single_photon_session",
]
