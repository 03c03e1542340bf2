"""What the gains of any number of intensities say about single photons: linear bounds, tuned by a linear program.

Gains and errors are sums over photon numbers, Q_k = sum_n P_k(n) Y_n and (EQ)_k = sum_n P_k(n) W_n, with Poisson's
P_k(n), 0 <= W_n <= Y_n <= 1, and W_0 = Y_0 / 2. The least Y_1 (and the greatest W_1) that observed numbers allow is a
linear program (Ma, Fung and Lo, Phys. Rev. A 75, 032314 (2007), quant-ph/0611044). Its dual is what is used here: any
weights lambda, rho bound

    Y_1 >= lambda . Q + rho . EQ + sum_n min(0, a_n, a_n + b_n),

a_n = [n = 1] - sum_k lambda_k P_k(n), b_n = - sum_k rho_k P_k(n), whatever was observed. So the weights are chosen
beforehand, to be the best where the channel is as expected and the numbers known to a standard error (very faint decoys
would else be given weights that no statistics bears); the bound holds, and is quick, for any channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.keys.decoy import SinglePhotons
from qnet.keys.entropy import Real
from qnet.keys.finite.choice import PulseChannel
from qnet.keys.finite.decoy import check_intensities

__all__ = ["LinearDecoyBound", "linear_decoy_bound"]

_Reals = NDArray[np.float64]
_PHOTONS = 40
"""Greater photon numbers weigh less than rounding, for any intensity that makes key."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearDecoyBound:
    """Bounds on yield and errors of single photons as linear functions of gains and of gains of wrong bits."""

    intensities: tuple[float, ...]
    yield_of: tuple[_Reals, _Reals, float]
    """Weights of the gains, of the gains of wrong bits, and what is added: a lower bound on Y_1."""
    errors_of: tuple[_Reals, _Reals, float]
    """The same for an upper bound on W_1 = e_1 Y_1."""

    def yield_lower(self, gains: Sequence[Real], error_gains: Sequence[Real]) -> Real:
        """Bound the yield from below; not below zero."""
        lower: Real = np.maximum(0.0, _value(self.yield_of, gains, error_gains))
        return lower

    def errors_upper(self, gains: Sequence[Real], error_gains: Sequence[Real]) -> Real:
        """Bound the yield of wrong bits from above; not below zero."""
        upper: Real = np.maximum(0.0, _value(self.errors_of, gains, error_gains))
        return upper

    def single_photons(self, gains: Sequence[Real], error_gains: Sequence[Real]) -> SinglePhotons[Real]:
        """Bound yield and error rate by what one basis shows, intensity by intensity, brightest first.

        Elementwise for arrays. Where nothing is proved to come from single photons, the error is 1/2.
        """
        seen = np.clip(self.yield_lower(gains, error_gains), 0.0, 1.0)
        wrong = self.errors_upper(gains, error_gains)
        error = np.where(seen > 0.0, np.clip(wrong / np.where(seen > 0.0, seen, 1.0), 0.0, 0.5), 0.5)
        return SinglePhotons(yield_lower=seen, error_upper=error)


