"""Finite keys of decoy-state BB84: one decoy after Rusca et al. 2018, vacuum and weak after Lim et al. 2014."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check, check_fields
from qnet.keys.entropy import binary_entropy
from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.finite.blocks import smallest_block
from qnet.keys.finite.counts import DecoyCounts
from qnet.keys.finite.decoy_bounds import FAILURES, ProvedClicks, proved_clicks
from qnet.keys.fractions import ERROR_CORRECTION_EFFICIENCY

__all__ = ["DecoySession"]

_SMOOTHINGS = 6.0
"""In both proofs the secrecy's epsilon costs 6 log2(failures / eps_sec) bits."""


@dataclass(frozen=True, kw_only=True)
class DecoySession:
    """A session of decoy-state BB84 with laser pulses of several intensities, secure against general attacks.

        l = s_0 + s_1 [1 - h(phi)] - leak - 6 log2(N / eps_sec) - log2(2 / eps_cor)

    with s_0 and s_1 the clicks of the key basis proved to come from no photon and from one, phi the phase error of the
    latter, N = 21 for three intensities (Lim et al. 2014, arXiv:1311.7129) and 19 for two (Rusca et al. 2018,
    arXiv:1801.03443). For other numbers no such length is offered: what depends on it is None.

    `counts` are declared before the session begins, from the worst channel that is to be tolerated: a length follows,
    and the session aborts if what it sees would give less. With observed counts it is the length that Lim et al. state;
    to take it as it comes needs a proof for variable length (Tupkary, Tan and Lütkenhaus, arXiv:2311.01600), since the
    tolerance was then not declared.

    >>> key = dict(key_clicks=(7_900_000, 2_100_000), key_errors=(79_000, 21_000))
    >>> test = dict(test_clicks=(880_000, 230_000), test_errors=(8_800, 2_300))
    >>> pulses = dict(intensities=(0.45, 0.12), probabilities=(0.5, 0.5))
    >>> session = DecoySession(**pulses, counts=DecoyCounts(**key, **test))
    >>> session.key_length
    4340809
    >>> session.reason_to_abort(session.counts.times(0.9))
    'the block holds 9000000 bits of the declared 10000000'
    """

    intensities: tuple[float, ...]
    """Mean photon numbers, brightest first; for vacuum and weak, the last is zero or nearly."""
    probabilities: tuple[float, ...]
    """How often each is sent; they add up to 1."""
    counts: DecoyCounts
    """Declared or observed, intensity by intensity."""
    error_correction_efficiency: NonNegative = ERROR_CORRECTION_EFFICIENCY
    """f in the declared leak f n h(E), of what the proof charges: see `counted` of `qnet.keys.distil`."""
    epsilon: EpsilonBudget = field(default_factory=EpsilonBudget)

    def __post_init__(self) -> None:
        check_fields(self)
        check_pulses(self.intensities, self.probabilities)
        if len(self.counts.key_clicks) != len(self.intensities):
            rule = f"hold a count for each of the {len(self.intensities)} intensities"
            raise InvalidArgument.of("counts", rule, self.counts.key_clicks)

    @property
    def leak_limit(self) -> float:
        """Bits that reconciliation may disclose, as the proof charges them: f n h(E) over all intensities."""
        if not self.counts.block:
            return 0.0
        return self.error_correction_efficiency * self.counts.block * binary_entropy(self.counts.error_rate)

    @property
    def proved(self) -> ProvedClicks | None:
        """What the counts prove about empty pulses and single photons; None but for two or three intensities."""
        return self._proved(self.counts, self.epsilon.secrecy)

    @property
    def secret_bits(self) -> float | None:
        """The length before rounding, negative if there is no key; None but for two or three intensities."""
        return self._secret_bits(self.counts)

    @property
    def key_length(self) -> int | None:
        """Bits of key that the session makes unless it aborts; None but for two or three intensities."""
        return None if (bits := self.secret_bits) is None else max(0, math.floor(bits))

    @property
    def asymptotic_fraction(self) -> float | None:
        """Secret bits per bit of the block, of an endless session with the same rates; may be negative."""
        proved = self._proved(self.counts, None)
        if proved is None or not self.counts.block:
            return None
        return (_from_no_or_one(proved) - self.leak_limit) / self.counts.block

    def reason_to_abort(self, observed: DecoyCounts, *, leaked_bits: float = 0.0) -> str | None:
        """Say why a session declared like this must abort after it saw `observed`, or None: it makes its `key_length`.

        `leaked_bits` are those of reconciliation, as the proof charges them (see `qnet.keys.distil`).
        """
        if observed.block < math.floor(self.counts.block):
            return f"the block holds {observed.block:.0f} bits of the declared {math.floor(self.counts.block)}"
        if leaked_bits > self.leak_limit:
            return f"reconciliation leaked {leaked_bits:.0f} bits, above the declared {self.leak_limit:.0f}"
        seen, declared = self._secret_bits(observed), self.secret_bits
        if seen is None or declared is None:
            return "no finite-key length is known for this number of intensities"
        if math.floor(seen) < math.floor(declared):
            return f"the counts prove {max(0.0, seen):.0f} secret bits, fewer than the declared {declared:.0f}"
        return None

    def proved_bits(self, observed: DecoyCounts) -> int:
        """Give the secret bits that `observed` proves in a session declared like this; none without a proof."""
        return max(0, math.floor(self._secret_bits(observed) or 0.0))

    @property
    def smallest_block(self) -> int | None:
        """Bits of raw key that these rates need for any secret key; None if no number is known to be enough."""
        if not self.counts.block or (fraction := self.asymptotic_fraction) is None:
            return None

        def secret_bits(size: int) -> float:
            factor = size / self.counts.block
            return self._secret_bits(self.counts.times(factor), leak=factor * self.leak_limit) or 0.0

        return smallest_block(secret_bits, fraction)

    def require_key(self) -> None:
        """Raise `InvalidArgument` if the block is too small for any key; it says how many more bits it needs."""
        if self.key_length is None or self.key_length > 0:
            return
        if (needed := self.smallest_block) is None:
            raise InvalidArgument.of("counts", "leave a key in an endless session", self.counts)
        more = math.ceil(needed - self.counts.block)
        rule = f"hold a block of at least {needed} bits for any key ({more} more at these rates)"
        raise InvalidArgument.of("counts", rule, self.counts.block)

    def _secret_bits(self, counts: DecoyCounts, leak: float | None = None) -> float | None:
        if (proved := self._proved(counts, self.epsilon.secrecy)) is None:
            return None
        leaked = self.leak_limit if leak is None else leak
        hashed = _SMOOTHINGS * math.log2(FAILURES[len(self.intensities)] / self.epsilon.secrecy)
        return _from_no_or_one(proved) - leaked - hashed - math.log2(2.0 / self.epsilon.correctness)

    def _proved(self, counts: DecoyCounts, secrecy: float | None) -> ProvedClicks | None:
        if len(self.intensities) not in FAILURES:
            return None
        return proved_clicks(self.intensities, self.probabilities, counts, secrecy)


