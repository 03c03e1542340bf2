"""What finitely many clicks of a few intensities prove about single photons: Hoeffding bounds.

Lim, Curty, Walenta, Xu and Zbinden, Phys. Rev. A 89, 022307 (2014), arXiv:1311.7129, for three intensities; Rusca,
Boaron, Grünenfelder, Martin and Zbinden, Appl. Phys. Lett. 112, 171104 (2018), arXiv:1801.03443, for two. With n_k
clicks of intensity k, sent with probability p_k, both use n_k^+- = (e^k / p_k) [n_k +- sqrt(n/2 ln(1/eps))], where n
is the sum of the n_k, and tau_m = sum_k p_k e^-k k^m / m!, the probability of m photons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qnet.keys.finite.counts import DecoyCounts

__all__ = ["FAILURES", "ProvedClicks", "proved_clicks"]

FAILURES = {2: 19, 3: 21}
"""By number of intensities: bounds and smoothings that may fail, each with this part of the secrecy's epsilon."""


@dataclass(frozen=True, kw_only=True)
class ProvedClicks:
    """What the clicks prove: of the key basis at least so many came from pulses with no photon, or with one."""

    vacuum: float
    """Lower bound on clicks of empty pulses, key basis; the eavesdropper knows nothing of their bits."""
    single: float
    """Lower bound on clicks of single photons, key basis."""
    phase_error: float
    """Upper bound on the error rate those single photons would have shown in the test basis; at most 1/2."""
    test_single: float
    """Lower bound on clicks of single photons, test basis."""
    test_errors: float
    """Upper bound on those of them that were wrong."""


@dataclass(frozen=True)
class _Pulses:
    """The pulses of a session, and ln(1/eps) of each bound; zero for an endless session, which has no fluctuations."""

    intensities: Sequence[float]
    probabilities: Sequence[float]
    logarithm: float

    def photons(self, number: int) -> float:
        """tau: the probability of so many photons, none or one."""
        pulses = zip(self.intensities, self.probabilities, strict=True)
        return sum(p * math.exp(-k) * (k if number else 1.0) for k, p in pulses)

    def deviation(self, counts: Sequence[float]) -> float:
        return math.sqrt(0.5 * sum(counts) * self.logarithm)

    def scaled(self, counts: Sequence[float], which: int, sign: float) -> float:
        """n^+ or n^- of one intensity."""
        scale = math.exp(self.intensities[which]) / self.probabilities[which]
        return scale * (counts[which] + sign * self.deviation(counts))


def proved_clicks(
    intensities: Sequence[float], probabilities: Sequence[float], counts: DecoyCounts, secrecy: float | None
) -> ProvedClicks:
    """Bound what came from no photon and from one; `secrecy` None leaves fluctuations out, as in an endless session."""
    failures = FAILURES[len(intensities)]
    pulses = _Pulses(intensities, probabilities, math.log(failures / secrecy) if secrecy else 0.0)
    bounds = _three_intensities if len(intensities) == 3 else _two_intensities
    vacuum, single = bounds(pulses, counts.key_clicks, counts.key_errors)
    _, test_single = bounds(pulses, counts.test_clicks, counts.test_errors)
    brighter, fainter = len(intensities) - 2, len(intensities) - 1
    wrong = pulses.scaled(counts.test_errors, brighter, 1.0) - pulses.scaled(counts.test_errors, fainter, -1.0)
    test_errors = max(0.0, pulses.photons(1) * wrong / (intensities[brighter] - intensities[fainter]))
    phase_error = 0.5
    if single > 0.0 and test_single > 0.0:
        rate = min(test_errors / test_single, 0.5)
        gamma = _sampling(failures / secrecy, rate, single, test_single) if secrecy else 0.0
        phase_error = min(rate + gamma, 0.5)
    return ProvedClicks(
        vacuum=vacuum, single=single, phase_error=phase_error, test_single=test_single, test_errors=test_errors
    )


def _three_intensities(pulses: _Pulses, clicks: Sequence[float], _: Sequence[float]) -> tuple[float, float]:
    """Bound clicks of no photon and of one from below (Lim et al. 2014, eqs. 2 and 3)."""
    signal, weak, weakest = pulses.intensities
    empty = (weak * pulses.scaled(clicks, 2, -1.0) - weakest * pulses.scaled(clicks, 1, 1.0)) / (weak - weakest)
    empty = max(0.0, empty)  # clicks of empty pulses over tau_0
    both = pulses.scaled(clicks, 1, -1.0) - pulses.scaled(clicks, 2, 1.0)
    several = (weak**2 - weakest**2) / signal**2 * (pulses.scaled(clicks, 0, 1.0) - empty)
    scale = signal / (signal * (weak - weakest) - weak**2 + weakest**2)
    return pulses.photons(0) * empty, max(0.0, pulses.photons(1) * scale * (both - several))


def _two_intensities(pulses: _Pulses, clicks: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """Bound clicks of no photon and of one from below (Rusca et al. 2018, appendix A).

    Without a vacuum state the most empty clicks follow from errors: half of them are wrong. Of the two intensities that
    could bound those errors, the weak one is taken, always, so that no bound is chosen after the fact.
    """
    signal, weak = pulses.intensities
    bright, faint = pulses.scaled(clicks, 0, 1.0), pulses.scaled(clicks, 1, -1.0)
    fewest = max(0.0, (signal * faint - weak * bright) / (signal - weak))
    most = 2.0 * (pulses.scaled(errors, 1, 1.0) + pulses.deviation(clicks) / pulses.photons(0))
    share = (weak / signal) ** 2
    single = faint - share * bright - (1.0 - share) * most
    scale = signal / (weak * (signal - weak))
    return pulses.photons(0) * fewest, max(0.0, pulses.photons(1) * scale * single)


def _sampling(inverse_failure: float, rate: float, key: float, test: float) -> float:
    """By how much an error rate may be higher among `key` bits than in a random `test` of the same (Lim, eq. 5).

    gamma = sqrt{(c+d)(1-b)b / (cd ln 2)  log2[(c+d) / (cd(1-b)b)  (1/eps)^2]} (Fung, Ma and Chau, Phys. Rev. A 81,
    012318 (2010), arXiv:0910.0312). Where no error was seen the formula has no value; half an error is taken. From b =
    1/2 on, where no key is left, it is that of 1/2, its greatest.
    """
    b = min(max(rate, 0.5 / test), 0.5)
    spread = (key + test) * (1.0 - b) * b / (key * test)
    odds = (key + test) / (key * test * (1.0 - b) * b)
    return math.sqrt(spread * max(0.0, math.log2(odds) + 2.0 * math.log2(inverse_failure)) / math.log(2.0))