def linear_decoy_bound(intensities: Sequence[float], channel: PulseChannel, *, clicks: float = 1e9) -> LinearDecoyBound:
    """Choose the bounds that are the tightest if the channel is as expected.

    Args:
        intensities: mean photon numbers, two or more, brightest first: a signal and any number of decoys.
        channel: its gains and error rates, by intensity.
        clicks: of the brightest intensity, each of the others being sent as often; the weights are chosen for numbers
            known as well as from so many. They bound single photons for any number of clicks.

    >>> from qnet.bounds import ThresholdReceiver
    >>> receiver = ThresholdReceiver(transmission=0.01, dark_count_probability=1e-6, misalignment=0.02)
    >>> for decoys in (0.1,), (0.1, 0.0), (0.2, 0.1, 0.0):
    ...     intensities = 0.5, *decoys
    ...     gains = [receiver.gain(k) for k in intensities]
    ...     wrong = [receiver.error_rate(k) * gain for k, gain in zip(intensities, gains)]
    ...     single = linear_decoy_bound(intensities, receiver).single_photons(gains, wrong)
    ...     print(f"{single.yield_lower:.6f} {single.error_upper:.4f}")
    0.009237 0.0251
    0.009698 0.0229
    0.009921 0.0203
    """
    check_intensities(intensities)
    gains = np.array([channel.gain(intensity) for intensity in intensities])
    wrong = gains * [channel.error_rate(intensity) for intensity in intensities]
    poisson = _poisson(intensities)
    single = np.zeros(_PHOTONS)
    single[1] = 1.0
    nothing = np.zeros(_PHOTONS)
    check("clicks", clicks, Positive)
    lower = _weights(single, nothing, poisson, gains, wrong, clicks)
    upper = _weights(nothing, -single, poisson, gains, wrong, clicks)
    return LinearDecoyBound(
        intensities=tuple(map(float, intensities)), yield_of=lower, errors_of=(-upper[0], -upper[1], -upper[2])
    )


def _value(bound: tuple[_Reals, _Reals, float], gains: Sequence[Any], error_gains: Sequence[Any]) -> Any:
    of_gains, of_errors, constant = bound
    terms = zip(of_gains, gains, of_errors, error_gains, strict=True)
    return constant + sum(weight * gain + other * wrong for weight, gain, other, wrong in terms)


def _weights(
    of_yields: _Reals, of_errors: _Reals, poisson: _Reals, gains: _Reals, wrong: _Reals, clicks: float
) -> tuple[_Reals, _Reals, float]:
    """Give the dual of the least of_yields . Y + of_errors . W: weights, and the constant that makes them a bound."""
    from scipy.optimize import linprog

    rows, photons = poisson.shape
    scale = float(gains.max())  # in units of which numbers are of order one
    zero = np.zeros_like(poisson)
    seen = np.concatenate([gains, wrong]) / scale
    unit = np.sqrt(np.maximum(seen, 1.0 / clicks) / clicks)  # the standard error of each
    sums = np.block([[poisson, zero], [zero, poisson]]) / unit[:, None]
    half_empty = np.zeros((1, 2 * photons))
    half_empty[0, [0, photons]] = 0.5, -1.0
    below = np.hstack([-np.eye(photons), np.eye(photons)])[1:]
    found = linprog(
        np.concatenate([of_yields, of_errors]),
        A_ub=np.vstack([sums, -sums, below]),
        b_ub=np.concatenate([seen / unit + 1.0, 1.0 - seen / unit, np.zeros(photons - 1)]),
        A_eq=half_empty,
        b_eq=[0.0],
        bounds=(0.0, 1.0 / scale),
        method="highs",
    )
    if found.status != 0:
        raise InvalidArgument.of("channel", "have gains that some photon numbers explain", gains)
    most, least = np.split(found.ineqlin.marginals[: 4 * rows], 2)
    of_gains, of_wrong = np.split((most - least) / unit, 2)
    return of_gains, of_wrong, _constant(of_yields - of_gains @ poisson, of_errors - of_wrong @ poisson)


def _constant(a: _Reals, b: _Reals) -> float:
    """Sum over photon numbers the least of a Y + b W with 0 <= W <= Y <= 1, and W = Y/2 for no photon."""
    both = a + b
    both[0] = a[0] + 0.5 * b[0]
    some = a.copy()
    some[0] = both[0]
    return float(np.minimum(0.0, np.minimum(some, both)).sum())


def _poisson(intensities: Sequence[float]) -> _Reals:
    """Give P_k(n) as row k, column n."""
    photons = np.arange(1, _PHOTONS)
    return np.array([np.exp(-k) * np.cumprod([1.0, *(k / photons)]) for k in intensities])
