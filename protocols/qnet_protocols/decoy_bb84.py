"""Decoy-state BB84 with weak coherent pulses over bare fibre, vacuum + weak decoy, asymptotic.

Detections are sampled from photon numbers, loss, dark counts and the double-click rule (`Session.stream`); yield and
error rate of single photons are bounded from the observed gains (Ma, Qi, Zhao, Lo, PRA 72, 012326, 2005). Key comes
from Z, its phase error from X: ``R = mu e^-mu Y1 [1 - h(e1_x)] - Q f h(E_z)`` per signal pulse.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np

from qnet import Network, Session, Stop
from qnet import run as run_protocol
from qnet.bounds import ThresholdReceiver, optimal_vacuum_weak
from qnet.experiment import BetaPosterior, Quantity, StrategyRow, binomial_interval, propagate
from qnet.hardware import QkdHardware
from qnet.keys import decoy_key_per_pulse, vacuum_weak_bounds
from qnet_protocols.entanglement import BLOCK_BITS, KEY_BITS, time_to

__all__ = ["DecoyResult", "protocol", "run"]

SIGNAL, WEAK, VACUUM = range(3)
_SHARES = (0.5, 0.25, 0.25)
"""How often each intensity is sent while gains are measured; the asymptotic rate counts signal pulses only."""
_FIRST_BLOCK, _SMALLEST_BLOCK, _GROWTH = 10**7, 10**4, 10


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoyResult:
    """Counts of a decoy-BB84 run, with the figures that follow from them.

    Args:
        pulses: clicks and errors by basis and intensity (`qnet.link.pulses.PulseCounts`); None if none were sent.
        intensities: mean photon numbers of signal, weak decoy and vacuum.
        hardware: the QKD system.
        propagation_s: time a signal takes from end to end.
        stopped_by: "pairs" (here: clicks), "sim-time", "events" or "interrupted".
    """

    pulses: Any
    intensities: tuple[float, float, float]
    hardware: QkdHardware
    propagation_s: float
    stopped_by: str
    first_pair_s: ClassVar[None] = None
    """Pulses come in no pairs."""

    @property
    def secret_key_rate_bps(self) -> Quantity:
        """Asymptotic secret bits per second, dead time included; without clicks, zero with an upper bound."""
        return self._figures[0]

    def row(self, name: str = "decoy-bb84", *, trusted_nodes: int = 0) -> StrategyRow:
        """Give the figures as a row of a comparison; its pairs are sifted detections."""
        key, fraction, clicks_hz = self._figures
        z, x = (self._clicks(basis, SIGNAL) for basis in "zx")
        return StrategyRow(
            name=name,
            epoch=self.hardware.epoch,
            trusted_nodes=trusted_nodes,
            untrusted_stations=0,
            attempts_hz=Quantity.exact(self.hardware.clock_hz),
            pair_rate_hz=clicks_hz,
            qber_z=binomial_interval(z.errors, z.clicks) if z.clicks else None,
            qber_x=binomial_interval(x.errors, x.clicks) if x.clicks else None,
            secret_fraction=fraction,
            key_per_channel_use=key.scaled(1.0 / self.hardware.clock_hz),
            secret_key_rate_bps=key,
            time_to_256_bits_s=time_to(KEY_BITS, key, self.propagation_s),
            time_to_block_s=time_to(BLOCK_BITS, clicks_hz, self.propagation_s),
            pairs=z.clicks + x.clicks,
            stopped_by=self.stopped_by,
        )

    @cached_property
    def _figures(self) -> tuple[Quantity, Quantity | None, Quantity]:
        """Give secret bits per second, secret fraction and clicks per second, all of signal pulses in one basis."""
        gains = [self._gain(basis, place) for basis in "zx" for place in (SIGNAL, WEAK, VACUUM)]
        errors = [self._error("z", SIGNAL), self._error("x", WEAK)]
        blanked = self.hardware.dead_time_s * self.hardware.clock_hz

        def clicks_hz(gain: Any) -> Any:
            return self.hardware.clock_hz * gain / (1.0 + np.ceil(blanked - 1e-9) * gain)

        clicks = self._clicks("z", SIGNAL)
        speed = propagate(clicks_hz, gains[0], within=(0.0, np.inf))
        if not clicks.clicks:
            return Quantity(0.0, 0.0, speed.high), None, Quantity(0.0, 0.0, speed.high)

        def key(*estimates: Any) -> Any:
            return clicks_hz(estimates[0]) * self._fraction(*estimates)

        rate = propagate(key, *gains, *errors, within=(0.0, np.inf))
        return rate, propagate(self._fraction, *gains, *errors, within=(0.0, 1.0)), speed

    def _fraction(self, *estimates: Any) -> Any:
        """Give secret bits per click of a signal pulse, clamped at zero, from six gains and two error rates.

        Elementwise for arrays.
        """
        signal_z, weak_z, vacuum_z, signal_x, weak_x, vacuum_x, error_z, weak_error_x = estimates
        mu, nu, _ = self.intensities
        seen = {"signal_intensity": mu, "weak_intensity": nu}
        in_z = vacuum_weak_bounds(
            **seen, signal_gain=signal_z, weak_gain=weak_z, weak_error_rate=0.5, vacuum_gain=vacuum_z
        )
        in_x = vacuum_weak_bounds(
            **seen, signal_gain=signal_x, weak_gain=weak_x, weak_error_rate=weak_error_x, vacuum_gain=vacuum_x
        )
        key = decoy_key_per_pulse(
            signal_intensity=mu,
            signal_gain=signal_z,
            signal_error_rate=error_z,
            single_photon_yield=in_z.yield_lower,
            single_photon_error=in_x.error_upper,
            error_correction_efficiency=self.hardware.error_correction_efficiency,
        )
        return np.maximum(0.0, key / signal_z)

    def _clicks(self, basis: str, intensity: int) -> Any:
        return getattr(self.pulses, basis)[intensity]

    def _gain(self, basis: str, intensity: int) -> BetaPosterior:
        counts = self._clicks(basis, intensity)
        return BetaPosterior(successes=counts.clicks, trials=counts.pulses)

    def _error(self, basis: str, intensity: int) -> BetaPosterior:
        counts = self._clicks(basis, intensity)
        return BetaPosterior(successes=counts.errors, trials=counts.clicks)

    def __str__(self) -> str:
        mu, nu, _ = self.intensities
        rate = self.secret_key_rate_bps
        return f"Decoy BB84 (mu = {mu:.3f}, nu = {nu:g}): {rate:±} secret bit/s (asymptotic), by {self.stopped_by}"


def protocol(session: Session, *, error_correction_efficiency: float | None = None) -> Generator[Any, Any, None]:
    """Send pulses in growing blocks until there are as many clicks as the run asks for, or its time is up."""
    hardware = session.qkd_hardware
    if error_correction_efficiency is not None:
        hardware = replace(hardware, error_correction_efficiency=error_correction_efficiency)
    intensities = _intensities(hardware, session.route.total_km)
    counts: Any = yield session.stream(0, intensities, _SHARES, 0.5)
    block = _FIRST_BLOCK
    while session.stopped_by is None:
        fitting = min(float(block), 0.5 * session.seconds_left * _live_hz(counts, hardware))
        more = (yield session.stream(int(fitting), intensities, _SHARES, 0.5)) if fitting >= _SMALLEST_BLOCK else None
        if more is None:
            session.close("sim-time")
            break
        counts += more
        if counts.clicks >= session.pair_limit:
            session.close("pairs")
        block = min(_GROWTH * block, _needed(counts, session.pair_limit))
    session.finish(
        DecoyResult(
            pulses=counts,
            intensities=intensities,
            hardware=hardware,
            propagation_s=hardware.fibre.delay_s(session.route.total_km),
            stopped_by=session.stopped_by or "",
        )
    )


def run(
    network: Network,
    source: str | None = None,
    target: str | None = None,
    *,
    stop: Stop,
    seed: int = 0,
    max_span_km: float | None = None,
    error_correction_efficiency: float | None = None,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> DecoyResult:
    """Run decoy BB84 over the bare fibre between two nodes (by default the network's ends).

    Args:
        network: its shortest route is taken as one fibre, without anything between the ends.
        source, target: the ends.
        stop: `Pairs` counts clicks of all intensities.
        seed: of the run.
        max_span_km: taken for the sake of one signature; bare fibre has no spans.
        error_correction_efficiency: f, bits revealed per bit of Shannon limit; by default the hardware's own.
        progress: called with the share done.
        options: go to the simulation.
    """
    route = network.route(source, target)
    bound = partial(protocol, error_correction_efficiency=error_correction_efficiency)
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **options)
    result: DecoyResult = session.result
    return result


def _intensities(hardware: QkdHardware, length_km: float) -> tuple[float, float, float]:
    receiver = ThresholdReceiver(
        transmission=hardware.fibre.transmission(length_km) * hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
    )
    signal, weak = optimal_vacuum_weak(receiver, error_correction_efficiency=hardware.error_correction_efficiency)
    return signal, weak, 0.0


def _live_hz(counts: Any, hardware: QkdHardware) -> float:
    """Give how many pulses a second meet a live receiver: as seen so far; before, as few as if every one clicked."""
    if counts.live_pulses:
        return float(counts.live_pulses / counts.elapsed_s)
    return hardware.clock_hz / (1.0 + hardware.dead_time_s * hardware.clock_hz)


def _needed(counts: Any, clicks: float) -> int:
    """Extrapolate how many more pulses bring the clicks that are missing."""
    missing = max(1.0, clicks - counts.clicks)
    return int(min(1e15, missing * counts.live_pulses / max(1, counts.clicks))) + _FIRST_BLOCK
