"""What the compared bits of the six-state protocol prove of its key: three error rates, and the length that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qnet.experiment import Observed
from qnet.keys import EpsilonBudget, binary_entropy, clopper_pearson, six_state_fraction, verification_bits
from qnet_protocols.entanglement import Setting
from qnet_protocols.pair_rounds import Taken, leak_bound, missing
from qnet_protocols.post_processing import Declared, Rounds

__all__ = ["BASES", "Compared", "sort"]

BASES: tuple[Setting, ...] = (0.0, 90.0, "y")
"""Z, X and Y."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the compared bits of the six-state protocol say of its key.

    Args:
        pairs, key_bits: how many there were, and how many bits in Z are left for key.
        errors: wrong and all compared bits in Z, X and Y.
        expected_error: the share of wrong key bits that the ends expect, from what they were told of their pairs.
        efficiency: f, bits disclosed per bit of the Shannon limit.
        budget: of the session.
    """

    pairs: int
    key_bits: int
    errors: Sequence[tuple[int, int]]
    expected_error: float
    efficiency: float
    budget: EpsilonBudget

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Give for each basis the interval that holds the error rate, but for a third of the budget's secrecy."""
        each = self.budget.secrecy / 3.0
        return [clopper_pearson(wrong, bits, each) if bits else (0.0, 1.0) for wrong, bits in self.errors]

    @property
    def declared(self) -> Declared:
        """The key: ``1 - H(p) + h(e_z) - f h(Q)`` for each bit, p and Q at their expected worst."""
        highest = leak_bound(self.expected_error, self.key_bits)
        leak = self.efficiency * binary_entropy(highest)
        # concave in the rates, so that the worst may lie anywhere within their bounds
        z, x, y = np.meshgrid(*(np.linspace(low, min(high, 0.5), 11) for low, high in self.bounds))
        secret = float(six_state_fraction(z, x, y, 0.0).min())
        length = int(self.key_bits * (secret - leak)) - verification_bits(self.budget.correctness)
        return Declared(
            key_length=max(0, length),
            leak_limit=leak * self.key_bits,
            expected_error=self.expected_error,
            epsilon=self.budget,
        )

    @property
    def reason(self) -> str | None:
        """Why there can be no key, and how many more pairs would change that; None if there can."""
        if self.declared.key_length:
            return None
        seen = ", ".join(f"{wrong} of {bits} in {name}" for name, (wrong, bits) in zip("ZXY", self.errors, strict=True))
        needed = missing(self.pairs, lambda factor: self._times(factor).declared.key_length)
        return f"wrong bits ({seen}) leave no secret bit of {self.key_bits}; {needed}"

    def _times(self, factor: float) -> Compared:
        """Give what so many times as many pairs would say if they look the same, with no fewer errors than expected."""
        some = [(wrong, max(1, bits)) for wrong, bits in self.errors]  # what has not been seen yet will be
        errors = [(round(max(w, self.expected_error * bits) * factor), round(bits * factor)) for w, bits in some]
        return replace(self, key_bits=round(max(1, self.key_bits) * factor), errors=errors)


def sort(taken: Taken, generator: np.random.Generator) -> tuple[Rounds, list[tuple[int, int]], Observed]:
    """Give the rounds as `key_from` takes them, wrong and all compared bits by basis, and all that may betray Eve."""
    number = {setting: place for place, setting in enumerate(BASES)}
    chosen = [(number[o.source_setting], number[o.target_setting]) for o in taken.outcomes]
    bases = np.array(chosen, np.uint8).reshape(-1, 2)
    sifted = bases[:, 0] == bases[:, 1]
    basis, bits = bases[sifted, 0], taken.bits[sifted]
    bits[basis == 2, 1] ^= 1  # Phi+ gives opposite bits in Y
    wrong, tested, in_z = bits[:, 0] != bits[:, 1], basis != 0, np.flatnonzero(basis == 0)
    sample = min(int(np.count_nonzero(basis == 1)), in_z.size // 2)
    tested[generator.choice(in_z, sample, replace=False)] = True
    rounds = Rounds(
        announced=(bases[:, 0].tobytes(), bases[:, 1].tobytes()),
        tested=(bits[tested, 0], bits[tested, 1]),
        kept=(bits[~tested, 0], bits[~tested, 1]),
    )
    compared = [tested & (basis == place) for place in range(3)]
    errors = [(int(np.count_nonzero(wrong[where])), int(np.count_nonzero(where))) for where in compared]
    observed = Observed(
        wrong=wrong,
        kinds=basis,
        names=("z", "x", "y"),
        expected=_expected(taken),
        at_s=taken.at_s[sifted],
        key_bits=int(np.count_nonzero(~tested)),
    )
    return rounds, errors, observed


def _expected(taken: Taken) -> tuple[float, float, float]:
    z, x, opposite = taken.expected
    return z, x, 1.0 - opposite
