"""The clicks of a declared decoy-state session: which make key, which are compared, and what they prove."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet import Session
from qnet.bounds import ThresholdReceiver
from qnet.experiment import Observed
from qnet.keys import DecoyCounts, SiftedBits
from qnet_protocols.decoy_plan import DecoyPlan
from qnet_protocols.post_processing import Declared, Rounds

__all__ = ["DecoyBlock"]

Bits = NDArray[np.uint8]
SIGNAL = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class DecoyBlock:
    """Random choices of the declared numbers of key and test bits; the `bases` of `key` and `test` are intensities."""

    plan: DecoyPlan
    bits: Any
    """All sifted bits, of `Session.stream`."""
    key: SiftedBits
    test: SiftedBits
    filled: bool
    announced: tuple[bytes, bytes] = field(repr=False)

    @classmethod
    def of(cls, plan: DecoyPlan, bits: Any, session: Session) -> DecoyBlock:
        """Choose among the bits of Z those of the key, and among those of X those that are compared."""
        z, x = (_in_basis(bits, basis) for basis in (0, 1))
        generator = session.chance.generator
        if plan.finite:
            key, _ = z.split(min(len(z), plan.key_bits), generator)
            test, _ = x.split(min(len(x), plan.test_bits), generator)
        else:  # the formula for endless runs makes key of signals
            key, test = z.in_basis(SIGNAL), x
        planes = [np.packbits(plane).tobytes() for plane in (bits.basis, bits.intensity & 1, bits.intensity >> 1)]
        return cls(
            plan=plan,
            bits=bits,
            key=key,
            test=test,
            filled=len(z) >= plan.key_bits and len(x) >= plan.test_bits,
            announced=(b"".join(planes), planes[0]),
        )

    @property
    def rounds(self) -> Rounds:
        """What the public discussion is about."""
        test, key = self.test, self.key
        return Rounds(announced=self.announced, tested=(test.first, test.second), kept=(key.first, key.second))

    @property
    def reason(self) -> str | None:
        """Why there can be no key, as far as that is known before reconciliation; None if there can be one."""
        if self.plan.reason is not None or not self.plan.finite:
            return self.plan.reason
        if not self.filled:
            z, x = np.bincount(self.bits.basis, minlength=2)[:2].tolist()
            return f"{z} and {x} bits do not fill the blocks of {self.plan.key_bits} and {self.plan.test_bits}"
        return self.judge(np.zeros(len(self.key), np.uint8))

    def judge(self, wrong: Bits) -> str | None:
        """Say why there is no key, once it is known which of its bits were wrong; None if there is one."""
        return self.plan.session.reason_to_abort(self.counts(wrong)) if self.plan.finite else None

    def proved_bits(self, wrong: Bits) -> int:
        """Give the secret bits that the counts prove, likewise."""
        return self.plan.session.proved_bits(self.counts(wrong))

    def counts(self, wrong: Bits) -> DecoyCounts:
        """Count both blocks by intensity, given which bits of the key were wrong."""
        number = len(self.plan.pulses.intensities)
        key, test = self.key.bases, self.test.bases
        columns = key, key[wrong == 1], test, test[self.test.first != self.test.second]
        counts = [tuple(np.bincount(column, minlength=number).tolist()) for column in columns]
        return DecoyCounts(key_clicks=counts[0], key_errors=counts[1], test_clicks=counts[2], test_errors=counts[3])

    @property
    def tested_error(self) -> float:
        """The error rate of signals in the compared basis, and five standard deviations more."""
        signals = self.test.in_basis(SIGNAL)
        if not len(signals):
            return 0.5
        share = signals.errors + 5.0 * math.sqrt(max(signals.errors, 1.0))
        return min(0.5, share / len(signals))

    def declared(self, fraction: float) -> Declared:
        """Give what `key_from` is to know; `fraction` is that of an endless run, used where there is no proof."""
        plan = self.plan
        if plan.finite:
            return Declared.of(plan.session, plan.expected.counts.error_rate)
        return Declared.asymptotic(
            len(self.key),
            fraction=fraction,
            error=self.tested_error,
            efficiency=plan.session.error_correction_efficiency,
            epsilon=plan.session.epsilon,
        )

    def observed(self, receiver: ThresholdReceiver, began_s: float, ended_s: float) -> Observed:
        """Give what the ends can compare: of each click whether it was a signal's, and whether its bit was wrong.

        The share of signals shows an eavesdropper who sorts pulses by their photons and makes no errors. Clicks are
        taken to be evenly spread in time.
        """
        pulses, bits = self.plan.pulses, self.bits
        weights = [p * receiver.gain(k) for p, k in zip(pulses.probabilities, pulses.intensities, strict=True)]
        errors = [receiver.error_rate(k) for k in pulses.intensities]
        seen = np.stack([bits.intensity == SIGNAL, bits.alice != bits.bob], axis=1)
        kinds = np.stack([np.zeros_like(bits.basis), 1 + bits.basis * len(errors) + bits.intensity], axis=1)
        names = [f"{basis} of intensity {k:g}" for basis in "zx" for k in pulses.intensities]
        return Observed(
            wrong=seen.ravel(),
            kinds=kinds.ravel(),
            names=("share of signals", *names),
            expected=(weights[SIGNAL] / sum(weights), *errors, *errors),
            at_s=np.repeat(np.linspace(began_s, ended_s, len(bits)), 2),
            per_bit=2,
            key_bits=len(self.key),
        )


def _in_basis(bits: Any, basis: int) -> SiftedBits:
    here = bits.basis == basis
    return SiftedBits(bases=bits.intensity[here], first=bits.alice[here], second=bits.bob[here])
