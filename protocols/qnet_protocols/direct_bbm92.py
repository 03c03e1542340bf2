"""BBM92 without memories: a source of photon pairs halfway along the bare fibre, detectors at both ends.

The source stands in the middle, where it loses least to dark counts and needs no trust: whatever it sends, the error
rates tell. It is an ideal down-conversion source of one temporal mode ("thermal"), all of whose light enters the fibre,
pumped as is best for the key; clock, fibre, detectors and misalignment are those of the BB84 system. What one pulse
gives is exact (`qnet.quantum.pair_detection`: Ma, Fung and Lo, PRA 76, 012307, 2007, arXiv quant-ph/0703122);
coincidences are sampled from it.

There is no `make_key`: coincidences are drawn as counts and not as bits, and an attack would find no link to act on,
since the source is not a node of the network. How long a key a session makes is in `qnet compare`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.bounds import optimal_intensity
from qnet.experiment import (
    BetaPosterior,
    GammaPosterior,
    Quantity,
    StrategyRow,
    binomial_interval,
    poisson_interval,
    propagate,
)
from qnet.hardware import QkdHardware
from qnet.keys import ERROR_CORRECTION_EFFICIENCY, bbm92_fraction
from qnet.quantum import PairDetection, pair_detection
from qnet_protocols.pulse_rows import row_of

__all__ = ["Coincidences", "DirectBbm92Result", "protocol", "run"]

_LARGEST_BLOCK = 10**8
_MOST_PULSES = 1e17
"""Years at any clock; more would not be drawn exactly."""
_SHARES = (0.25, 0.25, 0.5)
"""Both ends in Z, both in X, one in each, while error rates are measured."""


@dataclass(frozen=True, kw_only=True)
class Coincidences:
    """Pulses in which both ends detected something; blocks add with ``+``."""

    pulses: int = 0
    """Sent, whatever became of them."""
    z: tuple[int, int] = (0, 0)
    """Coincidences with both ends in Z, and how many of them disagree."""
    x: tuple[int, int] = (0, 0)
    """The same in X."""
    mixed: int = 0
    """Coincidences with one end in each."""

    @property
    def pairs(self) -> int:
        """Coincidences, bases equal or not."""
        return self.z[0] + self.x[0] + self.mixed

    def __add__(self, other: Coincidences) -> Coincidences:
        return Coincidences(
            pulses=self.pulses + other.pulses,
            z=(self.z[0] + other.z[0], self.z[1] + other.z[1]),
            x=(self.x[0] + other.x[0], self.x[1] + other.x[1]),
            mixed=self.mixed + other.mixed,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class DirectBbm92Result:
    """Counts of a run, with the figures that follow from them.

    Args:
        counts: coincidences and errors.
        mean_pairs: mean number of pairs in a pulse, as chosen.
        hardware: clock, fibre and detectors.
        propagation_s: time a signal takes from end to end.
        stopped_by: "pairs" (here: coincidences), "sim-time", "events" or "interrupted".
        error_correction_efficiency: f, bits revealed per bit of Shannon limit.
    """

    counts: Coincidences
    mean_pairs: float
    hardware: QkdHardware
    propagation_s: float
    stopped_by: str = ""
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY
    first_pair_s: ClassVar[None] = None
    """Detections come in bulk."""

    @cached_property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second, with biased bases; its interval comes jointly from rate and errors."""
        rate = self._pair_rate_hz
        if rate is None or not (self.counts.z[0] and self.counts.x[0]):
            return Quantity(0.0, 0.0, math.inf if rate is None else rate.high)
        seconds = GammaPosterior(count=self.counts.pairs, exposure=self._elapsed_s)

        def key(pairs_hz: Any, e_z: Any, e_x: Any) -> Any:
            return pairs_hz * np.maximum(0.0, bbm92_fraction(e_z, e_x, self.error_correction_efficiency))

        return propagate(key, seconds, *self._errors, within=(0.0, math.inf))

    @property
    def secret_fraction(self) -> Quantity | None:
        """Asymptotic secret bits per coincidence, clamped at zero."""
        if not (self.counts.z[0] and self.counts.x[0]):
            return None
        return propagate(
            lambda e_z, e_x: bbm92_fraction(e_z, e_x, self.error_correction_efficiency),
            *self._errors,
            within=(0.0, 1.0),
        )

    def row(self, name: str = "direct-bbm92", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison; its pairs are coincidences, its station is the source."""
        (in_z, wrong_z), (in_x, wrong_x) = self.counts.z, self.counts.x
        return row_of(
            self,
            name,
            self.secret_key_rate_bps,
            self._pair_rate_hz,
            trusted_nodes=trusted_nodes,
            untrusted_stations=1,
            qber_z=binomial_interval(wrong_z, in_z),
            qber_x=binomial_interval(wrong_x, in_x),
            secret_fraction=self.secret_fraction,
            pairs=self.counts.pairs,
        )

    @property
    def _elapsed_s(self) -> float:
        return self.counts.pulses / self.hardware.clock_hz

    @property
    def _pair_rate_hz(self) -> Quantity | None:
        return poisson_interval(self.counts.pairs, self._elapsed_s) if self.counts.pulses else None

    @property
    def _errors(self) -> tuple[BetaPosterior, BetaPosterior]:
        z, x = (BetaPosterior(successes=wrong, trials=total) for total, wrong in (self.counts.z, self.counts.x))
        return z, x

    def __str__(self) -> str:
        return (
            f"BBM92 from a source at mid-route ({self.mean_pairs:.3f} pairs a pulse): "
            f"{self.secret_key_rate_bps:±} secret bit/s (asymptotic), by {self.stopped_by}"
        )


def protocol(
    session: Session, *, error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY
) -> Generator[Any, Any, None]:
    """Pump the source until there are as many coincidences as the run asks for, or its time is up."""
    hardware, length_km = session.qkd_hardware, session.route.total_km
    mean_pairs = optimal_intensity(lambda mean: _key_per_pulse(hardware, length_km, mean, error_correction_efficiency))
    light = _light(hardware, length_km, mean_pairs)
    result = DirectBbm92Result(
        counts=Coincidences(),
        mean_pairs=mean_pairs,
        hardware=hardware,
        propagation_s=hardware.fibre.delay_s(length_km),
        error_correction_efficiency=error_correction_efficiency,
    )
    session.finish(result)  # whatever ends the run finds what was counted so far
    while session.stopped_by is None:
        missing = session.pair_limit - result.counts.pairs
        block = _sample(light, hardware, min(missing, _LARGEST_BLOCK), session.seconds_left, session.chance.generator)
        yield session.wait(block.pulses / hardware.clock_hz)
        result = replace(result, counts=result.counts + block)
        if block.pairs < min(missing, _LARGEST_BLOCK):
            session.close("sim-time")
        elif result.counts.pairs >= session.pair_limit:
            session.close("pairs")
        session.finish(replace(result, stopped_by=session.stopped_by or ""))


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> DirectBbm92Result:
    """Run BBM92 from a source in the middle of the bare fibre between two nodes (by default the network's ends).

    Args:
        network: its shortest route is taken as one fibre, without anything between the ends but the source.
        source, target: the ends.
        stop: `Pairs` counts coincidences, whatever the bases.
        seed: of the run.
        max_span_km: taken for the sake of one signature; bare fibre has no spans.
        error_correction_efficiency: f, bits revealed per bit of Shannon limit.
        progress: called with the share done.
        options: go to the simulation.

    >>> import qnet
    >>> result = run(qnet.Network.chain([30.0, 20.0]), stop=qnet.Pairs(100_000), seed=1)
    >>> result.row().untrusted_stations, result.stopped_by, result.secret_key_rate_bps.value > 5e5
    (1, 'pairs', True)
    """
    route = network.route(source, target)
    bound = partial(protocol, error_correction_efficiency=error_correction_efficiency)
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: DirectBbm92Result = session.result
    return result if result.stopped_by else replace(result, stopped_by=session.stopped_by or "")


def _light(hardware: QkdHardware, length_km: float, mean_pairs: float) -> PairDetection:
    """Give what one pulse shows to detectors that are ready, half the fibre away on either side."""
    efficiency = hardware.fibre.transmission(length_km / 2.0) * hardware.receiver_efficiency
    return pair_detection(
        mean_pairs=mean_pairs,
        statistics="thermal",
        efficiency_a=efficiency,
        efficiency_b=efficiency,
        dark_count_probability_a=hardware.dark_count_probability,
        dark_count_probability_b=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )


def _coincidence_probability(light: PairDetection, hardware: QkdHardware) -> float:
    """Give the probability that a pulse is a coincidence, each end blind for b pulses after a click of its own.

    With p for both clicks and q for one end's, all detectors live, each end is k pulses from live while the other is
    live with probability ``u = (q - p) / (1 - q)`` times that of both live, whatever k: it solves the Markov chain of
    the two dead times. Both live has ``1 / [1 + b p + 2 b u + b (b - 1) q u]``.
    """
    b = math.ceil(hardware.dead_time_s * hardware.clock_hz - 1e-9)
    p, q = light.coincidence_probability, light.click_probability_a
    u = (q - p) / (1.0 - q)
    return p / (1.0 + b * p + 2.0 * b * u + b * (b - 1.0) * q * u)


def _key_per_pulse(hardware: QkdHardware, length_km: float, mean_pairs: float, efficiency: float) -> float:
    light = _light(hardware, length_km, mean_pairs)
    fraction: float = bbm92_fraction(light.error_rate_z, light.error_rate_x, efficiency)
    return _coincidence_probability(light, hardware) * fraction


def _sample(
    light: PairDetection, hardware: QkdHardware, pairs: float, seconds_left: float, generator: np.random.Generator
) -> Coincidences:
    """Draw a block of so many coincidences, or those of the time that is left if they come too slowly."""
    probability = _coincidence_probability(light, hardware)
    number = int(pairs)
    fitting = min(
        0.999999 * seconds_left * hardware.clock_hz, _MOST_PULSES
    )  # one that ends with the run is not counted
    pulses = math.inf
    if number < fitting * probability * 2.0:
        pulses = number + int(generator.negative_binomial(number, probability))
    if pulses > fitting:
        pulses = int(fitting)
        number = int(generator.binomial(pulses, probability))
    z, x, mixed = generator.multinomial(number, _SHARES).tolist()
    return Coincidences(
        pulses=int(pulses),
        z=(z, int(generator.binomial(z, light.error_rate_z))),
        x=(x, int(generator.binomial(x, light.error_rate_x))),
        mixed=mixed,
    )
