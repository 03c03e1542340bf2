"""The ways of making a key that are compared, and which attacks each of them notices.

The list is fixed: an installed plug-in changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ATTACKS", "DIRECT", "HYBRID", "REPEATER", "STRATEGIES", "Strategy"]

ATTACKS = (
    "intercept-resend",
    "entangling-probe",
    "photon-number-splitting",
    "dishonest-repeater",
    "compromised-node",
    "message-forgery",
)
"""Names of the attacks that a comparison speaks of."""


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A way to make a key.

    Args:
        name: in results.
        protocol: the entry point behind it.
        on_pairs: whether it takes entangled pairs one by one, and not detections in bulk.
        replica: of its random streams; each strategy has its own.
        detects: by attack, whether the ends notice it; None where there is nothing to attack so.
        finite: whether a finite-key proof exists.
    """

    name: str
    protocol: str
    on_pairs: bool
    replica: int
    detects: Mapping[str, bool | None]
    finite: bool = True


def _detects(
    *, photons: bool | None = None, repeater: bool | None = None, trusted: bool | None = None
) -> dict[str, bool | None]:
    """Give what a way notices: whatever touches the channel or a message; the rest is said."""
    return dict(zip(ATTACKS, (True, True, photons, repeater, trusted, True), strict=True))


STRATEGIES = (
    Strategy(name="direct-bb84", protocol="decoy-bb84", on_pairs=False, replica=0, detects=_detects(photons=True)),
    Strategy(name="direct-bbm92", protocol="direct-bbm92", on_pairs=False, replica=5, detects=_detects()),
    Strategy(
        name="trusted-bb84",
        protocol="trusted-bb84",
        on_pairs=False,
        replica=1,
        detects=_detects(photons=True, trusted=False),
    ),
    Strategy(name="trusted-bbm92", protocol="trusted-bbm92", on_pairs=True, replica=2, detects=_detects(trusted=False)),
    Strategy(
        name="hybrid", protocol="hybrid", on_pairs=True, replica=6, detects=_detects(repeater=True, trusted=False)
    ),
    Strategy(name="repeater-bbm92", protocol="bbm92", on_pairs=True, replica=3, detects=_detects(repeater=True)),
    Strategy(
        name="repeater-e91", protocol="e91", on_pairs=True, replica=4, detects=_detects(repeater=True), finite=False
    ),
)
DIRECT, HYBRID, REPEATER = (
    next(strategy for strategy in STRATEGIES if strategy.name == name)
    for name in ("direct-bb84", "hybrid", "repeater-bbm92")
)
