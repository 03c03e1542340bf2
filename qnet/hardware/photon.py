"""The shape of an emitted photon, and how well two of them interfere where clocks and detectors are what they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.hardware.parts import Duration, FinitePositive, check_parts, flag_outside

__all__ = ["PhotonShape"]


@dataclass(frozen=True, kw_only=True)
class PhotonShape:
    """Describe a photon that decays exponentially and whose phase diffuses while it is emitted.

    Two such photons meet on a beam splitter. That they leave it apart, and are detected a time tau from one another,
    has the density exp(-|tau|/T1) - exp(-2|tau|/T2): the first term is what distinguishable photons do, in the second
    one each phase has diffused at the rate 1/T2 - 1/(2 T1) (Legero, Wilk, Kuhn, Rempe, Appl. Phys. B 77, 797 (2003),
    arXiv quant-ph/0308024, with exponential photons). Clicks more than a window W apart are discarded, the reported
    tau being off by the jitter of two detectors, s = sqrt(2) sigma. So with

        I(a) = integral over tau of exp(-a |tau|) P(|tau + s g| <= W),  g standard normal,

    the visibility is V = I(2/T2) / I(1/T1), which is T2 / (2 T1) without a window, and the part of the coincidences
    that is kept is I(1/T1) / (2 T1).

    Args:
        lifetime_s: T1, the decay time of the intensity, s.
        coherence_s: T2, the decay time of the field's correlation, s; at most 2 T1.

    >>> photon = PhotonShape(lifetime_s=12e-9, coherence_s=18e-9)
    >>> photon.visibility(), round(photon.visibility(window_s=5e-9), 4)
    (0.75, 0.9382)
    """

    lifetime_s: FinitePositive
    coherence_s: FinitePositive

    def __post_init__(self) -> None:
        check_parts(self)
        if self.coherence_s > 2 * self.lifetime_s:
            raise InvalidArgument.of(
                "coherence_s", f"be at most 2 lifetime_s = {2 * self.lifetime_s}", self.coherence_s
            )
        flag_outside("lifetime_s", self.lifetime_s, 0.0, 1e-2, "a time is in seconds, 12e-9 for 12 ns")

    def visibility(self, window_s: float = math.inf, jitter_s: float = 0.0) -> float:
        """Give the Hong-Ou-Mandel visibility of two such photons.

        Args:
            window_s: clicks further apart are discarded, s.
            jitter_s: standard deviation of the time that one detector reports, s.

        Raises:
            InvalidArgument: if the window is not above zero or the jitter is negative.
        """
        slow, fast = 1 / self.lifetime_s, 2 / self.coherence_s
        # Without dephasing the two are equal, whatever the window.
        return 1.0 if slow == fast else _kept(fast, window_s, jitter_s) / _kept(slow, window_s, jitter_s)

    def fraction_in_window(self, window_s: float, jitter_s: float = 0.0) -> float:
        """Give the part of the coincidences that is no more than `window_s` apart, as the detectors report it.

        >>> round(PhotonShape(lifetime_s=12e-9, coherence_s=18e-9).fraction_in_window(5e-9), 4)
        0.3408
        """
        return _kept(1 / self.lifetime_s, window_s, jitter_s) / (2 * self.lifetime_s)


def _kept(rate: float, window_s: float, jitter_s: float) -> float:
    """Give I(rate): by parts, with Phi the normal distribution and all exponents kept in range."""
    check("window_s", window_s, Positive)
    check("jitter_s", jitter_s, Duration)
    if not jitter_s or math.isinf(window_s):
        return -2 * math.expm1(-rate * window_s) / rate
    window, decay = window_s / (math.sqrt(2) * jitter_s), rate * math.sqrt(2) * jitter_s
    # far within the jitter, what is kept is proportional to the window
    share, window = min(window / _NARROW, 1.0), max(window, _NARROW)
    inside = math.erf(window / math.sqrt(2))
    return share * 2 / rate * (inside + _tail(window, decay) - _tail(-window, decay))


_NARROW = 1e-6


def _tail(window: float, decay: float) -> float:
    """Give exp(window decay + decay^2 / 2) Phi(-window - decay)."""
    from scipy.special import erfcx, log_ndtr

    away = window + decay
    if away > 0:
        return float(erfcx(away / math.sqrt(2)) / 2 * math.exp(-window * window / 2))
    return math.exp(window * decay + decay * decay / 2 + float(log_ndtr(-away)))
