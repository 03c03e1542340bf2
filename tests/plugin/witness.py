"""Certify entanglement: bound the fidelity to Phi+ from below by the correlations of Z and X.

F >= (<XX> + <ZZ>) / 2, an equality where <YY> = <XX> + <ZZ> - 1, up to sign (Toth and Guehne, PRA 72, 022340, 2005).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import OutcomeCounts, Quantity

__all__ = ["WitnessResult", "protocol", "run"]


@dataclass(frozen=True, kw_only=True)
class WitnessResult:
    """What the two ends have learnt of their pairs; `heard` is what reached the target over the classical channel."""

    outcomes: OutcomeCounts
    stopped_by: str
    heard: float | None = None

    @property
    def fidelity_bound(self) -> Quantity | None:
        """The lower bound on the fidelity; its interval adds those of both correlations."""
        zz, xx = (self.outcomes.correlator(setting, setting) for setting in ("0", "90"))
        if zz is None or xx is None:
            return None
        return Quantity((zz.value + xx.value) / 2, (zz.low + xx.low) / 2, (zz.high + xx.high) / 2)


def protocol(session: Session) -> Generator[Any, Any, None]:
    """Measure pairs in turn in Z and X until the session closes, then tell the target what came out."""
    outcomes = OutcomeCounts()
    session.request()
    while (pair := (yield session.next_pair())) is not None:
        setting = 90.0 * (outcomes.total() % 2)  # not of the pair's number: others share the route
        outcome = session.measure(pair, setting, setting)
        outcomes.add(
            f"{outcome.source_setting:g}", f"{outcome.target_setting:g}", outcome.source_bit, outcome.target_bit
        )
    session.finish(WitnessResult(outcomes=outcomes, stopped_by=session.stopped_by or ""))


def coin_flip(session: Session) -> Generator[Any, Any, None]:
    """Flip one coin that both ends see: measure a single pair, and let the target hear of the source's bit."""
    source, target = session.route.nodes[0], session.route.nodes[-1]
    session.request(pairs=1)
    pair = yield session.next_pair()
    outcome = session.measure(pair, 0.0, 0.0)
    sent_s = session.now
    session.send(source, target, outcome.source_bit)
    bit = yield session.receive(target)
    session.finish((bit == outcome.target_bit, session.now - sent_s))


def run(network: Network, source: str | None = None, target: str | None = None, *, stop: Stop, **options: Any) -> Any:
    """Run the witness between two nodes; takes and passes by what it does not know, as every protocol does."""
    options.pop("max_span_km", None)
    (session,) = run_protocol(network, protocol, network.route(source, target), stop=stop, **options)
    return session.result