def check_intensities(intensities: Sequence[float]) -> None:
    """Raise `InvalidArgument` unless these are two mean photon numbers or more, brightest first."""
    for intensity in intensities:
        check("intensities", intensity, NonNegative)
    if len(intensities) < 2:
        raise InvalidArgument.of("intensities", "be a signal and at least one decoy", intensities)
    if not all(brighter > fainter for brighter, fainter in pairwise(intensities)):
        raise InvalidArgument.of("intensities", "be ordered, brightest first", intensities)


def check_pulses(intensities: Sequence[float], probabilities: Sequence[float]) -> None:
    """Raise `InvalidArgument` unless these are two intensities or more, in order, with probabilities that add up."""
    check_intensities(intensities)
    if len(intensities) == 2:
        check("intensities", intensities[1], Positive)
    if len(intensities) == 3 and not intensities[0] > intensities[1] + intensities[2]:
        raise InvalidArgument.of("intensities", "hold a signal brighter than both decoys together", intensities)
    for probability in probabilities:
        check("probabilities", probability, Probability)
        check("probabilities", probability, Positive)
    if len(probabilities) != len(intensities) or abs(math.fsum(probabilities) - 1.0) > 1e-9:
        raise InvalidArgument.of("probabilities", "add up to 1, one for each intensity", probabilities)


def _from_no_or_one(proved: ProvedClicks) -> float:
    return proved.vacuum + proved.single * (1.0 - binary_entropy(proved.phase_error))
