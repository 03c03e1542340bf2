"""Finite keys from single photons or entangled pairs: BB84 and BBM92 after Tomamichel et al. 2012."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Annotated

from annotated_types import Ge, Le

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, check, check_fields
from qnet.keys.entropy import binary_entropy
from qnet.keys.epsilon import EpsilonBudget
from qnet.keys.estimation import serfling_deviation
from qnet.keys.finite.blocks import argmax, smallest_block
from qnet.keys.fractions import ERROR_CORRECTION_EFFICIENCY

__all__ = ["SinglePhotonSession", "optimal_single_photon_session"]

AtLeastOne = Annotated[int, Ge(1)]
ErrorRate = Annotated[float, Ge(0), Le(0.5)]


@dataclass(frozen=True, kw_only=True)
class SinglePhotonSession:
    """A session of BB84 with single photons, or of BBM92, whose key length is fixed before it begins.

    Of n bits in the key basis, after k bits of the test basis showed an error rate of at most Q, the session keeps

        l = n [q - h(Q + mu)] - leak - log2(2 / (eps_sec^2 eps_cor)),   leak = f n h(e),
        mu = sqrt[(n + k) / (n k)  (k + 1) / k  ln(4 / eps_sec)]

    bits, secure against general attacks (Tomamichel, Lim, Gisin and Renner, Nat. Commun. 3, 634 (2012),
    arXiv:1103.4130, eqs. 2 and 3). The test bounds the phase error; the leak is of the key basis, in which a share e of
    bits is declared to be wrong: Q unless given. The length never depends on what was seen: above the tolerance, or
    above the declared leak, the session aborts.

    >>> epsilon = EpsilonBudget(secrecy=1e-10, correctness=1e-10)
    >>> session = SinglePhotonSession(key_bits=100_000, test_bits=20_000, tolerated_error=0.02, epsilon=epsilon)
    >>> session.key_length
    51437
    >>> session.reason_to_abort(test_errors=390)
    >>> session.reason_to_abort(test_errors=410)
    'the test bits show an error rate of 0.0205, above the tolerated 0.02'
    """

    key_bits: AtLeastOne
    """Sifted bits in the key basis, n."""
    test_bits: AtLeastOne
    """Sifted bits that are compared in public, k, in the other basis."""
    tolerated_error: ErrorRate
    """Q: the session aborts if more of the test bits are wrong."""
    key_error: ErrorRate | None = None
    """e: the declared share of wrong bits in the key basis, which sets the leak; None: the tolerated error."""
    error_correction_efficiency: NonNegative = ERROR_CORRECTION_EFFICIENCY
    """f in the declared leak f n h(e), of what the proof charges: see `counted` of `qnet.keys.distil`."""
    preparation_quality: Annotated[float, Ge(0), Le(1)] = 1.0
    """q: 1 for two bases that are exactly complementary."""
    epsilon: EpsilonBudget = field(default_factory=EpsilonBudget)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.key_error is not None:
            check("key_error", self.key_error, ErrorRate)

    @property
    def declared_key_error(self) -> float:
        """e: the `key_error`, or the tolerated error where that is None."""
        return self.tolerated_error if self.key_error is None else self.key_error

    @property
    def leak_limit(self) -> float:
        """Bits that reconciliation may disclose, as the proof charges them: f n h(e)."""
        return self.error_correction_efficiency * self.key_bits * binary_entropy(self.declared_key_error)

    @property
    def deviation(self) -> float:
        """By how much the error rate of the key, had it been measured in the test basis, may exceed that of the test.

        Serfling's bound at a failure probability of (eps_sec / 4)^2: the proof takes its root, for smoothing.
        """
        return math.sqrt(2.0) * serfling_deviation(self.test_bits, self.key_bits, self.epsilon.secrecy / 4.0)

    @property
    def secret_bits(self) -> float:
        """The length before rounding; negative if there is no key, the more the farther from any."""
        phase_error = min(self.tolerated_error + self.deviation, 0.5)
        secret = self.key_bits * (self.preparation_quality - binary_entropy(phase_error)) - self.leak_limit
        return secret - math.log2(2.0 / self.epsilon.correctness) + 2.0 * math.log2(self.epsilon.secrecy)

    @property
    def key_length(self) -> int:
        """Bits of key that the session makes unless it aborts; zero if it is too short for any."""
        return max(0, math.floor(self.secret_bits))

    @property
    def asymptotic_fraction(self) -> float:
        """Secret bits per key bit of an endless session: q - h(Q) - f h(e); may be negative."""
        leak = self.error_correction_efficiency * binary_entropy(self.declared_key_error)
        return self.preparation_quality - binary_entropy(self.tolerated_error) - leak

    @property
    def key_basis_probability(self) -> float:
        """How often each side should choose the key basis, so that both blocks fill together: p/(1-p) = sqrt(n/k)."""
        return 1.0 / (1.0 + math.sqrt(self.test_bits / self.key_bits))

    @property
    def rounds(self) -> float:
        """Detected rounds that fill both blocks at that bias, on average: n + k + 2 sqrt(n k)."""
        return (math.sqrt(self.key_bits) + math.sqrt(self.test_bits)) ** 2

    def reason_to_abort(self, *, test_errors: int, leaked_bits: float = 0.0) -> str | None:
        """Say why a session that saw this must abort, or None: it makes its `key_length`.

        `test_errors` are those among the `test_bits`; `leaked_bits` those of reconciliation, as the proof charges them.
        """
        check("test_errors", test_errors, Annotated[int, Ge(0), Le(self.test_bits)])
        rate = test_errors / self.test_bits
        if rate > self.tolerated_error:
            return f"the test bits show an error rate of {rate:.4g}, above the tolerated {self.tolerated_error:.4g}"
        if leaked_bits > self.leak_limit:
            return f"reconciliation leaked {leaked_bits:.0f} bits, above the declared {self.leak_limit:.0f}"
        return None

    def require_key(self) -> None:
        """Raise `InvalidArgument` if the blocks are too small for any key; it says how many more rounds are needed."""
        if self.key_length:
            return
        if (needed := smallest_block(self._of_size, self.asymptotic_fraction)) is None:
            raise InvalidArgument.of("tolerated_error", "leave a key in an endless session", self.tolerated_error)
        more = math.ceil(self.rounds * (needed / self.key_bits - 1.0))
        rule = f"be at least {needed} for any key ({more} more rounds are needed)"
        raise InvalidArgument.of("key_bits", rule, self.key_bits)

    def _of_size(self, key_bits: int) -> float:
        """Secret bits of a session of another size, with the same share of test bits."""
        test_bits = max(1, round(self.test_bits * key_bits / self.key_bits))
        return replace(self, key_bits=key_bits, test_bits=test_bits).secret_bits


def optimal_single_photon_session(
    sifted_bits: int,
    *,
    tolerated_error: float,
    error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY,
    epsilon: EpsilonBudget | None = None,
) -> SinglePhotonSession:
    """Split sifted bits into key and test bits for the longest key.

    Raises `InvalidArgument` if no split gives a key; it says how many more bits are needed.

    >>> session = optimal_single_photon_session(1_000_000, tolerated_error=0.03, error_correction_efficiency=1.1)
    >>> session.key_length
    467203
    >>> optimal_single_photon_session(1_000, tolerated_error=0.01, error_correction_efficiency=1.1)
    Traceback (most recent call last):
        ...
    qnet.errors.InvalidArgument: Argument `sifted_bits` must be at least 1744 for any key (744 more), but is 1000.
    """
    check("sifted_bits", sifted_bits, Annotated[int, Ge(2)])

    def session(bits: int, test_bits: float) -> SinglePhotonSession:
        return SinglePhotonSession(
            key_bits=bits - round(test_bits),
            test_bits=round(test_bits),
            tolerated_error=tolerated_error,
            error_correction_efficiency=error_correction_efficiency,
            epsilon=epsilon or EpsilonBudget(),
        )

    def best(bits: int) -> SinglePhotonSession:
        return session(bits, argmax(lambda test_bits: session(bits, test_bits).secret_bits, 1.0, bits - 1.0))

    if (chosen := best(sifted_bits)).key_length:
        return chosen
    limit = chosen.asymptotic_fraction
    if (needed := smallest_block(lambda bits: best(bits).secret_bits, limit)) is None:
        raise InvalidArgument.of("tolerated_error", "leave a key in an endless session", tolerated_error)
    rule = f"be at least {needed} for any key ({needed - sifted_bits} more)"
    raise InvalidArgument.of("sifted_bits", rule, sifted_bits)
